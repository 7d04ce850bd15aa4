import type { Utf8Codec } from "../bytes/index.ts";
import type { RecordCursor } from "./record-cursor.ts";
import { charsText, TextRecord } from "./text-record.ts";

/** The attributes of the element stood on, in arrays that are reused from element to element; text is decoded when asked. */
export class AttributeList {
  count = 0;
  readonly prefixes: string[] = [];
  readonly uris: string[] = [];
  /** Where the attribute's record begins. */
  readonly offsets: number[] = [];
  readonly #names: (string | undefined)[] = [];
  readonly #nameFrom: number[] = [];
  readonly #nameTo: number[] = [];
  readonly #types: number[] = [];
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #utf8: Utf8Codec;
  readonly #value: TextRecord;
  #cursor: RecordCursor;

  constructor(cursor: RecordCursor, utf8: Utf8Codec) {
    this.#cursor = cursor;
    this.#utf8 = utf8;
    this.#value = new TextRecord(utf8);
  }

  /** Takes one attribute over whose value payload the cursor has just moved. `name` is undefined for one that lies in the bytes. */
  push(offset: number, prefix: string, name: string | undefined, nameFrom: number, nameTo: number, type: number): void {
    const index = this.count++;
    this.offsets[index] = offset;
    this.prefixes[index] = prefix;
    this.uris[index] = "";
    this.#names[index] = name;
    this.#nameFrom[index] = nameFrom;
    this.#nameTo[index] = nameTo;
    this.#types[index] = type;
    this.#from[index] = this.#cursor.valueFrom;
    this.#to[index] = this.#cursor.valueTo;
  }

  localName(index: number): string {
    const known = this.#names[index];
    if (known !== undefined) return known;
    const name = charsText(this.#utf8, this.#cursor.bytes, this.#nameFrom[index]!, this.#nameTo[index]!);
    this.#names[index] = name;
    return name;
  }

  /** The value, in a record that the next call reuses. */
  value(index: number): TextRecord {
    const value = this.#value;
    value.bytes = this.#cursor.bytes;
    value.table = this.#cursor.table;
    value.type = this.#types[index]!;
    value.from = this.#from[index]!;
    value.to = this.#to[index]!;
    return value;
  }

  /** Index of the attribute of this name before `to`, or -1. */
  find(localName: string, namespaceUri: string, to: number = this.count): number {
    for (let index = 0; index < to; index++) {
      if (this.uris[index] === namespaceUri && this.localName(index) === localName) return index;
    }
    return -1;
  }
}
