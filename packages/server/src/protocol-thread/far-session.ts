import type { StringTable } from "@bowline/protocol/binary-xml";
import {
  aborted,
  broken,
  dialects,
  type ReliableSessionState,
  type SessionFailure,
} from "@bowline/protocol/reliable-messaging";
import {
  type BodyWriter,
  type CallError,
  Correlation,
  callEnded,
  callTimedOut,
  Deliveries,
  type DeliveriesSetup,
  type EncodedBody,
  LinkStrings,
  peerCannotReply,
  queueFull,
  ReceivedEnvelope,
  type SessionEffect,
  type SessionFault,
  type SessionInput,
  sessionNotOpen,
} from "@bowline/protocol/session";
import { anonymousAddress, type OutgoingAddressing, type SoapHeader } from "@bowline/protocol/soap";
import { type DictionaryString, textOf, type UniqueId } from "@bowline/protocol/xml";
import { type Call, type ChannelSession, type Endpoint, nativeUtf8 } from "@bowline/transport";
import { errorOf, imageOf } from "./error-image.ts";
import type { Outbox, Reporter } from "./outbox.ts";
import { QueuedLengths } from "./queued-lengths.ts";
import type { MessageNews, Order, SessionNews, SessionOrder } from "./records.ts";
import { fromSharedMs } from "./shared-time.ts";

export interface FarSessionOptions {
  readonly number: number;
  readonly id: UniqueId | undefined;
  readonly endpoint: Endpoint;
  readonly setup: DeliveriesSetup;
  readonly outbox: Outbox<Order>;
}

/**
 * The application's half of a session that a protocol thread carries: reads what was received there, matches replies to calls, and
 * writes the bodies of what is to be sent. All else - acknowledgements, connections, timers of the session - is the other half's.
 */
export class FarSession implements ChannelSession, Reporter<Order> {
  readonly id: UniqueId | undefined;
  readonly replyTo: DictionaryString = anonymousAddress;
  readonly isOverExchanges = false;
  /** Only clients send keep-alives. */
  readonly keepAliveCount = 0;
  readonly #options: FarSessionOptions;
  readonly #calls = new Correlation<Call>();
  readonly #deliveries: Deliveries<Call>;
  readonly #received: ReceivedEnvelope;
  /** Strings of the connection that messages come over now. */
  #receivedStrings: LinkStrings;
  /** Strings of the bodies written here; they outlive connections. */
  readonly #bodyStrings: LinkStrings;
  #toldStringCount = 0;
  readonly #queued = new QueuedLengths();
  #state: ReliableSessionState = "open";
  #hasInputEnded = false;
  #sentCount = 0;
  #acceptedUpTo = 0;
  #arrivedCount = 0;
  #heldCount = 0;
  #runningCount = 0;
  #droppedCount = 0;
  #acknowledged = 0;
  #lastApplicationMessageAtMs: number | undefined;

  constructor(options: FarSessionOptions) {
    const { endpoint, setup, id } = options;
    const { reliable } = endpoint;
    this.#options = options;
    this.id = id;
    const dialect = reliable === undefined ? undefined : dialects[reliable.version];
    this.#received = new ReceivedEnvelope(dialect, reliable?.maxAckRangeCount);
    this.#deliveries = new Deliveries(setup, this.#calls, this.#received);
    this.#receivedStrings = this.#newStrings();
    this.#bodyStrings = this.#newStrings();
  }

  get state(): ReliableSessionState {
    return this.#state;
  }

  get isReliable(): boolean {
    return this.#options.endpoint.reliable !== undefined;
  }

  get acknowledgesProcessed(): boolean {
    return this.#options.endpoint.reliable?.ackOn === "processed";
  }

  get droppedCount(): number {
    return this.#droppedCount;
  }

  get nextDeadlineMs(): number | undefined {
    return this.#calls.nextDeadlineMs;
  }

  get isOver(): boolean {
    return this.#state === "closed" || this.#state === "faulted";
  }

  encodeBody(write: BodyWriter): EncodedBody {
    return this.#options.setup.codec.encodeBody(this.#bodyStrings, write);
  }

  refusal(wantsReply = false): CallError | undefined {
    const { reliable } = this.#options.endpoint;
    if (this.#state !== "open") return sessionNotOpen(this.#state);
    if (wantsReply && this.#hasInputEnded) return peerCannotReply();
    if (reliable === undefined) return undefined;
    const { count, byteLength, takenCount } = this.#queued;
    // Some of what is on its way still finds a place in the window.
    const room = Math.max(0, reliable.maxTransferWindowSize - (takenCount - this.#acknowledged));
    const isFull = count >= reliable.maxQueuedMessageCount + room || byteLength >= reliable.maxQueuedByteLength;
    return isFull ? queueFull(reliable) : undefined;
  }

  /** What the application wishes. */
  handle(input: SessionInput<Call>, nowMs: number): readonly SessionEffect<Call>[] {
    if (this.isOver) return input.type === "request" ? [this.#callRefused(input.call)] : [];
    switch (input.type) {
      case "request":
        return this.#request(input, nowMs);
      case "send":
        this.#send(input.addressing, input.body!, false, nowMs);
        return this.#accepted();
      case "forget":
        this.#calls.take(input.call.messageId);
        return [];
      case "held":
        this.#heldCount = input.count;
        this.#options.outbox.reportLater(this);
        return [];
      case "running":
        this.#runningCount = input.count;
        this.#options.outbox.reportLater(this);
        return [];
      case "processed":
        this.#order({ type: "processed", session: this.#number, messageNumber: input.messageNumber });
        return [];
      case "close":
        if (this.#state === "open") this.#state = "closing";
        this.#order({ type: "close", session: this.#number });
        return [];
      case "abort":
        this.#order({ type: "abort", session: this.#number, reason: input.reason });
        return this.fail(aborted(input.reason), nowMs);
      case "break":
        this.#order({ type: "break", session: this.#number, cause: imageOf(input.cause) });
        return this.fail(broken(input.cause), nowMs);
      case "timeout":
        return this.#calls
          .takeExpired(nowMs)
          .map((call) => ({ type: "call-failed", call, error: callTimedOut(call) }) as const);
      default:
        return [];
    }
  }

  /** What the protocol thread tells; `bytes` are those of its batch. */
  hear(news: SessionNews, bytes: Uint8Array): readonly SessionEffect<Call>[] {
    if (this.isOver) return [];
    switch (news.type) {
      case "message":
        return this.#message(news, bytes);
      case "progress":
        return this.#progress(news);
      case "input-ended":
        this.#hasInputEnded = true;
        return [{ type: "input-ended", unanswered: this.#calls.takeAll() }];
      case "closed":
        this.#state = "closed";
        return [...this.#failCalls("the session was closed", undefined), { type: "closed" }];
      case "faulted": {
        const { fault } = news;
        return this.#faulted({
          ...fault,
          cause: fault.cause === undefined ? undefined : errorOf(fault.cause),
          atMs: fromSharedMs(fault.atMs),
          lastApplicationMessageAtMs: fromSharedMs(fault.lastApplicationMessageAtMs),
          lastInfrastructureMessageAtMs: fromSharedMs(fault.lastInfrastructureMessageAtMs),
        });
      }
      default:
        return [];
    }
  }

  /** The session ends here, whatever the other half does. */
  fail(failure: SessionFailure, nowMs: number): readonly SessionEffect<Call>[] {
    if (this.isOver) return [];
    return this.#faulted({
      ...failure,
      atMs: nowMs,
      lastApplicationMessageAtMs: this.#lastApplicationMessageAtMs,
      lastInfrastructureMessageAtMs: undefined,
    });
  }

  report(): SessionOrder | undefined {
    if (this.isOver) return undefined;
    const taken = this.#arrivedCount - this.#heldCount;
    return { type: "progress", session: this.#number, taken, running: this.#runningCount };
  }

  get #number(): number {
    return this.#options.number;
  }

  #newStrings(): LinkStrings {
    return new LinkStrings(nativeUtf8, this.#options.endpoint.maxSessionByteLength);
  }

  #order(order: SessionOrder): void {
    this.#options.outbox.post(order);
  }

  #callRefused(call: Call): SessionEffect<Call> {
    return { type: "call-failed", call, error: sessionNotOpen(this.#state) };
  }

  #request(
    { call, addressing, body }: Extract<SessionInput<Call>, { type: "request" }>,
    nowMs: number,
  ): readonly SessionEffect<Call>[] {
    const error = this.refusal(true);
    if (error !== undefined) return [{ type: "call-failed", call, error }];
    this.#calls.add(call);
    this.#send(addressing, body!, true, nowMs);
    return this.#accepted();
  }

  /** Behind the last message there is no place for another: a reply that comes so late is for nobody. */
  #send(addressing: OutgoingAddressing, { bytes }: EncodedBody, isCall: boolean, nowMs: number): void {
    if (this.#state !== "open") return;
    const { outbox } = this.#options;
    const from = outbox.bytes.position;
    outbox.bytes.write(bytes);
    const { action, messageId, relatesTo, isFault = false, headers } = addressing;
    this.#order({
      type: "send",
      session: this.#number,
      action: textOf(action),
      messageId,
      relatesTo,
      isCall,
      isFault,
      headers: headers?.map(plainHeader),
      strings: this.#untoldStrings(),
      from,
      to: outbox.bytes.position,
    });
    this.#sentCount += 1;
    this.#queued.add(bytes.length);
    this.#lastApplicationMessageAtMs = nowMs;
  }

  /** Strings of bodies that the other half does not know yet. */
  #untoldStrings(): readonly string[] | undefined {
    const { writer } = this.#bodyStrings;
    if (writer.size === this.#toldStringCount) return undefined;
    const strings: string[] = [];
    for (; this.#toldStringCount < writer.size; this.#toldStringCount++)
      strings.push((writer as StringTable).lookup(this.#toldStringCount * 2 + 1)!.value);
    return strings;
  }

  #message(
    { messageNumber, atMs, from, to, isNewConnection, strings }: MessageNews,
    bytes: Uint8Array,
  ): readonly SessionEffect<Call>[] {
    if (isNewConnection) this.#receivedStrings = this.#newStrings();
    if (strings !== undefined) this.#receivedStrings.reader.append(strings);
    const deliveredAtMs = fromSharedMs(atMs);
    const { codec } = this.#options.setup;
    this.#arrivedCount += 1;
    this.#lastApplicationMessageAtMs = deliveredAtMs;
    this.#options.outbox.reportLater(this);
    this.#deliveries.bodyReader = codec.read(this.#received, bytes, from, to, { strings: this.#receivedStrings });
    const news = this.#deliveries.deliver(this.#received, messageNumber, deliveredAtMs);
    this.#deliveries.bodyReader = undefined;
    this.#received.end();
    // A reply is done with when its call has it; only an operation takes time.
    if (news?.type !== "message" && this.acknowledgesProcessed)
      this.#order({ type: "processed", session: this.#number, messageNumber });
    return news === undefined ? [] : [news];
  }

  #progress({
    accepted,
    acknowledged,
    dropped,
  }: Extract<SessionNews, { type: "progress" }>): readonly SessionEffect<Call>[] {
    this.#droppedCount = dropped;
    this.#queued.takeUpTo(accepted);
    const effects = [...this.#accepted()];
    if (acknowledged > this.#acknowledged) {
      this.#acknowledged = acknowledged;
      effects.push({ type: "acknowledged", upTo: acknowledged });
    }
    return effects;
  }

  /** A few messages more than the other half's window has taken so far: who waits for each would wait for the other thread else. */
  #accepted(): readonly SessionEffect<Call>[] {
    const upTo = Math.min(this.#sentCount, this.#queued.takenCount + aheadCount);
    if (upTo === this.#acceptedUpTo) return none;
    this.#acceptedUpTo = upTo;
    return [{ type: "accepted", upTo }];
  }

  #faulted(fault: SessionFault): readonly SessionEffect<Call>[] {
    this.#state = "faulted";
    return [...this.#failCalls("the session ended", fault), { type: "faulted", fault, remaining: [] }];
  }

  #failCalls(what: string, failure: SessionFailure | undefined): readonly SessionEffect<Call>[] {
    return this.#calls.takeAll().map((call) => ({ type: "call-failed", call, error: callEnded(call, what, failure) }));
  }
}

/** Without whatever else the application's object has, which may be nothing that can be carried. */
function plainHeader({ namespaceUri, localName, value, mustUnderstand = false }: SoapHeader): SoapHeader {
  return { namespaceUri, localName, value, mustUnderstand };
}

/** Messages on their way to the protocol thread that count as taken by the transfer window already. */
const aheadCount = 64;
const none: readonly never[] = [];
