import { describe, expect, it } from "vitest";
import { ByteWriter, fromHex, toHex } from "../bytes/index.ts";
import {
  FramingRecordDecoder,
  framingRecordTypes,
  maxSizedEnvelopeHeaderByteLength,
  modeOfOctet,
  octetOfMode,
  octetOfRecordType,
  placeSizedEnvelopeHeader,
  writeChunk,
  writeEncoding,
  writeFault,
  writePreamble,
  writePreambleEnd,
  writeRecord,
  writeSizedEnvelope,
  writeSizedEnvelopeHeader,
} from "./index.ts";

describe("record encoder", () => {
  it("writes a preamble in one go, byte for byte as WCF (R-NMF-3.2.4.2-1)", () => {
    const hex = written((out) => {
      const via = "net.tcp://localhost:8808/Service";
      writePreamble(out, { mode: "duplex", via, contentType: "application/soap+msbinsession1" });
      writePreambleEnd(out);
    });

    expect(hex).toBe(
      "00010001020220 6e65742e7463703a2f2f6c6f63616c686f73743a383830382f53657276696365 03080c".replaceAll(" ", ""),
    );
  });

  it.each([
    [0x7f, "7f"],
    [0x80, "8001"],
    [145, "9101"],
    [5521, "912b"],
    [16_384, "808001"],
    [2_097_152, "80808001"],
    [268_435_456, "8080808001"],
    [2 ** 31 - 1, "ffffffff07"],
  ])("writes the size %i in its shortest form (R-NMF-2.2.2-1)", (byteLength, hex) => {
    expect(written((out) => writeSizedEnvelopeHeader(out, byteLength))).toBe(`06${hex}`);
  });

  it.each([1, 0x7f, 0x80, 0x3fff, 0x4000, 0x1f_ffff, 0x20_0000])(
    "places the header of %i bytes right in front of a message",
    (byteLength) => {
      const from = maxSizedEnvelopeHeaderByteLength;
      const bytes = new Uint8Array(from + byteLength).fill(0x61);

      const start = placeSizedEnvelopeHeader(bytes, from, bytes.length);

      const decoder = new FramingRecordDecoder({ maxEnvelopeByteLength: byteLength });
      decoder.push(bytes.subarray(start));
      expect(decoder.next()).toMatchObject({ from: from - start, to: from - start + byteLength });
      expect(decoder.isBetweenRecords).toBe(true);
      expect(toHex(bytes.subarray(start, from))).toBe(written((out) => writeSizedEnvelopeHeader(out, byteLength)));
    },
  );

  it("never writes a size of 0 (R-NMF-2.2.2-5)", () => {
    const out = new ByteWriter();
    const nothing = new Uint8Array(0);
    expect(() => writeSizedEnvelope(out, nothing)).toThrow(RangeError);
    expect(() => writeSizedEnvelopeHeader(out, 2 ** 31)).toThrow(RangeError);
    expect(() => placeSizedEnvelopeHeader(new Uint8Array(6), 6, 6)).toThrow(RangeError);
    expect(() => placeSizedEnvelopeHeader(new Uint8Array(200), 2, 200)).toThrow("takes 3 bytes, but only 2 are free");
    expect(() => writeChunk(out, nothing)).toThrow(RangeError);
    expect(() => writeFault(out, "")).toThrow(RangeError);
    expect(out.position).toBe(0);
  });

  it("writes content types without a known octet as text (R-NMF-2.2.3.4.2-1)", () => {
    expect(written((out) => writeEncoding(out, "application/soap+msbin1"))).toBe("0307");
    const compressed = "application/soap+msbinsession1+gzip";
    expect(written((out) => writeEncoding(out, compressed))).toBe(`0423${toHex(Buffer.from(compressed))}`);
  });

  it("writes every record as it was read", () => {
    const hex = "0001000102020361 3a62 0307 0403612f62 0502616200 06026162 07 080161 090161 0a 0b 0c".replaceAll(
      " ",
      "",
    );
    const decoder = new FramingRecordDecoder();
    decoder.push(fromHex(hex));

    const again = written((out) => {
      for (let record = decoder.next(); record !== undefined; record = decoder.next()) writeRecord(out, record);
    });

    expect(again).toBe(hex);
  });

  it("names the thirteen record types and four modes by their octets", () => {
    expect(framingRecordTypes.map(octetOfRecordType)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect([0, 1, 2, 3, 4, 5].map(modeOfOctet)).toEqual([
      undefined,
      "singleton-unsized",
      "duplex",
      "simplex",
      "singleton-sized",
      undefined,
    ]);
    expect(octetOfMode("duplex")).toBe(2);
  });
});

function written(write: (out: ByteWriter) => void): string {
  const out = new ByteWriter(16);
  write(out);
  return toHex(out.view());
}
