import { pureUtf8 } from "@bowline/protocol/bytes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nativeUtf8 as browserUtf8 } from "./browser/utf8.ts";
import { nativeUtf8 as nodeUtf8 } from "./node/utf8.ts";

describe.each([
  ["Node.js", nodeUtf8],
  ["a browser", browserUtf8],
])("the native UTF-8 of %s", (_host, nativeUtf8) => {
  it("writes and reads what the core's own does, or refuses it as that does", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const bytes = new Uint8Array(text.length * 3 + 2);
        const pure = new Uint8Array(text.length * 3 + 2);

        const byteLength = nativeUtf8.encodeInto(text, bytes, 1);

        expect(byteLength).toBe(pureUtf8.encodeInto(text, pure, 1));
        expect(bytes).toEqual(pure);
        expect(nativeUtf8.decode(bytes, 1, 1 + byteLength)).toBe(text);
      }),
    );
  });

  it("takes and refuses the same bytes as the core's own", () => {
    const outcome = (codec: typeof pureUtf8, bytes: Uint8Array): unknown => {
      try {
        return codec.decode(bytes, 0, bytes.length);
      } catch (error) {
        return (error as Error).name;
      }
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        expect(outcome(nativeUtf8, bytes)).toEqual(outcome(pureUtf8, bytes));
      }),
    );
    // Ill-formed, overlong, a surrogate, beyond the last character; then U+FFFD itself and a byte order mark.
    for (const bytes of [[0x80], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]])
      expect(outcome(nativeUtf8, Uint8Array.from(bytes))).toBe("RangeError");
    expect(outcome(nativeUtf8, Uint8Array.of(0xef, 0xbf, 0xbd))).toBe("\ufffd");
    expect(outcome(nativeUtf8, Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe("\ufeffa");
  });

  it("refuses text with half a surrogate pair", () => {
    expect(() => nativeUtf8.encodeInto("a\ud800", new Uint8Array(10), 0)).toThrow(RangeError);
  });
});
