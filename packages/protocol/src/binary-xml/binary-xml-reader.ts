import { pureUtf8, type Utf8Codec } from "../bytes/index.ts";
import { defaultReaderQuotas, NodeKind, type ReaderQuotas, XmlError, type XmlReader } from "../xml/index.ts";
import { ArrayValues } from "./array-values.ts";
import { AttributeList } from "./attribute-list.ts";
import { ContentReader, isWhiteSpace } from "./content-reader.ts";
import { type StringTable, staticDictionary } from "./dictionary-string.ts";
import { type NamespaceBinding, NamespaceScopes } from "./namespace-scopes.ts";
import type { ReaderContext } from "./reader-context.ts";
import { hexByte, RecordCursor } from "./record-cursor.ts";
import { RecordType } from "./record-type.table.ts";
import { StartTagReader } from "./start-tag-reader.ts";

/**
 * Reads one binary XML document or fragment [MC-NBFX] where it lies, in one pass and without a tree. One reader serves any number of
 * documents, one after the other.
 *
 * Strings are made when they are asked for. Ids are resolved by the dictionary given to `reset`, so that one has to stay as it is
 * until the document is read (it only ever grows).
 */
export class BinaryXmlReader extends ContentReader implements XmlReader {
  readonly #cursor = new RecordCursor();
  readonly #scopes = new NamespaceScopes();
  readonly #attributes: AttributeList;
  readonly #tags: StartTagReader;
  #kind: NodeKind = NodeKind.none;
  #depth = 0;
  #startPosition = 0;
  /** The text stood on closes its element as well. */
  #endIsDue = false;
  /** A fragment has any number of top-level nodes, a document one root. */
  #isFragment = false;
  #rootIsDone = false;
  readonly #array = new ArrayValues();
  /** What `resume` restored last, as long as nothing else was read since. */
  #context: ReaderContext | undefined;

  constructor(options: { readonly quotas?: Partial<ReaderQuotas>; readonly utf8?: Utf8Codec } = {}) {
    const utf8 = options.utf8 ?? pureUtf8;
    super({ ...defaultReaderQuotas, ...options.quotas }, utf8);
    this.#attributes = new AttributeList(this.#cursor, utf8);
    this.#tags = new StartTagReader(this.#cursor, this.#scopes, this.#attributes, this.quotas, utf8);
  }

  /**
   * Begins the document `bytes[from, to)`, which is borrowed until it is read.
   * @param dictionary the strings of the session; without it only static ids are known
   */
  reset(bytes: Uint8Array, from = 0, to: number = bytes.length, dictionary: StringTable = staticDictionary): void {
    this.#begin(bytes, from, to, dictionary);
    this.#isFragment = false;
  }

  /**
   * Begins a fragment: any number of elements, such as the content of a Body. It ends where `to` is.
   * @param bindings the namespaces in force where the fragment was cut out, see `bindingsInScope`
   */
  resetFragment(
    bytes: Uint8Array,
    from: number,
    to: number,
    dictionary: StringTable = staticDictionary,
    bindings: readonly NamespaceBinding[] = [],
  ): void {
    this.#begin(bytes, from, to, dictionary);
    this.#isFragment = true;
    for (const binding of bindings) this.#scopes.push(binding.prefix, binding.namespaceUri, from);
  }

  /** Where the reader stands, for `resume`. @throws RangeError off a start tag, or on one with attributes, which are not part of it */
  context(): ReaderContext {
    if (this.#kind !== NodeKind.element || this.#attributes.count > 0)
      throw new RangeError("the context is that of a start tag without attributes");
    const depth = this.#depth;
    return { depth, elements: this.#tags.openElements(depth), declarations: this.#scopes.declarations() };
  }

  /** Stands on a start tag again that ends at `at`, in other bytes whose records up to there mean the same. */
  resume(bytes: Uint8Array, at: number, to: number, dictionary: StringTable, context: ReaderContext): void {
    const isOpen = this.#context === context;
    this.#begin(bytes, at, to, dictionary);
    this.#isFragment = false;
    this.#kind = NodeKind.element;
    this.#depth = context.depth;
    this.#context = context;
    // What was read since lies deeper, so that the arrays below still hold this context.
    if (isOpen) this.#scopes.count = context.declarations.length;
    else {
      this.#tags.reopen(context.elements);
      for (const { prefix, namespaceUri } of context.declarations) this.#scopes.push(prefix, namespaceUri, at);
    }
  }

  /** Byte offset of the next unread record. On a start tag: where the element's content begins. */
  get position(): number {
    return this.#cursor.at;
  }

  /** Byte offset of the record of the node stood on. On an end tag: where the element's content ends. */
  get startPosition(): number {
    return this.#startPosition;
  }

  get bytes(): Uint8Array {
    return this.#cursor.bytes;
  }

  get dictionary(): StringTable {
    return this.#cursor.table;
  }

  get kind(): NodeKind {
    return this.#kind;
  }

  get depth(): number {
    return this.#depth;
  }

  next(): NodeKind {
    if (this.#kind === NodeKind.endElement && !this.#leaveElement()) return (this.#kind = NodeKind.element);
    if (this.#endIsDue) return this.#standOnEnd(this.#cursor.at);
    if (this.#array.left > 0) return this.#arrayItem();
    const cursor = this.#cursor;
    for (;;) {
      const start = cursor.at;
      if (start === cursor.end) return this.#endOfBytes();
      this.#startPosition = start;
      const record = cursor.byte();
      if (record >= 0x80) {
        if (this.#textNode(record, start)) return this.#kind;
      } else if (record >= RecordType.shortElement) {
        this.#startElement(record, start);
        return (this.#kind = NodeKind.element);
      } else if (record === RecordType.endElement) {
        if (this.#depth === 0) throw cursor.illFormed("an end tag closes nothing", start);
        return this.#standOnEnd(start);
      } else if (record === RecordType.comment) {
        cursor.string();
        this.#stand(RecordType.chars32Text);
        this.checkLength(this.node);
        return (this.#kind = NodeKind.comment);
      } else if (record === RecordType.array) {
        this.#startArray(start);
        return (this.#kind = NodeKind.element);
      } else {
        throw cursor.illFormed(`record ${hexByte(record)} cannot stand here`, start);
      }
    }
  }

  nextChild(): boolean {
    for (;;) {
      switch (this.next()) {
        case NodeKind.element:
          return true;
        case NodeKind.endElement:
        case NodeKind.endOfDocument:
          return false;
        case NodeKind.text:
          if (!isWhiteSpace(this.node)) {
            throw new XmlError(
              "XML_UNEXPECTED_CONTENT",
              `text stands where child elements are expected${this.#inside()}`,
              {
                offset: this.#startPosition,
              },
            );
          }
          break;
        default:
          break;
      }
    }
  }

  get prefix(): string {
    return this.#isOnTag() ? this.#tags.prefix(this.#depth) : "";
  }

  get localName(): string {
    return this.#isOnTag() ? this.#tags.localName(this.#depth) : "";
  }

  get namespaceUri(): string {
    return this.#isOnTag() ? this.#tags.namespaceUri(this.#depth) : "";
  }

  is(localName: string, namespaceUri: string): boolean {
    return (
      this.#kind === NodeKind.element &&
      this.#tags.hasLocalName(this.#depth, localName) &&
      this.#tags.namespaceUri(this.#depth) === namespaceUri
    );
  }

  get attributeCount(): number {
    return this.#kind === NodeKind.element ? this.#attributes.count : 0;
  }

  attributePrefix(index: number): string {
    return this.#attributes.prefixes[this.#attributeIndex(index)]!;
  }

  attributeLocalName(index: number): string {
    return this.#attributes.localName(this.#attributeIndex(index));
  }

  attributeNamespaceUri(index: number): string {
    return this.#attributes.uris[this.#attributeIndex(index)]!;
  }

  attributeValue(index: number): string {
    return this.checkedText(this.#attributes.value(this.#attributeIndex(index)));
  }

  /** Where the attribute's record begins; with `declarationOffset` this gives the order in the document. */
  attributeOffset(index: number): number {
    return this.#attributes.offsets[this.#attributeIndex(index)]!;
  }

  /** Where the record of the attribute's value begins, for a value of fixed length such as an integer. */
  attributeValueOffset(index: number): number {
    return this.#attributes.value(this.#attributeIndex(index)).from - 1;
  }

  attribute(localName: string, namespaceUri: string): string | undefined {
    if (this.#kind !== NodeKind.element) return undefined;
    const index = this.#attributes.find(localName, namespaceUri);
    return index < 0 ? undefined : this.attributeValue(index);
  }

  get declarationCount(): number {
    return this.#kind === NodeKind.element ? this.#scopes.count - this.#tags.scopeMark(this.#depth) : 0;
  }

  declarationPrefix(index: number): string {
    return this.#scopes.prefixes[this.#declarationIndex(index)]!;
  }

  declarationUri(index: number): string {
    return this.#scopes.uris[this.#declarationIndex(index)]!;
  }

  /** Where the declaration's record begins. */
  declarationOffset(index: number): number {
    return this.#scopes.offsets[this.#declarationIndex(index)]!;
  }

  lookupNamespace(prefix: string): string | undefined {
    return this.#scopes.find(prefix);
  }

  /** All namespaces in force here, for `resetFragment`. */
  bindingsInScope(): NamespaceBinding[] {
    return this.#scopes.bindings();
  }

  get text(): string {
    return this.#kind === NodeKind.text || this.#kind === NodeKind.comment ? this.checkedText(this.node) : "";
  }

  skip(): void {
    if (this.#kind !== NodeKind.element) {
      throw new XmlError("XML_UNEXPECTED_CONTENT", "skip() works on an element", { offset: this.#startPosition });
    }
    const depth = this.#depth;
    while (this.next() !== NodeKind.endElement || this.#depth !== depth) {
      // Every turn moves forward, and the end of the bytes inside an element throws.
    }
  }

  #begin(bytes: Uint8Array, from: number, to: number, dictionary: StringTable): void {
    if (from < 0 || to > bytes.length || from > to) {
      throw new RangeError(`bytes ${from} to ${to} do not lie in ${bytes.length} bytes`);
    }
    this.#cursor.reset(bytes, from, to, dictionary);
    this.#context = undefined;
    this.#scopes.count = 0;
    this.#attributes.count = 0;
    this.#kind = NodeKind.none;
    this.#depth = 0;
    this.#startPosition = from;
    this.#endIsDue = false;
    this.#rootIsDone = false;
    this.#array.left = 0;
  }

  #startElement(record: number, start: number): void {
    if (record > RecordType.lastElement)
      throw this.#cursor.illFormed(`record ${hexByte(record)} does not exist`, start);
    if (this.#depth === 0 && this.#rootIsDone && !this.#isFragment) {
      throw this.#cursor.illFormed("a second root element", start);
    }
    if (this.#depth >= this.quotas.maxDepth) {
      throw new XmlError(
        "XML_QUOTA_EXCEEDED",
        `elements are nested deeper than maxDepth, which is ${this.quotas.maxDepth}; raise it if the peer is trusted with more`,
        { offset: start },
      );
    }
    this.#depth += 1;
    this.#tags.read(this.#depth, record, start);
  }

  #startArray(start: number): void {
    const cursor = this.#cursor;
    const elementStart = cursor.at;
    const record = cursor.byte();
    if (record < RecordType.shortElement || record > RecordType.lastElement) {
      throw cursor.illFormed(`an array begins with record ${hexByte(record)} instead of an element`, elementStart);
    }
    if (this.#depth === 0 && !this.#isFragment)
      throw cursor.illFormed("an array stands where the root element must be", start);
    this.#startElement(record, elementStart);
    this.#startPosition = start;
    this.#array.begin(cursor);
    this.checkArrayLength(this.#array.left, start);
  }

  #arrayItem(): NodeKind {
    this.#array.take(this.#cursor);
    this.#stand(this.#array.type);
    this.#endIsDue = true;
    return (this.#kind = NodeKind.text);
  }

  /** False when the text is white space outside the root, which is passed over. */
  #textNode(record: number, start: number): boolean {
    const cursor = this.#cursor;
    const type = record & 0xfe;
    if (record === RecordType.startListText + 1)
      throw cursor.illFormed(`record ${hexByte(record)} does not exist`, start);
    cursor.textPayload(type);
    this.#stand(type);
    this.checkLength(this.node);
    const closes = (record & 1) === 1;
    if (this.#depth === 0) {
      if (closes) throw cursor.illFormed("an end tag closes nothing", start);
      if (!this.#isFragment) {
        if (!isWhiteSpace(this.node)) throw cursor.illFormed("text stands outside the root element", start);
        return false;
      }
    }
    this.#endIsDue = closes;
    this.#kind = NodeKind.text;
    return true;
  }

  #stand(type: number): void {
    const { node } = this;
    node.bytes = this.#cursor.bytes;
    node.table = this.#cursor.table;
    node.type = type;
    node.from = this.#cursor.valueFrom;
    node.to = this.#cursor.valueTo;
  }

  #standOnEnd(start: number): NodeKind {
    this.#endIsDue = false;
    this.#startPosition = start;
    return (this.#kind = NodeKind.endElement);
  }

  /** False when the element repeats for the next value of an array. */
  #leaveElement(): boolean {
    if (this.#array.left > 0 && --this.#array.left > 0) return false;
    this.#scopes.count = this.#tags.scopeMark(this.#depth);
    this.#depth -= 1;
    if (this.#depth === 0) this.#rootIsDone = true;
    return true;
  }

  #endOfBytes(): NodeKind {
    if (this.#depth > 0 || (!this.#rootIsDone && !this.#isFragment)) {
      throw new XmlError("XML_UNEXPECTED_END", `the document ends before its last end tag${this.#inside()}`, {
        offset: this.#cursor.end,
      });
    }
    this.#startPosition = this.#cursor.end;
    return (this.#kind = NodeKind.endOfDocument);
  }

  #isOnTag(): boolean {
    return this.#kind === NodeKind.element || this.#kind === NodeKind.endElement;
  }

  #attributeIndex(index: number): number {
    if (index >= 0 && index < this.attributeCount) return index;
    throw new RangeError(`attribute ${index} of ${this.attributeCount}`);
  }

  #declarationIndex(index: number): number {
    if (index >= 0 && index < this.declarationCount) return this.#tags.scopeMark(this.#depth) + index;
    throw new RangeError(`namespace declaration ${index} of ${this.declarationCount}`);
  }

  #inside(): string {
    return this.#depth === 0 ? "" : ` in <${this.#tags.localName(this.#depth)}>`;
  }
}
