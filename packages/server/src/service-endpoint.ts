import {
  DuplexSession,
  EndpointAcceptor,
  ExchangeLink,
  FramedLink,
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
  type SessionError,
  type Wire,
} from "@bowline/transport";
import { EndpointCounters } from "./dispatch/counters.ts";
import { ServerSession, type ServerSessionOptions } from "./server-session.ts";
import type { SessionAdmission } from "./session-admission.ts";
import { tooBusy } from "./too-busy.ts";

export interface ServiceEndpointOptions extends Omit<ServerSessionOptions, "sendTimeoutMs" | "onEnded" | "counters"> {
  readonly admission: SessionAdmission;
  readonly trace: ((record: TraceRecord, session: ServerSession) => void) | undefined;
  onSession(session: ServerSession): void;
  onEnded(session: ServerSession, error: Parameters<ServerSessionOptions["onEnded"]>[1]): void;
}

/** A place is there for who waited: `open` makes the session. */
export type Admitted = (open: () => void) => void;

/** One address of one service, and the sessions on it. */
export class ServiceEndpoint {
  readonly endpoint: Endpoint;
  readonly counters: EndpointCounters;
  readonly #options: ServiceEndpointOptions;
  readonly #clock: Clock;
  readonly #acceptor: EndpointAcceptor<Call> | undefined;
  readonly #sessions = new Map<DuplexSession<Call>, ServerSession>();
  readonly #setup: Omit<SessionSetup, "role" | "reliable" | "trace">;

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
      exchanges: exchangesOf(endpoint),
      nextId: randomId,
      readBody: (action, reader) => readRequest(contract.operationsByAction, action, reader),
      defersBodies: selectsOperations,
    };
    if (endpoint.reliable !== undefined) {
      this.#acceptor = new EndpointAcceptor<Call>({
        ...this.#setup,
        reliable: endpoint.reliable,
        admission: () => this.#ask(),
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

  /** The link of one HTTP exchange. */
  newExchangeLink(): ExchangeLink {
    return new ExchangeLink({ utf8: nativeUtf8, maxMessageByteLength: this.endpoint.maxReceivedMessageSize });
  }

  /**
   * Without a reliable session the connection is the session, and so is the exchange. True when it has one now; else it waits for a
   * place until it has (`admitted`), or until what is returned is disposed of.
   * @throws FramingError, LinkError when there are too many; what making handlers throws
   */
  acceptPlain(wire: Wire, admitted: Admitted): true | Disposable {
    const open = (): void => {
      let session: DuplexSession<Call>;
      const traces = this.#options.trace !== undefined;
      const trace = traces ? (record: TraceRecord): void => this.#trace(session, record) : undefined;
      const setup: SessionSetup = { ...this.#setup, role: "server", reliable: undefined, trace };
      session = new DuplexSession<Call>(setup, this.#clock.nowMs());
      this.#add(session).bind(wire, undefined);
    };
    const answer = this.#ask();
    if (answer === "wait") return this.#wait(admitted, open);
    if (answer !== "free") throw tooBusy(this.endpoint, answer.refusal);
    this.#options.admission.take();
    open();
    return true;
  }

  /**
   * The first envelope on a connection: it opens a session, or names one; then true. False when it does neither, and the connection is
   * closed. When the session has to wait for a place, as `acceptPlain`.
   * @throws what the envelope has that it must not; what making handlers throws
   */
  acceptFirst(wire: Wire, bytes: Uint8Array, from: number, to: number, admitted: Admitted): boolean | Disposable {
    const verdict = this.#acceptor!.admit(wire.link, bytes, from, to, this.#clock.nowMs());
    if (verdict.type === "waiting") {
      const kept = bytes.slice(verdict.documentAt, to);
      return this.#wait(admitted, () => {
        const { session, isNew } = verdict.resume(this.#clock.nowMs());
        if (!isNew) this.#options.admission.release();
        this.#bindFirst(wire, session, { bytes: kept, from: 0, to: kept.length });
      });
    }
    if (verdict.type !== "session") {
      wire.close(verdict.type === "refused");
      return false;
    }
    if (verdict.isNew) this.#options.admission.take();
    this.#bindFirst(wire, verdict.session, { bytes, from: verdict.documentAt, to });
    return true;
  }

  #bindFirst(wire: Wire, session: DuplexSession<Call>, first: Parameters<ServerSession["bind"]>[1]): void {
    (this.#sessions.get(session) ?? this.#add(session)).bind(wire, first);
  }

  #ask(): ReturnType<SessionAdmission["ask"]> {
    const answer = this.#options.admission.ask();
    if (typeof answer === "object") this.counters.sessionsRefused += 1;
    return answer;
  }

  /** Waits for a place. A host that has begun to close meanwhile gives none (R-HOST-CLOSE-1). */
  #wait(admitted: Admitted, open: () => void): Disposable {
    const { admission } = this.#options;
    return admission.wait(() =>
      admitted(() => {
        const answer = admission.isClosing ? this.#ask() : "free";
        if (typeof answer === "object") {
          admission.release();
          throw tooBusy(this.endpoint, answer.refusal);
        }
        open();
      }),
    );
  }

  /** A place is taken already; it is given back when there will be no session. */
  #add(session: DuplexSession<Call>): ServerSession {
    let serverSession: ServerSession;
    const { admission, service, handlers } = this.#options;
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
      admission.release();
      throw error;
    }
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
    this.#options.admission.release();
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
