import { toHex } from "@bowline/protocol/bytes";
import { type FramingLimits, type FramingRecord, FramingRecordDecoder } from "@bowline/protocol/framing";

/** A record with its message in hex, fit to be compared. */
export type PlainRecord = { readonly type: FramingRecord["type"]; readonly hex?: string };

/** The records of a stream that comes in these chunks; each chunk is wiped once the decoder has let go of it. */
export function plainRecords(
  chunks: readonly Uint8Array[],
  limits: Partial<FramingLimits> = {},
): readonly PlainRecord[] {
  const decoder = new FramingRecordDecoder(limits);
  const records: PlainRecord[] = [];
  for (const chunk of chunks) {
    const borrowed = chunk.slice();
    decoder.push(borrowed);
    for (let record = decoder.next(); record !== undefined; record = decoder.next()) records.push(plainRecord(record));
    borrowed.fill(0xee);
  }
  return records;
}

function plainRecord(record: FramingRecord): PlainRecord {
  if (record.type !== "sized-envelope" && record.type !== "chunk") return record;
  return { type: record.type, hex: toHex(record.bytes.subarray(record.from, record.to)) };
}
