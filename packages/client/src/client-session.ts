import type { AnyServiceContract } from "@bowline/protocol/contract";
import { DuplexSession, FramedLink, type TraceRecord } from "@bowline/protocol/session";
import {
  type Call,
  type Clock,
  codecOf,
  connectTcp,
  Dispatcher,
  type Handler,
  Listeners,
  type NetTcpEndpoint,
  nativeUtf8,
  randomId,
  readRequest,
  SessionChannel,
  type SessionError,
  type SessionState,
  systemClock,
} from "@bowline/transport";

/** What becomes of a session; `error` only with `faulted`. */
export interface StateChange {
  readonly state: SessionState;
  readonly error: SessionError | undefined;
}

export interface ClientSessionOptions {
  readonly callbacks: Readonly<Record<string, Handler>> | undefined;
  readonly maxConcurrentCalls: number;
  readonly trace: ((record: TraceRecord) => void) | undefined;
  onCallbackError(error: unknown): void;
  readonly clock?: Clock | undefined;
}

/** Waiting for something of a session. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A session with a service, as its client sees it. */
export class ClientSession implements AsyncDisposable {
  readonly endpoint: NetTcpEndpoint;
  readonly channel: SessionChannel;
  readonly #stateListeners = new Listeners<StateChange>();
  readonly #reconnectListeners = new Listeners<{ readonly isConnected: boolean; readonly cause: unknown }>();
  readonly #ended: Promise<SessionError | undefined>;
  readonly #opened: Promise<void>;
  #state: SessionState = "created";
  #reconnectCount = 0;

  constructor(contract: AnyServiceContract, endpoint: NetTcpEndpoint, options: ClientSessionOptions) {
    this.endpoint = endpoint;
    const clock = options.clock ?? systemClock;
    const newLink = linkFactory(endpoint);
    const callbackOperations = contract.callback?.operationsByAction ?? new Map();
    const session = new DuplexSession<Call>(
      {
        role: "client",
        shape: contract.isOneWayOnly ? "one-way" : "duplex",
        address: endpoint.address,
        reliable: endpoint.reliable,
        openTimeoutMs: endpoint.openTimeoutMs,
        closeTimeoutMs: endpoint.closeTimeoutMs,
        receiveTimeoutMs: Number.POSITIVE_INFINITY,
        codec: codecOf(endpoint),
        nextId: randomId,
        readBody: (action, reader) => readRequest(callbackOperations, action, reader),
        trace: options.trace,
      },
      clock.nowMs(),
    );
    const dispatcher = new Dispatcher(() => this.channel, {
      handlerOf: (key) => options.callbacks?.[key],
      context: () => this,
      includeExceptionDetailInFaults: false,
      maxConcurrentCalls: options.maxConcurrentCalls,
      onError: (error) => options.onCallbackError(error),
    });
    const opened = deferred<void>();
    const ended = deferred<SessionError | undefined>();
    this.#opened = opened.promise;
    this.#ended = ended.promise;
    this.#opened.catch(() => undefined);
    this.channel = new SessionChannel(
      session,
      {
        dial: (signal) => connectTcp(endpoint.host, endpoint.port, signal),
        newLink,
        sendTimeoutMs: endpoint.sendTimeoutMs,
        clock,
      },
      {
        opened: () => {
          this.#move("opened", undefined);
          opened.resolve();
        },
        reconnecting: (cause) => this.#reconnectListeners.emit({ isConnected: false, cause }),
        reconnected: () => {
          this.#reconnectCount += 1;
          this.#reconnectListeners.emit({ isConnected: true, cause: undefined });
        },
        message: (message) => dispatcher.dispatch(message),
        // The service ended its side: ours follows once nothing runs any more.
        inputEnded: () => dispatcher.whenIdle(() => this.channel.driver.dispatch({ type: "close" })),
        ended: (error) => {
          this.#move(error === undefined ? "closed" : "faulted", error);
          opened.reject(error ?? new Error("the session was closed before it was open"));
          ended.resolve(error);
        },
      },
    );
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
    return this.channel.session.keepAliveCount;
  }

  /** Identifier of the client's sequence (`urn:uuid:…`), under which the service knows the session; undefined on plain net.tcp. */
  get id(): string | undefined {
    return this.channel.session.id?.toString();
  }

  /** Resolves when the session is over: with its error when it faulted, with undefined when it was closed in order. */
  get ended(): Promise<SessionError | undefined> {
    return this.#ended;
  }

  /** Hears of every change of state. */
  onStateChange(listener: (change: StateChange) => void): Disposable {
    return this.#stateListeners.add(listener);
  }

  /** Hears when the connection is lost (`isConnected` false, with the cause) and when the session goes on over another. */
  onReconnect(listener: (event: { readonly isConnected: boolean; readonly cause: unknown }) => void): Disposable {
    return this.#reconnectListeners.add(listener);
  }

  /** Resolves when the service has acknowledged everything sent so far; at once on plain net.tcp. */
  acknowledged(options: WaitOptions = {}): Promise<void> {
    return this.channel.acknowledged(options);
  }

  /** Opens the session. Called by `connect`. @throws SessionError */
  async open(options: WaitOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    this.#move("opening", undefined);
    this.channel.driver.dispatch({ type: "open" });
    await this.#abortable(this.#opened, options.signal);
  }

  /**
   * Closes politely: everything sent is acknowledged, both sides have ended their sequence. A second call waits for the first.
   * @throws SessionError when the handshake does not finish, or the session had faulted; the signal's reason when it fires, and then
   * the session is aborted
   */
  async close(options: WaitOptions = {}): Promise<void> {
    if (this.#state === "opened" || this.#state === "opening" || this.#state === "created") {
      this.#move("closing", undefined);
      this.channel.driver.dispatch({ type: "close" });
    }
    const error = await this.#abortable(this.#ended, options.signal);
    if (error !== undefined) throw error;
  }

  /** Ends the session at once; the service is told when there is a connection. Never throws. */
  abort(reason?: string): void {
    this.channel.driver.dispatch({ type: "abort", reason });
  }

  /** `close()`, and `abort()` when that fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "faulted" || this.#state === "closed") return;
    await this.close().catch(() => this.abort());
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

function linkFactory(endpoint: NetTcpEndpoint): () => FramedLink {
  return () =>
    FramedLink.initiator({
      via: endpoint.address,
      preambleTimeoutMs: endpoint.openTimeoutMs,
      utf8: nativeUtf8,
      limits: { maxEnvelopeByteLength: endpoint.maxReceivedMessageSize },
      maxSessionByteLength: endpoint.maxSessionByteLength,
    });
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}
