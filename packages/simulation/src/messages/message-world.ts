import {
  type AcceptedOpening,
  abortedFault,
  checkCreateSequence,
  type Dialect,
  dialects,
  ReliableSession,
  routingIdentifier,
  type Transmission,
  unknownSequenceFault,
} from "@bowline/protocol/reliable-messaging";
import type { UniqueId } from "@bowline/protocol/xml";
import { address } from "../address.ts";
import type { Side } from "../facts.ts";
import { Host } from "../host.ts";
import { CountedIds } from "../ids.ts";
import type { RunContext } from "../run-context.ts";
import type { SeededRandom } from "../seeded-random.ts";
import { SessionRecord } from "../session-record.ts";
import { SimulationFailure } from "../simulation-failure.ts";
import { Timeline } from "../timeline.ts";
import type { Totals } from "../totals.ts";
import { type MessageFaults, MessageLink } from "./message-link.ts";
import { MessagePeer } from "./message-peer.ts";
import { healthyFaults, type MessageScenario } from "./message-scenario.ts";
import { SimulatedMessage } from "./simulated-message.ts";
import { WcfQuirks } from "./wcf-quirks.ts";

const openTimeoutMs = 600_000;
const closeTimeoutMs = 300_000;
/** Without flow control a slow receiver drops what it has no room for, and each such message costs a retransmission time-out. */
const closeTimeoutWithoutFlowControlMs = 7_200_000;

/** Two reliable sessions, joined by connections that carry whole envelopes: no framing, no codec, and so very fast. */
export class MessageWorld {
  readonly timeline: Timeline = new Timeline();
  readonly context: RunContext;
  readonly scenario: MessageScenario;
  readonly record: SessionRecord;
  readonly hosts: Readonly<Record<Side, Host>>;
  readonly initiator: MessagePeer;
  acceptor: MessagePeer | undefined;
  isHealed = false;
  isAborted = false;
  readonly #random: SeededRandom;
  readonly #totals: Totals;
  readonly #ids = new CountedIds();
  readonly #dialect: Dialect;
  #accepted: { readonly opening: AcceptedOpening; readonly inputId: UniqueId } | undefined;
  #hasRestarted = false;

  constructor(scenario: MessageScenario, random: SeededRandom, context: RunContext) {
    const { totals, trace } = context;
    this.context = context;
    this.scenario = scenario;
    this.#random = random;
    this.#totals = totals;
    this.#dialect = dialects[scenario.version];
    this.hosts = { initiator: new Host(this.timeline), acceptor: new Host(this.timeline) };
    const checked = { options: scenario.options, comesInChunks: false };
    this.record = new SessionRecord("m", checked, trace, totals, () => this.timeline.nowMs);
    this.initiator = this.#peer("initiator", undefined);
  }

  get acceptorIsGone(): boolean {
    return this.#hasRestarted;
  }

  peer(side: Side): MessagePeer | undefined {
    return side === "initiator" ? this.initiator : this.acceptor;
  }

  open(): void {
    this.initiator.dispatch({ type: "open" });
    this.#connectInitiator();
  }

  /** The connection breaks; either side hears of it when it does, the acceptor perhaps never. */
  cut(): void {
    const link = this.initiator.link;
    if (link === undefined || link.isCut || this.initiator.machine.state === "opening") return;
    const random = this.#random;
    this.#totals.cutCount += 1;
    this.record.note({ type: "event", text: "the connection is cut" });
    link.cut({ initiator: random.chance(0.7), acceptor: random.chance(0.7) });
    const noticeMs = random.pick([0, 0, 50, 3_000]);
    this.timeline.after(noticeMs, () => this.hosts.initiator.perform(() => this.#initiatorLost(link)));
    if (random.chance(0.7)) this.#acceptorHears(link, random.pick([0, 0, 20, 5_000]));
  }

  /** The acceptor's process starts anew and knows nothing. */
  restartAcceptor(): void {
    if (this.acceptor === undefined) return;
    this.record.note({ type: "event", text: "the acceptor is restarted" });
    this.#hasRestarted = true;
    this.timeline.removeSleeper(this.acceptor);
    this.acceptor.link?.close("acceptor");
    this.acceptor = undefined;
  }

  /** The application of `side` gives up. */
  abort(side: Side): void {
    const peer = this.peer(side);
    if (peer === undefined || peer.isOver) return;
    this.isAborted = true;
    const failure = { code: "SESSION_ABORTED", reason: "enough", isRemote: false } as const;
    const identifier = peer.machine.inputId ?? peer.machine.outputId;
    peer.dispatch({ type: "fail", failure, fault: { ...abortedFault, identifier } });
  }

  /** The network is good again: whoever thinks it has a connection that is none hears so. */
  heal(): void {
    this.isHealed = true;
    this.record.note({ type: "event", text: "the network heals" });
    const { link } = this.initiator;
    if (link?.isCut === true) this.#initiatorLost(link);
  }

  #connectInitiator(): void {
    const { initiator, timeline, hosts } = this;
    if (initiator.isOver || initiator.link !== undefined) return;
    const link = new MessageLink({
      timeline,
      random: this.#random.fork(),
      totals: this.#totals,
      faults: () => this.#faults(),
      arrive: (from, at, message) => hosts[at].perform(() => this.#arrive(from, at, message)),
      ended: (from, at) =>
        hosts[at].perform(() => (at === "initiator" ? this.#initiatorLost(from) : this.acceptor?.disconnected(from))),
    });
    initiator.connect(link);
  }

  /** No connection that Bowline speaks over loses the answer to CreateSequence and lives on: that alone must be in its place. */
  #faults(): MessageFaults {
    if (this.isHealed) return healthyFaults;
    const { faults } = this.scenario;
    return this.initiator.machine.state === "opening" ? { ...faults, loss: 0, reordering: 0 } : faults;
  }

  #initiatorLost(link: MessageLink): void {
    if (this.initiator.link !== link) return;
    link.close("initiator");
    if (this.initiator.machine.state === "opening") {
      const failure = { code: "SESSION_CONNECTION_LOST", reason: "lost while opening", isRemote: false } as const;
      return this.initiator.dispatch({ type: "fail", failure, fault: undefined });
    }
    this.initiator.disconnected(link);
    const delayMs = this.isHealed
      ? 10
      : (this.initiator.quirks.returnAfterMs() ?? this.#random.pick([0, 0, 10, 500, 5_000]));
    this.timeline.after(delayMs, () => this.hosts.initiator.perform(() => this.#connectInitiator()));
  }

  #acceptorHears(link: MessageLink, afterMs: number): void {
    this.timeline.after(afterMs, () => this.hosts.acceptor.perform(() => this.acceptor?.disconnected(link)));
  }

  #arrive(link: MessageLink, at: Side, message: SimulatedMessage): void {
    if (at === "initiator") {
      if (this.initiator.link === link) this.initiator.receive(message);
      return;
    }
    if (this.acceptor?.link === link) return this.acceptor.receive(message);
    this.#admit(link, message);
  }

  /** The first message on a connection says to which session it belongs, as at a service's endpoint. */
  #admit(link: MessageLink, message: SimulatedMessage): void {
    if (message.kind === "create-sequence" && this.acceptor === undefined && !this.#hasRestarted) {
      const opening = checkCreateSequence(message, this.scenario.version, this.scenario.shape);
      if ("name" in opening) throw new SimulationFailure("completes", `the session is refused: ${opening.reason}`);
      this.#accepted = { opening, inputId: this.#ids.next() };
      this.acceptor = this.#peer("acceptor", this.#accepted);
    } else if (this.acceptor === undefined || this.acceptor.isOver) return this.#refuse(link, message);
    const { acceptor } = this;
    acceptor.link?.close("acceptor");
    acceptor.connect(link);
    acceptor.receive(message);
  }

  #refuse(link: MessageLink, message: SimulatedMessage): void {
    const named = routingIdentifier(message);
    if (named === undefined) return link.close("acceptor");
    const fault = unknownSequenceFault(named.identifier, "the first message on this connection");
    link.send("acceptor", this.#outsideSequences({ action: this.#dialect.fault }, { type: "fault", fault }));
    link.close("acceptor");
  }

  #ackRequested(outputId: UniqueId | undefined): SimulatedMessage | undefined {
    if (outputId === undefined) return undefined;
    return this.#outsideSequences({ action: this.#dialect.ackRequested }, { type: "empty" }, outputId);
  }

  #outsideSequences(
    addressing: Transmission["addressing"],
    content: Transmission["content"],
    ackRequestedId?: UniqueId,
  ): SimulatedMessage {
    const transmission: Transmission = {
      addressing,
      sequenceId: undefined,
      messageNumber: 0,
      isLastMessage: false,
      ackRequestedId,
      acknowledgement: undefined,
      content,
      attempt: 0,
    };
    return new SimulatedMessage(transmission, this.#dialect, address);
  }

  #peer(side: Side, accepted: { opening: AcceptedOpening; inputId: UniqueId } | undefined): MessagePeer {
    const { scenario, timeline, hosts } = this;
    const machine = new ReliableSession<SimulatedMessage>(
      {
        role: side,
        shape: scenario.shape,
        options: this.context.alterOptions(scenario.options[side]),
        address,
        openTimeoutMs,
        closeTimeoutMs: scenario.overruns ? closeTimeoutWithoutFlowControlMs : closeTimeoutMs,
        nextId: () => this.#ids.next(),
        retain: (message) => message,
        accepted,
      },
      hosts[side].nowMs,
    );
    const peer: MessagePeer = new MessagePeer({
      side,
      machine,
      dialect: this.#dialect,
      host: hosts[side],
      timeline,
      record: this.record,
      quirks: new WcfQuirks({
        settings: scenario.quirks[side],
        random: this.#random.fork(),
        timeline,
        totals: this.#totals,
        ackRequested: () => this.#ackRequested(machine.outputId),
      }),
      address,
      takingMs: () => scenario.takingMs[side],
      bodyByteLength: () => this.#random.integer(1, scenario.largestByteLength),
      opened: () => undefined,
      inputEnded: () => this.#closeWithPeer(side),
      over: () => this.#over(side),
    });
    timeline.addSleeper(peer);
    return peer;
  }

  /** A session whose peer sends no more is closed when its own application has said all. */
  #closeWithPeer(side: Side): void {
    const peer = this.peer(side);
    if (peer === undefined || peer.machine.state !== "open") return;
    if (this.record.isDoneSending[side]) peer.dispatch({ type: "close" });
    else this.timeline.after(100, () => this.#closeWithPeer(side));
  }

  #over(side: Side): void {
    const peer = this.peer(side)!;
    const { link } = peer;
    peer.link = undefined;
    link?.close(side);
    this.timeline.removeSleeper(peer);
    if (peer.machine.nextDeadlineMs !== undefined)
      throw new SimulationFailure("comes-to-rest", `${side} is over and still has a deadline`);
  }
}
