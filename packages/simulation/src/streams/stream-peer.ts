import type { AckRange } from "@bowline/protocol/reliable-messaging";
import type {
  DuplexSession,
  Link,
  PendingCall,
  SessionEffect,
  SessionInput,
  TraceRecord,
} from "@bowline/protocol/session";
import type { UniqueId, XmlReader } from "@bowline/protocol/xml";
import { otherSide, type Side, type Sighting } from "../facts.ts";
import type { Host } from "../host.ts";
import type { SessionRecord } from "../session-record.ts";
import { SimulationFailure } from "../simulation-failure.ts";
import type { Sleeper, Timeline } from "../timeline.ts";
import type { Carriage } from "./carriage.ts";
import type { Connection, ConnectionEnd } from "./connection.ts";
import { expectAnswer, expectOrigin, type NumberedText, readNumberedText, writeNumberedText } from "./numbered-text.ts";

/** A call of the simulated application. */
export interface SimulatedCall extends PendingCall {
  readReply(reader: XmlReader, action: string): NumberedText;
}

export interface StreamPeerSetup {
  readonly side: Side;
  readonly session: DuplexSession<SimulatedCall>;
  readonly host: Host;
  readonly timeline: Timeline;
  readonly record: SessionRecord;
  /** How long an operation takes to start; it runs for as long again. */
  readonly takingMs: number;
  fillingLength(): number;
  nextId(): UniqueId;
  /** Client: gets another connection after `delayMs`. */
  dial(delayMs: number): void;
  /** The peer sends no more. */
  inputEnded(): void;
  over(): void;
}

const action = "urn:simulation/Count";
const replyAction = "urn:simulation/CountResponse";

/** One end of a session with its connections, and an application that counts, answers what is asked, and checks every answer. */
export class StreamPeer implements Sleeper {
  readonly session: DuplexSession<SimulatedCall>;
  readonly #setup: StreamPeerSetup;
  readonly #inbox: (() => readonly SessionEffect<SimulatedCall>[])[] = [];
  readonly #connections = new Map<Link, Connection>();
  readonly #carriages = new WeakMap<Link, Carriage>();
  readonly #released = new Set<Link>();
  #traced: TraceRecord[] = [];
  #isRunning = false;
  #heldCount = 0;
  #runningCount = 0;
  /** What the session knows of the time in which its host stood still. */
  #pausedMs = 0;

  constructor(setup: StreamPeerSetup) {
    this.#setup = setup;
    this.session = setup.session;
    this.#pausedMs = setup.host.pausedMs;
  }

  get wakeAtMs(): number | undefined {
    return this.#setup.host.wakeAtMs(this.session.nextDeadlineMs);
  }

  get isOver(): boolean {
    return this.session.state === "closed" || this.session.state === "faulted";
  }

  /** Operations that have not answered yet. */
  get busyCount(): number {
    return this.#heldCount + this.#runningCount;
  }

  wake(): void {
    this.dispatch({ type: "timeout" });
  }

  trace(record: TraceRecord): void {
    this.#traced.push(record);
  }

  /** From now on the carriage's link is this session's, over `connection`. */
  own(carriage: Carriage, connection: Connection): void {
    this.#connections.set(carriage.link, connection);
    this.#carriages.set(carriage.link, carriage);
  }

  endOf(carriage: Carriage): ConnectionEnd {
    const { link } = carriage;
    return {
      get expectsEnd() {
        return link.hasPeerEnded;
      },
      takeOutput: () => carriage.takeOutput(),
      received: (bytes) =>
        carriage.received(bytes, (pushed) => this.dispatch({ type: "received", link, bytes: pushed })),
      ended: (error) => {
        this.#connections.delete(link);
        this.dispatch({ type: "link-closed", link, error });
      },
    };
  }

  /** Sends the application's next message, which wants an answer or not; false when the session takes none. */
  offer(wantsReply: boolean): boolean {
    if (this.session.refusal(wantsReply) !== undefined) return false;
    const number = this.session.sentCount + 1;
    const body = this.#nextBody(0);
    if (!wantsReply) this.dispatch({ type: "send", addressing: { action }, body });
    else {
      const messageId = this.#setup.nextId();
      const readReply = (reader: XmlReader): NumberedText => expectAnswer(readNumberedText(reader), number);
      const call: SimulatedCall = { messageId, action, deadlineMs: Number.POSITIVE_INFINITY, readReply };
      const addressing = { action, messageId, replyTo: this.session.replyTo };
      this.dispatch({ type: "request", call, addressing, body });
    }
    return true;
  }

  dispatch(input: SessionInput<SimulatedCall>): void {
    this.run(() => this.session.handle(input, this.#setup.host.nowMs));
  }

  /** Runs to completion: what is dispatched from within an effect waits its turn; what was written goes out at the end. */
  run(step: () => readonly SessionEffect<SimulatedCall>[]): void {
    const { host } = this.#setup;
    const forMs = host.pausedMs - this.#pausedMs;
    this.#pausedMs = host.pausedMs;
    if (forMs > 0) this.#inbox.push(() => this.session.handle({ type: "blocked", forMs }, host.nowMs));
    this.#inbox.push(step);
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) this.#performAll(next());
    this.#isRunning = false;
    for (const connection of this.#connections.values()) connection.flush(this.#setup.side);
    for (const link of this.#released) {
      if (link.hasOutput)
        throw new SimulationFailure("nothing-after-end", `${this.#setup.side} wrote to a link that it let go`);
    }
  }

  /** Facts in the order that they became true: what came, what it meant, what was said, and the end. */
  #performAll(effects: readonly SessionEffect<SimulatedCall>[]): void {
    const { side, record } = this.#setup;
    const traced = this.#traced;
    this.#traced = [];
    for (const seen of traced) {
      if (seen.direction === "received") record.note({ type: "arrived", side, sighting: sightingOf(seen) });
    }
    for (const effect of effects) this.#perform(effect);
    for (const seen of traced) {
      if (seen.direction === "sent") record.note({ type: "transmitted", side, sighting: sightingOf(seen) });
    }
    for (const effect of effects) {
      if (effect.type === "closed") record.note({ type: "over", side, failure: undefined, reason: "" });
      else if (effect.type === "faulted") {
        record.note({ type: "over", side, failure: effect.fault.code, reason: effect.fault.reason });
      }
    }
  }

  #perform(effect: SessionEffect<SimulatedCall>): void {
    const { side, record } = this.#setup;
    switch (effect.type) {
      case "open-link":
        return this.#setup.dial(effect.delayMs);
      case "close-link":
        return this.#closeLink(effect.link, effect.isGraceful);
      case "reply":
        this.#arrived(effect.value as NumberedText);
        return record.note({ type: "taken", side, count: 1 });
      case "call-failed":
        if (effect.error instanceof SimulationFailure) throw effect.error;
        return;
      case "message":
        if (effect.message.error !== undefined) throw effect.message.error;
        return this.#message(
          effect.message.body as NumberedText,
          effect.message.messageNumber,
          effect.message.messageId,
        );
      case "acknowledged":
        return record.note({ type: "acknowledged", side, upTo: effect.upTo });
      case "input-ended":
        record.note({ type: "input-ended", side });
        return this.#setup.inputEnded();
      case "closed":
      case "faulted":
        return this.#setup.over();
      default:
    }
  }

  #closeLink(link: Link, isGraceful: boolean): void {
    const connection = this.#connections.get(link);
    this.#connections.delete(link);
    connection?.close(this.#setup.side, isGraceful);
    this.#carriages.get(link)?.takeOutput();
    this.#released.add(link);
  }

  #arrived(text: NumberedText): void {
    const { side, record } = this.#setup;
    expectOrigin(text, record.name, otherSide(side));
    record.note({ type: "delivered", side, number: text.number });
  }

  #message(text: NumberedText, messageNumber: number, messageId: UniqueId | undefined): void {
    if (text.number !== messageNumber)
      throw new SimulationFailure("content", `message ${text.number} came as number ${messageNumber}`);
    this.#arrived(text);
    const { timeline, host, takingMs } = this.#setup;
    this.#heldCount += 1;
    if (takingMs === 0) this.#take(text.number, messageId);
    else {
      this.dispatch({ type: "held", count: this.#heldCount });
      timeline.after(takingMs, () => host.perform(() => this.#take(text.number, messageId)));
    }
  }

  /** The operation starts; it answers after a while. */
  #take(request: number, messageId: UniqueId | undefined): void {
    const { side, record, timeline, host, takingMs } = this.#setup;
    if (this.isOver) return;
    this.#heldCount -= 1;
    record.note({ type: "taken", side, count: 1 });
    this.dispatch({ type: "held", count: this.#heldCount });
    if (messageId === undefined) return this.dispatch({ type: "processed", messageNumber: request });
    this.#runningCount += 1;
    this.dispatch({ type: "running", count: this.#runningCount });
    timeline.after(takingMs, () => host.perform(() => this.#reply(request, messageId)));
  }

  #reply(request: number, relatesTo: UniqueId): void {
    if (this.isOver) return;
    this.#runningCount -= 1;
    this.dispatch({ type: "processed", messageNumber: request });
    // A side that has closed is asked in vain.
    if (this.session.state !== "open") return;
    this.dispatch({ type: "send", addressing: { action: replyAction, relatesTo }, body: this.#nextBody(request) });
    this.dispatch({ type: "running", count: this.#runningCount });
  }

  #nextBody(answers: number): ReturnType<DuplexSession<SimulatedCall>["encodeBody"]> {
    const { side, record } = this.#setup;
    const number = this.session.sentCount + 1;
    const text: NumberedText = {
      session: record.name,
      side,
      number,
      answers,
      fillingLength: this.#setup.fillingLength(),
    };
    record.note({ type: "offered", side, number });
    return this.session.encodeBody((writer) => writeNumberedText(writer, text));
  }
}

function sightingOf(record: TraceRecord): Sighting {
  return {
    name: record.name,
    number: record.messageNumber,
    attempt: record.attempt,
    acknowledges: record.acknowledges === undefined ? undefined : rangesOf(record.acknowledges),
    isFinal: undefined,
    bufferRemaining: undefined,
  };
}

function rangesOf(text: string): readonly AckRange[] {
  if (text === "none") return [];
  return text.split(",").map((part) => {
    const [lower, upper = lower] = part.split("-").map(Number);
    return { lower: lower!, upper: upper! };
  });
}
