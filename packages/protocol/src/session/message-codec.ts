import {
  BinaryXmlReader,
  BinaryXmlWriter,
  type StringTable,
  transcodeFragment,
  type WriterDictionary,
} from "../binary-xml/index.ts";
import { ByteWriter, pureUtf8, Slab, type Utf8Codec } from "../bytes/index.ts";
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
import { defaultReaderQuotas, type ReaderQuotas, type XmlName, type XmlReader, type XmlWriter } from "../xml/index.ts";
import type { FramedLink } from "./framed-link.ts";
import type { ReceivedEnvelope } from "./received-envelope.ts";

/** The Body of an application message: written once, then sent as often as needed. */
export interface EncodedBody {
  readonly bytes: Uint8Array;
  /** The session dictionary whose ids the bytes use. On another connection they are translated. */
  readonly dictionary: WriterDictionary;
}

/** Writes the children of the Body. */
export type BodyWriter = (writer: XmlWriter) => void;

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
export class MessageCodec {
  readonly utf8: Utf8Codec;
  readonly #maxHeaderCount: number;
  readonly #scratch: ByteWriter;
  readonly #bodyScratch: ByteWriter;
  readonly #writer: BinaryXmlWriter;
  readonly #bodyWriter: BinaryXmlWriter;
  readonly #reader: BinaryXmlReader;
  readonly #slab = new Slab();
  #surveyReader: BinaryXmlReader | undefined;

  constructor(options: MessageCodecOptions = {}) {
    this.utf8 = options.utf8 ?? pureUtf8;
    this.#maxHeaderCount = options.maxHeaderCount ?? defaultMaxHeaderCount;
    this.#scratch = new ByteWriter(4096, this.utf8);
    this.#bodyScratch = new ByteWriter(4096, this.utf8);
    this.#writer = new BinaryXmlWriter(this.#scratch);
    this.#bodyWriter = new BinaryXmlWriter(this.#bodyScratch);
    this.#reader = new BinaryXmlReader({ quotas: { ...defaultReaderQuotas, ...options.quotas }, utf8: this.utf8 });
  }

  /** Reads a header once more, to make a template of it. */
  readonly #surveyor = (): BinaryXmlReader => (this.#surveyReader ??= new BinaryXmlReader({ utf8: this.utf8 }));

  /** Writes a Body once and for all. What `write` throws goes to the caller, and nothing is sent. */
  encodeBody(dictionary: WriterDictionary, write: BodyWriter): EncodedBody {
    const out = this.#bodyScratch;
    out.reset();
    this.#bodyWriter.reset(out, dictionary);
    write(this.#bodyWriter);
    return { bytes: this.#slab.keep(out.bytes, 0, out.position), dictionary };
  }

  /** Appends the message to `link`'s output. Returns the byte length of its envelope. */
  write(link: FramedLink, dialect: Dialect | undefined, to: XmlName, transmission: Transmission): number {
    return this.#writeByTemplate(link, to, transmission) ?? this.#writeByRecord(link, dialect, to, transmission);
  }

  #writeByTemplate(link: FramedLink, to: XmlName, transmission: Transmission): number | undefined {
    const template = link.headerTemplates.find(transmission, to);
    if (template === undefined) return undefined;
    const { content } = transmission;
    const body = content.type === "application" ? (content.body as EncodedBody | undefined) : undefined;
    const { writerDictionary } = link;
    // A body with new strings, or with those of another connection.
    if (writerDictionary.pendingByteLength > 0 || (body !== undefined && body.dictionary !== writerDictionary))
      return undefined;
    return link.appendByTemplate(template, body?.bytes);
  }

  #writeByRecord(link: FramedLink, dialect: Dialect | undefined, to: XmlName, transmission: Transmission): number {
    const out = this.#scratch;
    out.reset();
    const writer = this.#writer;
    writer.reset(out, link.writerDictionary);
    this.#writeHeader(writer, dialect, to, transmission);
    link.headerTemplates.learn(transmission, to, dialect, out.bytes, out.position, this.#surveyor);
    this.#writeContent(writer, link.writerDictionary, dialect, transmission);
    endEnvelope(writer);
    return link.appendEnvelope(out.bytes, out.position);
  }

  /**
   * Reads the envelope `bytes[from, to)` into `message`: headers, and the body of protocol messages and of faults outside a sequence.
   * Returns the reader, standing on the Body of an application message; it is good until the next call.
   * @throws XmlError, SoapError, RmError when the peer's message is not what it should be
   */
  read(message: ReceivedEnvelope, bytes: Uint8Array, from: number, to: number, link: FramedLink): XmlReader {
    const documentAt = link.readerDictionary.readTable(bytes, from, to);
    const reader = this.#reader;
    message.begin(bytes, documentAt, to, link.readerDictionary);
    if (link.knownHeaders.read(message, bytes, documentAt, to, reader)) return reader;
    this.#readHeader(message, bytes, documentAt, to, link.readerDictionary);
    link.knownHeaders.learn(message, reader, documentAt, this.#surveyor);
    this.#readProtocolBody(message);
    return reader;
  }

  /** As `read`, for an envelope whose string table was taken already. */
  readDocument(
    message: ReceivedEnvelope,
    bytes: Uint8Array,
    from: number,
    to: number,
    dictionary: StringTable,
  ): XmlReader {
    message.begin(bytes, from, to, dictionary);
    this.#readHeader(message, bytes, from, to, dictionary);
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
        else transcodeFragment(body.bytes, 0, body.bytes.length, body.dictionary, writer);
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
