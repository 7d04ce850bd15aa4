import type {
  Dialect,
  ReliableSession,
  ReliableSessionEffect,
  ReliableSessionInput,
} from "@bowline/protocol/reliable-messaging";
import type { Side } from "../facts.ts";
import type { Host } from "../host.ts";
import type { SessionRecord } from "../session-record.ts";
import { SimulationFailure } from "../simulation-failure.ts";
import type { Sleeper, Timeline } from "../timeline.ts";
import type { MessageLink } from "./message-link.ts";
import { type SimulatedBody, SimulatedMessage } from "./simulated-message.ts";
import type { WcfQuirks } from "./wcf-quirks.ts";

type Input = ReliableSessionInput<SimulatedMessage>;
type Effect = ReliableSessionEffect<SimulatedMessage>;

export interface MessagePeerSetup {
  readonly side: Side;
  readonly machine: ReliableSession<SimulatedMessage>;
  readonly dialect: Dialect;
  readonly host: Host;
  readonly timeline: Timeline;
  readonly record: SessionRecord;
  readonly quirks: WcfQuirks;
  readonly address: string;
  /** How long the application takes over a message; 0 takes it at once. */
  takingMs(): number;
  /** What the next message weighs. */
  bodyByteLength(): number;
  opened(): void;
  /** The peer sends no more. */
  inputEnded(): void;
  over(): void;
}

/** One end of a session: the machine, its connection, and an application that counts. */
export class MessagePeer implements Sleeper {
  readonly machine: ReliableSession<SimulatedMessage>;
  link: MessageLink | undefined;
  readonly #setup: MessagePeerSetup;
  readonly #inbox: Input[] = [];
  #isRunning = false;
  #offeredCount = 0;
  #heldCount = 0;
  #takenAtMs = 0;
  /** What the machine knows of the time in which its host stood still. */
  #pausedMs = 0;

  constructor(setup: MessagePeerSetup) {
    this.#setup = setup;
    this.machine = setup.machine;
    this.#pausedMs = setup.host.pausedMs;
  }

  get wakeAtMs(): number | undefined {
    return this.#setup.host.wakeAtMs(this.machine.nextDeadlineMs);
  }

  get isOver(): boolean {
    return this.machine.state === "closed" || this.machine.state === "faulted";
  }

  get quirks(): WcfQuirks {
    return this.#setup.quirks;
  }

  get offeredCount(): number {
    return this.#offeredCount;
  }

  wake(): void {
    this.dispatch({ type: "timeout" });
  }

  /** Another connection takes the place of the one before. */
  connect(link: MessageLink): void {
    this.link = link;
    const { quirks } = this.#setup;
    quirks.connecting();
    this.dispatch({ type: "link-up" });
    quirks.connected((message) => this.#put(message));
  }

  disconnected(link: MessageLink): void {
    if (this.link !== link) return;
    this.link = undefined;
    this.dispatch({ type: "link-lost" });
  }

  receive(message: SimulatedMessage): void {
    // The opening comes before all else, on either side.
    if (this.machine.state === "opening" || message.kind === "create-sequence") return this.#receive(message);
    this.#setup.quirks.incoming(() => this.#setup.host.perform(() => this.#receive(message)));
  }

  #receive(message: SimulatedMessage): void {
    if (!this.isOver) this.#setup.record.note({ type: "arrived", side: this.#setup.side, sighting: message.sighting });
    this.dispatch({ type: "received", message });
  }

  /** The application sends its next message; false when the session takes none any more. */
  offer(): boolean {
    if (this.machine.state !== "open") return false;
    this.#offeredCount += 1;
    const number = this.#offeredCount;
    this.#setup.record.note({ type: "offered", side: this.#setup.side, number });
    const byteLength = this.#setup.bodyByteLength();
    const body: SimulatedBody = { number, byteLength };
    this.dispatch({ type: "send", message: { addressing: { action: "urn:simulation/Count" }, body, byteLength } });
    return true;
  }

  /** Runs to completion: what is dispatched from within an effect waits its turn. */
  dispatch(input: Input): void {
    const { pausedMs } = this.#setup.host;
    if (pausedMs > this.#pausedMs) this.#inbox.push({ type: "blocked", forMs: pausedMs - this.#pausedMs });
    this.#pausedMs = pausedMs;
    this.#inbox.push(input);
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
      for (const effect of this.machine.handle(next, this.#setup.host.nowMs)) this.#perform(effect, next.type);
    }
    this.#isRunning = false;
  }

  #perform(effect: Effect, cause: Input["type"]): void {
    const { side, record, quirks, dialect, address } = this.#setup;
    switch (effect.type) {
      case "transmit": {
        const message = new SimulatedMessage(effect.transmission, dialect, address);
        record.note({ type: "transmitted", side, sighting: message.sighting });
        quirks.outgoing(message, cause, (outgoing) => this.#put(outgoing));
        return;
      }
      case "deliver":
        return this.#deliver(effect.message.payload?.number, effect.messageNumber);
      case "acknowledged":
        return record.note({ type: "acknowledged", side, upTo: effect.upTo });
      case "opened":
        return this.#setup.opened();
      case "input-ended":
        record.note({ type: "input-ended", side });
        return this.#setup.inputEnded();
      case "closed":
        record.note({ type: "over", side, failure: undefined, reason: "" });
        return this.#setup.over();
      case "faulted":
        record.note({ type: "over", side, failure: effect.failure.code, reason: effect.failure.reason });
        return this.#setup.over();
      default:
    }
  }

  #put(message: SimulatedMessage): void {
    this.link?.send(this.#setup.side, message);
  }

  #deliver(payload: unknown, messageNumber: number): void {
    const { side, record, host, timeline } = this.#setup;
    if (payload !== messageNumber) {
      const reason = `${side} got the content of message ${String(payload)} as message ${messageNumber}`;
      throw new SimulationFailure("content", reason);
    }
    record.note({ type: "delivered", side, number: messageNumber });
    const takingMs = this.#setup.takingMs();
    if (takingMs === 0 && this.#heldCount === 0) return this.#taken(messageNumber);
    this.#heldCount += 1;
    this.dispatch({ type: "held", count: this.#heldCount });
    this.#takenAtMs = Math.max(this.#takenAtMs, timeline.nowMs) + takingMs;
    timeline.after(this.#takenAtMs - timeline.nowMs, () => host.perform(() => this.#take(messageNumber)));
  }

  #take(messageNumber: number): void {
    if (this.isOver) return;
    this.#heldCount -= 1;
    this.#taken(messageNumber);
    this.dispatch({ type: "held", count: this.#heldCount });
  }

  #taken(messageNumber: number): void {
    this.#setup.record.note({ type: "taken", side: this.#setup.side, count: 1 });
    this.dispatch({ type: "processed", messageNumber });
  }
}
