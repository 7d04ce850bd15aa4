import type { BinaryXmlWriter } from "./binary-xml-writer.ts";
import type { StringTable } from "./dictionary-string.ts";
import { hexByte, RecordCursor } from "./record-cursor.ts";
import { hasPrefixString, isDictionaryName, RecordType } from "./record-type.table.ts";

/**
 * Copies the records `bytes[from, to)` of a document or fragment to where a writer of another session stands, such as to send a message
 * again over a new connection. Every record stays what it is; only dictionary ids are translated, and where the writer's dictionary
 * has no room for a string, its record becomes the one with the string in-line.
 *
 * @param source what the ids in `bytes` mean: the dictionary that they were read or written with
 * @throws XmlError when the bytes are no records or have an id that `source` does not know; the writer then holds a part
 */
export function transcodeFragment(
  bytes: Uint8Array,
  from: number,
  to: number,
  source: StringTable,
  writer: BinaryXmlWriter,
): void {
  const cursor = new RecordCursor();
  cursor.reset(bytes, from, to, source);
  new Transcoder(cursor, writer).run();
}

class Transcoder {
  readonly #cursor: RecordCursor;
  readonly #writer: BinaryXmlWriter;

  constructor(cursor: RecordCursor, writer: BinaryXmlWriter) {
    this.#cursor = cursor;
    this.#writer = writer;
  }

  run(): void {
    const cursor = this.#cursor;
    let isArray = false;
    while (cursor.at < cursor.end) {
      const start = cursor.at;
      const record = cursor.byte();
      if (record >= 0x80) this.#text(record, start);
      else if (record >= RecordType.shortAttribute && record <= RecordType.lastElement) this.#named(record);
      else if (record === RecordType.endElement) {
        if (isArray) cursor.arrayValues();
        isArray = false;
        this.#writer.copyRecords(cursor.bytes, start, cursor.at);
      } else if (record === RecordType.array) {
        isArray = true;
        this.#writer.out.byte(record);
      } else if (record === RecordType.comment) {
        cursor.string();
        this.#writer.copyRecords(cursor.bytes, start, cursor.at);
      } else throw cursor.illFormed(`record ${hexByte(record)} does not exist`, start);
    }
  }

  /** An element, an attribute up to its value, or an xmlns declaration. */
  #named(record: number): void {
    const cursor = this.#cursor;
    const { out } = this.#writer;
    const recordAt = out.position;
    out.byte(record);
    if (hasPrefixString(record)) this.#copyString();
    if (!isDictionaryName(record)) {
      this.#copyString();
      return;
    }
    const entry = cursor.dictionaryString();
    const id = this.#writer.idOf(entry);
    if (id >= 0) out.multiByteInt31(id);
    else {
      out.bytes[recordAt] = inlineRecord(record);
      out.string(entry.value);
    }
  }

  #copyString(): void {
    const start = this.#cursor.at;
    this.#cursor.string();
    this.#writer.out.write(this.#cursor.bytes, start, this.#cursor.at);
  }

  #text(record: number, start: number): void {
    const cursor = this.#cursor;
    const type = record & 0xfe;
    switch (type) {
      case RecordType.dictionaryText:
        this.#writer.text(cursor.dictionaryString());
        break;
      case RecordType.qnameDictionaryText:
        this.#qname();
        break;
      case RecordType.startListText:
        if (record !== type) throw cursor.illFormed(`record ${hexByte(record)} does not exist`, start);
        this.#list(start);
        return;
      default:
        cursor.textPayload(type);
        this.#writer.copyRecords(cursor.bytes, start, cursor.at);
        return;
    }
    if (record !== type) this.#writer.endElement();
  }

  #qname(): void {
    const cursor = this.#cursor;
    const start = cursor.at;
    cursor.textPayload(RecordType.qnameDictionaryText);
    cursor.at = start;
    const prefix = String.fromCharCode(0x61 + cursor.byte());
    const entry = cursor.dictionaryString();
    if (this.#writer.idOf(entry) >= 0) this.#writer.qname(prefix, entry);
    else this.#writer.text(`${prefix}:${entry.value}`);
  }

  #list(start: number): void {
    const cursor = this.#cursor;
    cursor.textPayload(RecordType.startListText);
    cursor.at = start + 1;
    this.#writer.out.byte(RecordType.startListText);
    for (let item = cursor.byte(); item !== RecordType.endListText; item = cursor.byte())
      this.#text(item, cursor.at - 1);
    this.#writer.out.byte(RecordType.endListText);
  }
}

/** The record with the name or namespace in-line that stands for the same as one with a dictionary id. */
function inlineRecord(record: number): number {
  if (record >= RecordType.prefixDictionaryElementA) {
    return record - RecordType.prefixDictionaryElementA + RecordType.prefixElementA;
  }
  if (record >= RecordType.shortDictionaryElement || record <= RecordType.dictionaryXmlnsAttribute) return record - 2;
  return record - RecordType.prefixDictionaryAttributeA + RecordType.prefixAttributeA;
}
