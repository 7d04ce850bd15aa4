import { pureUtf8, toBase64, type Utf8Codec } from "../bytes/index.ts";
import {
  DateTime,
  type DateTimeKind,
  Duration,
  decimalText,
  doubleText,
  floatText,
  guidTextOfBytes,
  XmlError,
} from "../xml/index.ts";
import { type StringTable, staticDictionary } from "./dictionary-string.ts";
import { RecordCursor } from "./record-cursor.ts";
import { RecordType } from "./record-type.table.ts";

/** Below this many bytes the loop of the core beats the call into the host's codec. */
const shortTextByteLength = 32;
const noBytes = new Uint8Array(0);
const scratch = new Uint8Array(8);
const scratchView = new DataView(scratch.buffer);

/**
 * The payload of one text record, decoded when asked. Reused from record to record.
 *
 * `type` is the even record byte, or `joinedText` for a value that lay in several records.
 */
export class TextRecord {
  bytes: Uint8Array = noBytes;
  type: number = RecordType.emptyText;
  from = 0;
  to = 0;
  table: StringTable = staticDictionary;
  joined = "";
  readonly #utf8: Utf8Codec;
  #listCursor: RecordCursor | undefined;

  constructor(utf8: Utf8Codec) {
    this.#utf8 = utf8;
  }

  /** The value as XML text (not escaped). @throws XmlError on ill-formed UTF-8 */
  text(): string {
    const { bytes, from } = this;
    switch (this.type) {
      case RecordType.chars8Text:
      case RecordType.chars16Text:
      case RecordType.chars32Text:
        return this.#chars();
      case RecordType.emptyText:
        return "";
      case joinedText:
        return this.joined;
      case RecordType.dictionaryText:
        return this.#dictionaryString(from);
      case RecordType.qnameDictionaryText:
        return `${String.fromCharCode(0x61 + bytes[from]!)}:${this.#dictionaryString(from + 1)}`;
      case RecordType.unicodeChars8Text:
      case RecordType.unicodeChars16Text:
      case RecordType.unicodeChars32Text:
        return this.#utf16();
      case RecordType.bytes8Text:
      case RecordType.bytes16Text:
      case RecordType.bytes32Text:
        return toBase64(bytes, from, this.to);
      case RecordType.startListText:
        return this.#list();
      default:
        return this.#scalarText();
    }
  }

  /** True for text in characters, where the value itself has to be parsed. */
  get isCharacters(): boolean {
    switch (this.type) {
      case RecordType.chars8Text:
      case RecordType.chars16Text:
      case RecordType.chars32Text:
      case RecordType.unicodeChars8Text:
      case RecordType.unicodeChars16Text:
      case RecordType.unicodeChars32Text:
      case RecordType.dictionaryText:
      case RecordType.emptyText:
      case RecordType.startListText:
      case joinedText:
        return true;
      default:
        return false;
    }
  }

  get isBytes(): boolean {
    return this.type >= RecordType.bytes8Text && this.type <= RecordType.bytes32Text;
  }

  /** The integer in an integer record of up to 32 bits or in a small 64-bit one; undefined for other records and sizes. */
  smallInteger(): number | undefined {
    const { bytes, from } = this;
    switch (this.type) {
      case RecordType.zeroText:
        return 0;
      case RecordType.oneText:
        return 1;
      case RecordType.int8Text:
        return (bytes[from]! << 24) >> 24;
      case RecordType.int16Text:
        return ((bytes[from]! | (bytes[from + 1]! << 8)) << 16) >> 16;
      case RecordType.int32Text:
        return this.#int32(from);
      case RecordType.int64Text: {
        const value = this.#int32(from + 4) * 0x1_0000_0000 + (this.#int32(from) >>> 0);
        return Number.isSafeInteger(value) ? value : undefined;
      }
      case RecordType.uint64Text: {
        const value = (this.#int32(from + 4) >>> 0) * 0x1_0000_0000 + (this.#int32(from) >>> 0);
        return Number.isSafeInteger(value) ? value : undefined;
      }
      default:
        return undefined;
    }
  }

  /** The integer in an integer record of any size; undefined for other records. */
  bigInteger(): bigint | undefined {
    const small = this.smallInteger();
    if (small !== undefined) return BigInt(small);
    if (this.type === RecordType.int64Text) return this.int64();
    return this.type === RecordType.uint64Text ? BigInt.asUintN(64, this.int64()) : undefined;
  }

  /** The value of a float or double record; undefined for other records. */
  floatingPoint(): number | undefined {
    if (this.type === RecordType.doubleText) {
      this.#load8();
      return scratchView.getFloat64(0, true);
    }
    if (this.type !== RecordType.floatText) return undefined;
    scratchView.setInt32(0, this.#int32(this.from), true);
    return scratchView.getFloat32(0, true);
  }

  boolean(): boolean | undefined {
    switch (this.type) {
      case RecordType.trueText:
      case RecordType.oneText:
        return true;
      case RecordType.falseText:
      case RecordType.zeroText:
        return false;
      case RecordType.boolText:
        return this.bytes[this.from] !== 0;
      default:
        return undefined;
    }
  }

  /** The eight bytes of the payload as a signed number. */
  int64(): bigint {
    this.#load8();
    return scratchView.getBigInt64(0, true);
  }

  /** Of a DateTime record. @throws XmlError when the ticks or the kind do not exist */
  dateTime(): DateTime {
    const raw = BigInt.asUintN(64, this.int64());
    const kind = dateTimeKinds[Number(raw >> 62n)];
    if (kind === undefined) throw this.#illFormed("a date has kind 3, which does not exist");
    const ticks = raw & 0x3fff_ffff_ffff_ffffn;
    try {
      if (kind === "utc") return DateTime.utc(ticks);
      return kind === "local" ? DateTime.local(ticks) : DateTime.unspecified(ticks);
    } catch (cause) {
      throw this.#illFormed((cause as RangeError).message);
    }
  }

  duration(): Duration {
    return new Duration(this.int64());
  }

  #scalarText(): string {
    const { bytes, from } = this;
    const integer = this.bigInteger();
    if (integer !== undefined) return integer.toString();
    switch (this.type) {
      case RecordType.falseText:
        return "false";
      case RecordType.trueText:
        return "true";
      case RecordType.boolText:
        return bytes[from] === 0 ? "false" : "true";
      case RecordType.floatText:
        return floatText(this.floatingPoint()!);
      case RecordType.doubleText:
        return doubleText(this.floatingPoint()!);
      case RecordType.decimalText:
        return this.#decimal();
      case RecordType.dateTimeText:
        return this.dateTime().toString();
      case RecordType.timeSpanText:
        return this.duration().toString();
      case RecordType.uuidText:
        return guidTextOfBytes(bytes, from);
      case RecordType.uniqueIdText:
        return `urn:uuid:${guidTextOfBytes(bytes, from)}`;
      default:
        throw this.#illFormed(`no text for record ${this.type}`);
    }
  }

  #chars(): string {
    const { bytes, from, to } = this;
    return charsText(this.#utf8, bytes, from, to);
  }

  #utf16(): string {
    const { bytes, from, to } = this;
    let text = "";
    for (let at = from; at < to; at += 2) text += String.fromCharCode(bytes[at]! | (bytes[at + 1]! << 8));
    return text;
  }

  #decimal(): string {
    const { bytes, from } = this;
    const scale = bytes[from + 2]!;
    const sign = bytes[from + 3]!;
    if (bytes[from] !== 0 || bytes[from + 1] !== 0 || scale > 28 || (sign & 0x7f) !== 0) {
      throw this.#illFormed("a decimal has flags other than sign and a scale up to 28");
    }
    const high = BigInt(this.#int32(from + 4) >>> 0);
    const middle = BigInt(this.#int32(from + 12) >>> 0);
    const low = BigInt(this.#int32(from + 8) >>> 0);
    return decimalText({ negative: sign !== 0, scale, magnitude: (high << 64n) | (middle << 32n) | low });
  }

  /** Items joined by one space. The list was walked once when it was read, so it is well-formed. */
  #list(): string {
    const cursor = (this.#listCursor ??= new RecordCursor());
    cursor.reset(this.bytes, this.from, this.to, this.table);
    const item = new TextRecord(this.#utf8);
    item.bytes = this.bytes;
    item.table = this.table;
    const items: string[] = [];
    while (cursor.at < cursor.end) {
      item.type = cursor.byte();
      cursor.textPayload(item.type);
      item.from = cursor.valueFrom;
      item.to = cursor.valueTo;
      items.push(item.text());
    }
    return items.join(" ");
  }

  /** The id was looked up when the record was read, so it exists. */
  #dictionaryString(from: number): string {
    let id = 0;
    let shift = 0;
    let at = from;
    for (; this.bytes[at]! >= 0x80; at++, shift += 7) id |= (this.bytes[at]! & 0x7f) << shift;
    id |= this.bytes[at]! << shift;
    const entry = this.table.lookup(id);
    if (entry === undefined)
      throw new XmlError("XML_UNKNOWN_DICTIONARY_ID", `no string has id ${id}`, { offset: from });
    return entry.value;
  }

  #int32(from: number): number {
    const { bytes } = this;
    return bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16) | (bytes[from + 3]! << 24);
  }

  #load8(): void {
    for (let index = 0; index < 8; index++) scratch[index] = this.bytes[this.from + index]!;
  }

  #illFormed(message: string): XmlError {
    return new XmlError("XML_ILL_FORMED", message, { offset: this.from });
  }
}

/** The type of a value that lay in several text records. */
export const joinedText = 0;

/** The UTF-8 text of `bytes[from, to)`. @throws XmlError when it is not UTF-8 */
export function charsText(utf8: Utf8Codec, bytes: Uint8Array, from: number, to: number): string {
  try {
    return (to - from <= shortTextByteLength ? pureUtf8 : utf8).decode(bytes, from, to);
  } catch (cause) {
    throw new XmlError("XML_ILL_FORMED", `text is not UTF-8: ${(cause as Error).message}`, { offset: from, cause });
  }
}

const dateTimeKinds: readonly (DateTimeKind | undefined)[] = ["unspecified", "utc", "local", undefined];
