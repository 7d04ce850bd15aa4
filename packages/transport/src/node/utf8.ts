import { Buffer } from "node:buffer";
import type { Utf8Codec } from "@bowline/protocol/bytes";

interface NativeBuffer {
  utf8Slice(this: Uint8Array, from: number, to: number): string;
  utf8Write(this: Uint8Array, text: string, at: number): number;
}

/** A Buffer's own methods work on any Uint8Array; a view over it would be one allocation more. */
const native = Buffer.prototype as unknown as NativeBuffer;
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 by Node's native code, as strict as the core's own: ill-formed input is a RangeError. */
export const nativeUtf8: Utf8Codec = {
  decode(bytes, from, to) {
    const text = native.utf8Slice.call(bytes, from, to);
    // Node puts U+FFFD where the bytes are ill-formed; a text may also hold one of its own.
    if (text.includes("\ufffd")) checkWellFormed(bytes.subarray(from, to));
    return text;
  },
  encodeInto(text, bytes, at) {
    const byteLength = native.utf8Write.call(bytes, text, at);
    if (!(text as string & { isWellFormed(): boolean }).isWellFormed()) {
      throw new RangeError("the text holds a lone surrogate, which UTF-8 cannot carry");
    }
    return byteLength;
  },
};

function checkWellFormed(bytes: Uint8Array): void {
  try {
    strict.decode(bytes);
  } catch (cause) {
    throw new RangeError("the bytes are not UTF-8", { cause });
  }
}
