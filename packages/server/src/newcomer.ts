import { FramingError } from "@bowline/protocol/framing";
import { type Link, LinkError } from "@bowline/protocol/session";
import type { Clock, LinkOwner, Wire } from "@bowline/transport";
import type { Acceptor, Admitted } from "./acceptor.ts";
import { ServerError } from "./errors.ts";
import { tooBusy } from "./too-busy.ts";

export interface NewcomerOptions {
  readonly clock: Clock;
  /** A session has the connection from now on. */
  onSession(): void;
  /** The connection was refused or broke before it had a session; for the log. */
  onRefused(error: unknown): void;
}

/**
 * A connection that messages can pass, until a session takes it: at once without a reliable session, else by its first message. Where a
 * host has no place for another session, it may have to wait.
 */
export class Newcomer implements LinkOwner {
  readonly #endpoint: Acceptor;
  readonly #options: NewcomerOptions;
  #wire: Wire | undefined;
  #alarm: Disposable | undefined;
  /** Its wait for a place. */
  #waiting: Disposable | undefined;
  /** Bytes that came meanwhile. */
  #waitingByteLength = 0;

  constructor(endpoint: Acceptor, options: NewcomerOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
  }

  /** `wire`, which this object owns, is there. True when a session has it already. */
  start(wire: Wire): boolean {
    this.#wire = wire;
    // A connection that never says whose it is, or waits for ever, holds a socket for nothing.
    const { clock } = this.#options;
    const { openTimeoutMs } = this.#endpoint.endpoint;
    if (!this.#endpoint.isReliable && this.#take(wire, (admitted) => this.#endpoint.acceptPlain(wire, admitted)))
      return true;
    if (this.#wire !== undefined && Number.isFinite(openTimeoutMs))
      this.#alarm = clock.wakeAt(clock.nowMs() + openTimeoutMs, () => this.#timeout(wire));
    return false;
  }

  received(link: Link, bytes: Uint8Array): void {
    const wire = this.#wire;
    if (wire === undefined) return;
    try {
      if (this.#waiting !== undefined) this.#waitingByteLength += bytes.length;
      if (this.#waitingByteLength > this.#endpoint.endpoint.maxReceivedMessageSize)
        throw tooMuchMeanwhile(this.#endpoint);
      link.push(bytes, this.#options.clock.nowMs());
      if (this.#waiting === undefined) this.#readFirst(wire);
    } catch (error) {
      this.#refuse(wire, error);
    }
  }

  closed(_link: Link, error: unknown): void {
    this.#leave();
    if (error !== undefined) this.#options.onRefused(error);
  }

  #readFirst(wire: Wire): void {
    const record = wire.link.next();
    if (record === undefined) return;
    if (record.type === "end") {
      this.#leave();
      wire.link.end();
      wire.close(true);
      return;
    }
    const { bytes, from, to } = record;
    this.#take(wire, (admitted) => this.#endpoint.acceptFirst(wire, bytes, from, to, admitted));
  }

  /** True when a session has the connection now. */
  #take(wire: Wire, accept: (admitted: Admitted) => boolean | Disposable): boolean {
    try {
      const answer = accept((open) => this.#admitted(wire, open));
      if (typeof answer === "object") {
        this.#waiting = answer;
        return false;
      }
      this.#leave();
      if (answer) this.#options.onSession();
      return answer;
    } catch (error) {
      this.#refuse(wire, error);
      return false;
    }
  }

  #admitted(wire: Wire, open: () => boolean): void {
    this.#waiting = undefined;
    this.#leave();
    try {
      if (open()) this.#options.onSession();
    } catch (error) {
      this.#refuse(wire, error);
    }
  }

  #timeout(wire: Wire): void {
    const { address, openTimeoutMs } = this.#endpoint.endpoint;
    if (this.#waiting !== undefined) {
      const message = `${address} had no place for another session (maxConcurrentSessions) within openTimeoutMs ${openTimeoutMs}`;
      return this.#refuse(wire, tooBusy(this.#endpoint.endpoint, message));
    }
    const message = `a connection to ${address} said nothing within openTimeoutMs ${openTimeoutMs} after it was opened`;
    this.#refuse(wire, new ServerError("SERVER_FIRST_MESSAGE_TIMEOUT", message));
  }

  /** The connection is no newcomer's any more. */
  #leave(): void {
    this.#wire = undefined;
    this.#alarm?.[Symbol.dispose]();
    this.#waiting?.[Symbol.dispose]();
    this.#waiting = undefined;
  }

  /** No session takes the connection; the peer is told why where the connection has a word for it. */
  #refuse(wire: Wire, error: unknown): void {
    this.#leave();
    this.#options.onRefused(error);
    if (error instanceof FramingError || error instanceof LinkError) wire.link.fault(error);
    wire.close(wire.link.hasOutput);
  }
}

function tooMuchMeanwhile({ endpoint }: Acceptor): Error {
  const message = `a connection to ${endpoint.address} sent more than ${endpoint.maxReceivedMessageSize} bytes (maxReceivedMessageSize) while it waited for a session`;
  return tooBusy(endpoint, message);
}
