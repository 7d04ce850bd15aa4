import type { WriterDictionary } from "../binary-xml/index.ts";
import type { Utf8Codec } from "../bytes/index.ts";
import type { Dialect, Transmission } from "../reliable-messaging/index.ts";
import type { MessageVersion } from "../soap/index.ts";
import type { ReaderQuotas, XmlName, XmlReader, XmlWriter } from "../xml/index.ts";
import type { Link } from "./link.ts";
import type { LinkStrings } from "./link-strings.ts";
import type { ReceivedDocument, ReceivedEnvelope } from "./received-envelope.ts";

/** The Body of an application message: written once, then sent as often as needed. */
export interface EncodedBody {
  readonly bytes: Uint8Array;
  /** The session dictionary whose ids the bytes use, translated on another connection; undefined for text, which needs none. */
  readonly dictionary: WriterDictionary | undefined;
}

/** Writes the children of the Body, of an envelope of `version`. */
export type BodyWriter = (writer: XmlWriter, version: MessageVersion) => void;

export interface MessageCodecOptions {
  readonly utf8?: Utf8Codec | undefined;
  readonly quotas?: Partial<ReaderQuotas> | undefined;
  /** Header blocks in one message; default 64. */
  readonly maxHeaderCount?: number | undefined;
}

/**
 * Turns messages into bytes and back. One serves all sessions of a client or host that share quotas: it holds only scratch space,
 * and nothing of a message is left in it once a call has returned.
 */
export interface MessageCodec {
  /** Without addressing, `read` leaves the action to whoever knows it, and `write` writes none. */
  readonly version: MessageVersion;
  /** What a connection announces that carries such messages. */
  readonly contentType: string;
  /** Charsets that a content type may name besides, for `acceptsContentType`; none for binary encodings. */
  readonly charsets: readonly string[];

  /**
   * Writes a Body once and for all; `strings` are those of the connection that it will go over, as far as there is one.
   * @throws what `write` throws, and then nothing is sent
   */
  encodeBody(strings: LinkStrings | undefined, write: BodyWriter): EncodedBody;

  /**
   * Appends the message to `link`'s output; `to` is undefined in the response of an exchange, which has no To. Returns the byte length of
   * its envelope.
   */
  write(link: Link, dialect: Dialect | undefined, to: XmlName | undefined, transmission: Transmission): number;

  /**
   * Reads the envelope `bytes[from, to)` that came over a link with these strings into `message`: headers, and the body of protocol messages and of faults
   * outside a sequence. Returns the reader, standing on the Body of an application message; it is good until the next call.
   * @throws XmlError, SoapError, RmError when the peer's message is not what it should be
   */
  read(message: ReceivedEnvelope, bytes: Uint8Array, from: number, to: number, link: Pick<Link, "strings">): XmlReader;

  /** As `read`, for an envelope that was read before: `document` is what was then known of it. */
  readAgain(message: ReceivedEnvelope, document: ReceivedDocument): XmlReader;
}
