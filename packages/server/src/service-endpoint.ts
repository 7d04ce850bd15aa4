import {
  type DeliveriesSetup,
  DuplexSession,
  EndpointAcceptor,
  type SessionSetup,
  type TraceRecord,
} from "@bowline/protocol/session";
import {
  type Call,
  type ChannelSession,
  type Clock,
  type Endpoint,
  readRequest,
  SessionDriver,
  type SessionError,
  type Wire,
} from "@bowline/transport";
import type { Acceptor, Admitted } from "./acceptor.ts";
import { EndpointCounters } from "./dispatch/counters.ts";
import { endpointSetup } from "./endpoint-setup.ts";
import { ServerSession, type ServerSessionOptions, type WireSession } from "./server-session.ts";
import type { SessionAdmission } from "./session-admission.ts";
import { tooBusy } from "./too-busy.ts";

export interface ServiceEndpointOptions extends Omit<ServerSessionOptions, "sendTimeoutMs" | "onEnded" | "counters"> {
  readonly admission: SessionAdmission;
  readonly trace: ((record: TraceRecord, session: ServerSession) => void) | undefined;
  onSession(session: ServerSession): void;
  onEnded(session: ServerSession, error: Parameters<ServerSessionOptions["onEnded"]>[1]): void;
}

/** One address of one service, and the sessions on it. */
export class ServiceEndpoint implements Acceptor {
  readonly endpoint: Endpoint;
  readonly counters: EndpointCounters;
  readonly #options: ServiceEndpointOptions;
  readonly clock: Clock;
  readonly #acceptor: EndpointAcceptor<Call> | undefined;
  readonly #sessions = new Map<ChannelSession, ServerSession>();
  readonly #drivers = new WeakMap<DuplexSession<Call>, SessionDriver<Call>>();
  readonly #setup: Omit<SessionSetup, "role" | "reliable" | "trace">;

  constructor(endpoint: Endpoint, options: ServiceEndpointOptions, clock: Clock) {
    this.endpoint = endpoint;
    const { contract, selectsOperations } = options.service;
    this.#options = options;
    this.counters = new EndpointCounters(endpoint.address, contract.name, contract.operationsByAction.values(), () => ({
      count: this.#sessions.size,
      messagesDropped: sumOfDropped(this.#sessions.keys()),
    }));
    this.clock = clock;
    this.#setup = {
      ...endpointSetup(endpoint, contract.isOneWayOnly),
      readBody: (action, reader) => readRequest(contract.operationsByAction, action, reader),
      defersBodies: selectsOperations,
    };
    if (endpoint.reliable !== undefined) {
      this.#acceptor = new EndpointAcceptor<Call>({
        ...this.#setup,
        reliable: endpoint.reliable,
        admission: () => this.ask(),
        trace: options.trace === undefined ? undefined : (record, session) => this.trace(session, record),
      });
    }
  }

  get sessions(): Iterable<ServerSession> {
    return this.#sessions.values();
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  get isOneWayOnly(): boolean {
    return this.#options.service.contract.isOneWayOnly;
  }

  /** How the messages of its sessions are read. */
  get readingSetup(): DeliveriesSetup {
    return { ...this.#setup, reliable: this.endpoint.reliable };
  }

  get isReliable(): boolean {
    return this.#acceptor !== undefined;
  }

  /** The host is over. */
  closeService(): void {
    this.#options.service.close(this.counters);
  }

  acceptPlain(wire: Wire, admitted: Admitted): true | Disposable {
    const open = (): void => {
      let session: DuplexSession<Call>;
      const traces = this.#options.trace !== undefined;
      const trace = traces ? (record: TraceRecord): void => this.trace(session, record) : undefined;
      const setup: SessionSetup = { ...this.#setup, role: "server", reliable: undefined, trace };
      session = new DuplexSession<Call>(setup, this.clock.nowMs());
      this.#bind(wire, session, undefined);
    };
    const answer = this.ask();
    if (answer === "wait") return this.#wait(admitted, open);
    if (answer !== "free") throw tooBusy(this.endpoint, answer.refusal);
    this.#options.admission.take();
    open();
    return true;
  }

  acceptFirst(wire: Wire, bytes: Uint8Array, from: number, to: number, admitted: Admitted): boolean | Disposable {
    const verdict = this.#acceptor!.admit(wire.link, bytes, from, to, this.clock.nowMs());
    if (verdict.type === "waiting") {
      const kept = bytes.slice(verdict.documentAt, to);
      return this.#wait(admitted, () => {
        const { session, isNew } = verdict.resume(this.clock.nowMs());
        if (!isNew) this.#options.admission.release();
        this.#bind(wire, session, { bytes: kept, from: 0, to: kept.length });
      });
    }
    if (verdict.type !== "session") {
      wire.close(verdict.type === "refused");
      return false;
    }
    if (verdict.isNew) this.#options.admission.take();
    this.#bind(wire, verdict.session, { bytes, from: verdict.documentAt, to });
    return true;
  }

  #bind(
    wire: Wire,
    session: DuplexSession<Call>,
    first: { readonly bytes: Uint8Array; readonly from: number; readonly to: number } | undefined,
  ): void {
    const serverSession = this.#sessions.get(session) ?? this.add(this.#wireSession(session));
    const driver = this.#drivers.get(session)!;
    serverSession.boundBy(wire);
    if (first === undefined) driver.bind(wire);
    else driver.adopt(wire, first.bytes, first.from, first.to);
  }

  #wireSession(session: DuplexSession<Call>): WireSession {
    return {
      session,
      newDriver: (perform) => {
        const driver = new SessionDriver<Call>({ session, clock: this.clock, perform });
        this.#drivers.set(session, driver);
        return driver;
      },
    };
  }

  /** Whether there is a place for another session; see `SessionAdmission`. */
  ask(): ReturnType<SessionAdmission["ask"]> {
    const answer = this.#options.admission.ask();
    if (typeof answer === "object") this.counters.sessionsRefused += 1;
    return answer;
  }

  /** Waits for a place. A host that has begun to close meanwhile gives none (R-HOST-CLOSE-1). */
  #wait(admitted: Admitted, open: () => void): Disposable {
    return this.wait(() =>
      admitted(() => {
        const refusal = this.refusalNow();
        if (refusal !== undefined) throw tooBusy(this.endpoint, refusal);
        open();
        return true;
      }),
    );
  }

  /** Takes the place that `ask` said is free. */
  take(): void {
    this.#options.admission.take();
  }

  /** Waits for a place; see `SessionAdmission`. */
  wait(admitted: () => void): Disposable {
    return this.#options.admission.wait(admitted);
  }

  /** Why who has waited, and has a place now, gets no session after all: the place is given back then. */
  refusalNow(): string | undefined {
    const { admission } = this.#options;
    const answer = admission.isClosing ? this.ask() : "free";
    if (typeof answer !== "object") return undefined;
    admission.release();
    return answer.refusal;
  }

  /**
   * A session begins. Its place is taken already, and is given back when there will be no session.
   * @throws FramingError, LinkError when there are too many instances; what making handlers throws
   */
  add(wireSession: WireSession): ServerSession {
    const { session } = wireSession;
    let serverSession: ServerSession;
    const { admission, service, handlers } = this.#options;
    const { instances } = service.host;
    const hasInstance = typeof handlers === "function" && instances.tryAcquire();
    try {
      if (typeof handlers === "function" && !hasInstance) {
        const message = `This host has ${instances.limit} instances already (maxConcurrentInstances); try again later.`;
        throw tooBusy(this.endpoint, message);
      }
      serverSession = new ServerSession(wireSession, {
        ...this.#options,
        counters: this.counters,
        sendTimeoutMs: this.endpoint.sendTimeoutMs,
        onEnded: (ended, error) => this.#ended(session, ended, error),
      });
    } catch (error) {
      // The service's own function that makes handlers failed: there is no session then.
      this.#forget(session);
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

  #forget(session: ChannelSession): void {
    this.#sessions.delete(session);
    if (session instanceof DuplexSession) this.#acceptor?.remove(session);
  }

  #ended(session: ChannelSession, ended: ServerSession, error: SessionError | undefined): void {
    this.#forget(session);
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

  /** A message of a session passed. */
  trace(session: ChannelSession, record: TraceRecord): void {
    const serverSession = this.#sessions.get(session);
    if (serverSession !== undefined) this.#options.trace?.(record, serverSession);
  }
}

function sumOfDropped(sessions: Iterable<ChannelSession>): number {
  let sum = 0;
  for (const { droppedCount } of sessions) sum += droppedCount;
  return sum;
}
