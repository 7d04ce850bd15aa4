import { BinaryXmlReader, BinaryXmlWriter } from "../binary-xml/index.ts";
import { ByteWriter, pureUtf8, Slab } from "../bytes/index.ts";
import { binaryContentType } from "../framing/index.ts";
import type { Dialect, Transmission } from "../reliable-messaging/index.ts";
import { defaultMaxHeaderCount, endEnvelope, type MessageVersion, soap12Addressing10 } from "../soap/index.ts";
import type { XmlName, XmlReader } from "../xml/index.ts";
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

/**
 * The binary encoding without a session dictionary: each message is one document on its own, with the static strings alone, as
 * NetHttpBinding speaks over plain HTTP. SOAP 1.2 with WS-Addressing 1.0.
 */
export class StatelessBinaryMessageCodec implements MessageCodec {
  readonly version: MessageVersion = soap12Addressing10;
  readonly contentType: string = binaryContentType;
  readonly charsets: readonly string[] = [];
  readonly #maxHeaderCount: number;
  readonly #scratch: ByteWriter;
  readonly #bodyScratch: ByteWriter;
  readonly #writer: BinaryXmlWriter;
  readonly #bodyWriter: BinaryXmlWriter;
  readonly #reader: BinaryXmlReader;
  readonly #slab = new Slab();

  constructor(options: MessageCodecOptions = {}) {
    const { utf8 = pureUtf8, quotas = {} } = options;
    this.#maxHeaderCount = options.maxHeaderCount ?? defaultMaxHeaderCount;
    this.#scratch = new ByteWriter(4096, utf8);
    this.#bodyScratch = new ByteWriter(4096, utf8);
    this.#writer = new BinaryXmlWriter(this.#scratch);
    this.#bodyWriter = new BinaryXmlWriter(this.#bodyScratch);
    this.#reader = new BinaryXmlReader({ quotas, utf8 });
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
    else if (content.body !== undefined) writer.copyRecords((content.body as EncodedBody).bytes);
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
