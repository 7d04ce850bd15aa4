import { type DictionaryString, textOf, type XmlName, type XmlWriter } from "../xml/index.ts";
import { ContractError } from "./errors.ts";
import { type ElementName, nilName, typeName, xsiNamespace } from "./names.ts";

/**
 * How many elements may stand in each other in what a contract writes, the wrapper counted. WCF reads 128 levels; Envelope, Body and,
 * for faults, Fault and Detail are outside. Deeper: `ContractError` with code `CONTRACT_TOO_DEEP`.
 */
export const maxBodyDepth = 124;

/**
 * The namespaces in scope while one body is written.
 *
 * It chooses prefixes as WCF's serialisers do: an element whose namespace has no prefix yet becomes the default namespace; a type's
 * own namespace gets the next free letter on the element that holds it. Bindings are collected after `startElement` and written by
 * `openContent`, since attributes come before declarations.
 */
export class BodyScope {
  #writer: XmlWriter | undefined;
  readonly #prefixes: string[] = [];
  readonly #names: XmlName[] = [];
  /** The texts of `#names`. */
  readonly #uris: string[] = [];
  #count = 0;
  #declaredCount = 0;
  #depth = 0;
  /** Index of the binding of xsi, or -1. */
  #xsiIndex = -1;
  #isPrimitive = false;

  /**
   * Starts a body. `isPrimitive` chooses the shape of WCF's formatter for operations with primitive parameters alone: nothing is
   * declared ahead of its use, and xsi gets a letter instead of `i`.
   */
  begin(writer: XmlWriter, isPrimitive: boolean): void {
    this.#writer = writer;
    this.#count = 0;
    this.#declaredCount = 0;
    this.#depth = 0;
    this.#xsiIndex = -1;
    this.#isPrimitive = isPrimitive;
  }

  end(): void {
    this.#writer = undefined;
  }

  /** True between `begin` and `end`. */
  get isBusy(): boolean {
    return this.#writer !== undefined;
  }

  /** True before the first element and where a parameter of the wrapper is to be written. */
  get isOutermost(): boolean {
    return this.#depth <= 1;
  }

  /** For the content of the element that is open. */
  get writer(): XmlWriter {
    return this.#writer!;
  }

  /** Opens an element and returns what `endElement` wants back. */
  startElement(element: ElementName): number {
    const mark = this.#count;
    if (++this.#depth > maxBodyDepth) throw tooDeep();
    let prefix = this.#lookup(element.namespaceUri.value);
    if (prefix === undefined) {
      prefix = "";
      this.#push("", element.namespaceUri);
    }
    this.#writer!.startElement(prefix, element.localName);
    return mark;
  }

  /** As `startElement`, with a prefix of its own that is declared on the element whether the namespace had one or not. */
  startPrefixedElement(prefix: string, element: ElementName): number {
    const mark = this.#count;
    if (++this.#depth > maxBodyDepth) throw tooDeep();
    this.#push(prefix, element.namespaceUri);
    this.#writer!.startElement(prefix, element.localName);
    return mark;
  }

  /** Makes sure that the namespace has a prefix, and returns it. A plain string is declared in-line, as WCF does for QName values. */
  bind(name: XmlName): string {
    const uri = textOf(name);
    const known = this.#lookup(uri);
    if (known !== undefined) return known;
    const prefix = uri === "" ? "" : this.#freeLetter();
    this.#push(prefix, name);
    return prefix;
  }

  /** What the element of a record or collection declares: the namespace of its content and, outermost, xsi. */
  bindContent(uri: DictionaryString): void {
    if (this.#isPrimitive) return;
    if (uri.value !== "") this.bind(uri);
    this.#bindXsi();
  }

  /** Writes `i:nil="true"` on the element just opened. */
  nil(): void {
    this.#writer!.attributeBoolean(this.#bindXsi(), nilName, true);
  }

  /** Writes `i:type` on the element just opened. */
  type(localName: string, uri: DictionaryString): void {
    const xsiPrefix = this.#bindXsi();
    const prefix = this.bind(uri);
    this.#writer!.attribute(xsiPrefix, typeName, prefix === "" ? localName : `${prefix}:${localName}`);
  }

  /** Ends the start tag: writes the declarations collected for it. */
  openContent(): void {
    while (this.#declaredCount < this.#count) {
      const index = this.#declaredCount++;
      this.#writer!.declareNamespace(this.#prefixes[index]!, this.#names[index]!);
    }
  }

  endElement(mark: number): void {
    this.#writer!.endElement();
    this.#depth -= 1;
    this.#count = mark;
    this.#declaredCount = mark;
    if (this.#xsiIndex >= mark) this.#xsiIndex = -1;
  }

  #bindXsi(): string {
    if (this.#xsiIndex < 0) {
      this.#xsiIndex = this.#count;
      this.#push(this.#isPrimitive ? this.#freeLetter() : "i", xsiNamespace);
    }
    return this.#prefixes[this.#xsiIndex]!;
  }

  #push(prefix: string, name: XmlName): void {
    this.#prefixes[this.#count] = prefix;
    this.#names[this.#count] = name;
    this.#uris[this.#count] = textOf(name);
    this.#count += 1;
  }

  /** The prefix bound last to `uri` that no later binding hides. */
  #lookup(uri: string): string | undefined {
    for (let index = this.#count - 1; index >= 0; index--) {
      if (this.#uris[index] === uri && !this.#isHidden(index)) return this.#prefixes[index]!;
    }
    return uri === "" && !this.#isBound("") ? "" : undefined;
  }

  #isHidden(index: number): boolean {
    const prefix = this.#prefixes[index]!;
    for (let later = index + 1; later < this.#count; later++) if (this.#prefixes[later] === prefix) return true;
    return false;
  }

  #isBound(prefix: string): boolean {
    for (let index = 0; index < this.#count; index++) if (this.#prefixes[index] === prefix) return true;
    return false;
  }

  #freeLetter(): string {
    for (const letter of letters) if (!this.#isBound(letter)) return letter;
    return `n${this.#count}`;
  }
}

/** The alphabet without what an envelope has bound already (`a`, `r`, `s`) and what stands for xsi (`i`). */
const letters = [..."bcdefghjklmnopqtuvwxyz"];

function tooDeep(): ContractError {
  return new ContractError(
    "CONTRACT_TOO_DEEP",
    `is more than ${maxBodyDepth} elements deep (maxBodyDepth), deeper than a WCF peer reads; the value refers to itself or has to be flattened`,
  );
}
