import { readFileSync } from "node:fs";
import { fromHex } from "@bowline/protocol/bytes";
import { describe, expect, it } from "vitest";
import { plainRecords } from "./framing-records.ts";

interface Vector {
  readonly hex: string;
  readonly kind?: string;
  readonly value?: number;
  readonly note: string;
}

const file = new URL("../vectors/binary-xml-vectors.json", import.meta.url);
const vectors = (JSON.parse(readFileSync(file, "utf8")) as readonly Vector[]).filter(({ kind }) => kind !== undefined);
const streams = vectors.filter(({ kind }) => kind!.startsWith("nmf"));
const sizes = vectors.filter(({ kind }) => kind === "mbint31").filter(({ value }) => value! > 1);

/** Every record type there is, one after the other. */
const everyRecord =
  "000100 0102 0203613a62 0308 0403612f62 05026162018163 00 06026162 0681006107 080161 09026162 0a 0b 0c".replaceAll(
    " ",
    "",
  );

describe("published framing vectors", () => {
  it("hold the preamble and the messages of [MC-NMF] 4.1", () => {
    expect(streams.map(({ hex }) => plainRecords([fromHex(hex)]).map(({ type }) => type))).toEqual([
      ["sized-envelope"],
      ["sized-envelope"],
      ["version", "mode", "via", "known-encoding"],
      ["sized-envelope"],
    ]);
  });

  it.each([...streams.map(({ hex }) => hex), everyRecord])(
    "read the same cut at every byte, and byte by byte (R-NMF-2.2.2-4): %s",
    (hex) => {
      const bytes = fromHex(hex);
      const whole = plainRecords([bytes]);

      for (let cut = 0; cut <= bytes.length; cut++) {
        expect(plainRecords([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole);
      }
      expect(plainRecords([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
    },
  );

  it.each(sizes)("read the size $value from $hex (R-NMF-2.2.2-2)", ({ hex, value }) => {
    expect(() => plainRecords([fromHex(`06${hex}`)], { maxEnvelopeByteLength: value! })).not.toThrow();
    expect(() => plainRecords([fromHex(`06${hex}`)], { maxEnvelopeByteLength: value! - 1 })).toThrow(
      `takes ${value} bytes`,
    );
  });
});
