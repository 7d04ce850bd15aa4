import type { Operation } from "@bowline/protocol/contract";
import {
  CallError,
  type DeliveredMessage,
  type DuplexSession,
  type EncodedBody,
  type PendingCall,
  type SessionEffect,
  type SessionFault,
} from "@bowline/protocol/session";
import type { UniqueId, XmlName, XmlReader } from "@bowline/protocol/xml";
import { type Clock, systemClock } from "./clock.ts";
import { SessionError } from "./errors.ts";
import { CountedIds } from "./ids.ts";
import { isAnswerTo, readReply } from "./operation-messages.ts";
import { SessionDriver, type SessionDriverOptions } from "./session-driver.ts";

/** What a call may be given beside its arguments. */
export interface CallOptions {
  /** Gives up waiting: the promise rejects with the signal's reason. The request may have been handled all the same. */
  readonly signal?: AbortSignal | undefined;
  /** Wait for the reply, in ms; the endpoint's `sendTimeoutMs` unless given. */
  readonly timeoutMs?: number | undefined;
}

/** Event listeners of a channel; each is called with the news as it happens. */
export interface ChannelListener {
  opened?(): void;
  reconnecting?(cause: unknown): void;
  reconnected?(): void;
  message(message: DeliveredMessage): void;
  inputEnded(): void;
  /** The end, once: `error` when it was not an orderly close. */
  ended(error: SessionError | undefined): void;
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

  constructor(
    messageId: UniqueId,
    operation: Operation,
    nowMs: number,
    timeoutMs: number,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.messageId = messageId;
    this.action = operation.action.value;
    this.deadlineMs = nowMs + timeoutMs;
    this.timeoutMs = timeoutMs;
    this.operation = operation;
    this.resolve = resolve;
    this.reject = reject;
  }

  readReply(reader: XmlReader, action: string): unknown {
    return readReply(this.operation, action, reader);
  }

  isAnswer(action: string): boolean {
    return isAnswerTo(this.operation, action);
  }
}

interface Waiter {
  readonly upTo: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A session as promises: what both a client's proxies and a service's callbacks are made of.
 */
export class SessionChannel {
  readonly session: DuplexSession<Call>;
  readonly driver: SessionDriver<Call>;
  readonly #clock: Clock;
  readonly #listener: ChannelListener;
  readonly #sendTimeoutMs: number;
  readonly #ids = new CountedIds();
  readonly #acceptance: Waiter[] = [];
  readonly #acknowledgement: Waiter[] = [];
  /** Counts ahead of the session, which takes what is sent from within its own effects later. */
  #sentCount = 0;
  #acceptedUpTo = 0;
  #acknowledgedUpTo = 0;
  #end: { readonly error: SessionError | undefined } | undefined;

  constructor(
    session: DuplexSession<Call>,
    options: Pick<SessionDriverOptions<Call>, "dial" | "newLink"> & {
      readonly sendTimeoutMs: number;
      readonly clock?: Clock;
    },
    listener: ChannelListener,
  ) {
    this.session = session;
    this.#clock = options.clock ?? systemClock;
    this.#listener = listener;
    this.#sendTimeoutMs = options.sendTimeoutMs;
    this.driver = new SessionDriver<Call>({
      ...options,
      session,
      clock: this.#clock,
      perform: (effect) => this.#perform(effect),
    });
  }

  /** Set once the session is over: the error, or undefined inside for an orderly close. */
  get end(): { readonly error: SessionError | undefined } | undefined {
    return this.#end;
  }

  /** Calls an operation and waits for its reply. */
  request(operation: Operation, args: unknown, options: CallOptions = {}): Promise<unknown> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const body = this.#encode(operation, args);
      const timeoutMs = options.timeoutMs ?? this.#sendTimeoutMs;
      const messageId = this.#ids.next();
      const call = new Call(messageId, operation, this.driver.nowMs, timeoutMs, resolve, reject);
      if (signal !== undefined) this.#watch(call, signal);
      const addressing = { action: operation.action, messageId, replyTo: this.session.replyTo };
      this.#sentCount += 1;
      this.driver.dispatch({ type: "request", call, addressing, body });
    });
  }

  /** Sends a one-way message; resolves when it has left the queue, that is when the transfer window took it. */
  send(operation: Operation, args: unknown, options: CallOptions = {}): Promise<void> {
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    return new Promise((resolve, reject) => {
      const body = this.#encode(operation, args);
      const upTo = ++this.#sentCount;
      this.driver.dispatch({ type: "send", addressing: { action: operation.action }, body });
      this.#await(this.#acceptance, upTo, this.#acceptedUpTo, resolve, reject, options.signal);
    });
  }

  /** Answers a request. `write` fills the Body. */
  reply(
    relatesTo: UniqueId,
    action: XmlName,
    write: (writer: Parameters<Parameters<DuplexSession<Call>["encodeBody"]>[0]>[0]) => void,
  ): void {
    if (this.#end !== undefined) return;
    const body = this.session.encodeBody(write);
    this.#sentCount += 1;
    this.driver.dispatch({ type: "send", addressing: { action, relatesTo }, body });
  }

  /** The operation of a message has returned: where that is promised, the message is acknowledged only now. */
  processed(messageNumber: number): void {
    if (this.session.acknowledgesProcessed) this.driver.dispatch({ type: "processed", messageNumber });
  }

  /** Resolves when the peer has acknowledged everything sent so far. At once without a reliable session. */
  acknowledged(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    if (!this.session.isReliable) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#await(this.#acknowledgement, this.#sentCount, this.#acknowledgedUpTo, resolve, reject, options.signal);
    });
  }

  #encode(operation: Operation, args: unknown): EncodedBody {
    if (this.#end !== undefined) throw this.#endedError();
    const refusal = this.session.refusal(!operation.isOneWay);
    if (refusal !== undefined) throw refusal;
    return this.session.encodeBody((writer) => operation.request.write(writer, args));
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
      this.driver.dispatch({ type: "forget", call });
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

  #await(
    waiters: Waiter[],
    upTo: number,
    reached: number,
    resolve: () => void,
    reject: (error: unknown) => void,
    signal: AbortSignal | undefined,
  ): void {
    if (upTo <= reached) return resolve();
    if (this.#end !== undefined) return reject(this.#endedError());
    // The message stays queued: only the wait is given up.
    const giveUp = (): void => reject(signal?.reason);
    signal?.addEventListener("abort", giveUp, { once: true });
    const settled = (settle: () => void): void => {
      signal?.removeEventListener("abort", giveUp);
      settle();
    };
    waiters.push({
      upTo,
      resolve: () => settled(resolve),
      reject: (error) => settled(() => reject(error)),
    });
  }

  #perform(effect: SessionEffect<Call>): void {
    switch (effect.type) {
      case "reply":
        effect.call.resolve(effect.value);
        return;
      case "message":
        return this.#listener.message(effect.message);
      case "accepted":
        this.#acceptedUpTo = effect.upTo;
        return release(this.#acceptance, effect.upTo);
      case "acknowledged":
        this.#acknowledgedUpTo = effect.upTo;
        return release(this.#acknowledgement, effect.upTo);
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
        return this.#listener.inputEnded();
      case "closed":
        return this.#over(undefined);
      case "faulted":
        return this.#over(this.#errorOf(effect.fault));
      default:
    }
  }

  #over(error: SessionError | undefined): void {
    this.#end = { error };
    for (const waiter of [...this.#acceptance.splice(0), ...this.#acknowledgement.splice(0)])
      waiter.reject(this.#endedError());
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

function release(waiters: Waiter[], upTo: number): void {
  let count = 0;
  while (count < waiters.length && waiters[count]!.upTo <= upTo) waiters[count++]!.resolve();
  if (count > 0) waiters.splice(0, count);
}
