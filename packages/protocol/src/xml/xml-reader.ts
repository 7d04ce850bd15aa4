import type { NodeKind } from "./node-kind.ts";
import type { DateTime, Duration } from "./time-values.ts";
import type { UniqueId } from "./unique-id.ts";

/**
 * A forward cursor over one XML document, in whatever encoding.
 *
 * Names and namespaces are strings already resolved. Strings that came from a dictionary are the dictionary's own, so that comparing
 * them is cheap. The reader throws `XmlError` for ill-formed input, for a value that is not of the asked type and past a quota;
 * a reader that threw is spent.
 */
export interface XmlReader {
  /** Moves to the next node and returns its kind. */
  next(): NodeKind;
  /**
   * Moves to the next child element, over white space and comments. False when the parent's end tag was reached instead.
   * @throws XmlError when other text comes first
   */
  nextChild(): boolean;

  readonly kind: NodeKind;
  /** Count of elements open here; 1 on the root element. */
  readonly depth: number;

  /** Of the element or end tag stood on; "" where there is none. */
  readonly prefix: string;
  readonly localName: string;
  readonly namespaceUri: string;
  /** True when the element stood on has this name. */
  is(localName: string, namespaceUri: string): boolean;

  /** Attributes of the element stood on, xmlns declarations not counted, in document order. */
  readonly attributeCount: number;
  attributePrefix(index: number): string;
  attributeLocalName(index: number): string;
  attributeNamespaceUri(index: number): string;
  attributeValue(index: number): string;
  /** Value of the attribute of this name, or undefined. */
  attribute(localName: string, namespaceUri: string): string | undefined;
  /** xmlns declarations of the element stood on, in document order. */
  readonly declarationCount: number;
  declarationPrefix(index: number): string;
  declarationUri(index: number): string;
  /** The namespace bound to `prefix` here ("" asks for the default namespace), or undefined. */
  lookupNamespace(prefix: string): string | undefined;

  /** The text or comment stood on, as XML text (unescaped). */
  readonly text: string;

  /**
   * These stand on an element, read its whole content as one value and end on its end tag. Comments inside are passed over.
   * White space around a value is ignored, save by `readString`. @throws XmlError when a child element is met or the text is not of that type
   */
  readString(): string;
  readBoolean(): boolean;
  /** A whole number within a safe integer. */
  readInteger(): number;
  /** A whole number of any size up to 64 bits, signed or unsigned. */
  readBigInt(): bigint;
  readDouble(): number;
  /** Plain decimal notation, no exponent, as written (trailing zeros kept). */
  readDecimal(): string;
  readDateTime(): DateTime;
  readDuration(): Duration;
  /** Lower-case, with dashes, without braces. */
  readGuid(): string;
  readUniqueId(): UniqueId;
  /** A copy of the bytes of base64 content; up to 4 KiB it may share its `buffer` with other values, so `slice()` it to transfer it. */
  readBytes(): Uint8Array;
  /** A QName resolved against the namespaces in scope. */
  readQName(): { readonly namespaceUri: string; readonly localName: string };

  /** Stands on an element: passes over all of it and ends on its end tag. */
  skip(): void;
}
