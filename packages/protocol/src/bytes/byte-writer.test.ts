import { describe, expect, it } from "vitest";
import { ByteWriter } from "./index.ts";

describe("a byte writer that is used for one message after the other", () => {
  it("hands out what was written without a copy, which later writes leave alone", () => {
    const writer = new ByteWriter(16);
    writer.write(new Uint8Array(1000).fill(1));
    const taken = writer.take(16);

    writer.write(new Uint8Array(1000).fill(2));
    writer.float64(1.5);

    expect(taken).toEqual(new Uint8Array(1000).fill(1));
    expect(writer.position).toBe(1008);
    expect(new DataView(writer.bytes.buffer).getFloat64(1000, true)).toBe(1.5);
  });

  it("lets the buffer of an unusual message go, and keeps a usual one", () => {
    const writer = new ByteWriter(16);
    writer.write(new Uint8Array(1000));
    writer.resetTo(64);
    expect([writer.position, writer.bytes.length]).toEqual([0, 64]);

    const { bytes } = writer;
    writer.int32(7);
    writer.resetTo(64);
    expect(writer.position).toBe(0);
    expect(writer.bytes).toBe(bytes);
  });
});
