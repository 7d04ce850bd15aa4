import { ByteWriter } from "@bowline/protocol/bytes";
import {
  DuplexFraming,
  FramingError,
  type FramingRecord,
  FramingRecordDecoder,
  PreambleInitiator,
  PreambleReceiver,
  writeRecord,
} from "@bowline/protocol/framing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainRecords } from "./framing-records.ts";

const octet = fc.nat({ max: 255 });
const text = fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" });
const payload = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => ({ bytes, from: 0, to: bytes.length }));

const unsizedEnvelope = fc
  .array(payload, { maxLength: 4 })
  .map((chunks): FramingRecord[] => [
    { type: "unsized-envelope" },
    ...chunks.map((chunk) => ({ type: "chunk" as const, ...chunk })),
    { type: "chunks-end" },
  ]);

const records: fc.Arbitrary<FramingRecord[]> = fc
  .array(
    fc.oneof(
      unsizedEnvelope,
      ...[
        fc.record({ type: fc.constant("version" as const), major: octet, minor: octet }),
        fc.record({ type: fc.constant("mode" as const), octet }),
        fc.record({ type: fc.constant("via" as const), via: text }),
        fc.record({ type: fc.constant("known-encoding" as const), octet }),
        fc.record({ type: fc.constant("extensible-encoding" as const), contentType: text }),
        payload.map((message) => ({ type: "sized-envelope" as const, ...message })),
        fc.record({ type: fc.constantFrom("end", "upgrade-response", "preamble-ack", "preamble-end") }),
        fc.record({ type: fc.constant("fault" as const), faultUri: text }),
        fc.record({ type: fc.constant("upgrade-request" as const), upgrade: text }),
      ].map((arbitrary) => (arbitrary as fc.Arbitrary<FramingRecord>).map((record) => [record])),
    ),
    { maxLength: 12 },
  )
  .map((groups) => groups.flat());

/** Random octets, most of them record types and small sizes, so that some way is made into records. */
const noise = fc.array(fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 12 }), octet), { maxLength: 200 });

const limits = {
  maxEnvelopeByteLength: 4096,
  maxViaByteLength: 4096,
  maxContentTypeByteLength: 4096,
  maxUpgradeNameByteLength: 4096,
  maxFaultByteLength: 4096,
};

describe("framing of any stream", () => {
  it("gives back the records that were written, however the stream is split (R-NMF-2.2.2-4)", () => {
    fc.assert(
      fc.property(records, fc.array(fc.nat({ max: 4000 }), { maxLength: 20 }), (written, cuts) => {
        const out = new ByteWriter(16);
        for (const record of written) writeRecord(out, record);
        const bytes = out.copy();
        const expected = written.map((record) =>
          "bytes" in record ? { type: record.type, hex: Buffer.from(record.bytes).toString("hex") } : record,
        );

        expect(plainRecords([bytes], limits)).toEqual(expected);
        expect(plainRecords(split(bytes, cuts), limits)).toEqual(expected);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("keeps several chunks that are pushed before the first pull in order", () => {
    fc.assert(
      fc.property(noise, fc.array(fc.nat({ max: 200 }), { maxLength: 8 }), (octets, cuts) => {
        const bytes = Uint8Array.from(octets);
        expect(outcome([bytes])).toEqual(outcome(split(bytes, cuts)));
      }),
      { seed: 2, numRuns: 500 },
    );
  });

  it("ends on any bytes, and throws nothing but FramingError (R-NMF-2.2.1-1)", () => {
    fc.assert(
      fc.property(noise, (octets) => {
        const bytes = Uint8Array.from(octets);
        outcome([bytes]);
        for (const role of ["initiator", "receiver"] as const) drain(new DuplexFraming(role), bytes);
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it("machines turn any bytes into effects and never throw (R-NMF-3.1.1.2-1)", () => {
    const endpoint = { upgrades: [], accepts: () => true, duplex: true };
    fc.assert(
      fc.property(noise, fc.constantFrom("", "000100", "0001000102", "00010001020203613a620308"), (octets, lead) => {
        const bytes = Buffer.concat([Buffer.from(lead, "hex"), Uint8Array.from(octets)]);
        const receiver = new PreambleReceiver();
        receiver.handle({ type: "connected" }, 0);
        const [first] = receiver.handle({ type: "received", bytes }, 0);
        if (first?.type === "via") receiver.handle({ type: "endpoint", endpoint }, 0);
        receiver.handle({ type: "ended" }, 0);
        expect(["established", "refused"]).toContain(receiver.state);

        const initiator = new PreambleInitiator({ via: "a:b", contentType: "c" });
        initiator.handle({ type: "connected" }, 0);
        initiator.handle({ type: "received", bytes: Uint8Array.from(octets) }, 0);
        initiator.handle({ type: "ended" }, 0);
        expect(["established", "refused"]).toContain(initiator.state);
      }),
      { seed: 4, numRuns: 500 },
    );
  });
});

function split(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((place, index) => bytes.subarray(places[index], place));
}

/** The types that come out of chunks pushed all at once, and the error if there is one. */
function outcome(chunks: readonly Uint8Array[]): readonly string[] {
  const decoder = new FramingRecordDecoder();
  for (const chunk of chunks) decoder.push(chunk);
  const types: string[] = [];
  try {
    for (let record = decoder.next(); record !== undefined; record = decoder.next()) types.push(record.type);
  } catch (error) {
    if (!(error instanceof FramingError)) throw error;
    types.push(`${error.code} ${error.streamOffset}`);
  }
  return types;
}

function drain(framing: DuplexFraming, bytes: Uint8Array): void {
  framing.push(bytes);
  try {
    while (framing.next() !== undefined);
    framing.inputEnded();
  } catch (error) {
    if (!(error instanceof FramingError)) throw error;
    expect(framing.state).toBe("faulted");
  }
}
