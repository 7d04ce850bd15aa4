import { fromBase64 } from "../bytes/index.ts";
import { decimalText, parseDecimal } from "./decimal.ts";
import { XmlError } from "./errors.ts";
import { normalizeGuid } from "./guid.ts";
import { NodeKind } from "./node-kind.ts";
import { isXmlSpace, parseBigInt, parseBoolean, parseDouble, parseInteger, trimXmlSpace } from "./number-text.ts";
import { splitQName } from "./qualified-name.ts";
import type { ReaderQuotas } from "./reader-quotas.ts";
import { DateTime, Duration } from "./time-values.ts";
import { UniqueId } from "./unique-id.ts";

/** Reads an element's content as one typed value. The nodes come from the class that extends this one, all text between tags as one. */
export abstract class TextValues {
  readonly quotas: ReaderQuotas;

  constructor(quotas: ReaderQuotas) {
    this.quotas = quotas;
  }

  abstract next(): NodeKind;
  abstract readonly kind: NodeKind;
  abstract readonly localName: string;
  abstract lookupNamespace(prefix: string): string | undefined;
  /** The text stood on, whatever its length. */
  protected abstract readonly content: string;

  readString(): string {
    return this.#short(this.#read());
  }

  readBoolean(): boolean {
    return this.#parsed(parseBoolean, "a boolean");
  }

  readInteger(): number {
    return this.#parsed(parseInteger, "a whole number up to 2^53-1");
  }

  readBigInt(): bigint {
    return this.#parsed(parseBigInt, "a whole number of 64 bits");
  }

  readDouble(): number {
    return this.#parsed(parseDouble, "a number");
  }

  readDecimal(): string {
    return this.#parsed((text) => decimalText(parseDecimal(text)), "a decimal number");
  }

  readDateTime(): DateTime {
    return this.#parsed((text) => DateTime.parse(trimXmlSpace(text)), "a dateTime");
  }

  readDuration(): Duration {
    return this.#parsed((text) => Duration.parse(trimXmlSpace(text)), "a duration");
  }

  readGuid(): string {
    return this.#parsed(normalizeGuid, "a GUID");
  }

  readUniqueId(): UniqueId {
    return UniqueId.parse(trimXmlSpace(this.readString()));
  }

  readBytes(): Uint8Array {
    const text = this.#read();
    const { maxArrayLength } = this.quotas;
    let length = 0;
    for (let at = 0; at < text.length; at++) if (!isXmlSpace(text.charCodeAt(at))) length += 1;
    // Up to two characters are padding.
    const byteLength = Math.floor((length * 3) / 4);
    if (byteLength - 2 > maxArrayLength) throw this.#tooManyBytes(byteLength);
    const bytes = parse(fromBase64, text, (cause) => this.#wrong(text, "base64", cause));
    if (bytes.length > maxArrayLength) throw this.#tooManyBytes(bytes.length);
    return bytes;
  }

  readQName(): { readonly namespaceUri: string; readonly localName: string } {
    const text = trimXmlSpace(this.readString());
    const name = splitQName(text);
    if (name === undefined) throw this.#wrong(text, "a QName");
    const namespaceUri = this.lookupNamespace(name.prefix);
    if (namespaceUri !== undefined) return { namespaceUri, localName: name.localName };
    throw new XmlError("XML_UNBOUND_PREFIX", `no declaration in scope binds the prefix of QName "${text}"`);
  }

  /** Moves from the start tag to the end tag and returns the text that lies between. */
  #read(): string {
    if (this.kind !== NodeKind.element)
      throw new XmlError("XML_UNEXPECTED_CONTENT", "a value can be read from an element only");
    let kind = this.next();
    if (kind === NodeKind.endElement) return "";
    const text = this.content;
    if (kind === NodeKind.text) kind = this.next();
    if (kind === NodeKind.endElement) return text;
    throw new XmlError("XML_UNEXPECTED_CONTENT", `<${this.localName}> stands inside a value`);
  }

  #short(text: string): string {
    const { maxStringContentLength } = this.quotas;
    if (text.length <= maxStringContentLength) return text;
    throw new XmlError(
      "XML_QUOTA_EXCEEDED",
      `a text has ${text.length} characters; maxStringContentLength is ${maxStringContentLength}`,
    );
  }

  #parsed<T>(read: (text: string) => T, expected: string): T {
    const text = this.readString();
    return parse(read, text, (cause) => this.#wrong(text, expected, cause));
  }

  #wrong(text: string, expected: string, cause?: unknown): XmlError {
    const shown = text.length <= 60 ? text : `${text.slice(0, 60)}…`;
    return new XmlError("XML_UNEXPECTED_CONTENT", `<${this.localName}> has "${shown}", expected ${expected}`, {
      cause,
    });
  }

  #tooManyBytes(byteLength: number): XmlError {
    return new XmlError(
      "XML_QUOTA_EXCEEDED",
      `a base64 value has ${byteLength} bytes; maxArrayLength is ${this.quotas.maxArrayLength}`,
    );
  }
}

function parse<T>(read: (text: string) => T, text: string, wrong: (cause: unknown) => XmlError): T {
  try {
    return read(text);
  } catch (cause) {
    throw wrong(cause);
  }
}
