import type { DictionaryString } from "../xml/index.ts";
import { XmlError } from "../xml/index.ts";
import { type StringTable, staticDictionary } from "./dictionary-string.ts";
import { arrayItemByteLength, fixedTextByteLength, RecordType } from "./record-type.table.ts";

const noBytes = new Uint8Array(0);

/**
 * Walks the parts of binary XML records within `[at, end)` and never beyond: numbers, strings, payloads. All methods move `at`
 * past what they read and throw `XmlError`.
 */
export class RecordCursor {
  bytes: Uint8Array = noBytes;
  at = 0;
  end = 0;
  table: StringTable = staticDictionary;
  /** Where the payload of the last text record or string begins and ends, without its length. */
  valueFrom = 0;
  valueTo = 0;

  reset(bytes: Uint8Array, from: number, to: number, table: StringTable): void {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
    this.table = table;
  }

  byte(): number {
    if (this.at >= this.end) throw this.unexpectedEnd();
    return this.bytes[this.at++]!;
  }

  /** A size: 7-bit groups, low group first, at most 31 bits. Longer forms than needed are accepted, as WCF does. [MC-NBFX] 2.1.2 */
  multiByteInt31(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; shift < 28; shift += 7) {
      const next = this.byte();
      value |= (next & 0x7f) << shift;
      if (next < 0x80) return value;
    }
    const last = this.byte();
    if ((last & 0xf8) !== 0) throw this.illFormed("a size has more than 31 bits", this.at - 1);
    return value | (last << 28);
  }

  /** A string: sets `valueFrom` and `valueTo`. */
  string(): void {
    this.#value(this.multiByteInt31());
  }

  dictionaryString(): DictionaryString {
    const start = this.at;
    const id = this.multiByteInt31();
    const entry = this.table.lookup(id);
    if (entry !== undefined) return entry;
    const where = (id & 1) === 0 ? "the static dictionary" : "the session's string table";
    throw new XmlError("XML_UNKNOWN_DICTIONARY_ID", `${where} has no string with id ${id}`, { offset: start });
  }

  /** The payload of a text record whose (even) type was read: sets `valueFrom` and `valueTo`. */
  textPayload(type: number): void {
    const fixed = fixedTextByteLength[(type - 0x80) >> 1];
    if (fixed === undefined) throw this.#reserved(type);
    if (fixed >= 0) {
      this.#value(fixed);
      return;
    }
    this.#variablePayload(type);
    if (
      type >= RecordType.unicodeChars8Text &&
      type <= RecordType.unicodeChars32Text &&
      (this.valueTo - this.valueFrom) % 2 === 1
    ) {
      throw this.illFormed("UTF-16 text has an odd count of bytes", this.valueFrom);
    }
  }

  #variablePayload(type: number): void {
    switch (type) {
      case RecordType.chars8Text:
      case RecordType.bytes8Text:
      case RecordType.unicodeChars8Text:
        this.#value(this.byte());
        break;
      case RecordType.chars16Text:
      case RecordType.bytes16Text:
      case RecordType.unicodeChars16Text:
        this.#value(this.byte() | (this.byte() << 8));
        break;
      case RecordType.chars32Text:
      case RecordType.bytes32Text:
      case RecordType.unicodeChars32Text:
        this.#value(this.#length32());
        break;
      case RecordType.dictionaryText:
        this.valueFrom = this.at;
        this.dictionaryString();
        this.valueTo = this.at;
        break;
      case RecordType.qnameDictionaryText:
        this.#qname();
        break;
      case RecordType.startListText:
        this.#list();
        break;
      default:
        throw this.#reserved(type);
    }
  }

  /** The rest of an array record after its element: type and count; moves over the values. Returns the type; `valueFrom` is the first value. */
  arrayValues(): number {
    const start = this.at;
    const record = this.byte();
    const itemByteLength = (record & 1) === 1 ? arrayItemByteLength(record & 0xfe) : 0;
    if (itemByteLength === 0) throw this.illFormed(`an array cannot be made of records ${hexByte(record)}`, start);
    const count = this.multiByteInt31();
    if (count === 0) throw this.illFormed("an array record has no values", start);
    this.#value(count * itemByteLength);
    return record & 0xfe;
  }

  illFormed(message: string, offset: number): XmlError {
    return new XmlError("XML_ILL_FORMED", message, { offset });
  }

  unexpectedEnd(): XmlError {
    return new XmlError("XML_UNEXPECTED_END", "the document ends within a record", { offset: this.end });
  }

  #value(byteLength: number): void {
    const from = this.at;
    if (byteLength > this.end - from) throw this.unexpectedEnd();
    this.valueFrom = from;
    this.valueTo = from + byteLength;
    this.at = this.valueTo;
  }

  #length32(): number {
    const low = this.byte() | (this.byte() << 8) | (this.byte() << 16);
    const high = this.byte();
    if (high >= 0x80) throw this.illFormed("a length is negative", this.at - 4);
    return low + high * 0x1000000;
  }

  #qname(): void {
    const from = this.at;
    const letter = this.byte();
    if (letter > 25) throw this.illFormed(`the prefix of a QName is letter ${letter}; 0 to 25 exist`, from);
    this.dictionaryString();
    this.valueFrom = from;
    this.valueTo = this.at;
  }

  /** Items up to the end of the list; lists do not nest and items do not close elements. */
  #list(): void {
    const from = this.at;
    for (;;) {
      const start = this.at;
      const type = this.byte();
      if (type === RecordType.endListText) break;
      if (type < 0x80 || (type & 1) === 1 || type === RecordType.startListText) {
        throw this.illFormed(`record ${hexByte(type)} stands in a list`, start);
      }
      this.textPayload(type);
    }
    this.valueFrom = from;
    this.valueTo = this.at - 1;
  }

  #reserved(type: number): XmlError {
    return this.illFormed(`record ${hexByte(type)} does not exist`, this.at - 1);
  }
}

/** A record byte for messages. */
export function hexByte(record: number): string {
  return `0x${record.toString(16).padStart(2, "0")}`;
}
