import { pureUtf8 } from "../bytes/index.ts";
import { assert } from "../machine/index.ts";
import { FramingError, type FramingErrorCode } from "./errors.ts";
import { faultUriOf } from "./fault-uri.ts";
import { type FramingLimits, resolveFramingLimits } from "./limits.ts";
import { type FramingRecord, type FramingRecordType, framingRecordTypes } from "./record.ts";

/**
 * Takes a stream of [MC-NMF] records apart: push chunks as they come, pull whole records.
 *
 * A chunk is borrowed until `next()` has returned undefined: then every byte of it was used or copied. Records of
 * messages (`sized-envelope`, `chunk`) are views into the chunk when they lie in one, and the record object itself is
 * used again by the next message: take `bytes`, `from` and `to` out of it before the next call of `next()`.
 * Legal order is not checked here. A decoder that threw is spent.
 */
export class FramingRecordDecoder {
  readonly #limits: FramingLimits;
  readonly #envelope = new PayloadRecord<"sized-envelope">("sized-envelope");
  readonly #chunk = new PayloadRecord<"chunk">("chunk");
  readonly #waiting: Uint8Array[] = [];
  #waitingByteLength = 0;
  #bytes: Uint8Array = nothing;
  #at = 0;
  /** Stream offset of the first byte of `#bytes`. */
  #bytesOffset: number;
  #phase: "type" | "pair" | "size" | "payload" | "spent" = "type";
  #type: FramingRecordType = "version";
  #recordOffset = 0;
  #value = 0;
  #shift = 0;
  #size = 0;
  #unsizedByteLength = 0;
  #gathered: Uint8Array | undefined;
  #gatheredByteLength = 0;

  /** `streamOffset` is where the first pushed byte lies in the stream. @throws RangeError on an impossible limit */
  constructor(limits: Partial<FramingLimits> = {}, streamOffset = 0) {
    this.#limits = resolveFramingLimits(limits);
    this.#bytesOffset = streamOffset;
  }

  /** Offset in the stream of the first byte that is not yet used, in bytes. */
  get streamOffset(): number {
    return this.#bytesOffset + this.#at;
  }

  /** How many pushed bytes are not yet used. */
  get unreadByteLength(): number {
    return this.#bytes.length - this.#at + this.#waitingByteLength;
  }

  /** Whether every byte so far belongs to a whole record, so that the stream could end here. */
  get isBetweenRecords(): boolean {
    return this.#phase === "type" && this.unreadByteLength === 0;
  }

  /** Appends bytes of the stream; empty chunks are fine. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.#at === this.#bytes.length && this.#waiting.length === 0) this.#use(chunk);
    else {
      this.#waiting.push(chunk);
      this.#waitingByteLength += chunk.length;
    }
  }

  /** The next whole record; undefined when that takes more bytes. @throws FramingError when the bytes are no record or break a limit */
  next(): FramingRecord | undefined {
    assert(this.#phase !== "spent", "a framing decoder that threw is not used again");
    while (this.#hasByte()) {
      const record = this.#step();
      if (record !== undefined) return record;
    }
    return undefined;
  }

  /**
   * The type of the record that `next()` is about to return or has begun to read, so that a record in the wrong place is
   * refused before its payload is gathered. Undefined when not even its type has come.
   *
   * @throws FramingError when the octet is no record type
   */
  peekType(): FramingRecordType | undefined {
    assert(this.#phase !== "spent", "a framing decoder that threw is not used again");
    if (this.#phase !== "type") return this.#type;
    return this.#hasByte() ? this.#typeAt() : undefined;
  }

  /** Takes the unread bytes out as a copy, for what follows in another protocol; only between two records. */
  takeRest(): Uint8Array {
    assert(this.#phase === "type", "the rest of a framing stream is taken between two records");
    const rest = new Uint8Array(this.unreadByteLength);
    let to = 0;
    while (this.#hasByte()) {
      rest.set(this.#bytes.subarray(this.#at), to);
      to += this.#bytes.length - this.#at;
      this.#at = this.#bytes.length;
    }
    this.#bytesOffset -= rest.length;
    return rest;
  }

  #hasByte(): boolean {
    if (this.#at < this.#bytes.length) return true;
    const chunk = this.#waiting.shift();
    if (chunk === undefined) {
      this.#release();
      return false;
    }
    this.#waitingByteLength -= chunk.length;
    this.#use(chunk);
    return true;
  }

  /** Lets go of the last chunk, so that an idle stream keeps no memory of its host alive. */
  #release(): void {
    this.#use(nothing);
    this.#envelope.with(nothing, 0, 0);
    this.#chunk.with(nothing, 0, 0);
  }

  #use(chunk: Uint8Array): void {
    this.#bytesOffset += this.#at;
    this.#bytes = chunk;
    this.#at = 0;
  }

  /** Uses at least one byte. */
  #step(): FramingRecord | undefined {
    switch (this.#phase) {
      case "type":
        return this.#readType();
      case "pair":
        return this.#readPair();
      case "size":
        return this.#readSize();
      default:
        return this.#readPayload();
    }
  }

  #readType(): FramingRecord | undefined {
    this.#recordOffset = this.streamOffset;
    const type = this.#typeAt();
    this.#type = type;
    this.#at += 1;
    this.#value = 0;
    this.#shift = 0;
    switch (type) {
      case "version":
      case "mode":
      case "known-encoding":
        this.#phase = "pair";
        return undefined;
      case "unsized-envelope":
        this.#phase = "size";
        this.#unsizedByteLength = 0;
        return { type };
      case "end":
      case "upgrade-response":
      case "preamble-ack":
      case "preamble-end":
        return { type };
      default:
        this.#phase = "size";
        return undefined;
    }
  }

  #typeAt(): FramingRecordType {
    const octet = this.#bytes[this.#at]!;
    const type = framingRecordTypes[octet];
    if (type !== undefined) return type;
    this.#recordOffset = this.streamOffset;
    const hint = this.#recordOffset === 0 ? foreignProtocolHint(octet) : "";
    throw this.#error(
      "FRAMING_RECORD_UNKNOWN",
      `0x${octet.toString(16).padStart(2, "0")} is no framing record type${hint}`,
    );
  }

  /** The fixed records: one octet of data, or two for the version. */
  #readPair(): FramingRecord | undefined {
    const octet = this.#bytes[this.#at++]!;
    if (this.#type === "version" && this.#shift === 0) {
      this.#value = octet;
      this.#shift = 8;
      return undefined;
    }
    this.#phase = "type";
    if (this.#type === "version") return { type: "version", major: this.#value, minor: octet };
    return { type: this.#type === "mode" ? "mode" : "known-encoding", octet };
  }

  #readSize(): FramingRecord | undefined {
    while (this.#at < this.#bytes.length) {
      const octet = this.#bytes[this.#at++]!;
      if (this.#shift === 28 && (octet & 0xf8) !== 0) {
        throw this.#error(
          "FRAMING_SIZE_INVALID",
          `the size of the ${this.#type} record is over the largest of 2147483647`,
        );
      }
      this.#value |= (octet & 0x7f) << this.#shift;
      this.#shift += 7;
      if (octet < 0x80) return this.#begin(this.#value);
    }
    return undefined;
  }

  /** The size is known: checks it before a byte of the payload is kept. */
  #begin(size: number): FramingRecord | undefined {
    this.#value = 0;
    this.#shift = 0;
    if (size === 0) {
      if (this.#type !== "unsized-envelope") {
        throw this.#error("FRAMING_SIZE_INVALID", `the size of the ${this.#type} record is 0; it must be at least 1`);
      }
      this.#phase = "type";
      return { type: "chunks-end" };
    }
    this.#checkLimit(size);
    this.#size = size;
    this.#phase = "payload";
    return undefined;
  }

  #checkLimit(size: number): void {
    let total = size;
    if (this.#type === "unsized-envelope") total = this.#unsizedByteLength += size;
    const [limit, code] = limitsByType[this.#type] ?? envelopeLimit;
    if (total <= this.#limits[limit]) return;
    const message = `the ${this.#type} record takes ${total} bytes, over the limit ${limit} of ${this.#limits[limit]}; send less or raise the limit`;
    throw this.#error(code, message);
  }

  #readPayload(): FramingRecord | undefined {
    const from = this.#at;
    const missing = this.#size - this.#gatheredByteLength;
    const available = this.#bytes.length - from;
    if (available < missing) {
      this.#gather(available);
      return undefined;
    }
    if (this.#gathered === undefined) {
      this.#at = from + missing;
      return this.#finish(this.#bytes, from, this.#at);
    }
    this.#gather(missing);
    const bytes = this.#gathered;
    this.#gathered = undefined;
    this.#gatheredByteLength = 0;
    return this.#finish(bytes, 0, this.#size);
  }

  /** Copies into memory of our own, which only grows as bytes come: a size alone costs a peer nothing and us little. */
  #gather(byteLength: number): void {
    const to = this.#gatheredByteLength + byteLength;
    if (this.#gathered === undefined || to > this.#gathered.length) {
      const grown = new Uint8Array(Math.min(this.#size, Math.max(to * 2, firstGatherByteLength)));
      if (this.#gathered !== undefined) grown.set(this.#gathered.subarray(0, this.#gatheredByteLength));
      this.#gathered = grown;
    }
    this.#gathered.set(this.#bytes.subarray(this.#at, this.#at + byteLength), this.#gatheredByteLength);
    this.#gatheredByteLength = to;
    this.#at += byteLength;
  }

  #finish(bytes: Uint8Array, from: number, to: number): FramingRecord {
    if (this.#type === "sized-envelope") {
      this.#phase = "type";
      return this.#envelope.with(bytes, from, to);
    }
    if (this.#type === "unsized-envelope") {
      this.#phase = "size";
      return this.#chunk.with(bytes, from, to);
    }
    const text = this.#decodeText(bytes, from, to);
    this.#phase = "type";
    switch (this.#type) {
      case "via":
        return { type: "via", via: text };
      case "extensible-encoding":
        return { type: "extensible-encoding", contentType: text };
      case "upgrade-request":
        return { type: "upgrade-request", upgrade: text };
      default:
        return { type: "fault", faultUri: text };
    }
  }

  #decodeText(bytes: Uint8Array, from: number, to: number): string {
    try {
      return pureUtf8.decode(bytes, from, to);
    } catch (cause) {
      throw this.#error("FRAMING_TEXT_INVALID", `the text of the ${this.#type} record is not UTF-8`, cause);
    }
  }

  #error(code: FramingErrorCode, message: string, cause?: unknown): FramingError {
    this.#phase = "spent";
    const isTooLarge = code === "FRAMING_MAX_MESSAGE_SIZE_EXCEEDED";
    const faultUri = isTooLarge ? faultUriOf("MaxMessageSizeExceededFault") : undefined;
    return new FramingError(code, message, { streamOffset: this.#recordOffset, faultUri, cause });
  }
}

/** The one object per decoder that carries its messages out, so that a message costs no allocation. */
class PayloadRecord<Type extends "sized-envelope" | "chunk"> {
  readonly type: Type;
  bytes: Uint8Array = nothing;
  from = 0;
  to = 0;

  constructor(type: Type) {
    this.type = type;
  }

  with(bytes: Uint8Array, from: number, to: number): this {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    return this;
  }
}

/** A first octet that another protocol starts with deserves a better message than its number. */
function foreignProtocolHint(octet: number): string {
  switch (octet) {
    case 0x48:
    case 0x68:
      return '; the peer answers with the letter "H": is this an HTTP server?';
    case 0x44:
    case 0x47:
    case 0x4f:
    case 0x50:
      return "; the peer starts with a capital letter: is this an HTTP client?";
    case 0x16:
      return "; the peer starts with TLS, which net.tcp only allows after an upgrade request";
    default:
      return "";
  }
}

type LimitOfType = readonly [limit: keyof FramingLimits, code: FramingErrorCode];

const envelopeLimit: LimitOfType = ["maxEnvelopeByteLength", "FRAMING_MAX_MESSAGE_SIZE_EXCEEDED"];

const limitsByType: { readonly [Type in FramingRecordType]?: LimitOfType } = {
  via: ["maxViaByteLength", "FRAMING_VIA_TOO_LONG"],
  "extensible-encoding": ["maxContentTypeByteLength", "FRAMING_CONTENT_TYPE_TOO_LONG"],
  "upgrade-request": ["maxUpgradeNameByteLength", "FRAMING_UPGRADE_NAME_TOO_LONG"],
  fault: ["maxFaultByteLength", "FRAMING_FAULT_TOO_LONG"],
};

/** Envelopes up to this size are gathered in one buffer of exactly their size. */
const firstGatherByteLength = 1024 * 1024;

const nothing: Uint8Array = new Uint8Array(0);
