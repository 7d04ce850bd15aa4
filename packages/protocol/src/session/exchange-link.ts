import { type ByteWriter, pureUtf8, type Utf8Codec } from "../bytes/index.ts";
import { type Link, LinkError, type LinkRecord } from "./link.ts";
import { LinkOutput } from "./link-output.ts";
import { LinkStrings } from "./link-strings.ts";
import { tooLarge } from "./message-link.ts";

export interface ExchangeLinkOptions {
  readonly utf8: Utf8Codec;
  /** Bytes of one received message. */
  readonly maxMessageByteLength: number;
}

/**
 * One exchange as a link: an envelope each way at most, such as the request and the response of HTTP. Nothing is remembered from one
 * exchange to the next.
 */
export class ExchangeLink implements Link {
  readonly strings: LinkStrings = exchangeStrings;
  readonly isEstablished = true;
  readonly hasPeerEnded = false;
  readonly nextDeadlineMs: undefined = undefined;
  readonly #maxMessageByteLength: number;
  readonly #output: LinkOutput;
  #incoming: Uint8Array | undefined;
  /** The envelope to be written holds a SOAP fault. */
  isFault = false;
  /** Action of the envelope to be written, for bindings that say it outside. */
  action = "";
  #hasSentEnd = false;
  #error: Error | undefined;

  constructor(options: ExchangeLinkOptions) {
    this.#maxMessageByteLength = options.maxMessageByteLength;
    this.#output = new LinkOutput(options.utf8);
  }

  get hasSentEnd(): boolean {
    return this.#hasSentEnd;
  }

  get hasOutput(): boolean {
    return !this.#output.isEmpty;
  }

  get outputByteLength(): number {
    return this.#output.byteLength;
  }

  /** What the peer did wrong, where no envelope says so. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Takes the envelope that is to be written; undefined when there is none. */
  takeOutput(): Uint8Array | undefined {
    return this.#output.take();
  }

  connected(): void {
    // An exchange is there from the start.
  }

  timeout(): void {
    // Nothing of an exchange waits for a time here.
  }

  /** The whole envelope came. */
  push(bytes: Uint8Array): boolean {
    if (bytes.length > 0) this.#incoming = bytes;
    return false;
  }

  /** @throws LinkError when the envelope is too large */
  next(): LinkRecord | undefined {
    const bytes = this.#incoming;
    if (bytes === undefined) return undefined;
    this.#incoming = undefined;
    if (bytes.length > this.#maxMessageByteLength) throw tooLarge(bytes.length, this.#maxMessageByteLength);
    return { type: "sized-envelope", bytes, from: 0, to: bytes.length };
  }

  inputEnded(): void {
    // Envelopes come whole or not at all.
  }

  beginEnvelope(): ByteWriter {
    return this.#output.writer;
  }

  finishEnvelope(): void {
    this.#hasSentEnd = true;
  }

  end(): void {
    this.#hasSentEnd = true;
  }

  fault(error: Error): void {
    this.#error = error;
    this.#hasSentEnd = true;
  }
}

/** What is wrong with an exchange whose answer is no envelope, by HTTP's status. Undefined when the status alone is no error. */
export function statusErrorOf(status: number, said: string): LinkError | undefined {
  if (status >= 200 && status < 300) return undefined;
  const remote = { isRemote: true } as const;
  const message = `the server answered ${said}`;
  switch (status) {
    case 404:
    case 410:
      return new LinkError("LINK_ENDPOINT_NOT_FOUND", message, remote);
    case 413:
      return new LinkError("LINK_MESSAGE_TOO_LARGE", message, remote);
    case 503:
      return new LinkError("LINK_SERVER_TOO_BUSY", message, remote);
    default:
      return new LinkError(isPassing(status) ? "LINK_BROKEN" : "LINK_REFUSED", message, remote);
  }
}

/**
 * Gateways and broken services may be well again in a moment, and a request that was cut on its way is answered by 400 (R-LIVE-HTTP-1);
 * what else is said of a request stays so.
 */
function isPassing(status: number): boolean {
  return status >= 500 || status === 400 || status === 408 || status === 429;
}

/** The strings of all exchanges, which never are any. */
export const exchangeStrings: LinkStrings = new LinkStrings(pureUtf8, 0);
