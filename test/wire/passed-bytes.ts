import { readFileSync } from "node:fs";
import { fromHex } from "@bowline/protocol/bytes";
import { FramingRecordDecoder } from "@bowline/protocol/framing";
import { plainRecords } from "./framing-records.ts";
import type { PassedBytes } from "./pcap.ts";

/** A line of a recording that says what happened to a connection. */
export interface PassedEvent {
  readonly connection: number;
  readonly event: string;
}

/** Reads a recording in the format of test/captures. */
export function readRecording(file: string | URL): {
  readonly passed: readonly PassedBytes[];
  readonly events: readonly PassedEvent[];
} {
  const lines = readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as (PassedBytes & { readonly hex: string }) | PassedEvent);
  return {
    passed: lines
      .filter((line) => "hex" in line)
      .map(({ connection, from, atMs, hex }) => ({ connection, from, atMs, bytes: fromHex(hex) })),
    events: lines.filter((line) => "event" in line),
  };
}

/**
 * The same bytes in parts that end where a record does, each at the time when its last record was whole, and by stream (such as
 * `0 client`) those of a record that never got its rest.
 */
export function wholeRecords(passed: readonly PassedBytes[]): {
  readonly whole: readonly PassedBytes[];
  readonly unfinished: Readonly<Record<string, Uint8Array>>;
} {
  const streams = new Map<string, { readonly decoder: FramingRecordDecoder; from: number; pending: Uint8Array }>();
  const whole: PassedBytes[] = [];
  for (const part of passed) {
    const stream = streams.get(streamOf(part)) ?? {
      decoder: new FramingRecordDecoder(generous),
      from: 0,
      pending: new Uint8Array(),
    };
    streams.set(streamOf(part), stream);
    stream.pending = Buffer.concat([stream.pending, part.bytes]);
    stream.decoder.push(part.bytes.slice());
    let to = stream.from;
    while (stream.decoder.next() !== undefined) to = stream.decoder.streamOffset;
    const byteLength = to - stream.from;
    if (byteLength > 0) whole.push({ ...part, bytes: stream.pending.subarray(0, byteLength) });
    stream.pending = stream.pending.subarray(byteLength);
    stream.from = to;
  }
  const unfinished = [...streams].filter(([, { pending }]) => pending.length > 0);
  return { whole, unfinished: Object.fromEntries(unfinished.map(([key, { pending }]) => [key, pending])) };
}

/** What our own decoder makes of the bytes, as `dissect` tells what tshark does. */
export function ownReading(passed: readonly PassedBytes[]): Record<string, string[]> {
  const streams = new Map<string, Uint8Array[]>();
  for (const part of passed) {
    const chunks = streams.get(streamOf(part)) ?? [];
    chunks.push(part.bytes);
    streams.set(streamOf(part), chunks);
  }
  return Object.fromEntries(
    [...streams].map(([key, chunks]) => [
      key,
      plainRecords(chunks, generous).map(({ type, hex = "" }) => {
        const number = typeNumbers[type];
        return type === "sized-envelope" ? `${number}:${hex.length / 2}` : `${number}`;
      }),
    ]),
  );
}

function streamOf({ connection, from }: PassedBytes): string {
  return `${connection} ${from}`;
}

const generous = { maxEnvelopeByteLength: 2 ** 20 };

/** The numbers of record types, [MC-NMF] 2.2.1. */
const typeNumbers: Readonly<Record<string, number>> = {
  version: 0,
  mode: 1,
  via: 2,
  "known-encoding": 3,
  "extensible-encoding": 4,
  "sized-envelope": 6,
  end: 7,
  fault: 8,
  "preamble-ack": 11,
  "preamble-end": 12,
};
