import type { HeaderExtension } from "../soap/index.ts";
import { soapNames } from "../soap/index.ts";
import type { UniqueId, XmlReader, XmlWriter } from "../xml/index.ts";
import type { AckRange } from "./ack-ranges.ts";
import { type Dialect, flowControlNamespace, rmNames } from "./dialect.ts";
import { RmError } from "./errors.ts";

/** Default of `maxAckRangeCount`: ranges in one SequenceAcknowledgement. WCF itself keeps at most 128. */
export const defaultMaxAckRangeCount = 1024;

/** What a SequenceAcknowledgement says. */
export interface Acknowledgement {
  readonly identifier: UniqueId;
  /** Cumulative from 1; empty when nothing arrived. */
  readonly ranges: readonly AckRange[];
  /** 1.1: the sequence is closed, these ranges are the last word. */
  readonly isFinal: boolean;
  /** Messages that the destination can still take; undefined without flow control. */
  readonly bufferRemaining: number | undefined;
}

/** The RM header blocks of one message, flat. */
export class RmHeaders implements HeaderExtension {
  readonly #dialect: Dialect;
  readonly #maxAckRangeCount: number;
  sequenceId: UniqueId | undefined;
  /** 0 when there is no Sequence header. */
  messageNumber = 0;
  /** 1.0: nothing with a higher number follows. */
  isLastMessage = false;
  ackRequestedId: UniqueId | undefined;
  acknowledgement: Acknowledgement | undefined;

  constructor(dialect: Dialect, maxAckRangeCount: number = defaultMaxAckRangeCount) {
    this.#dialect = dialect;
    this.#maxAckRangeCount = maxAckRangeCount;
  }

  clear(): void {
    this.sequenceId = undefined;
    this.messageNumber = 0;
    this.isLastMessage = false;
    this.ackRequestedId = undefined;
    this.acknowledgement = undefined;
  }

  read(reader: XmlReader): boolean {
    if (reader.namespaceUri !== this.#dialect.namespace.value) return false;
    switch (reader.localName) {
      case "Sequence":
        if (this.sequenceId !== undefined) throw twice("Sequence");
        this.#readSequence(reader);
        return true;
      case "SequenceAcknowledgement":
        if (this.acknowledgement !== undefined) throw twice("SequenceAcknowledgement");
        this.acknowledgement = readAcknowledgement(reader, this.#dialect, this.#maxAckRangeCount);
        return true;
      case "AckRequested":
        if (this.ackRequestedId !== undefined) throw twice("AckRequested");
        this.ackRequestedId = readIdentifierThenSkip(reader, "AckRequested", this.#dialect);
        return true;
      default:
        return false;
    }
  }

  #readSequence(reader: XmlReader): void {
    while (reader.nextChild()) {
      if (reader.namespaceUri !== this.#dialect.namespace.value) reader.skip();
      else if (reader.localName === "Identifier") this.sequenceId = reader.readUniqueId();
      else if (reader.localName === "MessageNumber") this.messageNumber = readMessageNumber(reader);
      else {
        if (reader.localName === "LastMessage" && this.#dialect.version === "1.0") this.isLastMessage = true;
        reader.skip();
      }
    }
    if (this.sequenceId === undefined || this.messageNumber === 0) {
      throw new RmError("RM_ILL_FORMED", "a Sequence header needs an Identifier and a MessageNumber");
    }
  }
}

/** 1 to 2^53-1: what lies above is refused long before it can be reached. */
export function readMessageNumber(reader: XmlReader): number {
  const name = reader.localName;
  const value = reader.readInteger();
  if (value < 1) throw new RmError("RM_ILL_FORMED", `${name} is ${value}; message numbers start at 1`);
  return value;
}

/** Stands on an element that starts with an Identifier: returns it, passes over the rest. */
export function readIdentifierThenSkip(reader: XmlReader, element: string, dialect: Dialect): UniqueId {
  let identifier: UniqueId | undefined;
  while (reader.nextChild()) {
    if (identifier === undefined && reader.is("Identifier", dialect.namespace.value))
      identifier = reader.readUniqueId();
    else reader.skip();
  }
  if (identifier === undefined) throw new RmError("RM_ILL_FORMED", `${element} has no Identifier`);
  return identifier;
}

/** Stands on SequenceAcknowledgement; rules of R-WSRM-ACK-1 to 3. */
export function readAcknowledgement(reader: XmlReader, dialect: Dialect, maxAckRangeCount: number): Acknowledgement {
  let identifier: UniqueId | undefined;
  const ranges: AckRange[] = [];
  let isNone = false;
  let hasEmptyRange = false;
  let hasNack = false;
  let isFinal = false;
  let bufferRemaining: number | undefined;
  while (reader.nextChild()) {
    if (reader.is("BufferRemaining", flowControlNamespace.value)) {
      bufferRemaining = reader.readInteger();
      if (bufferRemaining < 0) throw new RmError("RM_ILL_FORMED", `BufferRemaining is ${bufferRemaining}, below 0`);
      continue;
    }
    if (reader.namespaceUri === dialect.namespace.value) {
      const name = reader.localName;
      if (name === "Identifier") {
        identifier = reader.readUniqueId();
        continue;
      }
      if (name === "AcknowledgementRange")
        hasEmptyRange = !readRange(reader, dialect, ranges, maxAckRangeCount) || hasEmptyRange;
      else if (name === "None") isNone = true;
      else if (name === "Final") isFinal = true;
      else if (name === "Nack") hasNack = true;
    }
    reader.skip();
  }
  if (identifier === undefined) throw new RmError("RM_ILL_FORMED", "SequenceAcknowledgement has no Identifier");
  if (ranges.length === 0 && !isNone && !hasNack && !hasEmptyRange) {
    throw new RmError("RM_ILL_FORMED", "SequenceAcknowledgement has neither a range nor None nor Nack");
  }
  if (isNone && ranges.length > 0)
    throw new RmError("RM_ILL_FORMED", "SequenceAcknowledgement has both None and ranges");
  return { identifier, ranges: sortedAndMerged(ranges), isFinal, bufferRemaining };
}

/** False for 1.0's empty range 0-0, by which it says that nothing arrived yet. */
function readRange(reader: XmlReader, dialect: Dialect, ranges: AckRange[], maxAckRangeCount: number): boolean {
  const lower = boundOf(reader, "Lower");
  const upper = boundOf(reader, "Upper");
  if (dialect.version === "1.0" && lower === 0 && upper === 0) return false;
  if (lower < 1 || upper < lower)
    throw new RmError("RM_ILL_FORMED", `AcknowledgementRange ${lower}-${upper} is not a range of message numbers`);
  if (ranges.length === maxAckRangeCount) {
    throw new RmError(
      "RM_TOO_MANY_ACK_RANGES",
      `an acknowledgement has more than ${maxAckRangeCount} ranges (maxAckRangeCount)`,
    );
  }
  ranges.push({ lower, upper });
  return true;
}

function boundOf(reader: XmlReader, name: string): number {
  const text = reader.attribute(name, "");
  const value = Number(text);
  if (text === undefined || text.trim() === "" || !Number.isSafeInteger(value)) {
    throw new RmError("RM_ILL_FORMED", `AcknowledgementRange has ${name}="${text ?? ""}", which is no message number`);
  }
  return value;
}

function sortedAndMerged(ranges: AckRange[]): readonly AckRange[] {
  if (ranges.length < 2) return ranges;
  ranges.sort((a, b) => a.lower - b.lower);
  const merged: AckRange[] = [];
  for (const range of ranges) {
    const previous = merged.at(-1);
    if (previous !== undefined && range.lower <= previous.upper + 1) {
      merged[merged.length - 1] = { lower: previous.lower, upper: Math.max(previous.upper, range.upper) };
    } else merged.push(range);
  }
  return merged;
}

function twice(name: string): RmError {
  return new RmError("RM_ILL_FORMED", `the header ${name} stands twice; one message carries at most one`);
}

/** Writes an Identifier element with prefix `r` (or as the default namespace when `prefix` is ""). */
export function writeIdentifier(writer: XmlWriter, identifier: UniqueId, prefix: string): void {
  writer.startElement(prefix, rmNames.Identifier);
  writer.uniqueId(identifier);
  writer.endElement();
}

export function writeSequence(
  writer: XmlWriter,
  identifier: UniqueId,
  messageNumber: number,
  isLastMessage: boolean,
): void {
  writer.startElement("r", rmNames.Sequence);
  writer.attribute("s", soapNames.mustUnderstand, "1");
  writeIdentifier(writer, identifier, "r");
  writer.startElement("r", rmNames.MessageNumber);
  writer.integer(messageNumber);
  writer.endElement();
  if (isLastMessage) {
    writer.startElement("r", rmNames.LastMessage);
    writer.endElement();
  }
  writer.endElement();
}

export function writeAckRequested(writer: XmlWriter, identifier: UniqueId): void {
  writer.startElement("r", rmNames.AckRequested);
  writeIdentifier(writer, identifier, "r");
  writer.endElement();
}

/** Identifier, ranges (or 1.0's 0-0, 1.1's None), Final, BufferRemaining last: WCF's order. */
export function writeAcknowledgement(writer: XmlWriter, dialect: Dialect, acknowledgement: Acknowledgement): void {
  writer.startElement("r", rmNames.SequenceAcknowledgement);
  writeIdentifier(writer, acknowledgement.identifier, "r");
  for (const range of acknowledgement.ranges) writeRange(writer, range.lower, range.upper);
  if (acknowledgement.ranges.length === 0) {
    if (dialect.version === "1.0") writeRange(writer, 0, 0);
    else {
      writer.startElement("r", rmNames.None);
      writer.endElement();
    }
  }
  if (acknowledgement.isFinal && dialect.version === "1.1") {
    writer.startElement("r", rmNames.Final);
    writer.endElement();
  }
  if (acknowledgement.bufferRemaining !== undefined) {
    writer.startElement("netrm", rmNames.BufferRemaining);
    writer.declareNamespace("netrm", flowControlNamespace);
    writer.integer(acknowledgement.bufferRemaining);
    writer.endElement();
  }
  writer.endElement();
}

function writeRange(writer: XmlWriter, lower: number, upper: number): void {
  writer.startElement("r", rmNames.AcknowledgementRange);
  writer.attributeInteger("", rmNames.Lower, lower);
  writer.attributeInteger("", rmNames.Upper, upper);
  writer.endElement();
}
