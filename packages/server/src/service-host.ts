import type { AnyServiceContract, CallbackProxy, Operation, ServiceHandlers } from "@bowline/protocol/contract";
import type { TraceRecord } from "@bowline/protocol/session";
import {
  type CallOptions,
  type Clock,
  type Endpoint,
  type Handler,
  Listeners,
  type SessionError,
  systemClock,
} from "@bowline/transport";
import { demandCertificate } from "@bowline/transport/node";
import { ServerError } from "./errors.ts";
import { HttpListener } from "./http-listener.ts";
import { MemoryListener } from "./memory-listener.ts";
import type { PortListener } from "./port-listener.ts";
import type { HandlersFor, OperationContext, ServerSession } from "./server-session.ts";
import { ServiceEndpoint } from "./service-endpoint.ts";
import { TcpListener } from "./tcp-listener.ts";

/** Limits and hooks of a host; each has a default. */
export interface ServiceHostOptions {
  /** Time for a new connection to say which endpoint it wants, in ms. Default 30 000, WCF's ChannelInitializationTimeout. */
  readonly preambleTimeoutMs?: number;
  /** TCP connections per port. Default 20 000; further ones are dropped. */
  readonly maxConnections?: number;
  /** Sessions per endpoint. Default 10 000; further ones are refused as "server too busy". */
  readonly maxConcurrentSessions?: number;
  /** Operations of one session that run at the same time; further ones wait in order. Default 100. */
  readonly maxConcurrentCalls?: number;
  /** Tell callers the message of an unexpected error. Default false: only that there was one. */
  readonly includeExceptionDetailInFaults?: boolean;
  /** Sees every message of every session; for people, not for programs. */
  readonly trace?: (record: TraceRecord, session: ServerSession) => void;
}

/** An error that no caller hears of in full: unexpected in a handler, of a one-way operation, or on a connection. */
export interface HostError {
  readonly error: unknown;
  /** The operation it happened in. */
  readonly operation: string | undefined;
  readonly session: ServerSession | undefined;
  readonly remoteAddress: string | undefined;
}

/** A session that ended; `error` when it faulted. */
export interface SessionEnd {
  readonly session: ServerSession;
  readonly error: SessionError | undefined;
}

export interface ServiceOptions {
  readonly endpoints: readonly Endpoint[];
}

type Callback<Contract> = CallbackProxy<Contract, CallOptions>;

/** Handlers of a contract's operations; the second argument tells session and callback. */
export type Handlers<Contract> = ServiceHandlers<Contract, OperationContext<Callback<Contract>>>;

/**
 * Hosts services for WCF clients and Bowline clients: several services, several endpoints each, on as many ports as their addresses name.
 *
 * ```ts
 * const host = new ServiceHost();
 * host.addService(Calculator, { Add: ({ a, b }) => a + b }, { endpoints: [netTcp("net.tcp://0.0.0.0:8808/calculator", { reliableSession: {} })] });
 * await host.open();
 * ```
 */
export class ServiceHost implements AsyncDisposable {
  readonly #options: ServiceHostOptions;
  readonly #clock: Clock = systemClock;
  readonly #ports = new Map<string, PortListener>();
  readonly #endpoints: ServiceEndpoint[] = [];
  readonly #sessionListeners = new Listeners<ServerSession>();
  readonly #endListeners = new Listeners<SessionEnd>();
  readonly #errorListeners = new Listeners<HostError>();
  #state: "created" | "opened" | "closed" = "created";

  constructor(options: ServiceHostOptions = {}) {
    this.#options = {
      ...options,
      preambleTimeoutMs: atLeastOne("preambleTimeoutMs", options.preambleTimeoutMs, 30_000),
      maxConnections: atLeastOne("maxConnections", options.maxConnections, 20_000),
      maxConcurrentSessions: atLeastOne("maxConcurrentSessions", options.maxConcurrentSessions, 10_000),
      maxConcurrentCalls: atLeastOne("maxConcurrentCalls", options.maxConcurrentCalls, 100),
    };
  }

  /**
   * Adds a service. `handlers` is one object for all sessions, or a function that makes one for each session.
   * @throws ServerError when an operation has no handler or an address is taken
   */
  addService<Contract extends AnyServiceContract>(
    contract: Contract,
    handlers: HandlersFor<Handlers<Contract>, Callback<Contract>>,
    options: ServiceOptions,
  ): this {
    if (this.#state !== "created")
      throw new ServerError("SERVER_WRONG_STATE", `the host is ${this.#state}; add services before open()`);
    if (options.endpoints.length === 0)
      throw new ServerError(
        "SERVER_INVALID_SERVICE",
        `the service ${contract.name} has no endpoints; add one, such as netTcp(…)`,
      );
    if (typeof handlers !== "function") checkHandlers(contract, handlers as Readonly<Record<string, unknown>>);
    for (const endpoint of options.endpoints) {
      const service = new ServiceEndpoint(
        endpoint,
        this.#endpointOptions(contract, handlers as HandlersFor<Readonly<Record<string, Handler>>, unknown>),
        this.#clock,
      );
      this.#portFor(endpoint).add(service);
      this.#endpoints.push(service);
    }
    return this;
  }

  /** Listens on all ports. @throws ServerError; then nothing is left open */
  async open(): Promise<void> {
    if (this.#state !== "created")
      throw new ServerError("SERVER_WRONG_STATE", `the host is ${this.#state}; a host opens once`);
    try {
      for (const listener of this.#ports.values()) await listener.open();
      this.#state = "opened";
    } catch (error) {
      for (const listener of this.#ports.values()) listener.close();
      this.#state = "closed";
      throw error;
    }
  }

  /** The ports listened on, in the order of the services. */
  get ports(): readonly number[] {
    return [...this.#ports.values()].flatMap(({ port }) => (port === undefined ? [] : [port]));
  }

  /** All sessions that are there now. */
  get sessions(): readonly ServerSession[] {
    return this.#endpoints.flatMap((endpoint) => [...endpoint.sessions]);
  }

  /** Hears of each new session. */
  onSession(listener: (session: ServerSession) => void): Disposable {
    return this.#sessionListeners.add(listener);
  }

  /** Hears of the end of each session, with its error when it faulted. */
  onSessionEnd(listener: (end: SessionEnd) => void): Disposable {
    return this.#endListeners.add(listener);
  }

  /** Hears of errors that no caller hears of in full. */
  onError(listener: (error: HostError) => void): Disposable {
    return this.#errorListeners.add(listener);
  }

  /**
   * Takes no more connections and closes all sessions politely; resolves when they are gone. When `signal` fires, those left are aborted.
   */
  async close(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#state = "closed";
    for (const listener of this.#ports.values()) listener.close();
    const sessions = this.sessions;
    const abort = (): void => {
      for (const session of sessions) session.abort("the host is closing");
    };
    if (options.signal?.aborted) abort();
    options.signal?.addEventListener("abort", abort, { once: true });
    await Promise.allSettled(sessions.map((session) => session.close()));
    options.signal?.removeEventListener("abort", abort);
  }

  /** Aborts all sessions and takes no more connections. Never throws. */
  abort(reason = "the host is closing"): void {
    this.#state = "closed";
    for (const listener of this.#ports.values()) listener.close();
    for (const session of this.sessions) session.abort(reason);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #portFor(endpoint: Endpoint): PortListener {
    const tls = endpoint.transport === "memory" ? undefined : endpoint.tls;
    if (tls !== undefined) demandCertificate(endpoint.address, tls);
    const protocol = protocolOf(endpoint);
    const key = `${protocol} ${endpoint.host}:${endpoint.port}`;
    let listener = this.#ports.get(key);
    if (listener === undefined) {
      listener = new listeners[protocol](endpoint.host, endpoint.port, {
        tls: protocol === "https" ? tls : undefined,
        clock: this.#clock,
        preambleTimeoutMs: this.#options.preambleTimeoutMs!,
        maxConnections: this.#options.maxConnections!,
        onRefused: (error, remoteAddress) =>
          this.#errorListeners.emit({ error, operation: undefined, session: undefined, remoteAddress }),
      });
      this.#ports.set(key, listener);
    }
    return listener;
  }

  #endpointOptions(
    contract: AnyServiceContract,
    handlers: HandlersFor<Readonly<Record<string, Handler>>, unknown>,
  ): ConstructorParameters<typeof ServiceEndpoint>[1] {
    const { trace } = this.#options;
    return {
      contract,
      handlers,
      maxConcurrentSessions: this.#options.maxConcurrentSessions!,
      maxConcurrentCalls: this.#options.maxConcurrentCalls!,
      includeExceptionDetailInFaults: this.#options.includeExceptionDetailInFaults ?? false,
      trace,
      onSession: (session) => this.#sessionListeners.emit(session),
      onEnded: (session, error) => this.#endListeners.emit({ session, error }),
      onError: (error: unknown, operation: Operation | undefined, session: ServerSession) =>
        this.#errorListeners.emit({ error, operation: operation?.name, session, remoteAddress: session.remoteAddress }),
    };
  }
}

/** Endpoints of one protocol share a port. */
const listeners = { "net.tcp": TcpListener, http: HttpListener, https: HttpListener, memory: MemoryListener } as const;

function protocolOf(endpoint: Endpoint): keyof typeof listeners {
  if (endpoint.transport !== "websocket") return endpoint.transport;
  return endpoint.tls === undefined ? "http" : "https";
}

function checkHandlers(contract: AnyServiceContract, handlers: Readonly<Record<string, unknown>>): void {
  const missing = [...contract.operationsByAction.values()].filter(
    (operation) => typeof handlers[operation.key] !== "function",
  );
  if (missing.length === 0) return;
  const keys = missing.map((operation) => operation.key).join(", ");
  throw new ServerError("SERVER_INVALID_SERVICE", `the service ${contract.name} has no handler for ${keys}`);
}

function atLeastOne(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value === "number" && value >= 1) return value;
  throw new RangeError(`${name} is ${value}; it must be at least 1`);
}
