import { DuplexSession } from "@bowline/protocol/session";
import type { SessionRecord } from "../session-record.ts";
import { newCarriage } from "./carriage.ts";
import type { Connection } from "./connection.ts";
import type { SimulatedCall, StreamPeer } from "./stream-peer.ts";
import type { StreamWorld } from "./stream-world.ts";

/** One session of a client, with the connections that it dials. */
export class StreamClient {
  readonly peer: StreamPeer;
  readonly record: SessionRecord;
  /** The service's end of the same session, once there is one. */
  server: StreamPeer | undefined;
  connection: Connection | undefined;
  hasOpened = false;
  /** One of the applications gave up. */
  isAborted = false;
  /** It vanished without a word. */
  isLost = false;
  readonly #world: StreamWorld;

  constructor(world: StreamWorld, record: SessionRecord) {
    this.#world = world;
    this.record = record;
    const session: DuplexSession<SimulatedCall> = new DuplexSession<SimulatedCall>(
      {
        ...world.setupOf("initiator"),
        role: "client",
        reliable: world.context.alterOptions(world.scenario.options.initiator),
        receiveTimeoutMs: Number.POSITIVE_INFINITY,
        trace: (seen) => this.peer.trace(seen),
      },
      world.hosts.initiator.nowMs,
    );
    this.peer = world.newPeer("initiator", session, record, {
      dial: (delayMs) => world.timeline.after(delayMs, () => world.hosts.initiator.perform(() => this.#dial())),
      over: () => undefined,
    });
  }

  open(): void {
    this.peer.dispatch({ type: "open" });
  }

  get hasFailedToOpen(): boolean {
    return this.peer.isOver && !this.hasOpened;
  }

  #dial(): void {
    const world = this.#world;
    if (this.peer.isOver || this.isLost) return;
    if (world.refusesConnection()) {
      return this.peer.dispatch({ type: "link-failed", error: new Error("connection refused") });
    }
    const carriage = newCarriage(world.scenario.framing);
    const connection = world.connect(this, this.peer.endOf(carriage));
    this.connection = connection;
    this.peer.own(carriage, connection);
    this.peer.dispatch({ type: "link-connected", link: carriage.link });
  }
}
