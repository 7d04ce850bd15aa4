import { FramingError } from "@bowline/protocol/framing";
import { type Link, LinkError } from "@bowline/protocol/session";
import type { Clock, LinkOwner, Wire } from "@bowline/transport";
import { ServerError } from "./errors.ts";
import type { ServiceEndpoint } from "./service-endpoint.ts";

export interface NewcomerOptions {
  readonly clock: Clock;
  /** A session has the connection from now on. */
  onSession(): void;
  /** The connection was refused or broke before it had a session; for the log. */
  onRefused(error: unknown): void;
}

/** A connection that messages can pass, until a session takes it: at once without a reliable session, else by its first message. */
export class Newcomer implements LinkOwner {
  readonly #endpoint: ServiceEndpoint;
  readonly #options: NewcomerOptions;
  #wire: Wire | undefined;
  #alarm: Disposable | undefined;

  constructor(endpoint: ServiceEndpoint, options: NewcomerOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
  }

  /** `wire`, which this object owns, is there. True when a session has it already. */
  start(wire: Wire): boolean {
    const { clock } = this.#options;
    if (!this.#endpoint.isReliable) {
      try {
        this.#endpoint.acceptPlain(wire);
      } catch (error) {
        this.#refuse(wire, error);
        return false;
      }
      this.#options.onSession();
      return true;
    }
    this.#wire = wire;
    // A connection that never says whose it is holds a socket for nothing.
    const { address, openTimeoutMs } = this.#endpoint.endpoint;
    if (Number.isFinite(openTimeoutMs)) {
      this.#alarm = clock.wakeAt(clock.nowMs() + openTimeoutMs, () => {
        const message = `a connection to ${address} said nothing within openTimeoutMs ${openTimeoutMs} after it was opened`;
        this.#refuse(wire, new ServerError("SERVER_FIRST_MESSAGE_TIMEOUT", message));
      });
    }
    return false;
  }

  received(link: Link, bytes: Uint8Array): void {
    const wire = this.#wire;
    if (wire === undefined) return;
    try {
      link.push(bytes, this.#options.clock.nowMs());
      this.#readFirst(wire);
    } catch (error) {
      this.#refuse(wire, error);
    }
  }

  closed(_link: Link, error: unknown): void {
    this.#alarm?.[Symbol.dispose]();
    if (error !== undefined) this.#options.onRefused(error);
  }

  #readFirst(wire: Wire): void {
    const record = wire.link.next();
    if (record === undefined) return;
    this.#alarm?.[Symbol.dispose]();
    this.#wire = undefined;
    if (record.type === "end") {
      wire.link.end();
      wire.close(true);
      return;
    }
    if (this.#endpoint.acceptFirst(wire, record.bytes, record.from, record.to)) this.#options.onSession();
  }

  /** No session takes the connection; the peer is told why where the connection has a word for it. */
  #refuse(wire: Wire, error: unknown): void {
    this.#alarm?.[Symbol.dispose]();
    this.#wire = undefined;
    this.#options.onRefused(error);
    if (error instanceof FramingError || error instanceof LinkError) wire.link.fault(error);
    wire.close(wire.link.hasOutput);
  }
}
