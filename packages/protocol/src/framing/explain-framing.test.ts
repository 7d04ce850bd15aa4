import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../bytes/index.ts";
import { explainFraming } from "./index.ts";

describe("explainFraming", () => {
  it("explains a preamble and a message byte by byte (R-NMF-2.2-1)", () => {
    expect(lines("0001000102 0203613a62 0308 0c 06026162 07")).toEqual([
      "0+1 Version record (2.2.3.1)",
      "1+2 version 1.0 (2.2.3.1)",
      "3+1 Mode record (2.2.3.2)",
      "4+1 mode duplex (2.2.3.2)",
      "5+1 Via record (2.2.3.3)",
      "6+1 size 3 (2.2.2)",
      "7+3 a:b (2.2.3.3)",
      "10+1 Known Encoding record (2.2.3.4.1)",
      "11+1 content type application/soap+msbinsession1 (2.2.3.4.1)",
      "12+1 Preamble End record (2.2.3.7)",
      "13+1 Sized Envelope record (2.2.4.1)",
      "14+1 size 2 (2.2.2)",
      "15+2 message (2.2.4.1)",
      "17+1 End record (2.2.3.9)",
    ]);
  });

  it("explains chunks, faults and upgrades (R-NMF-2.2-1)", () => {
    expect(lines("05 0161 8000 0b")).toEqual([
      "0+1 Unsized Envelope record (2.2.4.3)",
      "1+1 size 1 (2.2.2)",
      "2+1 chunk of a message (2.2.4.2)",
      "3+2 end of the chunks (2.2.2)",
      "5+1 Preamble Ack record (2.2.3.8)",
    ]);
    const fault = toHex(Buffer.from("http://schemas.microsoft.com/ws/2006/05/framing/faults/ServerTooBusy"));
    expect(lines(`08 44 ${fault}`).at(-1)).toBe("2+68 fault ServerTooBusy (2.2.5)");
    expect(lines("08 02 c080").at(-1)).toBe("2+2 fault text that is not UTF-8 (2.2.5)");
    expect(lines("09 0161 0a").slice(2)).toEqual(["2+1 a (2.2.3.5)", "3+1 Upgrade Response record (2.2.3.6)"]);
  });

  it("says where bytes stop to make sense (R-NMF-2.2-1)", () => {
    expect(lines("0748545450")).toEqual([
      "0+1 End record (2.2.3.9)",
      "1+4 not framing: 0x48 is no record type (2.2.1)",
    ]);
    expect(lines("06056162").at(-1)).toBe("2+2 cut short: 2 of 5 bytes (2.2.4.1)");
    expect(lines("0680").at(-1)).toBe("1+1 start of a size, cut short (2.2.2)");
    expect(lines("06ffffffff08").at(-1)).toBe("1+5 not framing: a size over 2147483647 (2.2.2)");
    expect(lines("0200").at(-1)).toBe("1+1 size 0, which is not allowed (2.2.2)");
    expect(lines("0001").at(-1)).toBe("1+1 cut short: 1 of 2 bytes (2.2.3.1)");
    expect(lines("01").at(-1)).toBe("0+1 Mode record (2.2.3.2)");
    expect(lines("0109").at(-1)).toBe("1+1 mode undefined (2.2.3.2)");
  });

  it("covers any bytes without gap or overlap (R-NMF-2.2-1)", () => {
    const octets = fc.oneof(fc.nat({ max: 255 }), fc.nat({ max: 12 }));
    fc.assert(
      fc.property(fc.array(octets, { maxLength: 64 }), (bytes) => {
        let at = 0;
        for (const { offset, byteLength } of explainFraming(Uint8Array.from(bytes))) {
          expect(offset).toBe(at);
          expect(byteLength).toBeGreaterThan(0);
          at += byteLength;
        }
        expect(at).toBe(bytes.length);
      }),
    );
  });
});

function lines(hex: string): string[] {
  return explainFraming(fromHex(hex.replaceAll(" ", ""))).map(
    ({ offset, byteLength, meaning, clause }) => `${offset}+${byteLength} ${meaning} (${clause})`,
  );
}
