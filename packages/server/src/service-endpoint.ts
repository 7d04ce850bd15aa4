import type { AnyServiceContract } from "@bowline/protocol/contract";
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
  readonly #setup: Omit<SessionSetup, "role" | "reliable" | "newLink" | "trace">;

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
      receiveTimeoutMode: endpoint.receiveTimeoutMode,
      codec: codecOf(endpoint),
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
    const { maxConcurrentSessions } = this.#options;
    if (this.#sessions.size >= maxConcurrentSessions) {
      const message = `${this.endpoint.address} has ${maxConcurrentSessions} sessions already (maxConcurrentSessions)`;
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
