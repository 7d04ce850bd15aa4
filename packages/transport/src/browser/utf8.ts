import type { Utf8Codec } from "@bowline/protocol/bytes";

const decoder = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = /* @__PURE__ */ new TextEncoder();

/** UTF-8 by the browser's native code, as strict as the core's own: ill-formed input is a RangeError. */
export const nativeUtf8: Utf8Codec = {
  decode(bytes, from, to) {
    try {
      return decoder.decode(bytes.subarray(from, to));
    } catch (cause) {
      throw new RangeError("the bytes are not UTF-8", { cause });
    }
  },
  encodeInto(text, bytes, at) {
    // The encoder would put U+FFFD in its place.
    if (!(text as string & { isWellFormed(): boolean }).isWellFormed()) {
      throw new RangeError("the text holds a lone surrogate, which UTF-8 cannot carry");
    }
    return encoder.encodeInto(text, bytes.subarray(at)).written;
  },
};
