import type { ByteWriter } from "../bytes/index.ts";
import type { DictionaryString } from "../xml/index.ts";
import { BinaryXmlWriter } from "./binary-xml-writer.ts";
import type { StringTable } from "./dictionary-string.ts";
import { hexByte, RecordCursor } from "./record-cursor.ts";
import { hasPrefixString, isDictionaryName, RecordType } from "./record-type.table.ts";
import type { WriterDictionary } from "./session-dictionary.ts";

/**
 * Copies the records `bytes[from, to)` of a document or fragment from one session's dictionary to another's, such as to send a message
 * again over a new connection. Every record stays what it is; only dictionary ids are translated, and where the target has no room for
 * a string its record becomes the one with the string in-line.
 *
 * @param source what the ids in `bytes` mean
 * @param target numbers the strings anew; without it only static ids are used
 * @throws XmlError when the bytes are no records or have an id that `source` does not know; `out` then holds a part
 */
export function transcode(
  bytes: Uint8Array,
  from: number,
  to: number,
  source: StringTable,
  out: ByteWriter,
  target?: WriterDictionary,
): void {
  const cursor = new RecordCursor();
  cursor.reset(bytes, from, to, source);
  new Transcoder(cursor, out, target).run();
}

class Transcoder {
  readonly #cursor: RecordCursor;
  readonly #out: ByteWriter;
  readonly #target: WriterDictionary | undefined;
  readonly #writer: BinaryXmlWriter;

  constructor(cursor: RecordCursor, out: ByteWriter, target: WriterDictionary | undefined) {
    this.#cursor = cursor;
    this.#out = out;
    this.#target = target;
    this.#writer = new BinaryXmlWriter(out, target);
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
        this.#out.write(cursor.bytes, start, cursor.at);
      } else if (record === RecordType.array) {
        isArray = true;
        this.#out.byte(record);
      } else if (record === RecordType.comment) {
        cursor.string();
        this.#out.write(cursor.bytes, start, cursor.at);
      } else throw cursor.illFormed(`record ${hexByte(record)} does not exist`, start);
    }
  }

  /** An element, an attribute up to its value, or an xmlns declaration. */
  #named(record: number): void {
    const cursor = this.#cursor;
    const out = this.#out;
    const recordAt = out.position;
    out.byte(record);
    if (hasPrefixString(record)) this.#copyString();
    if (!isDictionaryName(record)) {
      this.#copyString();
      return;
    }
    const entry = cursor.dictionaryString();
    const id = this.#idOf(entry);
    if (id >= 0) out.multiByteInt31(id);
    else {
      out.bytes[recordAt] = inlineRecord(record);
      out.string(entry.value);
    }
  }

  #copyString(): void {
    const start = this.#cursor.at;
    this.#cursor.string();
    this.#out.write(this.#cursor.bytes, start, this.#cursor.at);
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
        this.#out.write(cursor.bytes, start, cursor.at);
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
    if (this.#idOf(entry) >= 0) this.#writer.qname(prefix, entry);
    else this.#writer.text(`${prefix}:${entry.value}`);
  }

  #list(start: number): void {
    const cursor = this.#cursor;
    cursor.textPayload(RecordType.startListText);
    cursor.at = start + 1;
    this.#out.byte(RecordType.startListText);
    for (let item = cursor.byte(); item !== RecordType.endListText; item = cursor.byte())
      this.#text(item, cursor.at - 1);
    this.#out.byte(RecordType.endListText);
  }

  #idOf(entry: DictionaryString): number {
    if (entry.staticId >= 0) return entry.staticId;
    return this.#target === undefined ? -1 : this.#target.idOf(entry);
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
