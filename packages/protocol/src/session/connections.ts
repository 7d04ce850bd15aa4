import { FramingError } from "../framing/index.ts";
import { unreachable } from "../machine/index.ts";
import type { Transmission } from "../reliable-messaging/index.ts";
import type { Carrier, CarrierHost, LinkInput } from "./carrier.ts";
import type { ChannelInput } from "./channel.ts";
import { type Link, LinkError } from "./link.ts";
import { isPeerMistake, linkFailure, malformedFailure } from "./link-failures.ts";
import type { LinkStrings } from "./link-strings.ts";
import type { ReceivedEnvelope } from "./received-envelope.ts";
import { Reconnection } from "./reconnection.ts";

/**
 * The connections of one session, one after the other: the one in use, what comes over it, and what its loss means.
 */
export class Connections implements Carrier {
  readonly #role: "client" | "server";
  readonly #address: string;
  readonly #host: CarrierHost;
  readonly #reconnection = new Reconnection();
  #current: Link | undefined;
  #latest: Link | undefined;
  #hasBeenUp = false;

  constructor(role: "client" | "server", address: string, host: CarrierHost) {
    this.#role = role;
    this.#address = address;
    this.#host = host;
  }

  /** The connection in use; undefined while there is none. */
  get current(): Link | undefined {
    return this.#current;
  }

  /** Those of the connection in use, or else of the one before. */
  get strings(): LinkStrings | undefined {
    return (this.#current ?? this.#latest)?.strings;
  }

  get nextDeadlineMs(): number | undefined {
    return this.#current?.nextDeadlineMs;
  }

  open(): void {
    this.#host.openLink(0, 1);
  }

  handle(input: LinkInput, nowMs: number): void {
    switch (input.type) {
      case "received":
        return this.#received(input.link, input.bytes, nowMs);
      case "link-connected":
        return this.#connected(input.link, nowMs);
      case "link-failed":
        return this.#gone(input.error, nowMs);
      case "link-bound":
        return this.#bind(input.link, nowMs);
      case "link-closed":
        return this.#closed(input.link, input.error, nowMs);
      default:
        unreachable(input);
    }
  }

  inputOf(_link: Link, message: ReceivedEnvelope): ChannelInput<ReceivedEnvelope> {
    return { type: "received", message };
  }

  transmit(transmission: Transmission, nowMs: number): void {
    if (this.#current !== undefined) this.#host.write(this.#current, transmission, nowMs);
  }

  answer(): void {
    // Messages of a connection answer no exchange.
  }

  abandon(): void {
    // Nor does any message of a connection wait for one.
  }

  end(): void {
    this.#current?.end();
  }

  /** Client: the socket is open; the preamble starts. */
  #connected(link: Link, nowMs: number): void {
    this.#current = link;
    this.#latest ??= link;
    this.guard(link, nowMs, () => {
      link.connected(nowMs);
      if (link.isEstablished) this.#up(link, nowMs);
    });
  }

  /** Server: a connection whose preamble is over. It takes the place of the one before. */
  #bind(link: Link, nowMs: number): void {
    const previous = this.#current;
    if (previous === link) return;
    if (previous !== undefined) this.#host.closeLink(previous, false);
    this.#current = link;
    this.#up(link, nowMs);
  }

  #received(link: Link, bytes: Uint8Array, nowMs: number): void {
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
  #closed(link: Link, error: unknown, nowMs: number): void {
    if (link !== this.#current) return;
    this.#current = undefined;
    this.#gone(error ?? this.#errorOfEnd(link, nowMs), nowMs);
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
  #gone(error: unknown, nowMs: number): void {
    const host = this.#host;
    if (host.isOver) return;
    if (this.#role === "client" && host.isOpening) {
      return host.fail({ ...linkFailure(error, this.#address), cause: error }, nowMs);
    }
    host.run({ type: "link-lost", cause: error }, nowMs);
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
    this.#host.run({ type: "link-up" }, nowMs);
    if (isAgain) this.#host.reconnected();
  }

  #peerEnded(link: Link, nowMs: number): void {
    if (!this.#host.isReliable) this.#host.plainPeerEnded(nowMs);
    // A reliable session does not end with its connection: the peer only lets go of this one.
    else if (!this.#host.isOver) {
      this.release(true);
      this.#gone(undefined, nowMs);
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
    this.#gone(error, nowMs);
  }
}

/** Whether the connection has a word for it. */
function isTellable(error: FramingError | LinkError): boolean {
  return error instanceof LinkError ? !error.isRemote : error.faultUri !== undefined;
}
