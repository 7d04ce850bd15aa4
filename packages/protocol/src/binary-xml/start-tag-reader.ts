import type { Utf8Codec } from "../bytes/index.ts";
import { type ReaderQuotas, XmlError } from "../xml/index.ts";
import type { AttributeList } from "./attribute-list.ts";
import type { NamespaceScopes } from "./namespace-scopes.ts";
import type { OpenElements } from "./reader-context.ts";
import type { RecordCursor } from "./record-cursor.ts";
import { RecordType } from "./record-type.table.ts";
import { charsText } from "./text-record.ts";

/** The prefixes that have records of their own. */
const letters: readonly string[] = Array.from({ length: 26 }, (_, index) => String.fromCharCode(0x61 + index));

/**
 * Reads start tags: element, attributes and declarations, in that order of need, since prefixes can be resolved only when the tag is
 * complete. Keeps the names of all open elements, by depth, for their end tags.
 */
export class StartTagReader {
  readonly #cursor: RecordCursor;
  readonly #scopes: NamespaceScopes;
  readonly #attributes: AttributeList;
  readonly #quotas: ReaderQuotas;
  readonly #utf8: Utf8Codec;
  readonly #prefixes: string[] = [""];
  readonly #uris: string[] = [""];
  readonly #scopeMarks: number[] = [0];
  /** Names from the dictionary, or decoded already; else they lie in the bytes. */
  readonly #names: (string | undefined)[] = [""];
  readonly #nameFrom: number[] = [0];
  readonly #nameTo: number[] = [0];
  /** What `#name` just read. */
  #name: string | undefined;
  #nameStart = 0;
  #nameEnd = 0;

  constructor(
    cursor: RecordCursor,
    scopes: NamespaceScopes,
    attributes: AttributeList,
    quotas: ReaderQuotas,
    utf8: Utf8Codec,
  ) {
    this.#cursor = cursor;
    this.#scopes = scopes;
    this.#attributes = attributes;
    this.#quotas = quotas;
    this.#utf8 = utf8;
  }

  prefix(depth: number): string {
    return this.#prefixes[depth]!;
  }

  namespaceUri(depth: number): string {
    return this.#uris[depth]!;
  }

  localName(depth: number): string {
    const known = this.#names[depth];
    if (known !== undefined) return known;
    const name = charsText(this.#utf8, this.#cursor.bytes, this.#nameFrom[depth]!, this.#nameTo[depth]!);
    this.#names[depth] = name;
    return name;
  }

  /** Compares without making a string where the name lies in the bytes and is ASCII. */
  hasLocalName(depth: number, localName: string): boolean {
    const known = this.#names[depth];
    if (known !== undefined) return known === localName;
    const from = this.#nameFrom[depth]!;
    const byteLength = this.#nameTo[depth]! - from;
    if (byteLength < localName.length) return false;
    const { bytes } = this.#cursor;
    for (let index = 0; index < localName.length; index++) {
      const byte = bytes[from + index]!;
      if (byte >= 0x80) return this.localName(depth) === localName;
      if (byte !== localName.charCodeAt(index)) return false;
    }
    return byteLength === localName.length;
  }

  /** How many declarations were in force outside the element. */
  scopeMark(depth: number): number {
    return this.#scopeMarks[depth]!;
  }

  /** The elements open at `depth`, for `reopen`. */
  openElements(depth: number): OpenElements {
    const depths = Array.from({ length: depth }, (_, index) => index + 1);
    return {
      prefixes: depths.map((each) => this.prefix(each)),
      localNames: depths.map((each) => this.localName(each)),
      namespaceUris: depths.map((each) => this.namespaceUri(each)),
      scopeMarks: depths.map((each) => this.scopeMark(each)),
    };
  }

  /** Takes these elements for the open ones. */
  reopen(elements: OpenElements): void {
    for (let depth = 1; depth <= elements.prefixes.length; depth++) {
      this.#prefixes[depth] = elements.prefixes[depth - 1]!;
      this.#names[depth] = elements.localNames[depth - 1]!;
      this.#nameFrom[depth] = this.#nameTo[depth] = 0;
      this.#uris[depth] = elements.namespaceUris[depth - 1]!;
      this.#scopeMarks[depth] = elements.scopeMarks[depth - 1]!;
    }
  }

  /** Reads the start tag whose element record was read; `start` is where that record begins. */
  read(depth: number, record: number, start: number): void {
    const cursor = this.#cursor;
    this.#scopeMarks[depth] = this.#scopes.count;
    this.#attributes.count = 0;
    const prefix = this.#elementName(record);
    this.#prefixes[depth] = prefix;
    this.#names[depth] = this.#name;
    this.#nameFrom[depth] = this.#nameStart;
    this.#nameTo[depth] = this.#nameEnd;
    const { bytes, end } = cursor;
    let isPlain = true;
    while (cursor.at < end) {
      const next = bytes[cursor.at]!;
      if (next < RecordType.shortAttribute || next > RecordType.lastAttribute) break;
      isPlain = false;
      this.#attributeOrDeclaration(next, depth);
    }
    if (!isPlain) this.#finishAttributes(depth);
    if (cursor.at - start > this.#quotas.maxBytesPerRead) throw this.#tooLong(start);
    const uri = this.#scopes.find(prefix);
    if (uri === undefined) throw this.#unbound(prefix, start);
    this.#uris[depth] = uri;
  }

  /** Returns the prefix; the name is in `#name` and its neighbours. */
  #elementName(record: number): string {
    if (record >= RecordType.prefixElementA) {
      this.#inlineName();
      return letters[record - RecordType.prefixElementA]!;
    }
    if (record >= RecordType.prefixDictionaryElementA) {
      this.#name = this.#cursor.dictionaryString().value;
      return letters[record - RecordType.prefixDictionaryElementA]!;
    }
    const prefix = record === RecordType.element || record === RecordType.dictionaryElement ? this.#prefix() : "";
    if (record >= RecordType.shortDictionaryElement) this.#name = this.#cursor.dictionaryString().value;
    else this.#inlineName();
    return prefix;
  }

  #attributeOrDeclaration(record: number, depth: number): void {
    const cursor = this.#cursor;
    const start = cursor.at++;
    if (this.#attributes.count + this.#scopes.count - this.#scopeMarks[depth]! >= this.#quotas.maxAttributeCount) {
      throw new XmlError(
        "XML_QUOTA_EXCEEDED",
        `an element has more attributes and declarations than maxAttributeCount, which is ${this.#quotas.maxAttributeCount}`,
        { offset: start },
      );
    }
    if (record >= RecordType.shortXmlnsAttribute && record <= RecordType.dictionaryXmlnsAttribute) {
      this.#declaration(record, start, depth);
      return;
    }
    const prefix = this.#attributeName(record);
    const type = cursor.byte();
    if (type < 0x80 || (type & 1) === 1) {
      throw cursor.illFormed("an attribute has no text record as its value", cursor.at - 1);
    }
    cursor.textPayload(type);
    this.#attributes.push(start, prefix, this.#name, this.#nameStart, this.#nameEnd, type);
  }

  #attributeName(record: number): string {
    if (record >= RecordType.prefixAttributeA) {
      this.#inlineName();
      return letters[record - RecordType.prefixAttributeA]!;
    }
    if (record >= RecordType.prefixDictionaryAttributeA) {
      this.#name = this.#cursor.dictionaryString().value;
      return letters[record - RecordType.prefixDictionaryAttributeA]!;
    }
    const prefix = record === RecordType.attribute || record === RecordType.dictionaryAttribute ? this.#prefix() : "";
    if (record >= RecordType.shortDictionaryAttribute) this.#name = this.#cursor.dictionaryString().value;
    else this.#inlineName();
    return prefix;
  }

  #declaration(record: number, start: number, depth: number): void {
    const cursor = this.#cursor;
    const hasPrefix = record === RecordType.xmlnsAttribute || record === RecordType.dictionaryXmlnsAttribute;
    const prefix = hasPrefix ? this.#prefix() : "";
    let uri: string;
    if (record >= RecordType.shortDictionaryXmlnsAttribute) uri = cursor.dictionaryString().value;
    else {
      cursor.string();
      uri = charsText(this.#utf8, cursor.bytes, cursor.valueFrom, cursor.valueTo);
    }
    if (uri === "" && prefix !== "") throw cursor.illFormed(`prefix "${prefix}" is bound to no namespace`, start);
    if (this.#scopes.hasSince(this.#scopeMarks[depth]!, prefix)) {
      throw cursor.illFormed(
        prefix === "" ? "a second xmlns on one element" : `a second xmlns:${prefix} on one element`,
        start,
      );
    }
    this.#scopes.push(prefix, uri, start);
  }

  /** Resolves the attributes' prefixes and refuses an attribute that is there twice. */
  #finishAttributes(depth: number): void {
    const attributes = this.#attributes;
    for (let index = 0; index < attributes.count; index++) {
      const prefix = attributes.prefixes[index]!;
      if (prefix !== "") {
        const uri = this.#scopes.find(prefix);
        if (uri === undefined) throw this.#unbound(prefix, attributes.offsets[index]!);
        attributes.uris[index] = uri;
      }
      if (index > 0 && attributes.find(attributes.localName(index), attributes.uris[index]!, index) >= 0) {
        throw this.#cursor.illFormed(
          `attribute "${attributes.localName(index)}" is there twice on <${this.localName(depth)}>`,
          attributes.offsets[index]!,
        );
      }
    }
  }

  #inlineName(): void {
    const cursor = this.#cursor;
    cursor.string();
    this.#name = undefined;
    this.#nameStart = cursor.valueFrom;
    this.#nameEnd = cursor.valueTo;
    if (cursor.valueFrom === cursor.valueTo) throw cursor.illFormed("a name is empty", cursor.valueFrom);
  }

  #prefix(): string {
    const cursor = this.#cursor;
    cursor.string();
    const { valueFrom: from, valueTo: to } = cursor;
    if (to - from === 1) {
      const letter = letters[cursor.bytes[from]! - 0x61];
      if (letter !== undefined) return letter;
    }
    return charsText(this.#utf8, cursor.bytes, from, to);
  }

  #tooLong(start: number): XmlError {
    return new XmlError(
      "XML_QUOTA_EXCEEDED",
      `a start tag has ${this.#cursor.at - start} bytes; maxBytesPerRead is ${this.#quotas.maxBytesPerRead}`,
      { offset: start },
    );
  }

  #unbound(prefix: string, offset: number): XmlError {
    // At the very end the declaration may be what was cut off.
    if (this.#cursor.at === this.#cursor.end) return this.#cursor.unexpectedEnd();
    return new XmlError("XML_UNBOUND_PREFIX", `no declaration in scope binds prefix "${prefix}"`, { offset });
  }
}
