import { BinaryMessageCodec, type DuplexSession, type SessionSetup } from "@bowline/protocol/session";
import { address } from "../address.ts";
import type { Side } from "../facts.ts";
import { Host } from "../host.ts";
import { CountedIds } from "../ids.ts";
import type { RunContext } from "../run-context.ts";
import type { SeededRandom } from "../seeded-random.ts";
import { SessionRecord, type Trace } from "../session-record.ts";
import { SimulationFailure } from "../simulation-failure.ts";
import { Timeline } from "../timeline.ts";
import type { Totals } from "../totals.ts";
import type { Connection, ConnectionEnd, StreamFaults } from "./connection.ts";
import { readNumberedText } from "./numbered-text.ts";
import { StreamClient } from "./stream-client.ts";
import { type SimulatedCall, StreamPeer, type StreamPeerSetup } from "./stream-peer.ts";
import { healthyFaults, type StreamScenario } from "./stream-scenario.ts";
import { StreamServer } from "./stream-server.ts";

const openTimeoutMs = 60_000;
const closeTimeoutMs = 300_000;
/** Without flow control a slow receiver drops what it has no room for, and each such message costs a retransmission time-out. */
const closeTimeoutWithoutFlowControlMs = 7_200_000;

type Setup = Omit<SessionSetup, "role" | "reliable" | "receiveTimeoutMs" | "trace">;

/** Clients and a service as they really are, over connections that carry bytes. */
export class StreamWorld {
  readonly timeline: Timeline = new Timeline();
  readonly context: RunContext;
  readonly scenario: StreamScenario;
  readonly hosts: Readonly<Record<Side, Host>>;
  readonly clients: StreamClient[] = [];
  readonly server: StreamServer;
  readonly trace: Trace;
  isHealed = false;
  hasRestarted = false;
  /** Applications that are about to open a session. */
  openingCount = 0;
  readonly #random: SeededRandom;
  readonly #totals: Totals;
  readonly #codec = new BinaryMessageCodec();
  readonly #ids = new CountedIds();
  readonly #connections = new Set<Connection>();
  readonly #clientOf = new Map<Connection, StreamClient>();

  constructor(scenario: StreamScenario, random: SeededRandom, context: RunContext) {
    const { totals, trace } = context;
    this.context = context;
    this.scenario = scenario;
    this.#random = random;
    this.#totals = totals;
    this.trace = trace;
    this.hosts = { initiator: new Host(this.timeline), acceptor: new Host(this.timeline) };
    this.server = new StreamServer(this);
  }

  newClient(): StreamClient {
    const name = `s${this.clients.length + 1}`;
    const checked = { options: this.scenario.options, comesInChunks: true };
    const record = new SessionRecord(name, checked, this.trace, this.#totals, () => this.timeline.nowMs);
    const client = new StreamClient(this, record);
    this.clients.push(client);
    client.open();
    return client;
  }

  note(text: string): void {
    this.trace.add(this.timeline.nowMs, text);
  }

  /** What the sessions of one side have in common. */
  readonly setupOf = (_side: Side): Setup => ({
    shape: this.scenario.shape,
    address,
    openTimeoutMs,
    closeTimeoutMs: this.scenario.overruns ? closeTimeoutWithoutFlowControlMs : closeTimeoutMs,
    codec: this.#codec,
    nextId: () => this.#ids.next(),
    readBody: (_action, reader) => readNumberedText(reader),
  });

  connect(client: StreamClient, end: ConnectionEnd): Connection {
    const connection = this.server.accept(end, {
      timeline: this.timeline,
      random: this.#random.fork(),
      totals: this.#totals,
      hosts: this.hosts,
      faults: () => this.#faults(),
    });
    this.#connections.add(connection);
    if (!this.isHealed && this.#random.chance(this.scenario.fragile)) {
      const side = this.#random.pick<Side>(["initiator", "acceptor"]);
      connection.breakAfter(side, this.#random.integer(1, 600), {
        initiator: 0,
        acceptor: this.#random.pick([0, undefined]),
      });
    }
    this.#clientOf.set(connection, client);
    return connection;
  }

  refusesConnection(): boolean {
    return !this.isHealed && this.#random.chance(this.scenario.unreachable);
  }

  /** Connections that somebody still uses. */
  openConnections(): readonly Connection[] {
    for (const connection of this.#connections) if (connection.isOver) this.#connections.delete(connection);
    return [...this.#connections];
  }

  /** The network is good again: whoever thinks it has a connection that is none hears so. */
  heal(): void {
    this.note("the network heals");
    this.isHealed = true;
    for (const connection of this.openConnections()) connection.settle();
  }

  restartServer(): void {
    this.note("the service is restarted");
    this.hasRestarted = true;
    this.server.restart();
    for (const connection of this.openConnections()) connection.break({ initiator: 0, acceptor: 0 });
  }

  newServerPeer(session: DuplexSession<SimulatedCall>, connection: Connection, over: () => void): StreamPeer {
    const client = this.#clientOf.get(connection)!;
    const peer = this.newPeer("acceptor", session, client.record, { dial: () => undefined, over });
    client.server = peer;
    return peer;
  }

  newPeer(
    side: Side,
    session: DuplexSession<SimulatedCall>,
    record: SessionRecord,
    { dial, over }: Pick<StreamPeerSetup, "dial" | "over">,
  ): StreamPeer {
    const { timeline, scenario, hosts } = this;
    const random = this.#random.fork();
    const peer: StreamPeer = new StreamPeer({
      side,
      session,
      host: hosts[side],
      timeline,
      record,
      takingMs: scenario.takingMs[side],
      fillingLength: () => random.integer(0, scenario.longestFilling),
      nextId: () => this.#ids.next(),
      dial,
      inputEnded: () => this.closeWhenDone(peer, record, side),
      over: () => {
        timeline.removeSleeper(peer);
        over();
        if (session.nextDeadlineMs !== undefined)
          throw new SimulationFailure("comes-to-rest", `${side} is over and still has a deadline`);
      },
    });
    timeline.addSleeper(peer);
    return peer;
  }

  /** Closes once the application has said all and answered all. */
  closeWhenDone(peer: StreamPeer, record: SessionRecord, side: Side): void {
    if (peer.session.state !== "open") return;
    if (record.isDoneSending[side] && peer.busyCount === 0)
      this.hosts[side].perform(() => peer.dispatch({ type: "close" }));
    else this.timeline.after(100, () => this.closeWhenDone(peer, record, side));
  }

  #faults(): StreamFaults {
    return this.isHealed ? healthyFaults : this.scenario.faults;
  }
}
