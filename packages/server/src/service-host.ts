import type { AnyServiceContract, CallbackProxy, Operation, ServiceHandlers } from "@bowline/protocol/contract";
import { type CallOptions, type Clock, type Endpoint, Listeners, type SessionError } from "@bowline/transport";
import { demandCertificate } from "@bowline/transport/node";
import type { DispatchOptions, Hook, InstanceProvider, Middleware, OperationContext } from "./dispatch/hooks.ts";
import { ProvidedInstances } from "./dispatch/instance-provider.ts";
import { type HostDispatch, ServiceDispatch } from "./dispatch/service-dispatch.ts";
import { Throttle, type ThrottleWarning } from "./dispatch/throttle.ts";
import { ServerError } from "./errors.ts";
import { closeSessions, type HostCloseOptions, type HostCloseReport } from "./host-closing.ts";
import { HostCounters } from "./host-counters.ts";
import { type HostHealth, type HostState, healthOf } from "./host-health.ts";
import { type HostSettings, hostSettings, type ServiceHostOptions } from "./host-options.ts";
import { HttpListener } from "./http-listener.ts";
import type { HttpHandler } from "./http-router.ts";
import { MemoryListener } from "./memory-listener.ts";
import { MountedListener } from "./mounted-listener.ts";
import type { PortListener } from "./port-listener.ts";
import { demandThreadEndpoint, demandThreadOptions } from "./protocol-thread/thread-limits.ts";
import { ThreadOwner } from "./protocol-thread/thread-owner.ts";
import type { HandlersFor, ServerSession } from "./server-session.ts";
import { ServiceEndpoint, type ServiceEndpointOptions } from "./service-endpoint.ts";
import { SessionAdmission } from "./session-admission.ts";
import { TcpListener } from "./tcp-listener.ts";

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

/** Where a service is, and how it gets its messages. */
export interface ServiceOptions extends DispatchOptions {
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
  readonly #settings: HostSettings;
  readonly #clock: Clock;
  readonly #ports = new Map<string, PortListener>();
  readonly #endpoints: ServiceEndpoint[] = [];
  readonly #mounted: MountedListener;
  readonly #thread: ThreadOwner | undefined;
  readonly #sessionListeners = new Listeners<ServerSession>();
  readonly #endListeners = new Listeners<SessionEnd>();
  readonly #errorListeners = new Listeners<HostError>();
  readonly #throttleListeners = new Listeners<ThrottleWarning>();
  readonly #middleware: Hook<Middleware>[] = [];
  readonly #admission: SessionAdmission;
  readonly #dispatch: HostDispatch;
  /** What the host, its services and their operations have done and are doing. */
  readonly counters: HostCounters;
  #state: HostState = "created";
  #closing: Promise<HostCloseReport> | undefined;

  constructor(options: ServiceHostOptions = {}) {
    const settings = hostSettings(options);
    if (settings.protocolThread) demandThreadOptions(options);
    const throttle = (name: ThrottleWarning["throttle"]): Throttle =>
      new Throttle({ name, limit: settings[name], onWarning: (warning) => this.#throttleListeners.emit(warning) });
    this.#settings = settings;
    this.#clock = settings.clock;
    const sessions = throttle("maxConcurrentSessions");
    this.#admission = new SessionAdmission({
      throttle: sessions,
      whenFull: settings.whenSessionsFull,
      maxPendingSessions: settings.maxPendingSessions,
      isClosing: () => this.#state === "closing" || this.#state === "closed",
    });
    this.#dispatch = {
      ...settings,
      calls: throttle("maxConcurrentCalls"),
      instances: throttle("maxConcurrentInstances"),
      middleware: this.#middleware,
      onError: (error) => this.#tellError(error, undefined, undefined),
    };
    this.counters = new HostCounters({
      nowMs: () => this.#clock.nowMs(),
      waitingCalls: () => this.sessions.reduce((sum, { waitingCount }) => sum + waitingCount, 0),
      calls: this.#dispatch.calls,
      sessions,
      instances: this.#dispatch.instances,
    });
    this.#mounted = new MountedListener({
      clock: this.#clock,
      allowedOrigins: settings.allowedOrigins,
      onRefused: this.#onRefused,
    });
    if (settings.protocolThread) this.#thread = this.#newThread(settings);
    if (settings.mountHttp) this.#ports.set("mounted", this.#mounted);
  }

  /**
   * Adds a function around every call of the services that are added from now on: `await next()` runs what is inside it. It may take its
   * time, and none of it keeps messages from being received and acknowledged.
   *
   * ```ts
   * host.use(async (call, next) => {
   *   const fromMs = performance.now();
   *   await next();
   *   console.log(call.operationKey, performance.now() - fromMs);
   * });
   * ```
   */
  use(middleware: Hook<Middleware>): this {
    this.#demandCreated("use functions before open()");
    this.#middleware.push(middleware);
    return this;
  }

  /**
   * Adds a service. `handlers` is one object for all sessions, a function that makes one for each session, or `instanceProvider(…)`.
   * @throws ServerError when an operation has no handler, an address is taken or options contradict each other
   */
  addService<Contract extends AnyServiceContract>(
    contract: Contract,
    handlers: HandlersFor<Handlers<Contract>, Callback<Contract>> | ProvidedInstances<Handlers<Contract>>,
    options: ServiceOptions,
  ): this {
    this.#demandCreated("add services before open()");
    if (options.endpoints.length === 0)
      throw new ServerError(
        "SERVER_INVALID_SERVICE",
        `the service ${contract.name} has no endpoints; add one, such as netTcp(…)`,
      );
    const provider = handlers instanceof ProvidedInstances ? handlers.provider : undefined;
    const kind = provider !== undefined ? "provider" : typeof handlers === "function" ? "perSession" : "object";
    if (kind === "object") checkHandlers(contract, handlers as Readonly<Record<string, unknown>>);
    const host = { ...this.#dispatch, middleware: [...this.#middleware] };
    const service = new ServiceDispatch(contract, options, provider as InstanceProvider<unknown>, kind, host);
    const given = provider === undefined ? (handlers as ServiceEndpointOptions["handlers"]) : undefined;
    for (const address of options.endpoints) {
      if (contract.callback !== undefined && address.transport === "http")
        throw callbacksNeedConnection(contract, address);
      const endpoint = new ServiceEndpoint(address, this.#endpointOptions(service, given), this.#clock);
      this.#portFor(address).add(endpoint);
      this.#endpoints.push(endpoint);
      this.counters.add(endpoint.counters);
    }
    return this;
  }

  /** Listens on all ports. @throws ServerError; then nothing is left open */
  async open(): Promise<void> {
    this.#demandCreated("a host opens once");
    try {
      for (const listener of this.#ports.values()) await listener.open();
      this.#state = "opened";
    } catch (error) {
      for (const listener of this.#ports.values()) {
        listener.close();
        listener.release();
      }
      this.#state = "closed";
      await this.#thread?.ended;
      throw error;
    }
  }

  /**
   * For the HTTP server of somebody else, with `mountHttp`: what it gets for the paths of this host.
   *
   * ```ts
   * const host = new ServiceHost({ mountHttp: true });
   * const server = createServer((request, response) => {
   *   if (!host.httpHandler.request(request, response)) response.writeHead(404).end();
   * });
   * server.on("upgrade", (request, socket, head) => {
   *   if (!host.httpHandler.upgrade(request, socket, head)) socket.destroy();
   * });
   * ```
   */
  get httpHandler(): HttpHandler {
    return this.#mounted.handler;
  }

  /** The addresses of all services, in their order; the port that is listened on stands in place of port 0. */
  get addresses(): readonly string[] {
    return this.#endpoints.map(({ endpoint }) => {
      const { port } = this.#portFor(endpoint);
      if (endpoint.port !== 0 || port === undefined) return endpoint.address;
      return endpoint.address.replace(/^([a-z.]+:\/\/[^/]*):0(?=\/|$)/, `$1:${port}`);
    });
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

  /** Hears when a limit is nearly reached (70 %) and when it is; once each, until use has fallen below 60 %. */
  onThrottle(listener: (warning: ThrottleWarning) => void): Disposable {
    return this.#throttleListeners.add(listener);
  }

  /** Whether the host is well, at this moment. */
  get health(): HostHealth {
    return healthOf(this.#state, this.counters.snapshot());
  }

  /**
   * Takes no more connections, lets running operations finish and closes all sessions in order; resolves when they are gone, and tells
   * which had to be cut: when `signal` fires or `drainTimeoutMs` is over. A second call waits for the first.
   */
  close(options: HostCloseOptions = {}): Promise<HostCloseReport> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  async #close(options: HostCloseOptions): Promise<HostCloseReport> {
    this.#state = "closing";
    for (const listener of this.#ports.values()) listener.close();
    const report = await closeSessions(this.sessions, options, this.#clock);
    this.#closed();
    await this.#thread?.ended;
    return report;
  }

  /** Aborts all sessions and takes no more connections. Never throws. */
  abort(reason = "the host is closing"): void {
    this.#state = "closing";
    for (const listener of this.#ports.values()) listener.close();
    for (const session of this.sessions) session.stop(reason);
    this.#closed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #closed(): void {
    this.#state = "closed";
    for (const listener of this.#ports.values()) listener.release();
    for (const endpoint of this.#endpoints) endpoint.closeService();
  }

  #demandCreated(what: string): void {
    if (this.#state !== "created") throw new ServerError("SERVER_WRONG_STATE", `the host is ${this.#state}; ${what}`);
  }

  #tellError(error: unknown, operation: Operation | undefined, session: ServerSession | undefined): void {
    const remoteAddress = session?.remoteAddress;
    this.#errorListeners.emit({ error, operation: operation?.name, session, remoteAddress });
  }

  #newThread({ preambleTimeoutMs, maxConnections, allowedOrigins, trace }: HostSettings): ThreadOwner {
    return new ThreadOwner({
      preambleTimeoutMs,
      maxConnections,
      allowedOrigins,
      isTraced: trace !== undefined,
      onRefused: this.#onRefused,
      onDied: (error) => {
        if (this.#state === "opened") this.#state = "faulted";
        this.#tellError(error, undefined, undefined);
      },
    });
  }

  #portFor(endpoint: Endpoint): PortListener {
    if (this.#thread !== undefined) demandThreadEndpoint(endpoint);
    const isHttp = endpoint.transport === "websocket" || endpoint.transport === "http";
    if (isHttp && this.#settings.mountHttp) return this.#mounted;
    const tls = endpoint.transport === "memory" ? undefined : endpoint.tls;
    if (tls !== undefined) demandCertificate(endpoint.address, tls);
    const protocol = protocolOf(endpoint);
    const key = `${protocol} ${endpoint.host}:${endpoint.port}`;
    let listener = this.#ports.get(key);
    if (listener === undefined) {
      const { host, port } = endpoint;
      listener = this.#thread?.newPort({ protocol: protocol as "net.tcp" | "http" | "https", host, port });
      listener ??= new listeners[protocol](host, port, {
        tls: protocol === "https" ? tls : undefined,
        clock: this.#clock,
        preambleTimeoutMs: this.#settings.preambleTimeoutMs,
        maxConnections: this.#settings.maxConnections,
        allowedOrigins: this.#settings.allowedOrigins,
        onRefused: this.#onRefused,
      });
      this.#ports.set(key, listener);
    }
    return listener;
  }

  readonly #onRefused = (error: unknown, remoteAddress: string | undefined): void => {
    this.#errorListeners.emit({ error, operation: undefined, session: undefined, remoteAddress });
  };

  #endpointOptions(service: ServiceDispatch, handlers: ServiceEndpointOptions["handlers"]): ServiceEndpointOptions {
    return {
      service,
      handlers,
      admission: this.#admission,
      trace: this.#settings.trace,
      onSession: (session) => this.#sessionListeners.emit(session),
      onEnded: (session, error) => this.#endListeners.emit({ session, error }),
      onError: (error, operation, session) => this.#tellError(error, operation, session),
    };
  }
}

/** Endpoints of one protocol share a port. */
const listeners = { "net.tcp": TcpListener, http: HttpListener, https: HttpListener, memory: MemoryListener } as const;

function protocolOf(endpoint: Endpoint): keyof typeof listeners {
  if (endpoint.transport !== "websocket" && endpoint.transport !== "http") return endpoint.transport;
  return endpoint.tls === undefined ? "http" : "https";
}

function callbacksNeedConnection(contract: AnyServiceContract, { address }: Endpoint): ServerError {
  return new ServerError(
    "SERVER_INVALID_SERVICE",
    `the contract ${contract.name} has callbacks, which ${address} cannot carry: over HTTP requests a service only answers; use a ws or net.tcp address`,
  );
}

function checkHandlers(contract: AnyServiceContract, handlers: Readonly<Record<string, unknown>>): void {
  const missing = [...contract.operationsByAction.values()].filter(
    (operation) => typeof handlers[operation.key] !== "function",
  );
  if (missing.length === 0) return;
  const keys = missing.map((operation) => operation.key).join(", ");
  throw new ServerError("SERVER_INVALID_SERVICE", `the service ${contract.name} has no handler for ${keys}`);
}
