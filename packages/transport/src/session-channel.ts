import type { Operation } from "@bowline/protocol/contract";
import { defaultReliableSessionOptions } from "@bowline/protocol/reliable-messaging";
import {
  type BodyWriter,
  CallError,
  callEnded,
  callUnanswered,
  type DeliveredMessage,
  type EncodedBody,
  type PendingCall,
  type RemainingMessage,
  type SessionEffect,
  type SessionFault,
} from "@bowline/protocol/session";
import type { HeaderBlock, OutgoingAddressing, SoapHeader } from "@bowline/protocol/soap";
import type { UniqueId, XmlName, XmlReader } from "@bowline/protocol/xml";
import type { ChannelDriver, ChannelSession } from "./channel-session.ts";
import { type Clock, systemClock } from "./clock.ts";
import { headersOf } from "./deadline-header.ts";
import { SessionError } from "./errors.ts";
import { checkHeaders } from "./header-check.ts";
import { CountedIds } from "./ids.ts";
import { isAnswerTo, readReply } from "./operation-messages.ts";
import { type Waiter, Waiters } from "./waiters.ts";

/** What a call may be given beside its arguments. */
export interface CallOptions {
  /** Gives up waiting: the promise rejects with the signal's reason. The request may have been handled all the same. */
  readonly signal?: AbortSignal | undefined;
  /** Wait for the reply, in ms; the endpoint's `sendTimeoutMs` unless given. */
  readonly timeoutMs?: number | undefined;
  /** Header blocks to send along. */
  readonly headers?: readonly SoapHeader[] | undefined;
  /** Tells the service how long the caller waits, in a header that others pass over (R-HOST-DEADLINE-1); `timeoutMs` says how long. */
  readonly sendsDeadline?: boolean | undefined;
  /** Hears of the header blocks of the reply, before the promise resolves. */
  readonly onReplyHeaders?: ((headers: readonly HeaderBlock[]) => void) | undefined;
}

/** Event listeners of a channel; each is called with the news as it happens. */
export interface ChannelListener {
  opened?(): void;
  reconnecting?(cause: unknown): void;
  reconnected?(): void;
  message(message: DeliveredMessage): void;
  /** The peer sends no more. Calls that it left unanswered fail, unless `defer()` is called now: it has handled none of them. */
  inputEnded(): void;
  /**
   * The session has faulted, or closed in order after `defer()` (`error` is undefined then). True takes over what remains of it, for
   * another channel's `resume`; otherwise, and without this listener, calls and waits fail.
   */
  lost?(error: SessionError | undefined, remains: Remains): boolean;
  /** The end, once: `error` when it was not an orderly close. */
  ended(error: SessionError | undefined): void;
}

/** What a lost session leaves to the one that takes its place. */
export interface Remains {
  readonly messages: readonly RemainingMessage<Call>[];
  /** Waits for messages to leave the queue, and to be acknowledged. */
  readonly acceptance: readonly Waiter[];
  readonly acknowledgement: readonly Waiter[];
}

/** A call in flight. */
export class Call implements PendingCall {
  readonly messageId: UniqueId;
  readonly action: string;
  readonly deadlineMs: number;
  readonly timeoutMs: number;
  readonly operation: Operation;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
  /** The request, for another session. */
  readonly addressing: OutgoingAddressing;
  readonly body: EncodedBody;
  /** The channel whose session has it now. */
  channel: SessionChannel | undefined;
  readonly #onReplyHeaders: CallOptions["onReplyHeaders"];

  constructor(
    messageId: UniqueId,
    operation: Operation,
    replyTo: XmlName,
    body: EncodedBody,
    nowMs: number,
    timeoutMs: number,
    headers: readonly SoapHeader[] | undefined,
    onReplyHeaders: CallOptions["onReplyHeaders"],
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.messageId = messageId;
    const { action } = operation;
    // Always of one shape where it is common: without headers of its own.
    this.addressing = headers === undefined ? { action, messageId, replyTo } : { action, messageId, replyTo, headers };
    this.#onReplyHeaders = onReplyHeaders;
    this.body = body;
    this.action = operation.action.value;
    this.deadlineMs = nowMs + timeoutMs;
    this.timeoutMs = timeoutMs;
    this.operation = operation;
    this.resolve = resolve;
    this.reject = reject;
    this.channel = undefined;
  }

  readReply(reader: XmlReader, action: string, headers: readonly HeaderBlock[]): unknown {
    this.#onReplyHeaders?.(headers);
    return readReply(this.operation, action, reader);
  }

  isAnswer(action: string): boolean {
    return isAnswerTo(this.operation, action);
  }
}

/**
 * A session as promises: what both a client's proxies and a service's callbacks are made of.
 */
export class SessionChannel {
  readonly session: ChannelSession;
  readonly driver: ChannelDriver;
  readonly #clock: Clock;
  readonly #listener: ChannelListener;
  readonly #sendTimeoutMs: number;
  readonly #sendsDeadline: boolean;
  readonly #maxDeferredCount: number;
  readonly #ids = new CountedIds();
  readonly #acceptance = new Waiters();
  readonly #acknowledgement = new Waiters();
  /** Counts ahead of the session, which takes what is sent from within its own effects later. */
  #sentCount = 0;
  /** Messages that are not sent here any more, once `defer()` was called. */
  #deferred: RemainingMessage<Call>[] | undefined;
  #end: { readonly error: SessionError | undefined } | undefined;

  constructor(
    session: ChannelSession,
    options: {
      readonly sendTimeoutMs: number;
      readonly clock?: Clock;
      /** Makes what runs the session; what the session has to say goes to `perform`. */
      newDriver(perform: (effect: SessionEffect<Call>) => void): ChannelDriver;
      /** The default of calls; default false. */
      readonly sendsDeadline?: boolean;
      /** Messages taken after `defer()`. Default 65 536. */
      readonly maxDeferredCount?: number;
    },
    listener: ChannelListener,
  ) {
    this.session = session;
    this.#maxDeferredCount = options.maxDeferredCount ?? defaultReliableSessionOptions.maxQueuedMessageCount;
    this.#clock = options.clock ?? systemClock;
    this.#listener = listener;
    this.#sendTimeoutMs = options.sendTimeoutMs;
    this.#sendsDeadline = options.sendsDeadline ?? false;
    this.driver = options.newDriver((effect) => this.#perform(effect));
  }

  /** Set once the session is over: the error, or undefined inside for an orderly close. */
  get end(): { readonly error: SessionError | undefined } | undefined {
    return this.#end;
  }

  /** False once this side has begun to end its sequence, or the session. */
  get canReply(): boolean {
    return this.session.state === "open";
  }

  /** Calls an operation and waits for its reply. */
  request(operation: Operation, args: unknown, options: CallOptions = {}): Promise<unknown> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const body = this.#encode(operation, args, options.headers);
      const timeoutMs = options.timeoutMs ?? this.#sendTimeoutMs;
      const { replyTo } = this.session;
      const { nowMs } = this.driver;
      const call = new Call(
        this.#ids.next(),
        operation,
        replyTo,
        body,
        nowMs,
        timeoutMs,
        headersOf(options, timeoutMs, this.#sendsDeadline),
        options.onReplyHeaders,
        resolve,
        reject,
      );
      if (signal !== undefined) this.#watch(call, signal);
      this.#pass(call, call.addressing, body);
    });
  }

  /** Sends a one-way message; resolves when it has left the queue, that is when the transfer window took it. */
  send(operation: Operation, args: unknown, options: CallOptions = {}): Promise<void> {
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    return new Promise((resolve, reject) => {
      const body = this.#encode(operation, args, options.headers);
      const { action } = operation;
      const headers = headersOf(options, options.timeoutMs ?? this.#sendTimeoutMs, this.#sendsDeadline);
      this.#pass(undefined, headers === undefined ? { action } : { action, headers }, body);
      this.#acceptance.add(this.#sentCount, resolve, reject, options.signal, this.#refusal);
    });
  }

  /** Answers a request. `write` fills the Body, with a SOAP fault or not. @throws what writing throws, and then nothing is sent */
  reply(
    relatesTo: UniqueId,
    action: XmlName,
    write: BodyWriter,
    isFault = false,
    headers?: readonly SoapHeader[] | undefined,
  ): void {
    if (this.#end !== undefined) return;
    const body = this.session.encodeBody(write);
    checkHeaders(this.session, headers);
    this.#sentCount += 1;
    const addressing = headers === undefined ? { action, relatesTo, isFault } : { action, relatesTo, isFault, headers };
    this.driver.dispatch({ type: "send", addressing, body });
  }

  /** The operation of a message has returned: where that is promised, the message is acknowledged only now. */
  processed(messageNumber: number): void {
    if (this.session.acknowledgesProcessed) this.driver.dispatch({ type: "processed", messageNumber });
  }

  /** No reply comes to a message. */
  unanswered(message: DeliveredMessage): void {
    if (this.session.isOverExchanges) this.driver.dispatch({ type: "unanswered", message });
  }

  /** Resolves when the peer has acknowledged everything sent so far. At once without a reliable session. */
  acknowledged(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    if (!this.session.isReliable) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#acknowledgement.add(this.#sentCount, resolve, reject, options.signal, this.#refusal);
    });
  }

  /** Sends what another session left, first of all, and lets its waits go on here. Before anything else is sent. */
  resume({ messages, acceptance, acknowledgement }: Remains): void {
    for (const { call, addressing, body } of messages) this.#pass(call, addressing, body);
    /** Messages count anew here: as many remain as have numbers up to the one that is waited for. */
    const counted = ({ upTo }: Waiter): number => messages.filter(({ number }) => number <= upTo).length;
    for (const waiter of acceptance) this.#acceptance.adopt(waiter, counted(waiter));
    for (const waiter of acknowledgement) this.#acknowledgement.adopt(waiter, counted(waiter));
  }

  /** Sends no new messages here any more: they remain when the session is over. For a session that its service is about to end. */
  defer(): void {
    this.#deferred ??= [];
  }

  #pass(call: Call | undefined, addressing: OutgoingAddressing, body: EncodedBody | undefined): void {
    if (call !== undefined) call.channel = this;
    this.#sentCount += 1;
    if (this.#deferred !== undefined)
      this.#deferred.push({ number: this.#sentCount, addressing, body, call, wasSent: false });
    else if (call === undefined) this.driver.dispatch({ type: "send", addressing, body });
    else this.driver.dispatch({ type: "request", call, addressing, body });
  }

  readonly #refusal = (): CallError | undefined => (this.#end === undefined ? undefined : this.#endedError());

  #encode(operation: Operation, args: unknown, headers: CallOptions["headers"]): EncodedBody {
    if (this.#end !== undefined) throw this.#endedError();
    const refusal = this.#deferred === undefined ? this.session.refusal(!operation.isOneWay) : this.#deferredFull();
    if (refusal !== undefined) throw refusal;
    checkHeaders(this.session, headers);
    return this.session.encodeBody((writer) => operation.request.write(writer, args));
  }

  #deferredFull(): CallError | undefined {
    if (this.#deferred!.length < this.#maxDeferredCount) return undefined;
    const message = `${this.#maxDeferredCount} messages (maxQueuedMessageCount) wait for another session already; await earlier calls before making more`;
    return new CallError("CALL_QUEUE_FULL", message);
  }

  #endedError(): CallError {
    const error = this.#end?.error;
    const message =
      error === undefined ? "the session is closed; open a new one" : `the session has ended: ${error.message}`;
    return new CallError("CALL_SESSION_NOT_OPEN", message, { cause: error });
  }

  #watch(call: Call, signal: AbortSignal): void {
    const giveUp = (): void => {
      call.reject(signal.reason);
      call.channel?.driver.dispatch({ type: "forget", call });
    };
    signal.addEventListener("abort", giveUp, { once: true });
    const { resolve, reject } = call;
    call.resolve = (value) => {
      signal.removeEventListener("abort", giveUp);
      resolve(value);
    };
    call.reject = (error) => {
      signal.removeEventListener("abort", giveUp);
      reject(error);
    };
  }

  #perform(effect: SessionEffect<Call>): void {
    switch (effect.type) {
      case "reply":
        effect.call.resolve(effect.value);
        return;
      case "message":
        return this.#listener.message(effect.message);
      case "accepted":
        return this.#acceptance.reach(effect.upTo);
      case "send-failed":
        return this.#acceptance.fail(effect.number, effect.error);
      case "acknowledged":
        return this.#acknowledgement.reach(effect.upTo);
      case "call-failed":
        effect.call.reject(effect.error);
        return;
      case "opened":
        return this.#listener.opened?.();
      case "reconnecting":
        return this.#listener.reconnecting?.(effect.cause);
      case "reconnected":
        return this.#listener.reconnected?.();
      case "input-ended":
        return this.#inputEnded(effect.unanswered);
      case "closed":
        return this.#over(undefined, undefined, []);
      case "faulted":
        return this.#over(this.#errorOf(effect.fault), effect.fault, effect.remaining);
      default:
    }
  }

  /** What the peer left unanswered it has not handled, and never will: another session may have it. */
  #inputEnded(unanswered: readonly Call[]): void {
    this.#listener.inputEnded();
    for (const call of unanswered) {
      if (this.#deferred === undefined) call.reject(callUnanswered(call));
      else
        this.#deferred.push({
          number: ++this.#sentCount,
          addressing: call.addressing,
          body: call.body,
          call,
          wasSent: false,
        });
    }
  }

  #over(
    error: SessionError | undefined,
    fault: SessionFault | undefined,
    remaining: readonly RemainingMessage<Call>[],
  ): void {
    this.#end = { error };
    const deferred = this.#deferred ?? [];
    // A request that was left unanswered may be unacknowledged as well.
    const passedOn = new Set(deferred.map(({ addressing }) => addressing));
    const remains: Remains = {
      messages: [...remaining.filter(({ addressing }) => !passedOn.has(addressing)), ...deferred],
      acceptance: this.#acceptance.takeAll(),
      acknowledgement: this.#acknowledgement.takeAll(),
    };
    const isLost = error !== undefined || this.#deferred !== undefined;
    if (isLost && this.#listener.lost?.(error, remains) === true) return;
    for (const { call } of remains.messages) call?.reject(callEnded(call, "the session ended", fault));
    for (const waiter of [...remains.acceptance, ...remains.acknowledgement]) waiter.reject(this.#endedError());
    this.#listener.ended(error);
  }

  #errorOf(fault: SessionFault): SessionError {
    const toDate = (atMs: number | undefined): Date | undefined =>
      atMs === undefined ? undefined : new Date(Date.now() - (this.#clock.nowMs() - atMs));
    return new SessionError(fault.code, fault.reason, {
      isRemote: fault.isRemote,
      timer: fault.timer,
      lastApplicationMessageAt: toDate(fault.lastApplicationMessageAtMs),
      lastInfrastructureMessageAt: toDate(fault.lastInfrastructureMessageAtMs),
      cause: fault.cause,
    });
  }
}
