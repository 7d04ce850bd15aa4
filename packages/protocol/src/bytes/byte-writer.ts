import { pureUtf8, type Utf8Codec } from "./utf8.ts";

/** Below this many characters the JS loop beats the call into the host's native codec. */
const shortTextCharLength = 24;

/**
 * A growing run of bytes, written from the front; all numbers little-endian.
 *
 * `bytes` and `position` are public so that encoders can write runs of constant bytes without a call per byte:
 * `ensure()` first, then write at `position` and move it.
 */
export class ByteWriter {
  bytes: Uint8Array;
  position = 0;
  readonly utf8: Utf8Codec;
  /** Over `bytes`, made when a number wider than a byte is written for the first time. */
  #view: DataView | undefined;

  constructor(initialByteLength = 1024, utf8: Utf8Codec = pureUtf8) {
    this.bytes = new Uint8Array(initialByteLength);
    this.utf8 = utf8;
  }

  /** Makes room for `byteLength` more bytes. */
  ensure(byteLength: number): void {
    const needed = this.position + byteLength;
    if (needed > this.bytes.length) this.#grow(needed);
  }

  byte(value: number): void {
    if (this.position === this.bytes.length) this.#grow(this.position + 1);
    this.bytes[this.position++] = value;
  }

  uint16(value: number): void {
    this.ensure(2);
    this.#numbers.setUint16(this.position, value, true);
    this.position += 2;
  }

  int32(value: number): void {
    this.ensure(4);
    this.#numbers.setInt32(this.position, value, true);
    this.position += 4;
  }

  int64(value: bigint): void {
    this.ensure(8);
    this.#numbers.setBigInt64(this.position, value, true);
    this.position += 8;
  }

  float32(value: number): void {
    this.ensure(4);
    this.#numbers.setFloat32(this.position, value, true);
    this.position += 4;
  }

  float64(value: number): void {
    this.ensure(8);
    this.#numbers.setFloat64(this.position, value, true);
    this.position += 8;
  }

  /** A size as 7-bit groups, low group first, in the shortest form; 0 to 2^31-1. See [MC-NMF] 2.2.2, [MC-NBFX] 2.1.2. */
  multiByteInt31(value: number): void {
    this.ensure(5);
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.position++] = rest;
  }

  /** Copies `source[from, to)`. */
  write(source: Uint8Array, from = 0, to: number = source.length): void {
    const byteLength = to - from;
    this.ensure(byteLength);
    const { bytes, position } = this;
    if (byteLength <= 48)
      for (let index = 0; index < byteLength; index++) bytes[position + index] = source[from + index]!;
    else bytes.set(from === 0 && to === source.length ? source : source.subarray(from, to), position);
    this.position = position + byteLength;
  }

  /** UTF-8 of `text` without a length; returns the count of bytes. @throws RangeError on a lone surrogate */
  text(text: string): number {
    this.ensure(text.length * 3);
    const codec = text.length <= shortTextCharLength ? pureUtf8 : this.utf8;
    const byteLength = codec.encodeInto(text, this.bytes, this.position);
    this.position += byteLength;
    return byteLength;
  }

  /** A string record: MultiByteInt31 byte length, then UTF-8. */
  string(text: string): void {
    this.ensure(text.length * 3 + 5);
    const start = this.position;
    this.position = start + 1;
    const byteLength = this.text(text);
    if (byteLength < 0x80) {
      this.bytes[start] = byteLength;
      return;
    }
    const prefixLength = multiByteInt31Length(byteLength);
    this.ensure(prefixLength);
    this.bytes.copyWithin(start + prefixLength, start + 1, start + 1 + byteLength);
    this.position = start;
    this.multiByteInt31(byteLength);
    this.position = start + prefixLength + byteLength;
  }

  /** What was written, as a view that the next write may change. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.position);
  }

  /** What was written, as a copy. */
  copy(): Uint8Array {
    return this.bytes.slice(0, this.position);
  }

  reset(): void {
    this.position = 0;
  }

  /** As `reset`, and lets a buffer go that a message of unusual size has made. */
  resetTo(keptByteLength: number): void {
    this.position = 0;
    if (this.bytes.length > keptByteLength) this.#replace(new Uint8Array(keptByteLength));
  }

  /** Takes what was written, without a copy; goes on with a buffer of `byteLength`. */
  take(byteLength: number): Uint8Array {
    const written = this.view();
    this.position = 0;
    this.#replace(new Uint8Array(byteLength));
    return written;
  }

  get #numbers(): DataView {
    this.#view ??= new DataView(this.bytes.buffer);
    return this.#view;
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.position));
    this.#replace(grown);
  }

  #replace(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.#view = undefined;
  }
}

/** How many bytes `ByteWriter.multiByteInt31` writes. */
export function multiByteInt31Length(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  return value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
}
