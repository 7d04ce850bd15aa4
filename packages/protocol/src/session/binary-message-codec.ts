import {
  BinaryXmlReader,
  BinaryXmlWriter,
  RecordType,
  staticDictionary,
  transcodeFragment,
  WriterDictionary,
} from "../binary-xml/index.ts";
import { ByteWriter, multiByteInt31Length, pureUtf8, Slab, type Utf8Codec } from "../bytes/index.ts";
import { binarySessionContentType } from "../framing/index.ts";
import type { Dialect, Transmission } from "../reliable-messaging/index.ts";
import { defaultMaxHeaderCount, endEnvelope, type MessageVersion, soap12Addressing10 } from "../soap/index.ts";
import { defaultReaderQuotas, type XmlName, type XmlReader } from "../xml/index.ts";
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
 * The binary encoding with a session dictionary, which WCF speaks over net.tcp and WebSocket. One serves all sessions of a client or host that share quotas: it holds only scratch space,
 * and nothing of a message is left in it once a call has returned.
 */
export class BinaryMessageCodec implements MessageCodec {
  readonly version: MessageVersion = soap12Addressing10;
  readonly contentType: string = binarySessionContentType;
  readonly charsets: readonly string[] = [];
  readonly #utf8: Utf8Codec;
  readonly #maxHeaderCount: number;
  readonly #scratch: ByteWriter;
  readonly #bodyScratch: ByteWriter;
  readonly #writer: BinaryXmlWriter;
  readonly #bodyWriter: BinaryXmlWriter;
  readonly #reader: BinaryXmlReader;
  readonly #slab = new Slab();
  #surveyReader: BinaryXmlReader | undefined;

  constructor(options: MessageCodecOptions = {}) {
    this.#utf8 = options.utf8 ?? pureUtf8;
    this.#maxHeaderCount = options.maxHeaderCount ?? defaultMaxHeaderCount;
    this.#scratch = new ByteWriter(scratchByteLength, this.#utf8);
    this.#bodyScratch = new ByteWriter(scratchByteLength, this.#utf8);
    this.#writer = new BinaryXmlWriter(this.#scratch);
    this.#bodyWriter = new BinaryXmlWriter(this.#bodyScratch);
    this.#reader = new BinaryXmlReader({ quotas: { ...defaultReaderQuotas, ...options.quotas }, utf8: this.#utf8 });
  }

  /** Reads a header once more, to make a template of it. */
  readonly #surveyor = (): BinaryXmlReader => (this.#surveyReader ??= new BinaryXmlReader({ utf8: this.#utf8 }));

  encodeBody(strings: LinkStrings | undefined, write: BodyWriter): EncodedBody {
    const dictionary = strings?.writer ?? noStrings;
    const out = this.#bodyScratch;
    out.reset();
    this.#bodyWriter.reset(out, dictionary);
    write(this.#bodyWriter, this.version);
    return { bytes: keptBytes(out, this.#slab), dictionary };
  }

  write(link: Link, dialect: Dialect | undefined, to: XmlName | undefined, transmission: Transmission): number {
    return this.#writeByTemplate(link, to, transmission) ?? this.#writeByRecord(link, dialect, to, transmission);
  }

  #writeByTemplate(link: Link, to: XmlName | undefined, transmission: Transmission): number | undefined {
    const { headerTemplates, writer: dictionary } = link.strings;
    const template = headerTemplates.find(transmission, to);
    if (template === undefined) return undefined;
    const { content } = transmission;
    const body = content.type === "application" ? (content.body as EncodedBody | undefined) : undefined;
    const bodyBytes = body === undefined ? nothing : this.#bodyIn(dictionary, body);
    // New strings have to travel with the message.
    if (dictionary.pendingByteLength > 0) return undefined;
    const { values } = headerTemplates;
    const byteLength = 1 + template.byteLength(values) + bodyBytes.length + 2;
    const out = link.beginEnvelope(byteLength);
    out.byte(0);
    template.write(out, values);
    out.write(bodyBytes);
    out.byte(RecordType.endElement);
    out.byte(RecordType.endElement);
    link.finishEnvelope();
    return byteLength;
  }

  /** The body with the ids of `dictionary`: translated when it was written with those of another connection, or of another thread. */
  #bodyIn(dictionary: WriterDictionary, body: EncodedBody): Uint8Array {
    if (body.dictionary === dictionary) return body.bytes;
    const out = this.#bodyScratch;
    out.reset();
    this.#bodyWriter.reset(out, dictionary);
    transcodeFragment(body.bytes, 0, body.bytes.length, body.dictionary ?? noStrings, this.#bodyWriter);
    return out.view();
  }

  #writeByRecord(
    link: Link,
    dialect: Dialect | undefined,
    to: XmlName | undefined,
    transmission: Transmission,
  ): number {
    const out = this.#scratch;
    out.reset();
    const writer = this.#writer;
    const { writer: dictionary, headerTemplates } = link.strings;
    writer.reset(out, dictionary);
    writeHeader(writer, this.version, dialect, to, transmission);
    headerTemplates.learn(transmission, to, dialect, out.bytes, out.position, this.#surveyor);
    const { content } = transmission;
    if (content.type !== "application") writeProtocolBody(writer, this.version, dialect, transmission);
    else if (content.body !== undefined) this.#writeBody(content.body as EncodedBody, writer, dictionary);
    endEnvelope(writer);
    const byteLength = appendDocument(link, out.bytes, out.position);
    out.resetTo(scratchByteLength);
    return byteLength;
  }

  read(message: ReceivedEnvelope, bytes: Uint8Array, from: number, to: number, link: Pick<Link, "strings">): XmlReader {
    const { reader: dictionary, knownHeaders } = link.strings;
    const documentAt = dictionary.readTable(bytes, from, to);
    const reader = this.#reader;
    message.begin(bytes, documentAt, to, dictionary);
    if (knownHeaders.read(message, bytes, documentAt, to, reader)) return reader;
    reader.reset(bytes, documentAt, to, dictionary);
    readHeader(reader, this.version, message, this.#maxHeaderCount);
    knownHeaders.learn(message, reader, documentAt, this.#surveyor);
    readProtocolBody(reader, this.version, message);
    return reader;
  }

  readAgain(message: ReceivedEnvelope, { bytes, from, to, dictionary }: ReceivedDocument): XmlReader {
    const strings = dictionary ?? staticDictionary;
    message.begin(bytes, from, to, strings);
    const reader = this.#reader;
    reader.reset(bytes, from, to, strings);
    readHeader(reader, this.version, message, this.#maxHeaderCount);
    readProtocolBody(reader, this.version, message);
    return reader;
  }

  #writeBody(body: EncodedBody, writer: BinaryXmlWriter, dictionary: WriterDictionary): void {
    if (body.dictionary === dictionary) writer.copyRecords(body.bytes);
    else transcodeFragment(body.bytes, 0, body.bytes.length, body.dictionary ?? noStrings, writer);
  }
}

/** Puts one envelope on its way: the strings that the peer does not know yet, then the document. Returns its byte length. */
export function appendDocument(link: Link, document: Uint8Array, documentByteLength: number): number {
  const { writer } = link.strings;
  const tableByteLength = writer.pendingByteLength;
  const byteLength = multiByteInt31Length(tableByteLength) + tableByteLength + documentByteLength;
  const payload = link.beginEnvelope(byteLength);
  writer.takePending(payload);
  payload.write(document, 0, documentByteLength);
  link.finishEnvelope();
  return byteLength;
}

const nothing = new Uint8Array(0);
/** Stands in for a connection's strings while there was none yet: bodies written with it are translated when they are sent. */
const noStrings = new WriterDictionary({ maxSessionByteLength: 0 });
