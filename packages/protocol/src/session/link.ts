import type { ByteWriter } from "../bytes/index.ts";
import type { LinkStrings } from "./link-strings.ts";

/** What a link hands up: an envelope as a view into the bytes that came, or the peer's end of the stream. */
export type LinkRecord =
  | { readonly type: "sized-envelope"; readonly bytes: Uint8Array; readonly from: number; readonly to: number }
  | { readonly type: "end" };

/**
 * One connection's worth of messages, whatever carries them: bytes that came go in by `push`, envelopes come out by `next`; what is to
 * be written gathers in the link, and whoever owns the connection takes it at the end of the turn.
 */
export interface Link {
  readonly strings: LinkStrings;
  /** Messages may pass: whatever comes before them on such a connection is over. */
  readonly isEstablished: boolean;
  readonly hasSentEnd: boolean;
  /** The peer sent its end: it may still read. */
  readonly hasPeerEnded: boolean;
  readonly nextDeadlineMs: number | undefined;
  readonly hasOutput: boolean;
  /** Bytes of messages that wait to be written. */
  readonly outputByteLength: number;

  /** Initiator: the connection is there. */
  connected(nowMs: number): void;
  /** Time passed. @throws LinkError, FramingError when establishing took too long */
  timeout(nowMs: number): void;
  /** Bytes came; pull records with `next()`. True when they completed what comes before messages. @throws LinkError, FramingError */
  push(bytes: Uint8Array, nowMs: number): boolean;
  /** @throws LinkError, FramingError when the peer breaks the rules of the connection, passes a limit or refuses it */
  next(): LinkRecord | undefined;
  /** The connection has no more bytes. @throws LinkError, FramingError when that is in the middle of something */
  inputEnded(nowMs: number): void;

  /** Where the payload of one envelope goes, exactly `byteLength` bytes; `finishEnvelope` follows. */
  beginEnvelope(byteLength: number): ByteWriter;
  finishEnvelope(): void;
  /** Our last word on this connection. A second call changes nothing. */
  end(): void;
  /** Tells the peer what it did wrong, where the connection has a word for it. */
  fault(error: Error): void;
}

/** What can be wrong with a connection that has no framing of its own. */
export type LinkErrorCode =
  | "LINK_ENDPOINT_NOT_FOUND"
  | "LINK_SERVER_TOO_BUSY"
  | "LINK_REFUSED"
  | "LINK_SECURITY_FAILED"
  | "LINK_MESSAGE_TOO_LARGE"
  | "LINK_BROKEN";

/** A connection was refused, or broke its own rules. */
export class LinkError extends Error {
  override readonly name = "LinkError";
  readonly code: LinkErrorCode;
  /** The peer said so; otherwise it was found here. */
  readonly isRemote: boolean;

  constructor(code: LinkErrorCode, message: string, options: { readonly isRemote: boolean; readonly cause?: unknown }) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.isRemote = options.isRemote;
  }
}
