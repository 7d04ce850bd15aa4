import type { ByteWriter, Slab } from "../bytes/index.ts";
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
  type MessageVersion,
  readEnvelope,
  readSoapFault,
  startEnvelope,
  writeAddressingAndStartBody,
  writeSoapFault,
} from "../soap/index.ts";
import type { XmlName, XmlReader, XmlWriter } from "../xml/index.ts";
import type { ReceivedEnvelope } from "./received-envelope.ts";

/** What a codec keeps from message to message: enough for most, and little enough for a client with many sessions. */
export const scratchByteLength: number = 16 * 1024;

/** What was written to `out`, as bytes that stay as they are. */
export function keptBytes(out: ByteWriter, slab: Slab): Uint8Array {
  return out.position > scratchByteLength ? out.take(scratchByteLength) : slab.keep(out.bytes, 0, out.position);
}

/** The envelope up to the open Body: the headers of reliable messaging, then those of addressing. */
export function writeHeader(
  writer: XmlWriter,
  version: MessageVersion,
  dialect: Dialect | undefined,
  to: XmlName | undefined,
  transmission: Transmission,
): void {
  const { sequenceId, ackRequestedId, acknowledgement, messageNumber, isLastMessage } = transmission;
  if (dialect === undefined || !declaresRm(transmission)) startEnvelope(writer, version);
  else {
    startEnvelope(writer, version, "r", dialect.namespace);
    // In the response of an exchange, which has no To, WCF's Sequence comes first.
    const isResponse = to === undefined;
    if (isResponse && sequenceId !== undefined) writeSequence(writer, sequenceId, messageNumber, isLastMessage);
    if (acknowledgement !== undefined) writeAcknowledgement(writer, dialect, acknowledgement);
    if (ackRequestedId !== undefined) writeAckRequested(writer, ackRequestedId);
    if (!isResponse && sequenceId !== undefined) writeSequence(writer, sequenceId, messageNumber, isLastMessage);
  }
  writeAddressingAndStartBody(writer, version, transmission.addressing, to);
}

/** What the Body of a message of the protocol itself holds. That of an application message was written by its codec. */
export function writeProtocolBody(
  writer: XmlWriter,
  version: MessageVersion,
  dialect: Dialect | undefined,
  transmission: Transmission,
): void {
  const { content } = transmission;
  if (dialect === undefined) return;
  const isDeclared = declaresRm(transmission);
  if (content.type === "protocol") writeRmBody(writer, content.body, dialect, isDeclared ? "r" : "");
  else if (content.type === "fault") {
    const detailWriter = detailWriterOf(content.fault, dialect, isDeclared);
    const inScope = isDeclared ? { prefix: "r", namespaceUri: dialect.namespace.value } : undefined;
    writeSoapFault(writer, version, soapFaultOf(content.fault, dialect), detailWriter, inScope);
  }
}

/** Reads the headers into `message`, and ends on its Body. */
export function readHeader(
  reader: XmlReader,
  version: MessageVersion,
  message: ReceivedEnvelope,
  maxHeaderCount: number,
): void {
  readEnvelope(reader, version, message.headers, message.rmOrUndefined, maxHeaderCount);
  const { dialect } = message;
  if (dialect !== undefined) message.kind = messageKindOf(message.headers.action, dialect);
}

/** Reads the Body of a message of the protocol itself, or of a fault outside a sequence; leaves all others alone. */
export function readProtocolBody(reader: XmlReader, version: MessageVersion, message: ReceivedEnvelope): void {
  const { dialect, kind } = message;
  if (dialect === undefined) return;
  if (kind === "application") readFaultOutsideSequence(reader, version, message, dialect);
  else if (hasBody(kind)) message.body = readRmBody(reader, kind, dialect);
}

function readFaultOutsideSequence(
  reader: XmlReader,
  version: MessageVersion,
  message: ReceivedEnvelope,
  dialect: Dialect,
): void {
  if (message.rm.sequenceId !== undefined) return;
  if (!reader.nextChild() || !reader.is("Fault", version.envelopeNamespace.value)) return;
  message.isFault = true;
  const detail: SequenceFaultDetail = {};
  const { fault } = readSoapFault(reader, (child) => readDetailChild(child, dialect, detail, message.maxAckRangeCount));
  message.soapFault = fault;
  message.sequenceFault = sequenceFaultOf(fault, detail, dialect);
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
