import { type ByteWriter, multiByteInt31Length, pureUtf8, type Utf8Codec, utf8ByteLength } from "../bytes/index.ts";
import { type DictionaryString, XmlError } from "../xml/index.ts";
import { type StringTable, staticDictionaryString, transientDictionaryString } from "./dictionary-string.ts";
import { RecordCursor } from "./record-cursor.ts";
import { charsText } from "./text-record.ts";

/** Bytes of string tables in one direction of a session, WCF's MaxSessionSize. */
export const defaultMaxSessionByteLength = 2048;

const none: readonly DictionaryString[] = [];

/**
 * The strings that the peer has sent in one direction of a session; the n-th has id 2n+1. Also looks up static ids. [MC-NBFSE] 2.1
 *
 * Lives as long as the session's connection: a new connection starts with an empty one.
 */
export class ReaderDictionary implements StringTable {
  readonly #maxByteLength: number;
  readonly #utf8: Utf8Codec;
  #byteLength = 0;
  #strings: readonly DictionaryString[] = none;

  /** @param options.maxSessionByteLength limit on the sum of all table sizes; the peer's writer keeps below WCF's 2048 by default */
  constructor(options: { readonly maxSessionByteLength?: number; readonly utf8?: Utf8Codec } = {}) {
    this.#maxByteLength = options.maxSessionByteLength ?? defaultMaxSessionByteLength;
    this.#utf8 = options.utf8 ?? pureUtf8;
  }

  get size(): number {
    return this.#strings.length;
  }

  lookup(id: number): DictionaryString | undefined {
    return (id & 1) === 0 ? staticDictionaryString(id) : this.#strings[id >> 1];
  }

  /**
   * Appends the strings of one message's table, `bytes[from, to)` without the table's size in front.
   * @throws XmlError with XML_QUOTA_EXCEEDED past the budget, XML_ILL_FORMED or XML_UNEXPECTED_END when it is no table; the session is
   * then over, since both sides no longer number alike
   */
  addTable(bytes: Uint8Array, from: number, to: number): void {
    if (from === to) return;
    this.#byteLength += to - from;
    if (this.#byteLength > this.#maxByteLength) {
      throw new XmlError(
        "XML_QUOTA_EXCEEDED",
        `the peer's string tables have ${this.#byteLength} bytes; maxSessionByteLength is ${this.#maxByteLength}. Raise it to what the peer's writer is set to`,
        { offset: from },
      );
    }
    const cursor = new RecordCursor();
    cursor.reset(bytes, from, to, this);
    const strings = this.#strings.slice();
    while (cursor.at < to) {
      cursor.string();
      strings.push(transientDictionaryString(charsText(this.#utf8, bytes, cursor.valueFrom, cursor.valueTo)));
    }
    this.#strings = strings;
  }

  /** Appends strings that another dictionary of the same connection has been given already; their size was looked at there. */
  append(values: readonly string[]): void {
    this.#strings = [...this.#strings, ...values.map(transientDictionaryString)];
  }

  /**
   * Reads `MultiByteInt31 size, table` at `from` and returns where the document begins. [MC-NBFSE] 2.1
   * @throws XmlError as `addTable`
   */
  readTable(bytes: Uint8Array, from: number, to: number): number {
    if (from < to && bytes[from] === 0) return from + 1;
    const cursor = new RecordCursor();
    cursor.reset(bytes, from, to, this);
    cursor.string();
    this.addTable(bytes, cursor.valueFrom, cursor.valueTo);
    return cursor.valueTo;
  }
}

/**
 * The strings that we have sent, or are about to send, in one direction of a session. Strings are found by value.
 *
 * A string costs its UTF-8 length and the length of that number. One that does not fit ends the collecting for good, as in WCF:
 * strings already numbered stay valid, all new ones travel in-line.
 */
export class WriterDictionary implements StringTable {
  #budgetByteLength: number;
  #strings: DictionaryString[] = [];
  #idByValue: Map<string, number> | undefined;
  #takenCount = 0;
  #pendingByteLength = 0;

  /** @param options.maxSessionByteLength must not be above the peer's reader, which has 2048 by default in WCF */
  constructor(options: { readonly maxSessionByteLength?: number } = {}) {
    this.#budgetByteLength = options.maxSessionByteLength ?? defaultMaxSessionByteLength;
  }

  get size(): number {
    return this.#strings.length;
  }

  /** Bytes of the strings queued since `takePending`, without the size in front; 0 when there are none. */
  get pendingByteLength(): number {
    return this.#pendingByteLength;
  }

  lookup(id: number): DictionaryString | undefined {
    return (id & 1) === 0 ? staticDictionaryString(id) : this.#strings[id >> 1];
  }

  /** The wire id (even static, odd session), queueing the string when it is new; -1 when it has to travel in-line. */
  idOf(entry: DictionaryString): number {
    if (entry.staticId >= 0) return entry.staticId;
    const known = this.#idByValue?.get(entry.value);
    if (known !== undefined) return known;
    return this.#budgetByteLength === 0 ? -1 : this.#append(entry);
  }

  /** Writes the table of one message, `MultiByteInt31 size, strings`, with all that was queued since the last call. */
  takePending(into: ByteWriter): void {
    into.multiByteInt31(this.#pendingByteLength);
    for (; this.#takenCount < this.#strings.length; this.#takenCount++)
      into.string(this.#strings[this.#takenCount]!.value);
    this.#pendingByteLength = 0;
  }

  #append(entry: DictionaryString): number {
    const textByteLength = utf8ByteLength(entry.value);
    const cost = textByteLength + multiByteInt31Length(textByteLength);
    if (cost > this.#budgetByteLength) {
      this.#budgetByteLength = 0;
      return -1;
    }
    this.#budgetByteLength -= cost;
    this.#pendingByteLength += cost;
    const id = this.#strings.length * 2 + 1;
    this.#strings.push(entry);
    (this.#idByValue ??= new Map()).set(entry.value, id);
    return id;
  }
}
