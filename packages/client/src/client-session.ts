import type { AnyServiceContract } from "@bowline/protocol/contract";
import { DuplexSession, type TraceRecord } from "@bowline/protocol/session";
import { textOf } from "@bowline/protocol/xml";
import {
  type Call,
  type Clock,
  carriageOf,
  codecOf,
  Dispatcher,
  type Endpoint,
  exchangesOf,
  type Handler,
  Listeners,
  type Remains,
  randomId,
  readRequest,
  SessionChannel,
  SessionDriver,
  type SessionError,
  type SessionState,
  systemClock,
} from "@bowline/transport";
import { type Deferred, deferred } from "./deferred.ts";
import { SessionLoss, type SessionLossPolicy, type SessionReopening } from "./session-loss.ts";

/** What becomes of a session; `error` only with `faulted`. */
export interface StateChange {
  readonly state: SessionState;
  readonly error: SessionError | undefined;
}

export interface ClientSessionOptions {
  readonly callbacks: Readonly<Record<string, Handler>> | undefined;
  readonly maxConcurrentCalls: number;
  readonly onSessionLost: SessionLossPolicy;
  readonly reopenTimeoutMs: number;
  readonly sendsDeadline?: boolean | undefined;
  readonly trace: ((record: TraceRecord) => void) | undefined;
  onCallbackError(error: unknown): void;
  readonly clock?: Clock | undefined;
}

/** Waiting for something of a session. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A session with a service, as its client sees it. With `onSessionLost: "reopen"` it outlives the sessions on the wire. */
export class ClientSession implements AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly #contract: AnyServiceContract;
  readonly #options: ClientSessionOptions;
  readonly #clock: Clock;
  readonly #stateListeners = new Listeners<StateChange>();
  readonly #reconnectListeners = new Listeners<{ readonly isConnected: boolean; readonly cause: unknown }>();
  readonly #reopenListeners = new Listeners<SessionReopening>();
  readonly #ended: Deferred<SessionError | undefined> = deferred();
  readonly #opened: Deferred<void> = deferred();
  #channel: SessionChannel;
  #state: SessionState = "created";
  #reconnectCount = 0;
  #earlierKeepAliveCount = 0;
  /** While a lost session is being replaced. */
  #loss: SessionLoss | undefined;
  #reopening: ReturnType<typeof setTimeout> | undefined;

  constructor(contract: AnyServiceContract, endpoint: Endpoint, options: ClientSessionOptions) {
    this.endpoint = endpoint;
    this.#contract = contract;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#opened.promise.catch(() => undefined);
    this.#channel = this.#newChannel(false);
  }

  /** The session on the wire, as promises. */
  get channel(): SessionChannel {
    return this.#channel;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** How often a lost connection was replaced so far. */
  get reconnectCount(): number {
    return this.#reconnectCount;
  }

  /** Keep-alives sent so far. */
  get keepAliveCount(): number {
    return this.#earlierKeepAliveCount + this.#channel.session.keepAliveCount;
  }

  /** Identifier of the client's sequence (`urn:uuid:…`), under which the service knows the session; undefined on plain net.tcp. */
  get id(): string | undefined {
    return this.#channel.session.id?.toString();
  }

  /** Resolves when the session is over: with its error when it faulted, with undefined when it was closed in order. */
  get ended(): Promise<SessionError | undefined> {
    return this.#ended.promise;
  }

  /** Hears of every change of state. */
  onStateChange(listener: (change: StateChange) => void): Disposable {
    return this.#stateListeners.add(listener);
  }

  /** Hears when the connection is lost (`isConnected` false, with the cause) and when the session goes on over another. */
  onReconnect(listener: (event: { readonly isConnected: boolean; readonly cause: unknown }) => void): Disposable {
    return this.#reconnectListeners.add(listener);
  }

  /** Hears when a lost session was replaced, and what may be handled twice for that. Only with `onSessionLost: "reopen"`. */
  onReopen(listener: (event: SessionReopening) => void): Disposable {
    return this.#reopenListeners.add(listener);
  }

  /** Resolves when the service has acknowledged everything sent so far; at once on plain net.tcp. */
  acknowledged(options: WaitOptions = {}): Promise<void> {
    return this.#channel.acknowledged(options);
  }

  /** Opens the session. Called by `connect`. @throws SessionError */
  async open(options: WaitOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    this.#move("opening", undefined);
    this.#channel.driver.dispatch({ type: "open" });
    await this.#abortable(this.#opened.promise, options.signal);
  }

  /**
   * Closes politely: everything sent is acknowledged, both sides have ended their sequence. A second call waits for the first.
   * @throws SessionError when the handshake does not finish, or the session had faulted; the signal's reason when it fires, and then
   * the session is aborted
   */
  async close(options: WaitOptions = {}): Promise<void> {
    if (this.#state === "opened" || this.#state === "opening" || this.#state === "created") {
      this.#move("closing", undefined);
      // A lost session is replaced first: what it left must still arrive.
      if (this.#loss === undefined) this.#channel.driver.dispatch({ type: "close" });
    }
    const error = await this.#abortable(this.#ended.promise, options.signal);
    if (error !== undefined) throw error;
  }

  /** Ends the session at once; the service is told when there is a connection. Never throws. */
  abort(reason?: string): void {
    clearTimeout(this.#reopening);
    this.#channel.driver.dispatch({ type: "abort", reason });
  }

  /** `close()`, and `abort()` when that fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "faulted" || this.#state === "closed") return;
    await this.close().catch(() => this.abort());
  }

  #newChannel(queuesUntilOpen: boolean): SessionChannel {
    const { endpoint } = this;
    const session = this.#newSession(queuesUntilOpen);
    const carriage = carriageOf(endpoint, this.#clock);
    const channel: SessionChannel = new SessionChannel(
      session,
      {
        newDriver: (perform) => new SessionDriver<Call>({ ...carriage, session, clock: this.#clock, perform }),
        sendTimeoutMs: endpoint.sendTimeoutMs,
        clock: this.#clock,
        sendsDeadline: this.#options.sendsDeadline ?? false,
        ...(endpoint.reliable === undefined ? {} : { maxDeferredCount: endpoint.reliable.maxQueuedMessageCount }),
      },
      {
        opened: () => this.#isOpen(),
        reconnecting: (cause) => this.#reconnectListeners.emit({ isConnected: false, cause }),
        reconnected: () => {
          this.#reconnectCount += 1;
          this.#reconnectListeners.emit({ isConnected: true, cause: undefined });
        },
        message: (message) => dispatcher.dispatch(message),
        // The service ended its side: ours follows once nothing runs any more.
        inputEnded: () => {
          if (this.#reopens && this.#state === "opened") channel.defer();
          dispatcher.whenIdle(() => channel.driver.dispatch({ type: "close" }));
        },
        lost: (error, remains) => this.#lost(error, remains),
        ended: (error) => this.#isOver(error),
      },
    );
    // Of its own, since answers to callbacks go back over the session that they came from.
    const dispatcher = new Dispatcher(() => channel, {
      handlerOf: (key) => this.#options.callbacks?.[key],
      context: () => this,
      includeExceptionDetailInFaults: false,
      maxConcurrentCalls: this.#options.maxConcurrentCalls,
      onError: (error) => this.#options.onCallbackError(error),
    });
    return channel;
  }

  #newSession(queuesUntilOpen: boolean): DuplexSession<Call> {
    const { endpoint } = this;
    const callbackOperations = this.#contract.callback?.operationsByAction ?? new Map();
    return new DuplexSession<Call>(
      {
        role: "client",
        shape: this.#contract.isOneWayOnly ? "one-way" : "duplex",
        address: endpoint.address,
        reliable: endpoint.reliable,
        openTimeoutMs: endpoint.openTimeoutMs,
        closeTimeoutMs: endpoint.closeTimeoutMs,
        receiveTimeoutMs: Number.POSITIVE_INFINITY,
        codec: codecOf(endpoint),
        exchanges: exchangesOf(endpoint),
        queuesUntilOpen,
        nextId: randomId,
        readBody: (action, reader) => readRequest(callbackOperations, action, reader),
        trace: this.#options.trace,
      },
      this.#clock.nowMs(),
    );
  }

  get #reopens(): boolean {
    return this.#options.onSessionLost === "reopen";
  }

  #isOpen(): void {
    const loss = this.#loss;
    this.#loss = undefined;
    if (this.#state === "closing") this.#channel.driver.dispatch({ type: "close" });
    else this.#move("opened", undefined);
    this.#opened.resolve();
    if (loss !== undefined) this.#reopenListeners.emit({ cause: loss.cause, inDoubt: loss.inDoubt });
  }

  #isOver(error: SessionError | undefined): void {
    this.#loss = undefined;
    this.#move(error === undefined ? "closed" : "faulted", error);
    this.#opened.reject(error ?? new Error("the session was closed before it was open"));
    this.#ended.resolve(error);
  }

  /** True when another session takes the place of the one that was lost. */
  #lost(error: SessionError | undefined, remains: Remains): boolean {
    const nowMs = this.#clock.nowMs();
    if (this.#loss === undefined) {
      const wasOpen = this.#state === "opened" || this.#state === "closing";
      if (!this.#reopens || !wasOpen || !SessionLoss.isMendable(error)) return false;
      this.#loss = new SessionLoss(error, nowMs + this.#options.reopenTimeoutMs);
    }
    const delayMs = this.#loss.nextDelayMs(error, nowMs, Math.random());
    if (delayMs === undefined) return false;
    for (const { addressing, number, wasSent } of remains.messages) {
      if (!wasSent) continue;
      const action = textOf(addressing.action);
      const operation = this.#contract.operationsByAction.get(action)?.name ?? action;
      this.#loss.inDoubt.push({ operation, messageNumber: number });
    }
    if (this.#state === "opened") this.#move("opening", undefined);
    this.#earlierKeepAliveCount += this.#channel.session.keepAliveCount;
    const next = this.#newChannel(true);
    this.#channel = next;
    next.resume(remains);
    // Keeps the process alive: a program that waits for its session to come back must not end meanwhile.
    this.#reopening = setTimeout(() => next.driver.dispatch({ type: "open" }), delayMs);
    return true;
  }

  async #abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (signal === undefined) return promise;
    const stop = deferred<never>();
    const onAbort = (): void => {
      // First, since the abort rejects what is waited for with an error of its own.
      stop.reject(signal.reason);
      this.abort("the caller gave up waiting");
    };
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([promise, stop.promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  #move(state: SessionState, error: SessionError | undefined): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#stateListeners.emit({ state, error });
  }
}
