import type { ByteWriter } from "../bytes/index.ts";
import { knownEncodingOf } from "./known-encoding.ts";
import { maxRecordByteLength } from "./limits.ts";
import { type FramingMode, octetOfMode } from "./mode.ts";
import type { FramingRecord } from "./record.ts";

/** The most that goes in front of an envelope: the type octet and five octets of size. */
export const maxSizedEnvelopeHeaderByteLength = 6;

/** What a preamble says, [MC-NMF] 2.2.6. */
export interface Preamble {
  readonly mode: FramingMode;
  /** Absolute URI of the endpoint, escaped. */
  readonly via: string;
  readonly contentType: string;
}

/** Version 1.0, mode, via and encoding in one go; the Preamble End is not part of it, since upgrades go before that. */
export function writePreamble(out: ByteWriter, preamble: Preamble): void {
  writeVersion(out, 1, 0);
  writeMode(out, octetOfMode(preamble.mode));
  writeVia(out, preamble.via);
  writeEncoding(out, preamble.contentType);
}

/** A Known Encoding record when `contentType` has an octet, else an Extensible Encoding record. */
export function writeEncoding(out: ByteWriter, contentType: string): void {
  const octet = knownEncodingOf(contentType);
  if (octet === undefined) writeText(out, 0x04, contentType);
  else writePair(out, 0x03, octet);
}

/** A Version record, 00. */
export function writeVersion(out: ByteWriter, major: number, minor: number): void {
  writePair(out, 0x00, major);
  out.byte(minor);
}

/** A Mode record, 01, of any octet. */
export function writeMode(out: ByteWriter, octet: number): void {
  writePair(out, 0x01, octet);
}

/** A Via record, 02. */
export function writeVia(out: ByteWriter, via: string): void {
  writeText(out, 0x02, via);
}

/** The start of an Unsized Envelope record, 05; `writeChunk` any number of times and `writeChunksEnd` follow. */
export function writeUnsizedEnvelope(out: ByteWriter): void {
  out.byte(0x05);
}

/** A Data Chunk with `bytes[from, to)`. @throws RangeError when that is empty, since a size of 0 ends the envelope */
export function writeChunk(out: ByteWriter, bytes: Uint8Array, from = 0, to: number = bytes.length): void {
  out.multiByteInt31(checkSize(to - from));
  out.write(bytes, from, to);
}

/** The 00 that ends an Unsized Envelope. */
export function writeChunksEnd(out: ByteWriter): void {
  out.byte(0x00);
}

/** The type octet and the size of a Sized Envelope record, 06; `byteLength` bytes of message must follow. @throws RangeError when it is 0 */
export function writeSizedEnvelopeHeader(out: ByteWriter, byteLength: number): void {
  checkSize(byteLength);
  out.byte(0x06);
  out.multiByteInt31(byteLength);
}

/** A whole Sized Envelope record with the message `bytes[from, to)`. @throws RangeError when that is empty */
export function writeSizedEnvelope(out: ByteWriter, bytes: Uint8Array, from = 0, to: number = bytes.length): void {
  writeSizedEnvelopeHeader(out, to - from);
  out.write(bytes, from, to);
}

/**
 * Puts the header of a Sized Envelope right in front of a message that already lies at `bytes[from, to)`, and returns
 * where the record starts. For writers that learn the size last: leave `maxSizedEnvelopeHeaderByteLength` bytes free.
 *
 * @throws RangeError when the message is empty or there is too little room
 */
export function placeSizedEnvelopeHeader(bytes: Uint8Array, from: number, to: number): number {
  const byteLength = checkSize(to - from);
  const sizeByteLength =
    byteLength < 0x80 ? 1 : byteLength < 0x4000 ? 2 : byteLength < 0x20_0000 ? 3 : byteLength < 0x1000_0000 ? 4 : 5;
  let at = from - sizeByteLength;
  if (at < 1)
    throw new RangeError(`the header takes ${sizeByteLength + 1} bytes, but only ${from} are free before the message`);
  bytes[at - 1] = 0x06;
  let rest = byteLength;
  for (; rest >= 0x80; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
  bytes[at] = rest;
  return from - sizeByteLength - 1;
}

/** An End record, 07. */
export function writeEnd(out: ByteWriter): void {
  out.byte(0x07);
}

/** A Fault record, 08. A WCF client reads at most 256 bytes of `faultUri`. */
export function writeFault(out: ByteWriter, faultUri: string): void {
  writeText(out, 0x08, faultUri);
}

/** An Upgrade Request record, 09. */
export function writeUpgradeRequest(out: ByteWriter, upgrade: string): void {
  writeText(out, 0x09, upgrade);
}

/** An Upgrade Response record, 0A. */
export function writeUpgradeResponse(out: ByteWriter): void {
  out.byte(0x0a);
}

/** A Preamble Ack record, 0B. */
export function writePreambleAck(out: ByteWriter): void {
  out.byte(0x0b);
}

/** A Preamble End record, 0C. */
export function writePreambleEnd(out: ByteWriter): void {
  out.byte(0x0c);
}

/** Any record as it was decoded. @throws RangeError on an empty text, envelope or chunk */
export function writeRecord(out: ByteWriter, record: FramingRecord): void {
  const write = recordWriters[record.type] as (out: ByteWriter, record: FramingRecord) => void;
  write(out, record);
}

const recordWriters: {
  readonly [Type in FramingRecord["type"]]: (out: ByteWriter, record: Extract<FramingRecord, { type: Type }>) => void;
} = {
  version: (out, record) => writeVersion(out, record.major, record.minor),
  mode: (out, record) => writeMode(out, record.octet),
  via: (out, record) => writeVia(out, record.via),
  "known-encoding": (out, record) => writePair(out, 0x03, record.octet),
  "extensible-encoding": (out, record) => writeText(out, 0x04, record.contentType),
  "unsized-envelope": writeUnsizedEnvelope,
  chunk: (out, record) => writeChunk(out, record.bytes, record.from, record.to),
  "chunks-end": writeChunksEnd,
  "sized-envelope": (out, record) => writeSizedEnvelope(out, record.bytes, record.from, record.to),
  end: writeEnd,
  fault: (out, record) => writeFault(out, record.faultUri),
  "upgrade-request": (out, record) => writeUpgradeRequest(out, record.upgrade),
  "upgrade-response": writeUpgradeResponse,
  "preamble-ack": writePreambleAck,
  "preamble-end": writePreambleEnd,
};

function writePair(out: ByteWriter, typeOctet: number, value: number): void {
  out.byte(typeOctet);
  out.byte(value);
}

function writeText(out: ByteWriter, typeOctet: number, text: string): void {
  if (text === "") throw new RangeError(`a framing record of type ${typeOctet} cannot carry an empty text`);
  out.byte(typeOctet);
  out.string(text);
}

function checkSize(byteLength: number): number {
  if (!Number.isInteger(byteLength) || byteLength < 1 || byteLength > maxRecordByteLength) {
    throw new RangeError(`a framing record cannot carry ${byteLength} bytes; it takes 1 to ${maxRecordByteLength}`);
  }
  return byteLength;
}
