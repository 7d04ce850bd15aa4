import { transientDictionaryString } from "../binary-xml/index.ts";
import { FramingError } from "../framing/index.ts";
import { type Machine, unreachable } from "../machine/index.ts";
import {
  type AcceptedOpening,
  aborted,
  abortedFault,
  type Dialect,
  dialects,
  notReceiving,
  ReliableSession,
  type ReliableSessionEffect,
  type ReliableSessionInput,
  type ReliableSessionState,
  type SequenceFault,
  type SessionFailure,
  type Transmission,
} from "../reliable-messaging/index.ts";
import { anonymousAddress } from "../soap/index.ts";
import { type DictionaryString, type UniqueId, XmlError, type XmlReader } from "../xml/index.ts";
import { Activity } from "./activity.ts";
import { Correlation, type PendingCall } from "./correlation.ts";
import { CallError } from "./errors.ts";
import type { FramedLink } from "./framed-link.ts";
import { framingFailure, malformedFailure } from "./link-failures.ts";
import type { BodyWriter, EncodedBody } from "./message-codec.ts";
import { PlainSession } from "./plain-session.ts";
import { ReceivedEnvelope } from "./received-envelope.ts";
import { Reconnection } from "./reconnection.ts";
import type { SessionEffect, SessionInput, SessionSetup } from "./session-types.ts";
import { traceOfReceived, traceOfSent } from "./trace.ts";

type Channel = ReliableSession<ReceivedEnvelope> | PlainSession<ReceivedEnvelope>;
type ChannelEffect = ReliableSessionEffect<ReceivedEnvelope>;

/** What an acceptor's session starts from: the CreateSequence it answers. Undefined for plain sessions and clients. */
export interface AcceptedSequence {
  readonly opening: AcceptedOpening;
  readonly inputId: UniqueId;
}

/**
 * One session end to end, in either role: connections come and go below (`FramedLink`), messages are kept safe in the middle
 * (`ReliableSession` or `PlainSession`), calls meet their replies above (`Correlation`).
 */
export class DuplexSession<Call extends PendingCall> implements Machine<SessionInput<Call>, SessionEffect<Call>> {
  readonly #setup: SessionSetup;
  readonly #dialect: Dialect | undefined;
  readonly #channel: Channel;
  readonly #calls = new Correlation<Call>();
  readonly #activity: Activity;
  readonly #reconnection = new Reconnection();
  readonly #received: ReceivedEnvelope;
  readonly #reread: ReceivedEnvelope;
  readonly #to: DictionaryString;
  #effects: SessionEffect<Call>[] = [];
  #link: FramedLink | undefined;
  /** The dictionary that bodies are written with while no connection is there. */
  #lastLink: FramedLink | undefined;
  #hasBeenOpen: boolean;
  #sentCount = 0;
  /** Stands on the Body of the message that is being handled. */
  #bodyReader: XmlReader | undefined;

  constructor(setup: SessionSetup, nowMs: number, accepted?: AcceptedSequence) {
    this.#setup = setup;
    const { reliable, role, address, openTimeoutMs, closeTimeoutMs } = setup;
    const rmRole = role === "client" ? "initiator" : "acceptor";
    this.#hasBeenOpen = role === "server";
    this.#dialect = reliable === undefined ? undefined : dialects[reliable.version];
    this.#received = new ReceivedEnvelope(this.#dialect, reliable?.maxAckRangeCount);
    this.#reread = new ReceivedEnvelope(this.#dialect, reliable?.maxAckRangeCount);
    this.#activity = new Activity(role === "server" ? setup.receiveTimeoutMs : Number.POSITIVE_INFINITY, nowMs);
    this.#to = role === "client" ? transientDictionaryString(address) : anonymousAddress;
    if (reliable === undefined)
      this.#channel = new PlainSession({ role: rmRole, address, openTimeoutMs, closeTimeoutMs });
    else {
      this.#channel = new ReliableSession<ReceivedEnvelope>(
        {
          role: rmRole,
          shape: setup.shape,
          options: reliable,
          address: accepted?.opening.address ?? address,
          openTimeoutMs,
          closeTimeoutMs,
          nextId: () => setup.nextId(),
          retain: (message) => message.retain(),
          accepted,
        },
        nowMs,
      );
    }
  }

  get state(): ReliableSessionState {
    return this.#channel.state;
  }

  /** The connection in use; undefined while there is none. */
  get link(): FramedLink | undefined {
    return this.#link;
  }

  get isReliable(): boolean {
    return this.#dialect !== undefined;
  }

  /** Identifier of the client's sequence, by which people know the session; undefined without one. */
  get id(): UniqueId | undefined {
    if (!(this.#channel instanceof ReliableSession)) return undefined;
    return this.#setup.role === "client" ? this.#channel.outputId : this.#channel.inputId;
  }

  /** Identifier of the sequence that the client offered for the way back. */
  get offeredId(): UniqueId | undefined {
    if (!(this.#channel instanceof ReliableSession)) return undefined;
    return this.#setup.role === "client" ? this.#channel.inputId : this.#channel.outputId;
  }

  /** Messages sent or requested so far: the number of the last one. */
  get sentCount(): number {
    return this.#sentCount;
  }

  get unacknowledgedCount(): number {
    return this.#channel instanceof ReliableSession ? this.#channel.unacknowledgedCount : 0;
  }

  get keepAliveCount(): number {
    return this.#channel instanceof ReliableSession ? this.#channel.keepAliveCount : 0;
  }

  get pendingCallCount(): number {
    return this.#calls.size;
  }

  get nextDeadlineMs(): number | undefined {
    return earliest(
      earliest(this.#channel.nextDeadlineMs, this.#isOver ? undefined : this.#activity.nextDeadlineMs),
      earliest(this.#calls.nextDeadlineMs, this.#link?.nextDeadlineMs),
    );
  }

  /** Writes a Body for `request` or `send`. @throws what `write` throws, such as a ContractError, and then nothing is sent */
  encodeBody(write: BodyWriter): EncodedBody {
    const link = this.#link ?? this.#lastLink;
    if (link === undefined)
      throw new CallError("CALL_SESSION_NOT_OPEN", "the session has no connection yet; wait until it is open");
    return this.#setup.codec.encodeBody(link.writerDictionary, write);
  }

  /** Undefined when a message may be sent now, else the error that says why not. */
  refusal(): CallError | undefined {
    const state = this.#channel.state;
    if (state !== "open")
      return new CallError("CALL_SESSION_NOT_OPEN", `the session is ${state}; messages are sent on an open session`);
    if (this.#channel instanceof ReliableSession && !this.#channel.canQueue) {
      const limit = this.#setup.reliable?.maxQueuedMessageCount;
      return new CallError(
        "CALL_QUEUE_FULL",
        `${limit} messages wait for the peer already (maxQueuedMessageCount); await earlier calls before making more`,
      );
    }
    return undefined;
  }

  handle(input: SessionInput<Call>, nowMs: number): readonly SessionEffect<Call>[] {
    this.#effects = [];
    this.#dispatch(input, nowMs);
    return this.#effects;
  }

  get #isOver(): boolean {
    return this.#channel.state === "closed" || this.#channel.state === "faulted";
  }

  #dispatch(input: SessionInput<Call>, nowMs: number): void {
    switch (input.type) {
      case "received":
        return this.#receive(input.link, input.bytes, nowMs);
      case "request":
        this.#calls.add(input.call);
        return this.#send(input.addressing, input.body, nowMs);
      case "send":
        return this.#send(input.addressing, input.body, nowMs);
      case "timeout":
        return this.#timeout(nowMs);
      case "held":
        return this.#run({ type: "held", count: input.count }, nowMs);
      case "running":
        return this.#activity.setRunning(input.count, nowMs);
      case "forget":
        this.#calls.take(input.call.messageId);
        return;
      case "open":
        this.#run({ type: "open" }, nowMs);
        this.#effects.push({ type: "open-link", delayMs: 0, attempt: 1 });
        return;
      case "link-connected":
        this.#link = input.link;
        this.#lastLink ??= input.link;
        return this.#guard(input.link, nowMs, () => input.link.connected(nowMs));
      case "link-failed":
        return this.#linkGone(input.error, nowMs);
      case "link-bound":
        return this.#bind(input.link, nowMs);
      case "link-closed":
        return this.#linkClosed(input.link, input.error, nowMs);
      case "close":
        return this.#close(nowMs);
      case "abort":
        return this.#fail(aborted(input.reason), { ...abortedFault, identifier: this.#peerNamedId }, nowMs);
      default:
        unreachable(input);
    }
  }

  /** What an abort names: the sequence we receive, else the one we send (R-WCF-ABORT-1). */
  get #peerNamedId(): UniqueId | undefined {
    if (!(this.#channel instanceof ReliableSession)) return undefined;
    return this.#channel.inputId ?? this.#channel.outputId;
  }

  #send(addressing: Transmission["addressing"], body: EncodedBody | undefined, nowMs: number): void {
    this.#sentCount += 1;
    this.#run({ type: "send", message: { addressing, body } }, nowMs);
  }

  #close(nowMs: number): void {
    this.#run({ type: "close" }, nowMs);
    if (this.#channel instanceof PlainSession && this.#channel.state === "closing") this.#link?.end();
  }

  #bind(link: FramedLink, nowMs: number): void {
    const previous = this.#link;
    if (previous === link) return;
    if (previous !== undefined) this.#effects.push({ type: "close-link", link: previous, isGraceful: false });
    this.#link = link;
    this.#lastLink = link;
    this.#run({ type: "link-up" }, nowMs);
    if (previous !== undefined) this.#effects.push({ type: "reconnected" });
  }

  #receive(link: FramedLink, bytes: Uint8Array, nowMs: number): void {
    if (link !== this.#link) return;
    this.#guard(link, nowMs, () => {
      if (link.push(bytes, nowMs)) this.#established(link, nowMs);
      for (let record = link.next(); record !== undefined; record = link.next()) {
        if (record.type === "end") this.#peerEnded(link, nowMs);
        else this.#receiveEnvelope(link, record.bytes, record.from, record.to, nowMs);
        if (link !== this.#link) return;
      }
    });
  }

  #established(link: FramedLink, nowMs: number): void {
    this.#lastLink = link;
    this.#reconnection.succeeded();
    const wasOpen = this.#hasBeenOpen;
    this.#run({ type: "link-up" }, nowMs);
    if (wasOpen) this.#effects.push({ type: "reconnected" });
  }

  /** Server: the envelope that decided to which session a connection belongs is handled like all that follow. */
  receiveEnvelope(
    link: FramedLink,
    bytes: Uint8Array,
    from: number,
    to: number,
    nowMs: number,
  ): readonly SessionEffect<Call>[] {
    this.#effects = [];
    this.#guard(link, nowMs, () => this.#readAndHandle(link, bytes, from, to, nowMs, true));
    return this.#effects;
  }

  #receiveEnvelope(link: FramedLink, bytes: Uint8Array, from: number, to: number, nowMs: number): void {
    if (this.#isOver) return;
    this.#readAndHandle(link, bytes, from, to, nowMs, false);
  }

  #readAndHandle(
    link: FramedLink,
    bytes: Uint8Array,
    from: number,
    to: number,
    nowMs: number,
    isTableRead: boolean,
  ): void {
    const { codec, trace } = this.#setup;
    const message = this.#received;
    this.#bodyReader = isTableRead
      ? codec.readDocument(message, bytes, from, to, link.readerDictionary)
      : codec.read(message, bytes, from, to, link.readerDictionary);
    this.#activity.received(message.kind === "application" && !message.isFault, nowMs);
    trace?.(traceOfReceived(message, nowMs));
    this.#run({ type: "received", message }, nowMs);
    this.#bodyReader = undefined;
  }

  #peerEnded(link: FramedLink, nowMs: number): void {
    if (this.#channel instanceof PlainSession) this.#perform(this.#channel.peerEnded(), nowMs);
    // A reliable session does not end with its connection: the peer only lets go of this one.
    else if (!this.#isOver) this.#linkEnded(link, nowMs);
    if (this.#isOver) link.end();
  }

  #linkEnded(link: FramedLink, nowMs: number): void {
    link.end();
    this.#effects.push({ type: "close-link", link, isGraceful: true });
    this.#link = undefined;
    this.#linkGone(undefined, nowMs);
  }

  #linkClosed(link: FramedLink, error: unknown, nowMs: number): void {
    if (link !== this.#link) return;
    let cause = error;
    if (error === undefined) {
      try {
        link.inputEnded(nowMs);
      } catch (framingError) {
        cause = framingError;
      }
    }
    this.#link = undefined;
    this.#linkGone(cause, nowMs);
  }

  /** There is no connection: a client whose session survives that asks for another. */
  #linkGone(error: unknown, nowMs: number): void {
    if (this.#isOver) return;
    const isOpening = this.#channel.state === "opening" || this.#channel.state === "created";
    if (this.#setup.role === "client" && isOpening) {
      return this.#fail({ ...framingFailure(error, this.#setup.address), cause: error }, undefined, nowMs);
    }
    this.#run({ type: "link-lost" }, nowMs);
    if (this.#setup.role === "server" || this.#isOver) return;
    const delayMs = this.#reconnection.nextDelayMs();
    if (this.#reconnection.attempt === 1) this.#effects.push({ type: "reconnecting", cause: error });
    this.#effects.push({ type: "open-link", delayMs, attempt: this.#reconnection.attempt });
  }

  /** Runs `work` on a link; what the peer did wrong ends the link, and the session where it must. */
  #guard(link: FramedLink, nowMs: number, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof FramingError) this.#framingBroken(link, error, nowMs);
      else if (isPeerMistake(error)) this.#malformed(error, nowMs);
      else throw error;
    }
  }

  #framingBroken(link: FramedLink, error: FramingError, nowMs: number): void {
    if (link.isEstablished) link.fault(error);
    if (link === this.#link) this.#link = undefined;
    this.#effects.push({ type: "close-link", link, isGraceful: error.faultUri !== undefined });
    // A message over the limit would come again and again: the session is over (R-WCF-QUOTA-1).
    if (error.code === "FRAMING_MAX_MESSAGE_SIZE_EXCEEDED") {
      return this.#fail({ ...framingFailure(error, this.#setup.address), cause: error }, undefined, nowMs);
    }
    this.#linkGone(error, nowMs);
  }

  #malformed(error: Error, nowMs: number): void {
    const failure = malformedFailure(error);
    this.#fail(
      failure,
      { name: "SequenceTerminated", code: "Sender", reason: failure.reason, identifier: this.#peerNamedId },
      nowMs,
    );
  }

  #timeout(nowMs: number): void {
    const link = this.#link;
    if (link?.nextDeadlineMs !== undefined && link.nextDeadlineMs <= nowMs)
      this.#guard(link, nowMs, () => link.timeout(nowMs));
    for (const call of this.#calls.takeExpired(nowMs)) {
      const error = new CallError(
        "CALL_TIMEOUT",
        `no reply to ${call.action} came in time; the session lives on, and the service may still handle the call`,
      );
      this.#effects.push({ type: "call-failed", call, error });
    }
    if (!this.#isOver && this.#activity.isReceiveTimeoutOver(nowMs)) {
      const failure = notReceiving(this.#setup.receiveTimeoutMs, this.#activity.infrastructureSinceApplication);
      const fault: SequenceFault = {
        name: "SequenceTerminated",
        code: "Receiver",
        reason: failure.reason,
        identifier: this.#peerNamedId,
        expiredTimer: failure.timer,
      };
      return this.#fail(failure, fault, nowMs);
    }
    this.#run({ type: "timeout" }, nowMs);
  }

  #fail(failure: SessionFailure, fault: SequenceFault | undefined, nowMs: number): void {
    this.#run({ type: "fail", failure, fault }, nowMs);
  }

  #run(input: ReliableSessionInput<ReceivedEnvelope>, nowMs: number): void {
    this.#perform(this.#channel.handle(input, nowMs), nowMs);
  }

  #perform(effects: readonly ChannelEffect[], nowMs: number): void {
    for (const effect of effects) {
      switch (effect.type) {
        case "transmit":
          this.#transmit(effect.transmission, nowMs);
          break;
        case "deliver":
          this.#deliver(effect.message, effect.messageNumber, nowMs);
          break;
        case "opened":
          this.#hasBeenOpen = true;
          this.#effects.push(effect);
          break;
        case "closed":
          this.#over(undefined);
          this.#effects.push(effect);
          break;
        case "faulted":
          this.#over(effect.failure);
          this.#effects.push({
            type: "faulted",
            fault: {
              ...effect.failure,
              atMs: nowMs,
              lastApplicationMessageAtMs: this.#activity.lastApplicationMessageAtMs,
              lastInfrastructureMessageAtMs: this.#activity.lastInfrastructureMessageAtMs,
            },
          });
          break;
        default:
          this.#effects.push(effect);
      }
    }
  }

  #transmit(transmission: Transmission, nowMs: number): void {
    const link = this.#link;
    if (link === undefined) return;
    const byteLength = this.#setup.codec.write(link, this.#dialect, this.#to, transmission);
    this.#activity.sent(transmission.content.type === "application", nowMs);
    this.#setup.trace?.(traceOfSent(transmission, byteLength, nowMs));
  }

  #deliver(message: ReceivedEnvelope, messageNumber: number, nowMs: number): void {
    const { headers, reader } = this.#reopen(message);
    const { relatesTo, action, messageId } = headers;
    const call = relatesTo === undefined ? undefined : this.#calls.take(relatesTo);
    this.#activity.delivered(nowMs);
    if (relatesTo !== undefined) {
      // A reply that nobody waits for: its call timed out or was given up.
      if (call === undefined) return;
      this.#effects.push(settled(call, () => call.readReply(reader, action)));
      return;
    }
    let body: unknown;
    let error: unknown;
    try {
      const refused = headers.others.find((block) => block.mustUnderstand);
      if (refused !== undefined) throw new NotUnderstoodError(refused.namespaceUri, refused.localName);
      body = this.#setup.readBody(action, reader);
    } catch (thrown) {
      error = thrown ?? new Error("the body could not be read");
    }
    this.#effects.push({ type: "message", message: { action, messageId, messageNumber, body, error } });
  }

  /** The reader on the Body of `message`: the one at hand, or a new one over the bytes of a message that waited. */
  #reopen(message: ReceivedEnvelope): { headers: ReceivedEnvelope["headers"]; reader: XmlReader } {
    if (!message.isRetained && this.#bodyReader !== undefined)
      return { headers: message.headers, reader: this.#bodyReader };
    const { bytes, from, to, dictionary } = message.document;
    const reader = this.#setup.codec.readDocument(this.#reread, bytes, from, to, dictionary!);
    return { headers: this.#reread.headers, reader };
  }

  /** The session ended: calls fail, the connection is let go. */
  #over(failure: SessionFailure | undefined): void {
    for (const call of this.#calls.takeAll()) {
      const message =
        failure === undefined
          ? `the session was closed before the reply to ${call.action} came`
          : `the session ended before the reply to ${call.action} came: ${failure.reason}`;
      this.#effects.push({
        type: "call-failed",
        call,
        error: new CallError("CALL_SESSION_ENDED", message, { cause: failure?.cause }),
      });
    }
    const link = this.#link;
    if (link === undefined) return;
    // The fault or the last message must still get out, so the link ends politely, save when the peer faulted.
    const isGraceful = failure === undefined || !failure.isRemote;
    if (isGraceful) link.end();
    this.#effects.push({ type: "close-link", link, isGraceful });
    this.#link = undefined;
  }
}

/** A header block that must be understood is not: the message may not be handled. */
export class NotUnderstoodError extends Error {
  override readonly name = "NotUnderstoodError";
  readonly code = "SOAP_HEADER_NOT_UNDERSTOOD";

  constructor(namespaceUri: string, localName: string) {
    super(`the header {${namespaceUri}}${localName} must be understood and is not`);
  }
}

function settled<Call extends PendingCall>(call: Call, read: () => unknown): SessionEffect<Call> {
  try {
    return { type: "reply", call, value: read() };
  } catch (error) {
    return { type: "call-failed", call, error };
  }
}

function isPeerMistake(error: unknown): error is Error {
  return (
    error instanceof XmlError || (error instanceof Error && (error.name === "SoapError" || error.name === "RmError"))
  );
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined || a < b ? a : b;
}
