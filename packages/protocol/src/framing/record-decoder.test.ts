import { describe, expect, it } from "vitest";
import { fromHex } from "../bytes/index.ts";
import { FramingError, type FramingLimits, type FramingRecord, FramingRecordDecoder } from "./index.ts";

describe("FramingRecordDecoder", () => {
  it("reads every record type (R-NMF-2.2.1-1)", () => {
    expect(decode("000105")).toEqual([{ type: "version", major: 1, minor: 5 }]);
    expect(decode("0102")).toEqual([{ type: "mode", octet: 2 }]);
    expect(decode("0203613a62")).toEqual([{ type: "via", via: "a:b" }]);
    expect(decode("0308")).toEqual([{ type: "known-encoding", octet: 8 }]);
    expect(decode("0403612f62")).toEqual([{ type: "extensible-encoding", contentType: "a/b" }]);
    expect(decode("050261620163 00".replaceAll(" ", ""))).toEqual([
      { type: "unsized-envelope" },
      { type: "chunk", hex: "6162" },
      { type: "chunk", hex: "63" },
      { type: "chunks-end" },
    ]);
    expect(decode("06026162")).toEqual([{ type: "sized-envelope", hex: "6162" }]);
    expect(decode("07")).toEqual([{ type: "end" }]);
    expect(decode("080161")).toEqual([{ type: "fault", faultUri: "a" }]);
    expect(decode("090161")).toEqual([{ type: "upgrade-request", upgrade: "a" }]);
    expect(decode("0a0b0c")).toEqual([
      { type: "upgrade-response" },
      { type: "preamble-ack" },
      { type: "preamble-end" },
    ]);
  });

  it("refuses every other type octet without a fault (R-NMF-2.2.1-1)", () => {
    for (let octet = 0x0d; octet <= 0xff; octet++) {
      const error = failure(`07${octet.toString(16).padStart(2, "0")}`);
      expect(error).toMatchObject({ code: "FRAMING_RECORD_UNKNOWN", streamOffset: 1, faultUri: undefined });
    }
  });

  it("guesses the protocol of a peer that does not frame at all (R-NMF-2.2.1-2)", () => {
    expect(failure("48545450").message).toContain("is this an HTTP server?");
    expect(failure("68").message).toContain("is this an HTTP server?");
    for (const first of ["47", "50", "44", "4f"]) expect(failure(first).message).toContain("is this an HTTP client?");
    expect(failure("1603").message).toContain("TLS");
    expect(failure("0748").message).not.toContain("HTTP");
  });

  it("reads sizes in overlong form (R-NMF-2.2.2-2)", () => {
    expect(decode("0681006106818080800061")).toEqual([
      { type: "sized-envelope", hex: "61" },
      { type: "sized-envelope", hex: "61" },
    ]);
    expect(decode("05016180808080 00".replaceAll(" ", ""))).toContainEqual({ type: "chunks-end" });
  });

  it("takes a size of 2^31-1 for what it is and refuses more (R-NMF-2.2.2-3)", () => {
    const maxEnvelopeByteLength = 2 ** 31 - 1;

    expect(decode("06ffffffff07", { maxEnvelopeByteLength })).toEqual([]);
    expect(failure("06ffffffff07", { maxEnvelopeByteLength: maxEnvelopeByteLength - 1 }).message).toContain(
      "takes 2147483647 bytes",
    );
    for (const fifth of ["08", "10", "40", "80", "87", "ff"]) {
      const error = failure(`06ffffffff${fifth}`, { maxEnvelopeByteLength });
      expect(error).toMatchObject({ code: "FRAMING_SIZE_INVALID", faultUri: undefined });
    }
  });

  it("refuses a size of 0 but for the end of chunks (R-NMF-2.2.2-5)", () => {
    for (const hex of ["0200", "0400", "0600", "0800", "0900", "06808000"]) {
      expect(failure(hex)).toMatchObject({ code: "FRAMING_SIZE_INVALID", faultUri: undefined, streamOffset: 0 });
    }
    expect(decode("0500")).toEqual([{ type: "unsized-envelope" }, { type: "chunks-end" }]);
  });

  it("refuses text that is not UTF-8 (R-NMF-2.2.3.3-1)", () => {
    for (const hex of ["0202c080", "0401ff", "0803eda080", "0901e2"]) {
      expect(failure(hex)).toMatchObject({ code: "FRAMING_TEXT_INVALID", faultUri: undefined });
    }
  });

  it.each([
    ["R-NMF-2.2.3.3-2", "02", "maxViaByteLength", 2048, "FRAMING_VIA_TOO_LONG"],
    ["R-NMF-2.2.3.4.2-1", "04", "maxContentTypeByteLength", 256, "FRAMING_CONTENT_TYPE_TOO_LONG"],
    ["R-NMF-2.2.5-3", "08", "maxFaultByteLength", 256, "FRAMING_FAULT_TOO_LONG"],
    ["R-NMF-2.2.3.5-1", "09", "maxUpgradeNameByteLength", 256, "FRAMING_UPGRADE_NAME_TOO_LONG"],
    ["R-NMF-2.2.4.1-1", "06", "maxEnvelopeByteLength", 65_536, "FRAMING_MAX_MESSAGE_SIZE_EXCEEDED"],
    ["R-NMF-2.2.4.3-1", "05", "maxEnvelopeByteLength", 65_536, "FRAMING_MAX_MESSAGE_SIZE_EXCEEDED"],
  ] as const)("%s holds record %s to %s of %i", (_id, type, limit, byteLength, code) => {
    expect(decode(type + sizeHex(byteLength) + "61".repeat(byteLength)).length).toBeGreaterThanOrEqual(1);

    const error = failure(type + sizeHex(byteLength + 1));
    expect(error.code).toBe(code);
    expect(error.message).toContain(`${byteLength + 1} bytes, over the limit ${limit} of ${byteLength}`);
    expect(error.faultUri?.endsWith("/MaxMessageSizeExceededFault")).toBe(
      code === "FRAMING_MAX_MESSAGE_SIZE_EXCEEDED" ? true : undefined,
    );

    expect(decode(`${type}026161`, { [limit]: 2 }).length).toBeGreaterThanOrEqual(1);
    expect(failure(`${type}03`, { [limit]: 2 }).code).toBe(code);
  });

  it("bounds the sum of the chunks of one unsized envelope (R-NMF-2.2.4.3-1)", () => {
    const limits = { maxEnvelopeByteLength: 3 };

    expect(decode("05026161016100 05036161 6100".replaceAll(" ", ""), limits)).toHaveLength(7);
    const error = failure("0502616102", limits);
    expect(error).toMatchObject({ code: "FRAMING_MAX_MESSAGE_SIZE_EXCEEDED" });
    expect(error.message).toContain("takes 4 bytes");
  });

  it("refuses impossible limits", () => {
    for (const value of [0, -1, 1.5, 2 ** 31, Number.NaN]) {
      expect(() => new FramingRecordDecoder({ maxViaByteLength: value })).toThrow(RangeError);
    }
  });

  it("hands on a message in one chunk as a view, and the record object again with the next (R-NMF-2.2.4.1-2)", () => {
    const decoder = new FramingRecordDecoder();
    const chunk = fromHex("060261620603636465");
    decoder.push(chunk);

    const first = decoder.next();
    expect(first).toMatchObject({ type: "sized-envelope", from: 2, to: 4 });
    expect((first as { bytes: Uint8Array }).bytes).toBe(chunk);

    const second = decoder.next();
    expect(second).toBe(first);
    expect(second).toMatchObject({ from: 6, to: 9 });
  });

  it("copies a message that two chunks share, so that the first chunk may be used again (R-NMF-2.2.2-4)", () => {
    const decoder = new FramingRecordDecoder();
    const chunk = fromHex("06036162");
    decoder.push(chunk);
    expect(decoder.next()).toBeUndefined();

    chunk.fill(0);
    decoder.push(fromHex("63"));

    expect(plain(decoder.next())).toEqual({ type: "sized-envelope", hex: "616263" });
  });

  it("gathers a message of many chunks beyond its first buffer", () => {
    const byteLength = 3_000_000;
    const decoder = new FramingRecordDecoder({ maxEnvelopeByteLength: byteLength });
    const message = Uint8Array.from({ length: byteLength }, (_, index) => index % 251);
    decoder.push(fromHex(`06${sizeHex(byteLength)}`));
    for (let at = 0; at < byteLength; at += 60_000) decoder.push(message.subarray(at, at + 60_000));

    const record = decoder.next();

    expect(record).toMatchObject({ type: "sized-envelope", from: 0, to: byteLength });
    const { bytes } = record as { bytes: Uint8Array };
    expect(bytes.every((value, index) => value === index % 251)).toBe(true);
  });

  it("names the record that is being read before it is whole", () => {
    const decoder = new FramingRecordDecoder();
    expect(decoder.peekType()).toBeUndefined();
    decoder.push(fromHex("0210"));
    expect(decoder.peekType()).toBe("via");
    expect(decoder.next()).toBeUndefined();
    expect(decoder.peekType()).toBe("via");
    expect(decoder.isBetweenRecords).toBe(false);
  });

  it("counts offsets from where the stream was taken over, and hands over the unread rest", () => {
    const decoder = new FramingRecordDecoder({}, 100);
    decoder.push(fromHex("0707"));
    decoder.push(new Uint8Array(0));
    decoder.push(fromHex("1603"));
    decoder.push(fromHex("01"));
    expect(decoder.next()).toEqual({ type: "end" });
    expect(decoder.streamOffset).toBe(101);
    expect(decoder.unreadByteLength).toBe(4);

    expect(decoder.takeRest()).toEqual(fromHex("07160301"));

    expect(decoder.streamOffset).toBe(101);
    expect(decoder.unreadByteLength).toBe(0);
    expect(decoder.isBetweenRecords).toBe(true);
    expect(decoder.takeRest()).toHaveLength(0);
    decoder.push(fromHex("ff"));
    expect(() => decoder.next()).toThrow("(at byte 101)");
  });

  it("is spent once it threw", () => {
    const decoder = new FramingRecordDecoder();
    decoder.push(fromHex("ff07"));
    expect(() => decoder.peekType()).toThrow(FramingError);
    expect(() => decoder.next()).toThrow("a framing decoder that threw is not used again");
    expect(() => decoder.takeRest()).toThrow("between two records");
  });
});

function decode(hex: string, limits: Partial<FramingLimits> = {}): unknown[] {
  const decoder = new FramingRecordDecoder(limits);
  decoder.push(fromHex(hex));
  const records: unknown[] = [];
  for (let record = decoder.next(); record !== undefined; record = decoder.next()) records.push(plain(record));
  return records;
}

function plain(record: FramingRecord | undefined): unknown {
  if (record?.type !== "sized-envelope" && record?.type !== "chunk") return record;
  return { type: record.type, hex: Buffer.from(record.bytes.subarray(record.from, record.to)).toString("hex") };
}

function failure(hex: string, limits: Partial<FramingLimits> = {}): FramingError {
  try {
    decode(hex, limits);
  } catch (error) {
    if (error instanceof FramingError) return error;
    throw error;
  }
  throw new Error(`${hex} was read without an error`);
}

function sizeHex(size: number): string {
  const octets: number[] = [];
  let rest = size;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) octets.push((rest % 0x80) + 0x80);
  return Buffer.from([...octets, rest]).toString("hex");
}
