import { transientDictionaryString } from "../binary-xml/index.ts";
import { earliest, type Machine } from "../machine/index.ts";
import {
  aborted,
  abortedFault,
  broken,
  type Dialect,
  dialects,
  notReceiving,
  type ReliableSessionState,
  type SequenceFault,
  type SessionFailure,
  type Transmission,
  terminatedBy,
} from "../reliable-messaging/index.ts";
import { anonymousAddress } from "../soap/index.ts";
import type { DictionaryString, UniqueId, XmlReader } from "../xml/index.ts";
import { Activity } from "./activity.ts";
import { callTimedOut, peerCannotReply, queueFull, sessionNotOpen } from "./call-errors.ts";
import type { Carrier, CarrierHost } from "./carrier.ts";
import { carrierOf } from "./carriers.ts";
import { type AcceptedSequence, type Channel, type ChannelEffect, type ChannelInput, channelOf } from "./channel.ts";
import { Correlation, type PendingCall } from "./correlation.ts";
import { Deliveries } from "./deliveries.ts";
import { EarlyMessages } from "./early-messages.ts";
import type { CallError } from "./errors.ts";
import { failedCalls, failedSend } from "./failed-calls.ts";
import type { Link } from "./link.ts";
import type { BodyWriter, EncodedBody } from "./message-codec.ts";
import { PlainSession } from "./plain-session.ts";
import { ReceivedEnvelope } from "./received-envelope.ts";
import { remainingMessages } from "./remaining-messages.ts";
import type { RemainingMessage, SessionEffect, SessionInput, SessionSetup } from "./session-types.ts";
import { traceOfReceived, traceOfSent } from "./trace.ts";

/**
 * One session end to end, in either role: connections or exchanges come and go below (`Carrier`), messages are kept safe in the middle
 * (`Channel`), calls meet their replies above (`Correlation`).
 */
export class DuplexSession<Call extends PendingCall> implements Machine<SessionInput<Call>, SessionEffect<Call>> {
  /** ReplyTo of our requests: a client has no address of its own, a service says the one that its client called. */
  readonly replyTo: DictionaryString;
  readonly #setup: SessionSetup;
  readonly #dialect: Dialect | undefined;
  readonly #channel: Channel<ReceivedEnvelope>;
  readonly #calls = new Correlation<Call>();
  readonly #activity: Activity;
  readonly #carrier: Carrier;
  readonly #received: ReceivedEnvelope;
  readonly #deliveries: Deliveries<Call>;
  readonly #early: EarlyMessages;
  /** To of what this side sends; undefined for answers, which go to whoever asked. */
  readonly #to: DictionaryString | undefined;
  #effects: SessionEffect<Call>[] = [];
  #sentCount = 0;
  #hasInputEnded = false;

  constructor(setup: SessionSetup, nowMs: number, accepted?: AcceptedSequence) {
    this.#setup = setup;
    const { reliable, role, address } = setup;
    this.#dialect = reliable === undefined ? undefined : dialects[reliable.version];
    this.#carrier = carrierOf(setup, this.#carrierHost());
    this.#received = new ReceivedEnvelope(this.#dialect, reliable?.maxAckRangeCount);
    this.#deliveries = new Deliveries(setup, this.#calls, this.#received);
    this.#early = new EarlyMessages(reliable);
    const receiveTimeoutMs = role === "server" ? setup.receiveTimeoutMs : Number.POSITIVE_INFINITY;
    this.#activity = new Activity(receiveTimeoutMs, nowMs, setup.receiveTimeoutMode);
    const ownName = transientDictionaryString(address);
    const answerTo = setup.exchanges === undefined ? anonymousAddress : undefined;
    this.#to = role === "client" ? ownName : answerTo;
    this.replyTo = role === "client" ? anonymousAddress : ownName;
    this.#channel = channelOf(setup, nowMs, accepted);
  }

  get state(): ReliableSessionState {
    return this.#channel.state;
  }

  /** The connection in use; undefined while there is none. */
  get link(): Link | undefined {
    return this.#carrier.current;
  }

  get isReliable(): boolean {
    return this.#dialect !== undefined;
  }

  /** Requests and their answers carry it: the session must be told of messages that get no reply. */
  get isOverExchanges(): boolean {
    return this.#setup.exchanges !== undefined;
  }

  /** Whether the session must be told of each message that the application is done with. */
  get acknowledgesProcessed(): boolean {
    return this.#setup.reliable?.ackOn === "processed";
  }

  /** Identifier of the client's sequence, by which people know the session; undefined without one. */
  get id(): UniqueId | undefined {
    return this.#setup.role === "client" ? this.#channel.outputId : this.#channel.inputId;
  }

  /** Identifier of the sequence that the client offered for the way back. */
  get offeredId(): UniqueId | undefined {
    return this.#setup.role === "client" ? this.#channel.inputId : this.#channel.outputId;
  }

  /** Messages sent or requested so far: the number of the last one. */
  get sentCount(): number {
    return this.#sentCount;
  }

  get unacknowledgedCount(): number {
    return this.#channel.output?.pendingCount ?? 0;
  }

  get keepAliveCount(): number {
    return this.#channel.keepAliveCount;
  }

  /** Messages of the peer that were dropped for want of room; it sends them again. */
  get droppedCount(): number {
    return this.#channel.droppedCount;
  }

  get pendingCallCount(): number {
    return this.#calls.size;
  }

  get nextDeadlineMs(): number | undefined {
    return earliest(
      earliest(this.#channel.nextDeadlineMs, this.#isOver ? undefined : this.#activity.nextDeadlineMs),
      earliest(this.#calls.nextDeadlineMs, this.#carrier.nextDeadlineMs),
    );
  }

  /** Writes a Body for `request` or `send`. @throws what `write` throws, such as a ContractError, and then nothing is sent */
  encodeBody(write: BodyWriter): EncodedBody {
    return this.#setup.codec.encodeBody(this.#carrier.strings, write);
  }

  /** Undefined when a message may be sent now, one that `wantsReply` or not, else the error that says why not. */
  refusal(wantsReply = false): CallError | undefined {
    const { reliable } = this.#setup;
    if (this.#isEarly) return this.#early.canQueue ? undefined : queueFull(reliable);
    if (this.#channel.state !== "open") return sessionNotOpen(this.#channel.state);
    if (wantsReply && this.#hasInputEnded) return peerCannotReply();
    return this.#channel.output?.canQueue === false ? queueFull(reliable) : undefined;
  }

  handle(input: SessionInput<Call>, nowMs: number): readonly SessionEffect<Call>[] {
    this.#effects = [];
    this.#dispatch(input, nowMs);
    return this.#effects;
  }

  get #isOver(): boolean {
    return this.#channel.state === "closed" || this.#channel.state === "faulted";
  }

  get #isEarly(): boolean {
    return this.#setup.queuesUntilOpen === true && (this.state === "created" || this.state === "opening");
  }

  #dispatch(input: SessionInput<Call>, nowMs: number): void {
    switch (input.type) {
      case "request":
        return this.#request(input, nowMs);
      case "send":
        return this.#send(input.addressing, input.body, nowMs);
      case "timeout":
        return this.#timeout(nowMs);
      case "held":
      case "processed":
        return this.#run(input, nowMs);
      case "blocked":
        this.#activity.blocked(input.forMs, nowMs);
        return this.#run(input, nowMs);
      case "taken":
        return this.#run(this.#deliveries.passed!.taken(input.count, nowMs), nowMs);
      case "running":
        return this.#activity.setRunning(input.count, nowMs);
      case "forget":
        if (this.#calls.take(input.call.messageId) !== undefined) this.#giveUp(input.call, nowMs);
        return;
      case "unanswered": {
        const { messageNumber, messageId } = input.message;
        return this.#run({ type: "unanswered", messageNumber, messageId }, nowMs);
      }
      case "open":
        this.#run({ type: "open" }, nowMs);
        return this.#carrier.open(nowMs);
      case "close":
        return this.#close(nowMs);
      case "abort":
        return this.#fail(aborted(input.reason), { ...abortedFault, identifier: this.#peerNamedId }, nowMs);
      case "break":
        return this.#fail(broken(input.cause), { ...abortedFault, identifier: this.#peerNamedId }, nowMs);
      default:
        this.#carrier.handle(input, nowMs);
    }
  }

  /** Over exchanges a call that nobody waits for holds a connection. */
  #giveUp({ messageId }: Call, nowMs: number): void {
    if (this.#setup.exchanges !== undefined) this.#run({ type: "forgotten", messageId }, nowMs);
  }

  /** What an abort names: the sequence we receive, else the one we send (R-WCF-ABORT-1). */
  get #peerNamedId(): UniqueId | undefined {
    return this.#channel.inputId ?? this.#channel.outputId;
  }

  #request({ call, addressing, body }: Extract<SessionInput<Call>, { type: "request" }>, nowMs: number): void {
    const error = this.refusal(true);
    if (error !== undefined) return this.#push({ type: "call-failed", call, error });
    this.#calls.add(call);
    this.#send(addressing, body, nowMs);
  }

  /** Behind the last message there is no place for another: a reply that comes so late is for nobody. */
  #send(addressing: Transmission["addressing"], body: EncodedBody | undefined, nowMs: number): void {
    if (this.#isEarly) {
      this.#sentCount += 1;
      return this.#early.push({ addressing, body });
    }
    if (this.#channel.state !== "open") return;
    this.#sentCount += 1;
    this.#pass(addressing, body, nowMs);
  }

  #pass(addressing: Transmission["addressing"], body: EncodedBody | undefined, nowMs: number): void {
    this.#run({ type: "send", message: { addressing, body, byteLength: body?.bytes.length ?? 0 } }, nowMs);
  }

  #close(nowMs: number): void {
    this.#run({ type: "close" }, nowMs);
    if (!this.isReliable && this.#channel.state === "closing") this.#carrier.end();
  }

  /** Server: the envelope that decided to which session a connection belongs; its string table is read already. */
  receiveEnvelope(
    link: Link,
    bytes: Uint8Array,
    from: number,
    to: number,
    nowMs: number,
  ): readonly SessionEffect<Call>[] {
    this.#effects = [];
    this.#carrier.guard(link, nowMs, () => {
      this.#handleEnvelope(
        link,
        () => this.#setup.codec.readAgain(this.#received, { bytes, from, to, dictionary: link.strings.reader }),
        nowMs,
      );
    });
    return this.#effects;
  }

  #handleEnvelope(link: Link, read: () => XmlReader, nowMs: number): void {
    const message = this.#received;
    this.#deliveries.bodyReader = read();
    // A fault ends the session: what it reports is the last message before it.
    if (!message.isFault) this.#activity.received(message.kind === "application", nowMs);
    this.#setup.trace?.(traceOfReceived(message, nowMs));
    this.#run(this.#carrier.inputOf(link, message), nowMs);
    this.#deliveries.bodyReader = undefined;
    message.end();
  }

  #carrierHost(): CarrierHost {
    const session = this;
    return {
      get isOver(): boolean {
        return session.#isOver;
      },
      get isOpening(): boolean {
        return session.state === "opening" || session.state === "created";
      },
      isReliable: this.isReliable,
      run: (input, nowMs) => this.#run(input, nowMs),
      plainPeerEnded: (nowMs) => {
        if (this.#channel instanceof PlainSession) this.#perform(this.#channel.peerEnded(), nowMs);
      },
      envelope: (link, bytes, from, to, nowMs) =>
        this.#handleEnvelope(link, () => this.#setup.codec.read(this.#received, bytes, from, to, link), nowMs),
      write: (link, transmission, nowMs) => this.#write(link, transmission, nowMs),
      fail: (failure, nowMs) => this.#fail(failure, undefined, nowMs),
      refuse: (failure, nowMs) => this.#refuse(failure, nowMs),
      closeLink: (link, isGraceful) => this.#push({ type: "close-link", link, isGraceful }),
      openLink: (delayMs, attempt) => this.#push({ type: "open-link", delayMs, attempt }),
      exchange: (link) => this.#push({ type: "exchange", link }),
      reconnecting: (cause) => this.#push({ type: "reconnecting", cause }),
      reconnected: () => this.#push({ type: "reconnected" }),
    };
  }

  #push(effect: SessionEffect<Call>): void {
    this.#effects.push(effect);
  }

  #refuse(failure: SessionFailure, nowMs: number): void {
    this.#fail(failure, { ...terminatedBy(failure, this.#peerNamedId), code: "Sender" }, nowMs);
  }

  #timeout(nowMs: number): void {
    for (const call of this.#calls.takeExpired(nowMs)) {
      this.#effects.push({ type: "call-failed", call, error: callTimedOut(call) });
      this.#giveUp(call, nowMs);
    }
    if (!this.#isOver && this.#activity.isReceiveTimeoutOver(nowMs)) {
      const failure = notReceiving(this.#setup.receiveTimeoutMs, this.#activity.infrastructureSinceApplication);
      return this.#fail(failure, terminatedBy(failure, this.#peerNamedId), nowMs);
    }
    this.#run({ type: "timeout" }, nowMs);
    // Last: when opening took too long, the session says so, not the preamble that is a part of it.
    this.#carrier.timeout(nowMs);
  }

  #fail(failure: SessionFailure, fault: SequenceFault | undefined, nowMs: number): void {
    this.#run({ type: "fail", failure, fault }, nowMs);
  }

  #run(input: ChannelInput<ReceivedEnvelope>, nowMs: number): void {
    this.#perform(this.#channel.handle(input, nowMs), nowMs);
  }

  #perform(effects: readonly ChannelEffect<ReceivedEnvelope>[], nowMs: number): void {
    for (const effect of effects) {
      switch (effect.type) {
        case "transmit":
          this.#carrier.transmit(effect.transmission, nowMs);
          break;
        case "answer":
          this.#carrier.answer(effect.exchange, effect.transmission, nowMs);
          break;
        case "abandon":
          this.#carrier.abandon(effect.request);
          break;
        case "send-failed": {
          const news = failedSend(this.#calls, effect);
          if (news !== undefined) this.#effects.push(news);
          break;
        }
        case "deliver":
          this.#deliver(effect.message, effect.messageNumber, nowMs);
          break;
        case "opened":
          this.#effects.push(effect);
          for (const { addressing, body } of this.#early.takeAll()) this.#pass(addressing, body, nowMs);
          break;
        case "input-ended":
          this.#hasInputEnded = true;
          this.#effects.push({ type: "input-ended", unanswered: this.#calls.takeAll() });
          break;
        case "closed":
          this.#over(undefined, []);
          this.#effects.push(effect);
          break;
        case "faulted": {
          const { lastApplicationMessageAtMs, lastInfrastructureMessageAtMs } = this.#activity;
          const remaining = remainingMessages(this.#channel, this.#early, this.#calls);
          this.#over(effect.failure, remaining);
          const fault = { ...effect.failure, atMs: nowMs, lastApplicationMessageAtMs, lastInfrastructureMessageAtMs };
          this.#effects.push({ type: "faulted", fault, remaining });
          break;
        }
        default:
          this.#effects.push(effect);
      }
    }
  }

  #write(link: Link, transmission: Transmission, nowMs: number): void {
    const byteLength = this.#setup.codec.write(link, this.#dialect, this.#to, transmission);
    const { type } = transmission.content;
    if (type !== "fault") this.#activity.sent(type === "application", nowMs);
    if (type === "application" && transmission.addressing.relatesTo === undefined) this.#activity.called(nowMs);
    this.#setup.trace?.(traceOfSent(transmission, byteLength, nowMs));
  }

  #deliver(message: ReceivedEnvelope, messageNumber: number, nowMs: number): void {
    this.#activity.delivered(nowMs);
    const news = this.#deliveries.deliver(message, messageNumber, nowMs);
    if (news !== undefined) this.#effects.push(news);
    const { passed } = this.#deliveries;
    if (passed !== undefined) this.#run(passed.held(nowMs), nowMs);
    // A reply is done with when its call has it; only an operation takes time.
    if (news?.type !== "message" && this.acknowledgesProcessed) this.#run({ type: "processed", messageNumber }, nowMs);
  }

  /** The session ended: calls fail, the connection is let go. */
  #over(failure: SessionFailure | undefined, remaining: readonly RemainingMessage<Call>[]): void {
    this.#effects.push(...failedCalls(this.#calls, failure, remaining));
    // The fault or the last message must still get out, so the link ends politely, save when the peer faulted an open session.
    // A plain peer can be told of a fault by a reset only (R-LIVE-FAULT-2).
    const isFaultTold = this.isReliable && (failure?.isRemote !== true || this.id === undefined);
    this.#carrier.release(failure === undefined || isFaultTold);
  }
}
