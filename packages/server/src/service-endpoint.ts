import { FramingError, faultUriOf } from "@bowline/protocol/framing";
import {
  DuplexSession,
  EndpointAcceptor,
  FramedLink,
  LinkError,
  MessageLink,
  type SessionSetup,
  type TraceRecord,
} from "@bowline/protocol/session";
import {
  type Call,
  type Clock,
  codecOf,
  type Endpoint,
  nativeUtf8,
  randomId,
  readRequest,
  type SessionError,
  type Wire,
} from "@bowline/transport";
import { EndpointCounters } from "./dispatch/counters.ts";
import type { Throttle } from "./dispatch/throttle.ts";
import { ServerSession, type ServerSessionOptions } from "./server-session.ts";

export interface ServiceEndpointOptions extends Omit<ServerSessionOptions, "sendTimeoutMs" | "onEnded" | "counters"> {
  /** Of the host: sessions take places there. */
  readonly sessions: Throttle;
  isClosing(): boolean;
  readonly trace: ((record: TraceRecord, session: ServerSession) => void) | undefined;
  onSession(session: ServerSession): void;
  onEnded(session: ServerSession, error: Parameters<ServerSessionOptions["onEnded"]>[1]): void;
}

/** One address of one service, and the sessions on it. */
export class ServiceEndpoint {
  readonly endpoint: Endpoint;
  readonly counters: EndpointCounters;
  readonly #options: ServiceEndpointOptions;
  readonly #clock: Clock;
  readonly #acceptor: EndpointAcceptor<Call> | undefined;
  readonly #sessions = new Map<DuplexSession<Call>, ServerSession>();
  readonly #setup: Omit<SessionSetup, "role" | "reliable" | "newLink" | "trace">;

  constructor(endpoint: Endpoint, options: ServiceEndpointOptions, clock: Clock) {
    this.endpoint = endpoint;
    const { contract, selectsOperations } = options.service;
    this.#options = options;
    this.counters = new EndpointCounters(endpoint.address, contract.name, contract.operationsByAction.values(), () => ({
      count: this.#sessions.size,
      messagesDropped: sumOfDropped(this.#sessions.keys()),
    }));
    this.#clock = clock;
    this.#setup = {
      shape: contract.isOneWayOnly ? "one-way" : "duplex",
      address: endpoint.address,
      openTimeoutMs: endpoint.openTimeoutMs,
      closeTimeoutMs: endpoint.closeTimeoutMs,
      receiveTimeoutMs: endpoint.receiveTimeoutMs,
      receiveTimeoutMode: endpoint.receiveTimeoutMode,
      codec: codecOf(endpoint),
      nextId: randomId,
      readBody: (action, reader) => readRequest(contract.operationsByAction, action, reader),
      defersBodies: selectsOperations,
    };
    if (endpoint.reliable !== undefined) {
      this.#acceptor = new EndpointAcceptor<Call>({
        ...this.#setup,
        reliable: endpoint.reliable,
        refusal: () => this.#refusal(),
        trace: options.trace === undefined ? undefined : (record, session) => this.#trace(session, record),
      });
    }
  }

  get sessions(): Iterable<ServerSession> {
    return this.#sessions.values();
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  get isReliable(): boolean {
    return this.#acceptor !== undefined;
  }

  /** The host is over. */
  closeService(): void {
    this.#options.service.close(this.counters);
  }

  /** The link of a net.tcp connection whose preamble is over. */
  newFramedLink(streamOffset: number): FramedLink {
    return FramedLink.receiver({
      streamOffset,
      utf8: nativeUtf8,
      limits: { maxEnvelopeByteLength: this.endpoint.maxReceivedMessageSize },
      maxSessionByteLength: this.endpoint.maxSessionByteLength,
    });
  }

  /** The link of a WebSocket. */
  newMessageLink(): MessageLink {
    return new MessageLink({
      utf8: nativeUtf8,
      maxMessageByteLength: this.endpoint.maxReceivedMessageSize,
      maxSessionByteLength: this.endpoint.maxSessionByteLength,
    });
  }

  /** Without a reliable session the connection is the session. @throws FramingError, LinkError when there are too many; what making handlers throws */
  acceptPlain(wire: Wire): void {
    const refusal = this.#refusal();
    if (refusal !== undefined) throw tooBusy(this.endpoint, refusal);
    let session: DuplexSession<Call>;
    const trace = this.#options.trace === undefined ? undefined : (record: TraceRecord) => this.#trace(session, record);
    session = new DuplexSession<Call>(
      { ...this.#setup, role: "server", reliable: undefined, trace },
      this.#clock.nowMs(),
    );
    this.#add(session).bind(wire, undefined);
  }

  /**
   * The first envelope on a connection: it opens a session, or names one. False when it does neither, and the connection is closed.
   * @throws what the envelope has that it must not; what making handlers throws
   */
  acceptFirst(wire: Wire, bytes: Uint8Array, from: number, to: number): boolean {
    const verdict = this.#acceptor!.admit(wire.link, bytes, from, to, this.#clock.nowMs());
    if (verdict.type !== "session") {
      wire.close(verdict.type === "refused");
      return false;
    }
    const known = this.#sessions.get(verdict.session);
    (known ?? this.#add(verdict.session)).bind(wire, { bytes, from: verdict.documentAt, to });
    return true;
  }

  /** Why there is no place for another session; undefined when there is. */
  #refusal(): string | undefined {
    const { sessions, isClosing } = this.#options;
    if (!isClosing() && sessions.hasRoom) return undefined;
    this.counters.sessionsRefused += 1;
    if (isClosing()) return "This host is closing; try again later.";
    return `This host has ${sessions.limit} sessions already (maxConcurrentSessions); try again later.`;
  }

  #add(session: DuplexSession<Call>): ServerSession {
    let serverSession: ServerSession;
    const { sessions, service, handlers } = this.#options;
    const { instances } = service.host;
    const hasInstance = typeof handlers === "function" && instances.tryAcquire();
    try {
      if (typeof handlers === "function" && !hasInstance) {
        const message = `This host has ${instances.limit} instances already (maxConcurrentInstances); try again later.`;
        throw tooBusy(this.endpoint, message);
      }
      serverSession = new ServerSession(session, {
        ...this.#options,
        counters: this.counters,
        sendTimeoutMs: this.endpoint.sendTimeoutMs,
        onEnded: (ended, error) => this.#ended(session, ended, error),
      });
    } catch (error) {
      // The service's own function that makes handlers failed: there is no session then.
      this.#acceptor?.remove(session);
      if (hasInstance) instances.release();
      throw error;
    }
    sessions.take();
    this.counters.sessionsOpened += 1;
    this.#countInstance(1);
    this.#sessions.set(session, serverSession);
    this.#options.onSession(serverSession);
    return serverSession;
  }

  #ended(session: DuplexSession<Call>, ended: ServerSession, error: SessionError | undefined): void {
    this.#sessions.delete(session);
    this.#acceptor?.remove(session);
    this.counters.endedMessagesDropped += session.droppedCount;
    if (error !== undefined) this.counters.sessionsFaulted += 1;
    this.#countInstance(-1);
    this.#options.sessions.release();
    this.#options.onEnded(ended, error);
  }

  /** Handlers that a function makes for a session are an instance, which lives as long. */
  #countInstance(change: 1 | -1): void {
    const { handlers, service } = this.#options;
    if (typeof handlers !== "function") return;
    this.counters.instances += change;
    if (change === 1) this.counters.instancesCreated += 1;
    else service.host.instances.release();
  }

  #trace(session: DuplexSession<Call>, record: TraceRecord): void {
    const serverSession = this.#sessions.get(session);
    if (serverSession !== undefined) this.#options.trace?.(record, serverSession);
  }
}

function sumOfDropped(sessions: Iterable<DuplexSession<Call>>): number {
  let sum = 0;
  for (const { droppedCount } of sessions) sum += droppedCount;
  return sum;
}

/** What the peer is told in its transport's own words. */
function tooBusy({ transport }: Endpoint, message: string): Error {
  if (transport !== "net.tcp") return new LinkError("LINK_SERVER_TOO_BUSY", message, { isRemote: false });
  return new FramingError("FRAMING_SERVER_TOO_BUSY", message, {
    streamOffset: 0,
    faultUri: faultUriOf("ServerTooBusy"),
  });
}
