import { ByteWriter, pureUtf8, Slab, type Utf8Codec } from "../bytes/index.ts";
import type { Dialect, Transmission } from "../reliable-messaging/index.ts";
import { defaultMaxHeaderCount, endEnvelope, type MessageVersion } from "../soap/index.ts";
import type { ReaderQuotas, XmlName, XmlReader, XmlWriter } from "../xml/index.ts";
import type { Link } from "./link.ts";
import type { LinkStrings } from "./link-strings.ts";
import type { BodyWriter, EncodedBody, MessageCodec, MessageCodecOptions } from "./message-codec.ts";
import {
  keptBytes,
  readHeader,
  readProtocolBody,
  scratchByteLength,
  writeHeader,
  writeProtocolBody,
} from "./message-parts.ts";
import type { ReceivedDocument, ReceivedEnvelope } from "./received-envelope.ts";

/** What writes the documents of one encoding. */
export interface DocumentWriter extends XmlWriter {
  /** Begins a document in `out`. */
  reset(out: ByteWriter): void;
}

/** What reads the documents of one encoding. */
export interface DocumentReader extends XmlReader {
  /** Begins with the document in `bytes[from, to)`. */
  reset(bytes: Uint8Array, from: number, to: number): void;
}

/** An encoding in which each message is one document. */
export interface DocumentEncoding<Writer extends DocumentWriter> {
  readonly version: MessageVersion;
  readonly contentType: string;
  readonly charsets: readonly string[];
  newWriter(out: ByteWriter): Writer;
  newReader(options: { readonly quotas: Partial<ReaderQuotas>; readonly utf8: Utf8Codec }): DocumentReader;
  /** Writes content that was written before as a document's. */
  copy(writer: Writer, content: Uint8Array): void;
}

/** Messages that stand on their own: links pass through it unlooked at, save for what is written to them. */
export class DocumentMessageCodec<Writer extends DocumentWriter> implements MessageCodec {
  readonly version: MessageVersion;
  readonly contentType: string;
  readonly charsets: readonly string[];
  readonly #encoding: DocumentEncoding<Writer>;
  readonly #maxHeaderCount: number;
  readonly #scratch: ByteWriter;
  readonly #bodyScratch: ByteWriter;
  readonly #writer: Writer;
  readonly #bodyWriter: Writer;
  readonly #reader: DocumentReader;
  readonly #slab = new Slab();

  constructor(encoding: DocumentEncoding<Writer>, options: MessageCodecOptions) {
    const { utf8 = pureUtf8, quotas = {} } = options;
    this.version = encoding.version;
    this.contentType = encoding.contentType;
    this.charsets = encoding.charsets;
    this.#encoding = encoding;
    this.#maxHeaderCount = options.maxHeaderCount ?? defaultMaxHeaderCount;
    this.#scratch = new ByteWriter(scratchByteLength, utf8);
    this.#bodyScratch = new ByteWriter(scratchByteLength, utf8);
    this.#writer = encoding.newWriter(this.#scratch);
    this.#bodyWriter = encoding.newWriter(this.#bodyScratch);
    this.#reader = encoding.newReader({ quotas, utf8 });
  }

  encodeBody(_strings: LinkStrings | undefined, write: BodyWriter): EncodedBody {
    const out = this.#bodyScratch;
    out.reset();
    this.#bodyWriter.reset(out);
    write(this.#bodyWriter, this.version);
    return { bytes: keptBytes(out, this.#slab), dictionary: undefined };
  }

  write(link: Link, dialect: Dialect | undefined, to: XmlName | undefined, transmission: Transmission): number {
    const out = this.#scratch;
    const writer = this.#writer;
    const { content } = transmission;
    out.reset();
    writer.reset(out);
    writeHeader(writer, this.version, dialect, to, transmission);
    if (content.type !== "application") writeProtocolBody(writer, this.version, dialect, transmission);
    else if (content.body !== undefined) this.#encoding.copy(writer, (content.body as EncodedBody).bytes);
    endEnvelope(writer);
    const byteLength = out.position;
    link.beginEnvelope(byteLength).write(out.bytes, 0, byteLength);
    link.finishEnvelope();
    out.resetTo(scratchByteLength);
    return byteLength;
  }

  read(message: ReceivedEnvelope, bytes: Uint8Array, from: number, to: number): XmlReader {
    const reader = this.#reader;
    message.begin(bytes, from, to, undefined);
    reader.reset(bytes, from, to);
    readHeader(reader, this.version, message, this.#maxHeaderCount);
    readProtocolBody(reader, this.version, message);
    return reader;
  }

  readAgain(message: ReceivedEnvelope, { bytes, from, to }: ReceivedDocument): XmlReader {
    return this.read(message, bytes, from, to);
  }
}
