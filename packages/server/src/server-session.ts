import type { Operation } from "@bowline/protocol/contract";
import type { SessionEffect } from "@bowline/protocol/session";
import {
  type Call,
  type CallOptions,
  type ChannelDriver,
  type ChannelSession,
  type Handler,
  operationProxy,
  type PeerIdentity,
  SessionChannel,
  type SessionError,
  type SessionState,
} from "@bowline/transport";
import type { EndpointCounters } from "./dispatch/counters.ts";
import type { ServiceDispatch } from "./dispatch/service-dispatch.ts";
import { SessionDispatcher } from "./dispatch/session-dispatcher.ts";
import { ServerError } from "./errors.ts";
import { type Peer, SessionPeer } from "./session-peer.ts";

/** The handlers of a service: one object for all sessions, or a function that makes one for each. */
export type HandlersFor<Handlers, Callback> = Handlers | ((session: ServerSession<Callback>) => Handlers);

export interface ServerSessionOptions {
  readonly service: ServiceDispatch;
  readonly counters: EndpointCounters;
  /** Undefined where instances are made by a source. */
  readonly handlers: HandlersFor<Readonly<Record<string, Handler>>, unknown> | undefined;
  readonly sendTimeoutMs: number;
  onError(error: unknown, operation: Operation | undefined, session: ServerSession): void;
  onEnded(session: ServerSession, error: SessionError | undefined): void;
}

/** The session on the wire, and what runs it. */
export interface WireSession {
  readonly session: ChannelSession;
  newDriver(perform: (effect: SessionEffect<Call>) => void): ChannelDriver;
}

/** A session with a client, as its service sees it. */
export class ServerSession<Callback = unknown> {
  readonly channel: SessionChannel;
  /** Calls this session's client: the operations of the contract's `callback`. */
  readonly callback: Callback;
  readonly #options: ServerSessionOptions;
  readonly #handlers: Readonly<Record<string, Handler>> | undefined;
  readonly #dispatcher: SessionDispatcher;
  readonly #ended: Promise<SessionError | undefined>;
  #resolveEnded!: (error: SessionError | undefined) => void;
  readonly #peer = new SessionPeer();
  #state: SessionState = "opened";

  constructor({ session, newDriver }: WireSession, options: ServerSessionOptions) {
    this.#options = options;
    this.#ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.channel = new SessionChannel(
      session,
      { sendTimeoutMs: options.sendTimeoutMs, clock: options.service.host.clock, newDriver },
      {
        message: (message) => this.#dispatcher.dispatch(message),
        inputEnded: () => this.#dispatcher.whenIdle(() => this.#close()),
        ended: (error) => this.#end(error),
      },
    );
    const callbacks = options.service.contract.callback?.operationsByAction.values() ?? [];
    this.callback = operationProxy(callbacks, () => this.channel) as Callback;
    this.#dispatcher = new SessionDispatcher({
      service: options.service,
      session: this as ServerSession,
      counters: options.counters,
      handlers: () => this.#handlers,
      channel: () => this.channel,
      onError: (error, operation) => options.onError(error, operation, this as ServerSession),
    });
    this.#handlers =
      typeof options.handlers === "function" ? options.handlers(this as ServerSession) : options.handlers;
  }

  /** Identifier of the client's sequence (`urn:uuid:…`); undefined on plain net.tcp. */
  get id(): string | undefined {
    return this.channel.session.id?.toString();
  }

  /** Address and port of the client's latest connection. */
  get remoteAddress(): string | undefined {
    return this.#peer.remoteAddress;
  }

  /** Who the client has proved to be by its certificate, which stays the same over all its connections; undefined without one. */
  get identity(): PeerIdentity | undefined {
    return this.#peer.identity;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Operations of this session that run now. */
  get runningCount(): number {
    return this.#dispatcher.runningCount;
  }

  /** Messages of this session that wait for a place: see `maxConcurrentCalls` and `maxConcurrentCallsPerSession`. */
  get waitingCount(): number {
    return this.#dispatcher.waitingCount;
  }

  /** The operations that run now and where each is, such as `Add (in authorize)`; for people. */
  get runningOperations(): readonly string[] {
    return this.#dispatcher.stages;
  }

  /** Resolves when the session is over: with its error when it faulted, with undefined when it was closed in order. */
  get ended(): Promise<SessionError | undefined> {
    return this.#ended;
  }

  /** Resolves when the client has acknowledged everything sent so far. */
  acknowledged(options: Pick<CallOptions, "signal"> = {}): Promise<void> {
    return this.channel.acknowledged(options);
  }

  /** Ends the session politely once running operations are done: the client closes its side in turn. @throws SessionError */
  async close(): Promise<void> {
    this.#dispatcher.whenIdle(() => this.#close());
    const error = await this.#ended;
    if (error !== undefined) throw error;
  }

  /** Ends the session at once and tells the client. Never throws. */
  abort(reason?: string): void {
    this.channel.driver.dispatch({ type: "abort", reason });
  }

  /** As `abort`, for a host that stops: its operations hear that it does. */
  stop(reason: string): void {
    this.#dispatcher.stop(new ServerError("SERVER_STOPPING", reason));
    this.abort(reason);
  }

  /** A connection of the client, new or again. @throws ServerError when it is somebody else's */
  boundBy(peer: Peer): void {
    this.#peer.bind(peer, this.id);
  }

  #close(): void {
    if (this.#state !== "opened") return;
    this.#state = "closing";
    this.channel.driver.dispatch({ type: "close" });
  }

  #end(error: SessionError | undefined): void {
    this.#state = error === undefined ? "closed" : "faulted";
    this.#dispatcher.sessionEnded(error);
    this.#options.onEnded(this as ServerSession, error);
    this.#resolveEnded(error);
  }
}
