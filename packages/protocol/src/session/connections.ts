import { FramingError } from "../framing/index.ts";
import type { SessionFailure } from "../reliable-messaging/index.ts";
import { type Link, LinkError } from "./link.ts";
import { isPeerMistake, linkFailure, malformedFailure } from "./link-failures.ts";
import { Reconnection } from "./reconnection.ts";

/** What the connections of a session tell it, and ask of it. */
export interface ConnectionsHost {
  readonly isOver: boolean;
  /** Not open yet: a lost connection is the end. */
  readonly isOpening: boolean;
  /** Without a reliable session the end of the connection is the end of the session. */
  readonly isReliable: boolean;
  linkUp(nowMs: number): void;
  linkLost(cause: unknown, nowMs: number): void;
  /** The peer sent its End on a connection that is the session itself. */
  plainPeerEnded(nowMs: number): void;
  envelope(link: Link, bytes: Uint8Array, from: number, to: number, nowMs: number): void;
  fail(failure: SessionFailure, nowMs: number): void;
  /** As `fail`, for what the peer sent, which it is told by a fault of the session. */
  refuse(failure: SessionFailure, nowMs: number): void;
  closeLink(link: Link, isGraceful: boolean): void;
  openLink(delayMs: number, attempt: number): void;
  reconnecting(cause: unknown): void;
  reconnected(): void;
}

/**
 * The connections of one session, one after the other: the one in use, what comes over it, and what its loss means.
 */
export class Connections {
  readonly #role: "client" | "server";
  readonly #address: string;
  readonly #host: ConnectionsHost;
  readonly #reconnection = new Reconnection();
  #current: Link | undefined;
  #latest: Link | undefined;
  #hasBeenUp = false;

  constructor(role: "client" | "server", address: string, host: ConnectionsHost) {
    this.#role = role;
    this.#address = address;
    this.#host = host;
  }

  /** The connection in use; undefined while there is none. */
  get current(): Link | undefined {
    return this.#current;
  }

  /** The connection in use, or else the one before: bodies are written with its dictionary. */
  get latest(): Link | undefined {
    return this.#current ?? this.#latest;
  }

  /** Client: the socket is open; the preamble starts. */
  connected(link: Link, nowMs: number): void {
    this.#current = link;
    this.#latest ??= link;
    this.guard(link, nowMs, () => {
      link.connected(nowMs);
      if (link.isEstablished) this.#up(link, nowMs);
    });
  }

  /** Server: a connection whose preamble is over. It takes the place of the one before. */
  bind(link: Link, nowMs: number): void {
    const previous = this.#current;
    if (previous === link) return;
    if (previous !== undefined) this.#host.closeLink(previous, false);
    this.#current = link;
    this.#up(link, nowMs);
  }

  received(link: Link, bytes: Uint8Array, nowMs: number): void {
    if (link !== this.#current) return;
    this.guard(link, nowMs, () => {
      if (link.push(bytes, nowMs)) this.#up(link, nowMs);
      for (let record = link.next(); record !== undefined; record = link.next()) {
        if (record.type === "end") this.#peerEnded(link, nowMs);
        else if (!this.#host.isOver) {
          // Only a service that answers is back: one that drops whatever it accepts must not be dialled without a pause.
          this.#reconnection.succeeded();
          this.#host.envelope(link, record.bytes, record.from, record.to, nowMs);
        }
        if (link !== this.#current) return;
      }
    });
  }

  /** The connection is gone; `error` is undefined when the peer closed it. */
  closed(link: Link, error: unknown, nowMs: number): void {
    if (link !== this.#current) return;
    this.#current = undefined;
    this.gone(error ?? this.#errorOfEnd(link, nowMs), nowMs);
  }

  timeout(nowMs: number): void {
    const link = this.#current;
    if (link?.nextDeadlineMs === undefined || link.nextDeadlineMs > nowMs) return;
    this.guard(link, nowMs, () => link.timeout(nowMs));
  }

  /** The session is over: its connection is let go, politely with our End, or at once. */
  release(isGraceful: boolean): void {
    const link = this.#current;
    if (link === undefined) return;
    if (isGraceful) link.end();
    this.#host.closeLink(link, isGraceful);
    this.#current = undefined;
  }

  /** There is no connection: a client whose session survives that asks for another. */
  gone(error: unknown, nowMs: number): void {
    const host = this.#host;
    if (host.isOver) return;
    if (this.#role === "client" && host.isOpening) {
      return host.fail({ ...linkFailure(error, this.#address), cause: error }, nowMs);
    }
    host.linkLost(error, nowMs);
    if (this.#role === "server" || host.isOver) return;
    const delayMs = this.#reconnection.nextDelayMs();
    if (this.#reconnection.attempt === 1) host.reconnecting(error);
    host.openLink(delayMs, this.#reconnection.attempt);
  }

  /** Runs `work` on a link; what the peer did wrong ends the link, and the session where it must. */
  guard(link: Link, nowMs: number, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof FramingError || error instanceof LinkError) this.#linkBroken(link, error, nowMs);
      else if (isPeerMistake(error)) this.#host.refuse(malformedFailure(error), nowMs);
      else throw error;
    }
  }

  #up(link: Link, nowMs: number): void {
    this.#latest = link;
    const isAgain = this.#hasBeenUp;
    this.#hasBeenUp = true;
    this.#host.linkUp(nowMs);
    if (isAgain) this.#host.reconnected();
  }

  #peerEnded(link: Link, nowMs: number): void {
    if (!this.#host.isReliable) this.#host.plainPeerEnded(nowMs);
    // A reliable session does not end with its connection: the peer only lets go of this one.
    else if (!this.#host.isOver) {
      this.release(true);
      this.gone(undefined, nowMs);
    }
    if (this.#host.isOver) link.end();
  }

  #errorOfEnd(link: Link, nowMs: number): unknown {
    try {
      link.inputEnded(nowMs);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #linkBroken(link: Link, error: FramingError | LinkError, nowMs: number): void {
    const host = this.#host;
    const failure = { ...linkFailure(error, this.#address), cause: error };
    // A message over the limit would come again and again: the session is over (R-WCF-QUOTA-1).
    const isOverLimit = failure.code === "SESSION_MESSAGE_TOO_LARGE";
    // Only services answer with a fault of the framing; the way out is whole, though, so a client's session can tell it by its own.
    const isTold = this.#role === "server" && link.isEstablished && isTellable(error);
    if (isOverLimit && this.#role === "client" && host.isReliable && !host.isOpening && !failure.isRemote)
      return host.refuse(failure, nowMs);
    if (isTold) link.fault(error);
    if (link === this.#current) this.#current = undefined;
    host.closeLink(link, isTold);
    // A plain session has no other connection.
    if (isOverLimit || !host.isReliable) return host.fail(failure, nowMs);
    this.gone(error, nowMs);
  }
}

/** Whether the connection has a word for it. */
function isTellable(error: FramingError | LinkError): boolean {
  return error instanceof LinkError ? !error.isRemote : error.faultUri !== undefined;
}
