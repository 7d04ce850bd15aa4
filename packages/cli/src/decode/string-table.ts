import type { ReaderDictionary } from "@bowline/protocol/binary-xml";
import type { ByteRow } from "./envelope.ts";

const clause = "[MC-NBFSE] 2.1";

/**
 * Says what each byte of the string table `payload[0, to)` is, which `dictionary` has read before.
 * @param firstId the wire id of its first string
 */
export function stringTableRows(
  payload: Uint8Array,
  to: number,
  firstId: number,
  dictionary: ReaderDictionary,
): ByteRow[] {
  const rows: ByteRow[] = [];
  const row = (offset: number, end: number, meaning: string): void => {
    rows.push({ offset, byteLength: end - offset, depth: 0, meaning, clause });
  };
  const table = multiByteInt31(payload, 0);
  row(0, table.end, table.value === 0 ? "no new strings" : `string table of ${table.value} bytes`);
  let at = table.end;
  for (let id = firstId; at < to; id += 2) {
    const text = multiByteInt31(payload, at);
    row(at, text.end + text.value, `string ${id} ${JSON.stringify(dictionary.lookup(id)?.value)}`);
    at = text.end + text.value;
  }
  return rows;
}

/** A size in groups of 7 bits, the low one first; [MC-NBFX] 2.1.2. The dictionary refused those that are none. */
function multiByteInt31(bytes: Uint8Array, from: number): { readonly value: number; readonly end: number } {
  let value = 0;
  let at = from;
  for (let shift = 0; ; shift += 7) {
    const octet = bytes[at++]!;
    value |= (octet & 0x7f) << shift;
    if (octet < 0x80) return { value, end: at };
  }
}
