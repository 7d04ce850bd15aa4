import type { ByteWriter } from "../bytes/index.ts";
import { RecordType } from "./record-type.table.ts";

/**
 * Writes a whole number as the smallest integer record, as WCF does. [MC-NBFX] 2.2.3
 * @param closes 1 for the record that closes its element as well, else 0
 * @throws RangeError beyond 2^53-1
 */
export function writeIntegerRecord(out: ByteWriter, value: number, closes: 0 | 1): void {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a whole number up to 2^53-1`);
  if (value === 0) out.byte(RecordType.zeroText + closes);
  else if (value === 1) out.byte(RecordType.oneText + closes);
  else if (value >= -0x80 && value < 0x80) {
    out.byte(RecordType.int8Text + closes);
    out.byte(value & 0xff);
  } else if (value >= -0x8000 && value < 0x8000) {
    out.byte(RecordType.int16Text + closes);
    out.uint16(value & 0xffff);
  } else if (value >= -0x80000000 && value < 0x80000000) {
    out.byte(RecordType.int32Text + closes);
    out.int32(value);
  } else {
    out.byte(RecordType.int64Text + closes);
    const high = Math.floor(value / 0x1_0000_0000);
    out.int32((value - high * 0x1_0000_0000) | 0);
    out.int32(high);
  }
}

/** Bytes of the record that `writeIntegerRecord` writes. */
export function integerRecordByteLength(value: number): number {
  if (value === 0 || value === 1) return 1;
  if (value >= -0x80 && value < 0x80) return 2;
  if (value >= -0x8000 && value < 0x8000) return 3;
  return value >= -0x80000000 && value < 0x80000000 ? 5 : 9;
}
