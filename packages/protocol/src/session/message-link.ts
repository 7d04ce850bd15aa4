import type { ByteWriter, Utf8Codec } from "../bytes/index.ts";
import { Fifo } from "../machine/index.ts";
import { type Link, LinkError, type LinkRecord } from "./link.ts";
import { LinkOutput } from "./link-output.ts";
import { LinkStrings } from "./link-strings.ts";

export interface MessageLinkOptions {
  readonly utf8: Utf8Codec;
  /** Bytes of one received message. */
  readonly maxMessageByteLength: number;
  /** Bytes of session strings per direction; default 2048, as WCF. Both sides must agree on a larger one. */
  readonly maxSessionByteLength?: number | undefined;
}

/** How a WebSocket says that it ends, RFC 6455 7.4.1; `none` and `abnormal` never travel. */
export const WebSocketCloseCode = {
  none: 1005,
  abnormal: 1006,
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  messageTooBig: 1009,
  tryAgainLater: 1013,
} as const;

/**
 * One connection that keeps messages apart by itself, such as a WebSocket [MS-SWSB]: each message is an envelope, and its close handshake
 * is the end. Nothing comes before the first message, so that it is established as soon as it is connected.
 */
export class MessageLink implements Link {
  readonly strings: LinkStrings;
  readonly nextDeadlineMs: undefined = undefined;
  readonly #maxMessageByteLength: number;
  readonly #output: LinkOutput;
  /** Where each message ends in the output. */
  #ends: number[] = [];
  readonly #incoming = new Fifo<Uint8Array>();
  #isEstablished = false;
  #hasSentEnd = false;
  #hasPeerEnded = false;
  #isEndDue = false;
  #isCloseDue = false;
  #error: LinkError | undefined;
  #closeCode: number = WebSocketCloseCode.normal;

  constructor(options: MessageLinkOptions) {
    this.#maxMessageByteLength = options.maxMessageByteLength;
    this.#output = new LinkOutput(options.utf8);
    this.strings = new LinkStrings(options.utf8, options.maxSessionByteLength);
  }

  get isEstablished(): boolean {
    return this.#isEstablished;
  }

  get hasSentEnd(): boolean {
    return this.#hasSentEnd;
  }

  get hasPeerEnded(): boolean {
    return this.#hasPeerEnded;
  }

  get hasOutput(): boolean {
    return !this.#output.isEmpty || this.#isCloseDue;
  }

  get outputByteLength(): number {
    return this.#output.byteLength;
  }

  /** The code of our close frame, once, when it is to be sent behind the messages. */
  takeClose(): number | undefined {
    if (!this.#isCloseDue) return undefined;
    this.#isCloseDue = false;
    return this.#closeCode;
  }

  /** Takes the messages that are to be written now; their bytes stay as they are. */
  takeMessages(): readonly Uint8Array[] {
    return this.#messagesOf(this.#output.take());
  }

  /** As `takeMessages`, for whoever copies them at once: their bytes stay as they are until the next writing. */
  borrowMessages(): readonly Uint8Array[] {
    return this.#messagesOf(this.#output.borrow());
  }

  #messagesOf(bytes: Uint8Array | undefined): readonly Uint8Array[] {
    if (bytes === undefined) return none;
    const ends = this.#ends;
    this.#ends = [];
    if (ends.length === 1) return [bytes];
    let from = 0;
    return ends.map((to) => {
      const message = bytes.subarray(from, to);
      from = to;
      return message;
    });
  }

  connected(): void {
    this.#isEstablished = true;
  }

  timeout(): void {
    // Nothing of a message link waits for a time.
  }

  /** One whole message came. No bytes: only news of the connection itself. */
  push(bytes: Uint8Array): boolean {
    if (bytes.length > 0) this.#incoming.push(bytes);
    return false;
  }

  /** The peer ended the connection in order: no more messages, and its end is the next record. */
  peerEnded(): void {
    this.#isEndDue = true;
  }

  /** The connection broke its rules, which the next call of `next` throws. */
  break(error: LinkError): void {
    this.#error ??= error;
  }

  next(): LinkRecord | undefined {
    if (this.#error !== undefined) throw this.#error;
    const bytes = this.#incoming.shift();
    if (bytes !== undefined) {
      if (bytes.length > this.#maxMessageByteLength) throw tooLarge(bytes.length, this.#maxMessageByteLength);
      return { type: "sized-envelope", bytes, from: 0, to: bytes.length };
    }
    if (!this.#isEndDue) return undefined;
    this.#isEndDue = false;
    this.#hasPeerEnded = true;
    return { type: "end" };
  }

  inputEnded(): void {
    // Messages come whole or not at all.
  }

  beginEnvelope(): ByteWriter {
    return this.#output.writer;
  }

  finishEnvelope(): void {
    this.#ends.push(this.#output.byteLength);
  }

  end(): void {
    if (this.#hasSentEnd) return;
    this.#hasSentEnd = true;
    this.#isCloseDue = true;
  }

  fault(error: Error): void {
    this.#closeCode = closeCodeOf(error);
    this.end();
  }
}

function closeCodeOf(error: Error): number {
  if (!(error instanceof LinkError)) return WebSocketCloseCode.protocolError;
  if (error.code === "LINK_MESSAGE_TOO_LARGE") return WebSocketCloseCode.messageTooBig;
  return error.code === "LINK_SERVER_TOO_BUSY" ? WebSocketCloseCode.tryAgainLater : WebSocketCloseCode.protocolError;
}

/** A page may send 1000 and 3000 to 4999 alone, so that the other codes travel this much higher from there. */
const pageCodeOffset = 3000;

/** The code by which a page says what a close code says. */
export function pageCloseCodeOf(code: number): number {
  return code === WebSocketCloseCode.normal ? code : code + pageCodeOffset;
}

/** What the end of a WebSocket means by its code, RFC 6455 7.4.1, or the code of a page; undefined for an orderly one. */
export function closeErrorOf(receivedCode: number, reason: string): LinkError | undefined {
  const isOfPage = pageCloseCodes.has(receivedCode);
  const code = isOfPage ? receivedCode - pageCodeOffset : receivedCode;
  if (code === WebSocketCloseCode.normal || code === WebSocketCloseCode.none) return undefined;
  if (code === WebSocketCloseCode.abnormal)
    return new LinkError("LINK_BROKEN", "the connection was lost", { isRemote: false });
  const said = `the peer closed the WebSocket with code ${receivedCode}${reason === "" ? "" : `: ${reason}`}`;
  const isRemote = true;
  if (code === WebSocketCloseCode.messageTooBig)
    return new LinkError("LINK_MESSAGE_TOO_LARGE", `${said}; a message was larger than it takes`, { isRemote });
  if (code === WebSocketCloseCode.tryAgainLater) return new LinkError("LINK_SERVER_TOO_BUSY", said, { isRemote });
  return new LinkError("LINK_BROKEN", said, { isRemote });
}

/** A message is larger than what this side takes. `byteLength` is undefined when it was not read to its end. */
export function tooLarge(byteLength: number | undefined, maxMessageByteLength: number): LinkError {
  const size = byteLength === undefined ? "more" : `${byteLength}`;
  return new LinkError(
    "LINK_MESSAGE_TOO_LARGE",
    `the peer sent a message of ${size} bytes; maxReceivedMessageSize is ${maxMessageByteLength}`,
    { isRemote: false },
  );
}

const none: readonly Uint8Array[] = [];
const pageCloseCodes: ReadonlySet<number> = new Set([
  pageCloseCodeOf(WebSocketCloseCode.goingAway),
  pageCloseCodeOf(WebSocketCloseCode.protocolError),
  pageCloseCodeOf(WebSocketCloseCode.messageTooBig),
  pageCloseCodeOf(WebSocketCloseCode.tryAgainLater),
]);
