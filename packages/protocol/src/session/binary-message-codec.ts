import {
  BinaryXmlReader,
  BinaryXmlWriter,
  RecordType,
  type StringTable,
  staticDictionary,
  transcodeFragment,
  WriterDictionary,
} from "../binary-xml/index.ts";
import { ByteWriter, multiByteInt31Length, pureUtf8, Slab, type Utf8Codec } from "../bytes/index.ts";
import { binarySessionContentType } from "../framing/index.ts";
import {
  type Dialect,
  detailWriterOf,
  messageKindOf,
  readDetailChild,
  readRmBody,
  type SequenceFaultDetail,
  sequenceFaultOf,
  soapFaultOf,
  type Transmission,
  writeAcknowledgement,
  writeAckRequested,
  writeRmBody,
  writeSequence,
} from "../reliable-messaging/index.ts";
import {
  defaultMaxHeaderCount,
  endEnvelope,
  readEnvelope,
  readSoapFault,
  soap12,
  startEnvelope,
  writeAddressingAndStartBody,
  writeSoapFault,
} from "../soap/index.ts";
import { defaultReaderQuotas, type XmlName, type XmlReader, type XmlWriter } from "../xml/index.ts";
import type { Link } from "./link.ts";
import type { LinkStrings } from "./link-strings.ts";
import type { BodyWriter, EncodedBody, MessageCodec, MessageCodecOptions } from "./message-codec.ts";
import type { ReceivedDocument, ReceivedEnvelope } from "./received-envelope.ts";

/** What a codec keeps from message to message: enough for most, and little enough for a client with many sessions. */
const scratchByteLength = 16 * 1024;

/**
 * The binary encoding with a session dictionary, which WCF speaks over net.tcp and WebSocket. One serves all sessions of a client or host that share quotas: it holds only scratch space,
 * and nothing of a message is left in it once a call has returned.
 */
export class BinaryMessageCodec implements MessageCodec {
  readonly contentType: string = binarySessionContentType;
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
    write(this.#bodyWriter);
    const bytes =
      out.position > scratchByteLength ? out.take(scratchByteLength) : this.#slab.keep(out.bytes, 0, out.position);
    return { bytes, dictionary };
  }

  write(link: Link, dialect: Dialect | undefined, to: XmlName, transmission: Transmission): number {
    return this.#writeByTemplate(link, to, transmission) ?? this.#writeByRecord(link, dialect, to, transmission);
  }

  #writeByTemplate(link: Link, to: XmlName, transmission: Transmission): number | undefined {
    const { headerTemplates, writer: dictionary } = link.strings;
    const template = headerTemplates.find(transmission, to);
    if (template === undefined) return undefined;
    const { content } = transmission;
    const body = content.type === "application" ? (content.body as EncodedBody | undefined) : undefined;
    // A body with new strings, or with those of another connection.
    if (dictionary.pendingByteLength > 0 || (body !== undefined && body.dictionary !== dictionary)) return undefined;
    const { values } = headerTemplates;
    const byteLength = 1 + template.byteLength(values) + (body === undefined ? 0 : body.bytes.length) + 2;
    const out = link.beginEnvelope(byteLength);
    out.byte(0);
    template.write(out, values);
    if (body !== undefined) out.write(body.bytes);
    out.byte(RecordType.endElement);
    out.byte(RecordType.endElement);
    link.finishEnvelope();
    return byteLength;
  }

  #writeByRecord(link: Link, dialect: Dialect | undefined, to: XmlName, transmission: Transmission): number {
    const out = this.#scratch;
    out.reset();
    const writer = this.#writer;
    const { writer: dictionary, headerTemplates } = link.strings;
    writer.reset(out, dictionary);
    this.#writeHeader(writer, dialect, to, transmission);
    headerTemplates.learn(transmission, to, dialect, out.bytes, out.position, this.#surveyor);
    this.#writeContent(writer, dictionary, dialect, transmission);
    endEnvelope(writer);
    const byteLength = appendDocument(link, out.bytes, out.position);
    out.resetTo(scratchByteLength);
    return byteLength;
  }

  read(message: ReceivedEnvelope, bytes: Uint8Array, from: number, to: number, link: Link): XmlReader {
    const { reader: dictionary, knownHeaders } = link.strings;
    const documentAt = dictionary.readTable(bytes, from, to);
    const reader = this.#reader;
    message.begin(bytes, documentAt, to, dictionary);
    if (knownHeaders.read(message, bytes, documentAt, to, reader)) return reader;
    this.#readHeader(message, bytes, documentAt, to, dictionary);
    knownHeaders.learn(message, reader, documentAt, this.#surveyor);
    this.#readProtocolBody(message);
    return reader;
  }

  readAgain(message: ReceivedEnvelope, { bytes, from, to, dictionary }: ReceivedDocument): XmlReader {
    const strings = dictionary ?? staticDictionary;
    message.begin(bytes, from, to, strings);
    this.#readHeader(message, bytes, from, to, strings);
    this.#readProtocolBody(message);
    return this.#reader;
  }

  #readHeader(message: ReceivedEnvelope, bytes: Uint8Array, from: number, to: number, dictionary: StringTable): void {
    this.#reader.reset(bytes, from, to, dictionary);
    readEnvelope(this.#reader, message.headers, message.rmOrUndefined, this.#maxHeaderCount);
    const { dialect } = message;
    if (dialect !== undefined) message.kind = messageKindOf(message.headers.action, dialect);
  }

  #readProtocolBody(message: ReceivedEnvelope): void {
    const { dialect, kind } = message;
    if (dialect === undefined) return;
    if (kind === "application") this.#readFaultOutsideSequence(this.#reader, message, dialect);
    else if (hasBody(kind)) message.body = readRmBody(this.#reader, kind, dialect);
  }

  #readFaultOutsideSequence(reader: XmlReader, message: ReceivedEnvelope, dialect: Dialect): void {
    if (message.rm.sequenceId !== undefined) return;
    if (!reader.nextChild() || !reader.is("Fault", soap12.value)) return;
    message.isFault = true;
    const detail: SequenceFaultDetail = {};
    const { fault } = readSoapFault(reader, (child) =>
      readDetailChild(child, dialect, detail, message.maxAckRangeCount),
    );
    message.soapFault = fault;
    message.sequenceFault = sequenceFaultOf(fault, detail, dialect);
  }

  #writeHeader(writer: XmlWriter, dialect: Dialect | undefined, to: XmlName, transmission: Transmission): void {
    const { sequenceId, ackRequestedId, acknowledgement, messageNumber, isLastMessage } = transmission;
    if (dialect === undefined || !declaresRm(transmission)) startEnvelope(writer);
    else {
      startEnvelope(writer, "r", dialect.namespace);
      if (acknowledgement !== undefined) writeAcknowledgement(writer, dialect, acknowledgement);
      if (ackRequestedId !== undefined) writeAckRequested(writer, ackRequestedId);
      if (sequenceId !== undefined) writeSequence(writer, sequenceId, messageNumber, isLastMessage);
    }
    writeAddressingAndStartBody(writer, transmission.addressing, to);
  }

  #writeContent(
    writer: BinaryXmlWriter,
    dictionary: WriterDictionary,
    dialect: Dialect | undefined,
    transmission: Transmission,
  ): void {
    const { content } = transmission;
    switch (content.type) {
      case "application": {
        const body = content.body as EncodedBody | undefined;
        if (body === undefined) return;
        if (body.dictionary === dictionary) this.#scratch.write(body.bytes);
        else transcodeFragment(body.bytes, 0, body.bytes.length, body.dictionary ?? noStrings, writer);
        return;
      }
      case "protocol":
        if (dialect !== undefined) writeRmBody(writer, content.body, dialect, declaresRm(transmission) ? "r" : "");
        return;
      case "fault": {
        if (dialect === undefined) return;
        const isDeclared = declaresRm(transmission);
        const detailWriter = detailWriterOf(content.fault, dialect, isDeclared);
        const inScope = isDeclared ? { prefix: "r", namespaceUri: dialect.namespace.value } : undefined;
        writeSoapFault(writer, soapFaultOf(content.fault, dialect), detailWriter, inScope);
        return;
      }
      default:
    }
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

/** Whether the envelope declares prefix `r`: an RM header needs it, or the detail of a fault. */
function declaresRm({ sequenceId, ackRequestedId, acknowledgement, content }: Transmission): boolean {
  if (sequenceId !== undefined || ackRequestedId !== undefined || acknowledgement !== undefined) return true;
  return content.type === "fault" && content.fault.acknowledgement !== undefined;
}

function hasBody(
  kind: ReceivedEnvelope["kind"],
): kind is Exclude<
  ReceivedEnvelope["kind"],
  "application" | "sequence-acknowledgement" | "ack-requested" | "last-message"
> {
  return (
    kind !== "application" && kind !== "sequence-acknowledgement" && kind !== "ack-requested" && kind !== "last-message"
  );
}

/** Stands in for a connection's strings while there was none yet: bodies written with it are translated when they are sent. */
const noStrings = new WriterDictionary({ maxSessionByteLength: 0 });
