import { pureUtf8 } from "../bytes/index.ts";
import { XmlError } from "../xml/index.ts";
import { type StringTable, staticDictionary } from "./dictionary-string.ts";
import { hexByte, RecordCursor } from "./record-cursor.ts";
import {
  arrayItemByteLength,
  hasPrefixString,
  isDeclaration,
  isDictionaryName,
  RecordType,
  recordClause,
  recordName,
} from "./record-type.table.ts";
import { charsText, TextRecord } from "./text-record.ts";

/** One record of a document, for people. */
export interface ExplainedRecord {
  readonly offset: number;
  readonly byteLength: number;
  /** Elements open around it. */
  readonly depth: number;
  /** The record's name in [MC-NBFX] and what it says here. */
  readonly meaning: string;
  readonly clause: string;
}

/**
 * Takes a document or fragment apart, record by record. Ill-formed bytes give a last entry that says what is wrong and where; nothing
 * is thrown.
 */
export function explain(
  bytes: Uint8Array,
  from = 0,
  to: number = bytes.length,
  dictionary: StringTable = staticDictionary,
): ExplainedRecord[] {
  const explainer = new Explainer(bytes, from, to, dictionary);
  explainer.run();
  return explainer.records;
}

class Explainer {
  readonly records: ExplainedRecord[] = [];
  readonly #cursor = new RecordCursor();
  readonly #text = new TextRecord(pureUtf8);
  #depth = 0;
  #isArray = false;

  constructor(bytes: Uint8Array, from: number, to: number, table: StringTable) {
    this.#cursor.reset(bytes, from, to, table);
    this.#text.bytes = bytes;
    this.#text.table = table;
  }

  run(): void {
    const cursor = this.#cursor;
    while (cursor.at < cursor.end) {
      const offset = cursor.at;
      const depth = this.#depth;
      try {
        const record = cursor.byte();
        const meaning = `${recordName(record) ?? "reserved"} ${this.#meaning(record, offset)}`.trimEnd();
        const shownDepth = record === RecordType.endElement ? this.#depth : depth;
        this.#add(offset, cursor.at, shownDepth, meaning, recordClause(record));
        if (record === RecordType.endElement && this.#isArray) this.#arrayValues();
      } catch (error) {
        if (!(error instanceof XmlError)) throw error;
        this.#add(offset, cursor.end, depth, `${error.code}: ${error.message}`, recordClause(cursor.bytes[offset]!));
        return;
      }
    }
  }

  #meaning(record: number, offset: number): string {
    const cursor = this.#cursor;
    if (record >= 0x80) {
      if (record === RecordType.startListText + 1)
        throw cursor.illFormed(`record ${hexByte(record)} does not exist`, offset);
      const value = this.#value(record & 0xfe);
      if ((record & 1) === 0) return value;
      this.#depth = Math.max(0, this.#depth - 1);
      return `${value}, ends the element`;
    }
    if (record === RecordType.endElement) {
      this.#depth = Math.max(0, this.#depth - 1);
      return "";
    }
    if (record === RecordType.comment) return `<!--${this.#string()}-->`;
    if (record === RecordType.array) {
      this.#isArray = true;
      return "of values, each in the element that follows";
    }
    if (record < RecordType.shortAttribute || record > RecordType.lastElement) {
      throw cursor.illFormed(`record ${hexByte(record)} does not exist`, offset);
    }
    return this.#named(record);
  }

  #named(record: number): string {
    const cursor = this.#cursor;
    const prefix = hasPrefixString(record) ? this.#string() : letterPrefix(record);
    const name = isDictionaryName(record) ? cursor.dictionaryString().value : this.#string();
    if (isDeclaration(record)) return `xmlns${prefix === "" ? "" : `:${prefix}`}="${name}"`;
    const qualified = prefix === "" ? name : `${prefix}:${name}`;
    if (record >= RecordType.shortElement) {
      this.#depth += 1;
      return `<${qualified}>`;
    }
    const type = cursor.byte();
    if (type < 0x80 || (type & 1) === 1)
      throw cursor.illFormed("an attribute has no text record as its value", cursor.at - 1);
    return `${qualified}=${this.#value(type)} (${recordName(type) ?? "reserved"})`;
  }

  /** What follows the element of an array record. */
  #arrayValues(): void {
    const cursor = this.#cursor;
    const offset = cursor.at;
    this.#isArray = false;
    const type = cursor.arrayValues();
    const { valueFrom, valueTo } = cursor;
    const itemByteLength = arrayItemByteLength(type);
    const count = (valueTo - valueFrom) / itemByteLength;
    this.#add(
      offset,
      valueFrom,
      this.#depth,
      `${recordName(type + 1)!} for ${count} values`,
      recordClause(RecordType.array),
    );
    for (let at = valueFrom; at < valueTo; at += itemByteLength) {
      this.#add(at, at + itemByteLength, this.#depth, this.#shown(type, at, at + itemByteLength), recordClause(type));
    }
  }

  #value(type: number): string {
    this.#cursor.textPayload(type);
    return this.#shown(type, this.#cursor.valueFrom, this.#cursor.valueTo);
  }

  #shown(type: number, from: number, to: number): string {
    this.#text.type = type;
    this.#text.from = from;
    this.#text.to = to;
    return JSON.stringify(this.#text.text());
  }

  #string(): string {
    const cursor = this.#cursor;
    cursor.string();
    return charsText(pureUtf8, cursor.bytes, cursor.valueFrom, cursor.valueTo);
  }

  #add(offset: number, to: number, depth: number, meaning: string, clause: string): void {
    this.records.push({ offset, byteLength: to - offset, depth, meaning, clause });
  }
}

/** The prefix that a record byte of one of the A to Z groups stands for; "" for the short forms. */
function letterPrefix(record: number): string {
  const groups = [
    RecordType.prefixElementA,
    RecordType.prefixDictionaryElementA,
    RecordType.shortElement,
    RecordType.prefixAttributeA,
    RecordType.prefixDictionaryAttributeA,
  ];
  const first = groups.find((group) => record >= group);
  if (first === undefined || first === RecordType.shortElement) return "";
  return String.fromCharCode(0x61 + record - first);
}
