import type { Exchange, Transmission } from "../reliable-messaging/index.ts";
import { textOf } from "../xml/index.ts";
import type { Carrier, CarrierHost, LinkInput } from "./carrier.ts";
import type { ChannelInput } from "./channel.ts";
import type { ExchangeLink } from "./exchange-link.ts";
import { exchangeStrings } from "./exchange-link.ts";
import { type Link, LinkError } from "./link.ts";
import { isPeerMistake, linkFailure, malformedFailure } from "./link-failures.ts";
import type { LinkStrings } from "./link-strings.ts";
import type { ReceivedEnvelope } from "./received-envelope.ts";

/** The exchanges of a session at the side that asks: each message that leaves is a request. */
export class RequestExchanges implements Carrier {
  readonly current: undefined = undefined;
  readonly strings: LinkStrings = exchangeStrings;
  readonly nextDeadlineMs: undefined = undefined;
  readonly #address: string;
  readonly #host: CarrierHost;
  readonly #newLink: () => ExchangeLink;
  readonly #requests = new Map<Link, Transmission>();

  constructor(address: string, host: CarrierHost, newLink: () => ExchangeLink) {
    this.#address = address;
    this.#host = host;
    this.#newLink = newLink;
  }

  open(nowMs: number): void {
    this.#host.run({ type: "link-up" }, nowMs);
  }

  handle(input: LinkInput, nowMs: number): void {
    if (input.type === "received") return this.#answered(input.link, input.bytes, nowMs);
    if (input.type === "link-closed") return this.#ended(input.link, input.error, nowMs);
  }

  timeout(): void {
    // Exchanges wait for no time of their own.
  }

  /** What cannot be read ends the session: it would come again. */
  guard(link: Link, nowMs: number, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof LinkError) this.#ended(link, error, nowMs);
      else if (isPeerMistake(error)) this.#host.refuse(malformedFailure(error), nowMs);
      else throw error;
    }
  }

  inputOf(link: Link, message: ReceivedEnvelope): ChannelInput<ReceivedEnvelope> {
    const request = this.#requests.get(link)!;
    this.#requests.delete(link);
    return { type: "response", message, request };
  }

  transmit(transmission: Transmission, nowMs: number): void {
    const link = this.#newLink();
    link.action = textOf(transmission.addressing.action);
    this.#requests.set(link, transmission);
    this.#host.write(link, transmission, nowMs);
    this.#host.exchange(link);
  }

  answer(): void {
    // This side asks.
  }

  abandon(request: Transmission): void {
    for (const [link, pending] of this.#requests) {
      if (pending !== request) continue;
      this.#requests.delete(link);
      this.#host.closeLink(link, false);
    }
  }

  end(): void {
    // No exchange is the session itself.
  }

  /** What was asked is of no use any more, but for the fault that tells why. */
  release(): void {
    for (const [link, { content }] of this.#requests) if (content.type !== "fault") this.#host.closeLink(link, false);
    this.#requests.clear();
  }

  #answered(link: Link, bytes: Uint8Array, nowMs: number): void {
    if (!this.#requests.has(link)) return;
    this.guard(link, nowMs, () => {
      link.push(bytes, nowMs);
      const record = link.next();
      if (record?.type === "sized-envelope") this.#host.envelope(link, record.bytes, record.from, record.to, nowMs);
    });
  }

  #ended(link: Link, error: unknown, nowMs: number): void {
    const request = this.#requests.get(link);
    if (request === undefined) return;
    this.#requests.delete(link);
    const failure = error === undefined ? undefined : { ...linkFailure(error, this.#address), cause: error };
    const isLasting = error instanceof LinkError && lastingCodes.includes(error.code);
    // An answer over the limit would come again and again; the service is told, which does not know (R-WCF-QUOTA-1).
    if (isLasting && failure !== undefined && !failure.isRemote && this.#host.isReliable && !this.#host.isOpening)
      return this.#host.refuse(failure, nowMs);
    this.#host.run({ type: "no-response", request, failure, isLasting }, nowMs);
  }
}

/** What another attempt does not mend. */
const lastingCodes: readonly string[] = ["LINK_REFUSED", "LINK_MESSAGE_TOO_LARGE", "LINK_SECURITY_FAILED"];

/** The exchanges of a session at the side that answers: each message that leaves answers a request. */
export class ReplyExchanges implements Carrier {
  readonly current: undefined = undefined;
  readonly strings: LinkStrings = exchangeStrings;
  readonly nextDeadlineMs: undefined = undefined;
  readonly #host: CarrierHost;
  readonly #links = new Set<Exchange>();

  constructor(host: CarrierHost) {
    this.#host = host;
  }

  open(): void {
    // Clients open sessions.
  }

  handle(input: LinkInput, nowMs: number): void {
    if (input.type === "link-bound") this.#links.add(input.link);
    else if (input.type === "received") this.#asked(input.link, input.bytes, nowMs);
    else if (input.type === "link-closed" && this.#links.delete(input.link))
      this.#host.run({ type: "exchange-lost", exchange: input.link }, nowMs);
  }

  timeout(): void {
    // Exchanges wait for no time of their own.
  }

  guard(link: Link, nowMs: number, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof LinkError) && !isPeerMistake(error)) throw error;
      const failure =
        error instanceof LinkError ? { ...linkFailure(error, ""), cause: error } : malformedFailure(error);
      // The request itself is told by the status; the session's own word goes to whoever waits besides.
      link.fault(error);
      if (this.#links.delete(link)) this.#host.closeLink(link, true);
      this.#host.refuse(failure, nowMs);
    }
  }

  inputOf(link: Link, message: ReceivedEnvelope): ChannelInput<ReceivedEnvelope> {
    // Without addressing the envelope does not say what it is about.
    if (message.headers.action === "") message.headers.action = (link as ExchangeLink).action;
    return { type: "request", message, exchange: link };
  }

  transmit(): void {
    // This side speaks when it is asked.
  }

  answer(exchange: Exchange, transmission: Transmission | undefined, nowMs: number): void {
    if (!this.#links.delete(exchange)) return;
    const link = exchange as ExchangeLink;
    if (transmission !== undefined) {
      this.#host.write(link, transmission, nowMs);
      link.isFault = transmission.addressing.isFault === true;
    }
    this.#host.closeLink(link, true);
  }

  abandon(): void {
    // This side waits for no answers.
  }

  end(): void {
    // No exchange is the session itself.
  }

  /** Whoever still waits is sent away with nothing, or left without an answer. */
  release(isGraceful: boolean): void {
    for (const link of this.#links) this.#host.closeLink(link as Link, isGraceful);
    this.#links.clear();
  }

  #asked(link: Link, bytes: Uint8Array, nowMs: number): void {
    this.guard(link, nowMs, () => {
      link.push(bytes, nowMs);
      const record = link.next();
      if (record?.type === "sized-envelope") this.#host.envelope(link, record.bytes, record.from, record.to, nowMs);
    });
  }
}
