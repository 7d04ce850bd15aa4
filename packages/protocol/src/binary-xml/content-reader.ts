import { fromBase64, Slab, toBase64, type Utf8Codec } from "../bytes/index.ts";
import {
  DateTime,
  Duration,
  decimalText,
  guidTextOfBytes,
  isXmlSpace,
  NodeKind,
  normalizeGuid,
  parseBigInt,
  parseBoolean,
  parseDecimal,
  parseDouble,
  parseInteger,
  type ReaderQuotas,
  trimXmlSpace,
  UniqueId,
  XmlError,
} from "../xml/index.ts";
import { RecordType } from "./record-type.table.ts";
import { joinedText, TextRecord } from "./text-record.ts";

/**
 * Reads an element's content as one typed value, whatever records carry it: a writer may send an int as text, a double as an integer
 * record, a string as several records. The nodes come from the class that extends this one.
 */
export abstract class ContentReader {
  readonly quotas: ReaderQuotas;
  /** The text or comment stood on. */
  protected readonly node: TextRecord;
  readonly #value: TextRecord;
  /** Set when the value lay in several records that were all bytes. */
  #joinedBytes: Uint8Array | undefined;

  constructor(quotas: ReaderQuotas, utf8: Utf8Codec) {
    this.quotas = quotas;
    this.node = new TextRecord(utf8);
    this.#value = new TextRecord(utf8);
  }

  abstract next(): NodeKind;
  abstract readonly kind: NodeKind;
  abstract readonly localName: string;
  abstract readonly startPosition: number;
  abstract lookupNamespace(prefix: string): string | undefined;

  readString(): string {
    return this.checkedText(this.#read());
  }

  readBoolean(): boolean {
    const value = this.#read();
    return value.boolean() ?? this.#parsed(parseBoolean, value, "a boolean");
  }

  readInteger(): number {
    const value = this.#read();
    const integer = value.smallInteger();
    if (integer !== undefined) return integer;
    const floating = value.floatingPoint();
    if (floating !== undefined && Number.isSafeInteger(floating)) return floating === 0 ? 0 : floating;
    return this.#parsed(parseInteger, value, "a whole number up to 2^53-1");
  }

  readBigInt(): bigint {
    const value = this.#read();
    const integer = value.bigInteger();
    if (integer !== undefined) return integer;
    const floating = value.floatingPoint();
    const isWhole = floating !== undefined && Number.isInteger(floating);
    const parse = isWhole ? (): bigint => parseBigInt(BigInt(floating).toString()) : parseBigInt;
    return this.#parsed(parse, value, "a whole number of 64 bits");
  }

  readDouble(): number {
    const value = this.#read();
    const floating = value.floatingPoint() ?? value.smallInteger();
    return floating ?? this.#parsed(parseDouble, value, "a number");
  }

  readDecimal(): string {
    const value = this.#read();
    if (value.type === RecordType.decimalText) return value.text();
    const integer = value.bigInteger();
    if (integer !== undefined) return integer.toString();
    return this.#parsed((text) => decimalText(parseDecimal(text)), value, "a decimal number");
  }

  readDateTime(): DateTime {
    const value = this.#read();
    if (value.type === RecordType.dateTimeText) return value.dateTime();
    return this.#parsed((text) => DateTime.parse(trimXmlSpace(text)), value, "a dateTime");
  }

  readDuration(): Duration {
    const value = this.#read();
    if (value.type === RecordType.timeSpanText) return value.duration();
    return this.#parsed((text) => Duration.parse(trimXmlSpace(text)), value, "a duration");
  }

  readGuid(): string {
    const value = this.#read();
    if (value.type === RecordType.uuidText) return guidTextOfBytes(value.bytes, value.from);
    return this.#parsed(normalizeGuid, value, "a GUID");
  }

  readUniqueId(): UniqueId {
    const value = this.#read();
    if (value.type === RecordType.uniqueIdText) return UniqueId.fromGuidBytes(value.bytes, value.from);
    return UniqueId.parse(trimXmlSpace(this.checkedText(value)));
  }

  readBytes(): Uint8Array {
    const value = this.#read();
    if (value.isBytes) return copyOf(value.bytes, value.from, value.to);
    if (value.type === joinedText && this.#joinedBytes !== undefined) return this.#joinedBytes;
    const bytes = this.#parsed(fromBase64, value, "base64");
    this.checkArrayLength(bytes.length, value.from);
    return bytes;
  }

  readQName(): { readonly namespaceUri: string; readonly localName: string } {
    const text = trimXmlSpace(this.checkedText(this.#read()));
    const colon = text.indexOf(":");
    const prefix = colon < 0 ? "" : text.slice(0, colon);
    const localName = text.slice(colon + 1);
    const offset = this.startPosition;
    if (colon === 0 || localName === "" || localName.includes(":")) throw this.#wrong(text, "a QName", offset);
    const namespaceUri = this.lookupNamespace(prefix);
    if (namespaceUri !== undefined) return { namespaceUri, localName };
    throw new XmlError("XML_UNBOUND_PREFIX", `no declaration in scope binds the prefix of QName "${text}"`, { offset });
  }

  /** The text of a record, within the quota. */
  protected checkedText(record: TextRecord): string {
    const text = record.text();
    if (text.length > this.quotas.maxStringContentLength && !record.isBytes)
      throw this.#tooLong(text.length, record.from);
    return text;
  }

  /** Refuses what is too long without decoding what is surely short enough. */
  protected checkLength(record: TextRecord): void {
    const byteLength = record.to - record.from;
    if (record.isBytes) this.checkArrayLength(byteLength, record.from);
    else if (byteLength > this.quotas.maxStringContentLength) this.checkedText(record);
  }

  protected checkArrayLength(length: number, offset: number): void {
    if (length > this.quotas.maxArrayLength) {
      throw new XmlError(
        "XML_QUOTA_EXCEEDED",
        `an array or base64 value has ${length} items; maxArrayLength is ${this.quotas.maxArrayLength}`,
        { offset },
      );
    }
  }

  /** Moves from the start tag to the end tag and returns what lies between. */
  #read(): TextRecord {
    if (this.kind !== NodeKind.element) {
      throw new XmlError("XML_UNEXPECTED_CONTENT", "a value can be read from an element only", {
        offset: this.startPosition,
      });
    }
    const value = this.#value;
    let kind = this.next();
    while (kind === NodeKind.comment) kind = this.next();
    if (kind === NodeKind.endElement) {
      value.type = RecordType.emptyText;
      value.from = value.to = this.startPosition;
      return value;
    }
    if (kind === NodeKind.element) throw this.#child();
    this.#take(value);
    kind = this.next();
    return kind === NodeKind.endElement ? value : this.#join(kind);
  }

  /** The value lies in several records, or comments lie between. */
  #join(kind: NodeKind): TextRecord {
    const value = this.#value;
    const parts: string[] = [];
    const chunks: Uint8Array[] = [];
    let areBytes = value.isBytes;
    let byteLength = 0;
    let textLength = 0;
    const add = (): void => {
      if (value.type === RecordType.emptyText) return;
      areBytes &&= value.isBytes;
      if (value.isBytes) chunks.push(value.bytes.subarray(value.from, value.to));
      const text = this.checkedText(value);
      parts.push(text);
      byteLength += value.to - value.from;
      textLength += text.length;
      if (areBytes) this.checkArrayLength(byteLength, value.from);
      else if (textLength > this.quotas.maxStringContentLength) throw this.#tooLong(textLength, value.from);
    };
    add();
    for (let at = kind; at !== NodeKind.endElement; at = this.next()) {
      if (at === NodeKind.element) throw this.#child();
      if (at !== NodeKind.text) continue;
      this.#take(value);
      add();
    }
    this.#joinedBytes = areBytes ? concatenated(chunks, byteLength) : undefined;
    value.joined = this.#joinedBytes === undefined ? parts.join("") : toBase64(this.#joinedBytes);
    value.type = joinedText;
    return value;
  }

  #take(value: TextRecord): void {
    const { node } = this;
    value.bytes = node.bytes;
    value.table = node.table;
    value.type = node.type;
    value.from = node.from;
    value.to = node.to;
  }

  #parsed<T>(parse: (text: string) => T, value: TextRecord, expected: string): T {
    const text = this.checkedText(value);
    try {
      return parse(text);
    } catch (cause) {
      throw this.#wrong(text, expected, value.from, cause);
    }
  }

  #wrong(text: string, expected: string, offset: number, cause?: unknown): XmlError {
    const shown = text.length <= 60 ? text : `${text.slice(0, 60)}…`;
    return new XmlError("XML_UNEXPECTED_CONTENT", `<${this.localName}> has "${shown}", expected ${expected}`, {
      offset,
      cause,
    });
  }

  #child(): XmlError {
    return new XmlError("XML_UNEXPECTED_CONTENT", `<${this.localName}> stands inside a value`, {
      offset: this.startPosition,
    });
  }

  #tooLong(length: number, offset: number): XmlError {
    return new XmlError(
      "XML_QUOTA_EXCEEDED",
      `a text has ${length} characters; maxStringContentLength is ${this.quotas.maxStringContentLength}`,
      { offset },
    );
  }
}

/** True for text that is nothing but XML white space. */
export function isWhiteSpace(record: TextRecord): boolean {
  switch (record.type) {
    case RecordType.emptyText:
      return true;
    case RecordType.chars8Text:
    case RecordType.chars16Text:
    case RecordType.chars32Text:
      for (let at = record.from; at < record.to; at++) if (!isXmlSpace(record.bytes[at]!)) return false;
      return true;
    default: {
      if (!record.isCharacters) return false;
      return trimXmlSpace(record.text()) === "";
    }
  }
}

function concatenated(chunks: readonly Uint8Array[], byteLength: number): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Values up to here have their bytes in the engine's own heap, where a copy costs little. */
const cheapByteLength = 64;
/** Larger ones share blocks, as Node's Buffers do: an allocation each would cost more than the rest of a message. */
const blockByteLength = 16 * 1024;
const blocks = new Slab(blockByteLength);

function copyOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return to - from <= cheapByteLength ? bytes.slice(from, to) : blocks.keep(bytes, from, to);
}
