import type { AnyServiceContract } from "@bowline/protocol/contract";
import { FramingError, faultUriOf } from "@bowline/protocol/framing";
import {
  DuplexSession,
  EndpointAcceptor,
  ExchangeLink,
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
  exchangesOf,
  nativeUtf8,
  randomId,
  readRequest,
  type Wire,
} from "@bowline/transport";
import { ServerSession, type ServerSessionOptions } from "./server-session.ts";

export interface ServiceEndpointOptions extends Omit<ServerSessionOptions, "sendTimeoutMs" | "onEnded"> {
  readonly maxConcurrentSessions: number;
  readonly trace: ((record: TraceRecord, session: ServerSession) => void) | undefined;
  onSession(session: ServerSession): void;
  onEnded(session: ServerSession, error: Parameters<ServerSessionOptions["onEnded"]>[1]): void;
}

/** One address of one service, and the sessions on it. */
export class ServiceEndpoint {
  readonly endpoint: Endpoint;
  readonly #contract: AnyServiceContract;
  readonly #options: ServiceEndpointOptions;
  readonly #clock: Clock;
  readonly #acceptor: EndpointAcceptor<Call> | undefined;
  readonly #sessions = new Map<DuplexSession<Call>, ServerSession>();
  #isClosed = false;
  readonly #setup: Omit<SessionSetup, "role" | "reliable" | "trace">;

  constructor(endpoint: Endpoint, options: ServiceEndpointOptions, clock: Clock) {
    this.endpoint = endpoint;
    this.#contract = options.contract;
    this.#options = options;
    this.#clock = clock;
    this.#setup = {
      shape: options.contract.isOneWayOnly ? "one-way" : "duplex",
      address: endpoint.address,
      openTimeoutMs: endpoint.openTimeoutMs,
      closeTimeoutMs: endpoint.closeTimeoutMs,
      receiveTimeoutMs: endpoint.receiveTimeoutMs,
      codec: codecOf(endpoint),
      exchanges: exchangesOf(endpoint),
      nextId: randomId,
      readBody: (action, reader) => readRequest(this.#contract.operationsByAction, action, reader),
    };
    if (endpoint.reliable !== undefined) {
      this.#acceptor = new EndpointAcceptor<Call>({
        ...this.#setup,
        reliable: endpoint.reliable,
        maxSessionCount: options.maxConcurrentSessions,
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

  /** The host is closing: those that are there go on. */
  refuseSessions(): void {
    this.#isClosed = true;
    this.#acceptor?.close();
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

  /** The link of one HTTP exchange. */
  newExchangeLink(): ExchangeLink {
    return new ExchangeLink({ utf8: nativeUtf8, maxMessageByteLength: this.endpoint.maxReceivedMessageSize });
  }

  /**
   * A request over HTTP: part of a session that it opens or names, or without a reliable session one by itself.
   * @throws LinkError when there are too many sessions; what the envelope has that it must not; what making handlers throws
   */
  acceptExchange(wire: Wire, request: Uint8Array): void {
    if (this.isReliable) {
      this.acceptFirst(wire, request, 0, request.length);
      return;
    }
    const session = this.acceptPlain(wire);
    session.channel.driver.received(wire.link, request);
  }

  /** Without a reliable session the connection is the session, and so is the exchange. @throws FramingError, LinkError when there are too many; what making handlers throws */
  acceptPlain(wire: Wire): ServerSession {
    const { maxConcurrentSessions } = this.#options;
    if (this.#isClosed || this.#sessions.size >= maxConcurrentSessions) {
      const message = this.#isClosed
        ? `the host of ${this.endpoint.address} is closing`
        : `${this.endpoint.address} has ${maxConcurrentSessions} sessions already (maxConcurrentSessions)`;
      if (this.endpoint.transport !== "net.tcp")
        throw new LinkError("LINK_SERVER_TOO_BUSY", message, { isRemote: false });
      const details = { streamOffset: 0, faultUri: faultUriOf("ServerTooBusy") };
      throw new FramingError("FRAMING_SERVER_TOO_BUSY", message, details);
    }
    let session: DuplexSession<Call>;
    const trace = this.#options.trace === undefined ? undefined : (record: TraceRecord) => this.#trace(session, record);
    session = new DuplexSession<Call>(
      { ...this.#setup, role: "server", reliable: undefined, trace },
      this.#clock.nowMs(),
    );
    const serverSession = this.#add(session);
    serverSession.bind(wire, undefined);
    return serverSession;
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

  #add(session: DuplexSession<Call>): ServerSession {
    let serverSession: ServerSession;
    try {
      serverSession = new ServerSession(session, {
        ...this.#options,
        sendTimeoutMs: this.endpoint.sendTimeoutMs,
        onEnded: (ended, error) => {
          this.#sessions.delete(session);
          this.#acceptor?.remove(session);
          this.#options.onEnded(ended, error);
        },
      });
    } catch (error) {
      // The service's own function that makes handlers failed: there is no session then.
      this.#acceptor?.remove(session);
      throw error;
    }
    this.#sessions.set(session, serverSession);
    this.#options.onSession(serverSession);
    return serverSession;
  }

  #trace(session: DuplexSession<Call>, record: TraceRecord): void {
    const serverSession = this.#sessions.get(session);
    if (serverSession !== undefined) this.#options.trace?.(record, serverSession);
  }
}
