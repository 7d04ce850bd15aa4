import { pureUtf8, type Utf8Codec } from "../bytes/index.ts";
import { XmlError } from "./errors.ts";
import { NodeKind } from "./node-kind.ts";
import { trimXmlSpace } from "./number-text.ts";
import { PrefixBindings, xmlNamespace, xmlnsNamespace } from "./prefix-bindings.ts";
import { defaultReaderQuotas, type ReaderQuotas } from "./reader-quotas.ts";
import {
  characterDataOf,
  elementOf,
  type TextElement,
  type TextTreeNode,
  TextTreeParser,
  textOfNode,
} from "./text-tree.ts";
import { TextValues } from "./text-values.ts";
import { withoutReferences } from "./xml-characters.ts";
import type { XmlReader } from "./xml-reader.ts";

interface OpenElement {
  prefix: string;
  localName: string;
  namespaceUri: string;
  children: readonly TextTreeNode[];
  /** Of the next child. */
  index: number;
  /** Declarations in force outside the element. */
  bindingCount: number;
}

/** More attributes are looked up in a set. */
const comparedAttributeCount = 16;

/**
 * Reads an XML document in UTF-8, as SOAP allows it: without DTD and processing instructions. Comments are passed over, CDATA is text,
 * and all text between two tags is one node. One reader serves any number of documents, one after the other.
 *
 * Whether the text is well-formed is known when `reset` returns; what the prefixes stand for is found element by element.
 */
export class TextXmlReader extends TextValues implements XmlReader {
  readonly #utf8: Utf8Codec;
  readonly #parser: TextTreeParser;
  readonly #bindings = new PrefixBindings();
  readonly #open: OpenElement[] = [];
  readonly #attributePrefixes: string[] = [];
  readonly #attributeNames: string[] = [];
  readonly #attributeUris: string[] = [];
  readonly #attributeValues: string[] = [];
  #attributeCount = 0;
  #kind: NodeKind = NodeKind.none;
  #depth = 0;
  #root: TextElement | undefined;
  #content = "";

  constructor(options: { readonly quotas?: Partial<ReaderQuotas>; readonly utf8?: Utf8Codec } = {}) {
    super({ ...defaultReaderQuotas, ...options.quotas });
    this.#utf8 = options.utf8 ?? pureUtf8;
    this.#parser = new TextTreeParser(this.quotas);
  }

  /**
   * Begins the document `bytes[from, to)`; a byte order mark may stand before it.
   * @throws XmlError when the bytes are not UTF-8, the text is not well-formed, or a quota is passed
   */
  reset(bytes: Uint8Array, from = 0, to: number = bytes.length): void {
    if (from < 0 || to > bytes.length || from > to)
      throw new RangeError(`bytes ${from} to ${to} do not lie in ${bytes.length} bytes`);
    this.#kind = NodeKind.none;
    this.#depth = 0;
    this.#bindings.releaseTo(0);
    this.#attributeCount = 0;
    this.#root = undefined;
    this.#root = this.#parser.parse(this.#decoded(bytes, from, to));
  }

  get kind(): NodeKind {
    return this.#kind;
  }

  get depth(): number {
    return this.#depth;
  }

  next(): NodeKind {
    if (this.#kind === NodeKind.endElement) this.#leaveElement();
    if (this.#depth === 0) return this.#outside();
    const open = this.#open[this.#depth - 1]!;
    const { children } = open;
    this.#content = "";
    for (; open.index < children.length; open.index++) {
      const node = children[open.index]!;
      const text = textOfNode(node);
      const part = text === undefined ? characterDataOf(node) : withoutReferences(text);
      if (part !== undefined) this.#content += part;
      else if (this.#content !== "") break;
      else {
        open.index += 1;
        return this.#startElement(elementOf(node)!);
      }
    }
    this.#attributeCount = 0;
    return (this.#kind = this.#content === "" ? NodeKind.endElement : NodeKind.text);
  }

  nextChild(): boolean {
    for (;;) {
      const kind = this.next();
      if (kind === NodeKind.element) return true;
      if (kind !== NodeKind.text) return false;
      if (trimXmlSpace(this.#content) !== "") {
        throw new XmlError(
          "XML_UNEXPECTED_CONTENT",
          `text stands where child elements are expected in <${this.#open[this.#depth - 1]!.localName}>`,
        );
      }
    }
  }

  get prefix(): string {
    return this.#tag?.prefix ?? "";
  }

  get localName(): string {
    return this.#tag?.localName ?? "";
  }

  get namespaceUri(): string {
    return this.#tag?.namespaceUri ?? "";
  }

  is(localName: string, namespaceUri: string): boolean {
    if (this.#kind !== NodeKind.element) return false;
    const open = this.#open[this.#depth - 1]!;
    return open.localName === localName && open.namespaceUri === namespaceUri;
  }

  get attributeCount(): number {
    return this.#attributeCount;
  }

  attributePrefix(index: number): string {
    return this.#attributePrefixes[this.#attributeIndex(index)]!;
  }

  attributeLocalName(index: number): string {
    return this.#attributeNames[this.#attributeIndex(index)]!;
  }

  attributeNamespaceUri(index: number): string {
    return this.#attributeUris[this.#attributeIndex(index)]!;
  }

  attributeValue(index: number): string {
    return this.#attributeValues[this.#attributeIndex(index)]!;
  }

  attribute(localName: string, namespaceUri: string): string | undefined {
    for (let index = 0; index < this.#attributeCount; index++) {
      if (this.#attributeNames[index] === localName && this.#attributeUris[index] === namespaceUri)
        return this.#attributeValues[index];
    }
    return undefined;
  }

  get declarationCount(): number {
    return this.#kind === NodeKind.element ? this.#bindings.count - this.#open[this.#depth - 1]!.bindingCount : 0;
  }

  declarationPrefix(index: number): string {
    return this.#bindings.prefixes[this.#declarationIndex(index)]!;
  }

  declarationUri(index: number): string {
    return this.#bindings.uris[this.#declarationIndex(index)]!;
  }

  lookupNamespace(prefix: string): string | undefined {
    return this.#bindings.find(prefix);
  }

  get text(): string {
    return this.#kind === NodeKind.text ? this.#content : "";
  }

  skip(): void {
    if (this.#kind !== NodeKind.element) throw new XmlError("XML_UNEXPECTED_CONTENT", "skip() works on an element");
    const depth = this.#depth;
    while (this.next() !== NodeKind.endElement || this.#depth !== depth) {
      // Every turn moves forward, and all elements have an end.
    }
  }

  protected override get content(): string {
    return this.#content;
  }

  #decoded(bytes: Uint8Array, from: number, to: number): string {
    const first = bytes[from];
    const second = bytes[from + 1];
    // A byte order mark of UTF-16, or its zero byte beside the document's first character.
    if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first === 0 || second === 0) {
      throw new XmlError(
        "XML_ILL_FORMED",
        "the document is not in UTF-8, but as it seems in UTF-16; only UTF-8 is read",
        {
          offset: 0,
        },
      );
    }
    const hasMark = first === 0xef && second === 0xbb && bytes[from + 2] === 0xbf && from + 3 <= to;
    try {
      return this.#utf8.decode(bytes, hasMark ? from + 3 : from, to);
    } catch (cause) {
      throw new XmlError("XML_ILL_FORMED", "the document is not in UTF-8", { cause });
    }
  }

  #outside(): NodeKind {
    const root = this.#root;
    this.#root = undefined;
    if (root !== undefined) return this.#startElement(root);
    this.#attributeCount = 0;
    return (this.#kind = NodeKind.endOfDocument);
  }

  #startElement({ name, attributes, children }: TextElement): NodeKind {
    const open = (this.#open[this.#depth] ??= newElement());
    this.#depth += 1;
    open.bindingCount = this.#bindings.count;
    open.children = children;
    open.index = 0;
    this.#attributeCount = 0;
    if (attributes.length > 0) this.#takeAttributes(attributes);
    const colon = name.indexOf(":");
    open.prefix = colon < 0 ? "" : name.slice(0, colon);
    open.localName = name.slice(colon + 1);
    open.namespaceUri = this.#namespaceOf(open.prefix);
    return (this.#kind = NodeKind.element);
  }

  #leaveElement(): void {
    this.#depth -= 1;
    this.#bindings.releaseTo(this.#open[this.#depth]!.bindingCount);
  }

  /** Declarations first: they hold for the attributes before them as well. */
  #takeAttributes(attributes: readonly string[]): void {
    for (let at = 0; at < attributes.length; at += 2) {
      const name = attributes[at]!;
      const isDeclaration = name === "xmlns" || name.startsWith("xmlns:");
      const value = attributeText(attributes[at + 1]!);
      if (isDeclaration) this.#declare(name.slice(6), value);
      else {
        const index = this.#attributeCount++;
        const colon = name.indexOf(":");
        this.#attributePrefixes[index] = colon < 0 ? "" : name.slice(0, colon);
        this.#attributeNames[index] = name.slice(colon + 1);
        this.#attributeValues[index] = value;
      }
    }
    let prefixedCount = 0;
    for (let index = 0; index < this.#attributeCount; index++) {
      const prefix = this.#attributePrefixes[index]!;
      if (prefix !== "") prefixedCount += 1;
      this.#attributeUris[index] = prefix === "" ? "" : this.#namespaceOf(prefix);
    }
    // Names as written differ already; two that mean the same have a prefix each.
    if (prefixedCount > 1) this.#checkUnique();
  }

  #declare(prefix: string, uri: string): void {
    const isLegal =
      prefix === "xmlns" || uri === xmlnsNamespace
        ? false
        : prefix === "xml" || uri === xmlNamespace
          ? prefix === "xml" && uri === xmlNamespace
          : prefix === "" || uri !== "";
    if (!isLegal) {
      throw new XmlError("XML_ILL_FORMED", `prefix "${prefix}" cannot stand for the namespace "${uri}" [XML Names] 3`);
    }
    this.#bindings.push(prefix, uri);
  }

  #namespaceOf(prefix: string): string {
    const uri = prefix === "xmlns" ? undefined : this.#bindings.find(prefix);
    if (uri !== undefined) return uri;
    throw new XmlError("XML_UNBOUND_PREFIX", `no declaration in scope binds the prefix "${prefix}"`);
  }

  #checkUnique(): void {
    const count = this.#attributeCount;
    const seen = count > comparedAttributeCount ? new Set<string>() : undefined;
    for (let index = 0; index < count; index++) {
      const name = this.#attributeNames[index]!;
      const uri = this.#attributeUris[index]!;
      let isTwice = false;
      if (seen === undefined) {
        for (let other = 0; other < index; other++)
          isTwice ||= this.#attributeNames[other] === name && this.#attributeUris[other] === uri;
      } else {
        const expanded = `${name} ${uri}`;
        isTwice = seen.has(expanded);
        seen.add(expanded);
      }
      if (isTwice) throw new XmlError("XML_ILL_FORMED", `an element has the attribute {${uri}}${name} twice`);
    }
  }

  get #tag(): OpenElement | undefined {
    const isOnTag = this.#kind === NodeKind.element || this.#kind === NodeKind.endElement;
    return isOnTag ? this.#open[this.#depth - 1] : undefined;
  }

  #attributeIndex(index: number): number {
    if (index >= 0 && index < this.#attributeCount) return index;
    throw new RangeError(`attribute ${index} of ${this.#attributeCount}`);
  }

  #declarationIndex(index: number): number {
    if (index >= 0 && index < this.declarationCount) return this.#open[this.#depth - 1]!.bindingCount + index;
    throw new RangeError(`namespace declaration ${index} of ${this.declarationCount}`);
  }
}

function newElement(): OpenElement {
  return { prefix: "", localName: "", namespaceUri: "", children: [], index: 0, bindingCount: 0 };
}

/** The value of an attribute [XML 1.0] 3.3.3: white space as written becomes spaces, characters from references stay. */
function attributeText(written: string): string {
  return withoutReferences(/[\t\n\r]/.test(written) ? written.replace(/\r\n|[\t\n\r]/g, " ") : written);
}
