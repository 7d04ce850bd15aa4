import { type ByteWriter, toBase64 } from "../bytes/index.ts";
import { decimalText, parseDecimal } from "./decimal.ts";
import { normalizeGuid } from "./guid.ts";
import { doubleText, floatText } from "./number-text.ts";
import type { DateTime, Duration } from "./time-values.ts";
import type { UniqueId } from "./unique-id.ts";
import { textOf, type XmlName } from "./xml-name.ts";
import type { XmlWriter } from "./xml-writer.ts";

/**
 * Writes XML as text in UTF-8, without a declaration and without white space of its own, as WCF does: quotes are double, an element
 * without content is `<a/>`.
 *
 * Text with a character that XML has no place for is a `RangeError`, also where .NET would write a reference that no reader has to take.
 * Names are the caller's matter.
 */
export class TextXmlWriter implements XmlWriter {
  #out: ByteWriter;
  /** Prefixes and local names of the open elements in turn. */
  readonly #names: string[] = [];
  #isTagOpen = false;

  constructor(out: ByteWriter) {
    this.#out = out;
  }

  /** Begins another document or fragment, possibly elsewhere. */
  reset(out: ByteWriter): void {
    this.#out = out;
    this.#names.length = 0;
    this.#isTagOpen = false;
  }

  /** Copies content that was written before: whole elements and text. */
  copyContent(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#closeTag();
    this.#out.write(bytes);
  }

  startElement(prefix: string, localName: XmlName): void {
    this.#closeTag();
    const name = textOf(localName);
    this.#out.byte(lessThan);
    this.#name(prefix, name);
    this.#names.push(prefix, name);
    this.#isTagOpen = true;
  }

  attribute(prefix: string, localName: XmlName, value: XmlName): void {
    this.#out.byte(space);
    this.#name(prefix, textOf(localName));
    this.#value(textOf(value));
  }

  attributeBoolean(prefix: string, localName: XmlName, value: boolean): void {
    this.attribute(prefix, localName, value ? "true" : "false");
  }

  attributeInteger(prefix: string, localName: XmlName, value: number): void {
    this.attribute(prefix, localName, value.toString());
  }

  declareNamespace(prefix: string, namespaceUri: XmlName): void {
    this.#out.text(prefix === "" ? " xmlns" : " xmlns:");
    if (prefix !== "") this.#out.text(prefix);
    this.#value(textOf(namespaceUri));
  }

  endElement(): void {
    const out = this.#out;
    const localName = this.#names.pop()!;
    const prefix = this.#names.pop()!;
    if (this.#isTagOpen) {
      out.text("/>");
      this.#isTagOpen = false;
      return;
    }
    out.text("</");
    this.#name(prefix, localName);
    out.byte(greaterThan);
  }

  text(value: XmlName): void {
    const text = textOf(value);
    if (text === "") return;
    this.#closeTag();
    this.#out.text(textSpecials.test(text) ? text.replaceAll(allTextSpecials, escaped) : text);
  }

  boolean(value: boolean): void {
    this.#plain(value ? "true" : "false");
  }

  integer(value: number): void {
    this.#plain(value === 0 ? "0" : value.toString());
  }

  bigint(value: bigint): void {
    if (value < -(2n ** 63n) || value >= 2n ** 64n)
      throw new RangeError(`${value} does not fit 64 bits: -2^63 to 2^64-1`);
    this.#plain(value.toString());
  }

  float(value: number): void {
    this.#plain(floatText(value));
  }

  double(value: number): void {
    this.#plain(doubleText(value));
  }

  decimal(value: string): void {
    this.#plain(decimalText(parseDecimal(value)));
  }

  dateTime(value: DateTime): void {
    this.#plain(value.toString());
  }

  duration(value: Duration): void {
    this.#plain(value.toString());
  }

  guid(value: string): void {
    this.#plain(normalizeGuid(value));
  }

  uniqueId(value: UniqueId): void {
    this.text(value.toString());
  }

  bytes(value: Uint8Array): void {
    if (value.length > 0) this.#plain(toBase64(value));
  }

  qname(prefix: string, localName: XmlName): void {
    this.#closeTag();
    this.#name(prefix, textOf(localName));
  }

  /** Text without specials. */
  #plain(text: string): void {
    this.#closeTag();
    this.#out.text(text);
  }

  #name(prefix: string, localName: string): void {
    if (prefix !== "") {
      this.#out.text(prefix);
      this.#out.byte(colon);
    }
    this.#out.text(localName);
  }

  #value(text: string): void {
    const out = this.#out;
    out.text('="');
    out.text(attributeSpecials.test(text) ? text.replaceAll(allAttributeSpecials, escaped) : text);
    out.byte(quote);
  }

  #closeTag(): void {
    if (!this.#isTagOpen) return;
    this.#out.byte(greaterThan);
    this.#isTagOpen = false;
  }
}

const lessThan = 0x3c;
const greaterThan = 0x3e;
const colon = 0x3a;
const quote = 0x22;
const space = 0x20;

/** Markup, the carriage return, which a reader would take for a line feed, and what is no character of XML. */
const specials = "&<>\\u0000-\\u0008\\u000b-\\u001f\\ufffe\\uffff";
const textSpecials = new RegExp(`[${specials}]`);
const allTextSpecials = new RegExp(`[${specials}]`, "g");
/** In attributes the line feed and the tab as well, which a reader would take for spaces. */
const attributeSpecials = new RegExp(`[${specials}"\\t\\n]`);
const allAttributeSpecials = new RegExp(`[${specials}"\\t\\n]`, "g");

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#x9;",
  "\n": "&#xA;",
  "\r": "&#xD;",
};

function escaped(character: string): string {
  const reference = escapes[character];
  if (reference !== undefined) return reference;
  const point = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  throw new RangeError(
    `the text holds U+${point}, which XML text cannot carry; use base64Binary or the binary encoding`,
  );
}
