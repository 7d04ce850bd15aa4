/**
 * UTF-8 as a port: the core does short strings itself, the host's native codec does long ones.
 *
 * Both directions are strict: ill-formed input is a `RangeError`, as in .NET's `UTF8Encoding(false, true)`.
 */
export interface Utf8Codec {
  /** The text of `bytes[from, to)`. @throws RangeError on ill-formed UTF-8 */
  decode(bytes: Uint8Array, from: number, to: number): string;
  /** Writes `text` at `at` and returns the count of bytes written; the caller made room. @throws RangeError on a lone surrogate */
  encodeInto(text: string, bytes: Uint8Array, at: number): number;
}

/** UTF-8 in plain TypeScript: best below about 50 characters, right at every length. */
export const pureUtf8: Utf8Codec = { decode, encodeInto };

/** How many bytes `text` takes in UTF-8; a lone surrogate counts 3. */
export function utf8ByteLength(text: string): number {
  let byteLength = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    if (unit < 0x800) byteLength += 1;
    else {
      byteLength += 2;
      if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(index + 1))) index += 1;
    }
  }
  return byteLength;
}

function decode(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  let at = from;
  while (at < to) {
    const units: number[] = [];
    while (at < to && units.length < 1024) {
      const first = bytes[at]!;
      if (first < 0x80) {
        units.push(first);
        at += 1;
        continue;
      }
      const byteLength = sequenceLength(first);
      if (byteLength === 0 || at + byteLength > to) throw illFormed(at - from);
      let point = first & (0x7f >> byteLength);
      for (let index = 1; index < byteLength; index++) {
        const next = bytes[at + index]!;
        if ((next & 0xc0) !== 0x80) throw illFormed(at - from);
        point = (point << 6) | (next & 0x3f);
      }
      if (point < smallestPoint[byteLength]! || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
        throw illFormed(at - from);
      }
      if (point < 0x10000) units.push(point);
      else units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
      at += byteLength;
    }
    text += String.fromCharCode.apply(undefined, units);
  }
  return text;
}

function encodeInto(text: string, bytes: Uint8Array, at: number): number {
  let to = at;
  for (let index = 0; index < text.length; index++) {
    let point = text.charCodeAt(index);
    if (point < 0x80) {
      bytes[to++] = point;
      continue;
    }
    if (point < 0x800) {
      bytes[to++] = 0xc0 | (point >> 6);
      bytes[to++] = 0x80 | (point & 0x3f);
      continue;
    }
    if (point >= 0xd800 && point < 0xe000) {
      const low = text.charCodeAt(index + 1);
      if (point >= 0xdc00 || !isLowSurrogate(low)) {
        throw new RangeError(`the text holds a lone surrogate at character ${index}, which UTF-8 cannot carry`);
      }
      point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
      index += 1;
      bytes[to++] = 0xf0 | (point >> 18);
      bytes[to++] = 0x80 | ((point >> 12) & 0x3f);
    } else {
      bytes[to++] = 0xe0 | (point >> 12);
    }
    bytes[to++] = 0x80 | ((point >> 6) & 0x3f);
    bytes[to++] = 0x80 | (point & 0x3f);
  }
  return to - at;
}

function sequenceLength(first: number): number {
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

function illFormed(offset: number): RangeError {
  return new RangeError(`the bytes are not UTF-8 at offset ${offset}`);
}

const smallestPoint = [0, 0, 0x80, 0x800, 0x10000];
