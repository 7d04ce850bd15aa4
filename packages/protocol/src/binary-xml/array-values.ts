import type { RecordCursor } from "./record-cursor.ts";
import { arrayItemByteLength, RecordType } from "./record-type.table.ts";

/** The values of an array record, which stand for as many elements of one name. [MC-NBFX] 2.2.1.4 */
export class ArrayValues {
  /** Values not yet passed, the current one included. */
  left = 0;
  /** The text record that each value would be in an element of its own. */
  type = 0;
  #at = 0;

  /** Takes over the rest of an array record behind its element's start tag; the cursor ends behind the last value. */
  begin(cursor: RecordCursor): void {
    const end = cursor.at;
    if (cursor.byte() !== RecordType.endElement)
      throw cursor.illFormed("an array's element has content of its own", end);
    this.type = cursor.arrayValues();
    this.#at = cursor.valueFrom;
    this.left = (cursor.valueTo - cursor.valueFrom) / arrayItemByteLength(this.type);
  }

  /** Points the cursor's value at the next one. */
  take(cursor: RecordCursor): void {
    cursor.valueFrom = this.#at;
    cursor.valueTo = this.#at += arrayItemByteLength(this.type);
  }
}
