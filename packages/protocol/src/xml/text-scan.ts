import { utf8ByteLength } from "../bytes/index.ts";
import { XmlError } from "./errors.ts";
import { isXmlSpace } from "./number-text.ts";
import type { ReaderQuotas } from "./reader-quotas.ts";
import { entityCharacter, isNamePart, isNameStart, isXmlCharacter } from "./xml-characters.ts";

/** What a well-formed document consists of. */
export interface ScannedText {
  /** Where the root element begins and ends; outside lie the declaration, white space and comments. */
  readonly rootFrom: number;
  readonly rootTo: number;
  readonly elementCount: number;
  /** xmlns declarations among them. */
  readonly attributeCount: number;
}

const ordinary = 0;
const lessThan = 1;
const ampersand = 2;
const bracket = 3;
const illegal = 4;
/** What the scan has to look at, of the units below U+0080. */
const units = new Uint8Array(128);
for (let unit = 0; unit < 0x20; unit++) units[unit] = isXmlCharacter(unit) ? ordinary : illegal;
units[0x3c] = lessThan;
units[0x26] = ampersand;
units[0x5d] = bracket;

const slash = 0x2f;
const greaterThan = 0x3e;
const colon = 0x3a;
const equalsSign = 0x3d;
const exclamation = 0x21;
const question = 0x3f;
/** Attributes up to here are compared with each other; of more a set is made, so that many cost no more than few. */
const comparedAttributeCount = 16;
/** Longer ones name no version and no encoding. */
const maxDeclarationLength = 1024;

/**
 * Decides whether a text is a well-formed document of the kind that SOAP allows ([XML 1.0], without DTD and processing instructions,
 * and with colons in names as [XML Names] has them), in one pass and within the quotas. Which namespaces the prefixes stand for is not
 * looked at.
 *
 * @throws XmlError
 */
export function scanText(text: string, quotas: ReaderQuotas): ScannedText {
  return new TextScan(text, quotas).run();
}

class TextScan {
  readonly #text: string;
  readonly #quotas: ReaderQuotas;
  /** A text may be base64 of an array as long as the quota allows. */
  readonly #maxTextLength: number;
  readonly #names: string[] = [];
  #at = 0;
  /** Characters of the text that the scan is in, comments not counted. */
  #textLength = 0;
  #elementCount = 0;
  #attributeCount = 0;

  constructor(text: string, quotas: ReaderQuotas) {
    this.#text = text;
    this.#quotas = quotas;
    this.#maxTextLength = Math.max(quotas.maxStringContentLength, Math.ceil(quotas.maxArrayLength / 3) * 4);
  }

  run(): ScannedText {
    this.#declaration();
    this.#outside();
    const rootFrom = this.#at;
    if (rootFrom === this.#text.length) throw this.#endsEarly("there is no root element");
    this.#content();
    const rootTo = this.#at;
    this.#outside();
    if (this.#at < this.#text.length) throw this.#illFormed("a second root element");
    return { rootFrom, rootTo, elementCount: this.#elementCount, attributeCount: this.#attributeCount };
  }

  #declaration(): void {
    const text = this.#text;
    if (!text.startsWith("<?xml") || !isXmlSpace(text.charCodeAt(5))) return;
    const end = text.indexOf("?>");
    if (end < 0) throw this.#endsEarly("the XML declaration has no end");
    const match = end > maxDeclarationLength ? null : declarationPattern.exec(text.slice(5, end));
    if (match === null) throw this.#illFormed("the XML declaration is not as it should be");
    const version = match[1]!.slice(1, -1);
    if (version !== "1.0") throw this.#illFormed(`the document is of XML ${version}; only 1.0 is read`);
    const encoding = match[2]?.slice(1, -1);
    if (encoding !== undefined && encoding.toLowerCase() !== "utf-8")
      throw this.#illFormed(`the document says that its encoding is ${encoding}; only utf-8 is read`);
    this.#at = end + 2;
  }

  /** White space and comments outside the root element. */
  #outside(): void {
    const text = this.#text;
    for (;;) {
      this.#space();
      if (text.startsWith("<!--", this.#at)) this.#comment();
      else if (this.#at === text.length) return;
      else if (text.charCodeAt(this.#at) !== 0x3c)
        throw this.#illFormed("text stands outside the root element", this.#at);
      else if (text.charCodeAt(this.#at + 1) === exclamation || text.charCodeAt(this.#at + 1) === question)
        throw this.#notInSoap();
      else return;
    }
  }

  /** The root element, standing on its start tag. */
  #content(): void {
    const text = this.#text;
    do {
      this.#characters();
      const next = text.charCodeAt(this.#at + 1);
      if (next === slash) this.#endTag();
      else if (next === exclamation) {
        if (text.startsWith("<!--", this.#at)) this.#comment();
        else if (text.startsWith("<![CDATA[", this.#at)) this.#characterData();
        else throw this.#notInSoap();
      } else if (next === question) throw this.#notInSoap();
      else this.#startTag();
    } while (this.#names.length > 0);
  }

  /** Text up to the next markup. */
  #characters(): void {
    const text = this.#text;
    const end = text.length;
    let at = this.#at;
    for (; at < end; at++) {
      const unit = text.charCodeAt(at);
      if (unit >= 0x80) {
        if (unit >= 0xfffe) throw this.#illegalCharacter(at);
        this.#textLength += 1;
        continue;
      }
      const kind = units[unit];
      if (kind === lessThan) break;
      if (kind === ampersand) at = this.#reference(at) - 1;
      else if (kind === illegal) throw this.#illegalCharacter(at);
      else if (kind === bracket && text.startsWith("]]>", at))
        throw this.#illFormed("]]> stands in text, where it must not", at);
      this.#textLength += 1;
    }
    this.#at = at;
    this.#checkTextLength();
    if (at === end) throw this.#endsEarly("the document ends before its last end tag");
  }

  #characterData(): void {
    const text = this.#text;
    const from = this.#at + 9;
    const end = text.indexOf("]]>", from);
    if (end < 0) throw this.#endsEarly("a CDATA section has no end");
    this.#legal(from, end);
    this.#textLength += end - from;
    this.#checkTextLength();
    this.#at = end + 3;
  }

  #comment(): void {
    const from = this.#at + 4;
    const end = this.#text.indexOf("--", from);
    if (end < 0) throw this.#endsEarly("a comment has no end");
    if (this.#text.charCodeAt(end + 2) !== greaterThan) throw this.#illFormed("-- stands in a comment", end);
    this.#legal(from, end);
    if (end - from > this.#quotas.maxStringContentLength) throw this.#tooLong("a comment", end - from);
    this.#at = end + 3;
  }

  #startTag(): void {
    const text = this.#text;
    const from = this.#at;
    const { maxDepth, maxAttributeCount } = this.#quotas;
    if (this.#names.length >= maxDepth) {
      throw this.#quota(`elements are nested deeper than maxDepth, which is ${maxDepth}`, from);
    }
    this.#at += 1;
    this.#textLength = 0;
    this.#elementCount += 1;
    this.#names.push(this.#name());
    const attributes: string[] = [];
    for (;;) {
      const isApart = this.#space();
      const unit = text.charCodeAt(this.#at);
      if (unit === greaterThan) {
        this.#at += 1;
        break;
      }
      if (unit === slash && text.charCodeAt(this.#at + 1) === greaterThan) {
        this.#at += 2;
        this.#names.pop();
        break;
      }
      if (this.#at === text.length) throw this.#endsEarly("a start tag has no end");
      if (!isApart) throw this.#illFormed("a start tag has something other than attributes");
      if (attributes.length >= maxAttributeCount)
        throw this.#quota(`<${this.#names.at(-1)}> has more than ${maxAttributeCount} attributes (maxAttributeCount)`);
      attributes.push(this.#attribute());
      if (this.#at - from > this.#quotas.maxBytesPerRead) break;
    }
    this.#checkTag(from);
    this.#attributeCount += attributes.length;
    this.#checkUnique(attributes, from);
  }

  /** One attribute; returns its name as written. */
  #attribute(): string {
    const text = this.#text;
    const name = this.#name();
    this.#space();
    if (text.charCodeAt(this.#at) !== equalsSign) throw this.#illFormed(`attribute ${name} has no value`);
    this.#at += 1;
    this.#space();
    const quote = text[this.#at];
    if (quote !== '"' && quote !== "'") throw this.#illFormed(`the value of attribute ${name} is not in quotes`);
    const from = this.#at + 1;
    const end = text.indexOf(quote, from);
    if (end < 0) throw this.#endsEarly(`the value of attribute ${name} has no end`);
    if (end - from > this.#quotas.maxStringContentLength) throw this.#tooLong(`attribute ${name}`, end - from);
    for (let at = from; at < end; at++) {
      const unit = text.charCodeAt(at);
      const kind = unit < 0x80 ? units[unit] : unit >= 0xfffe ? illegal : ordinary;
      if (kind === lessThan) throw this.#illFormed(`< stands in the value of attribute ${name}`, at);
      if (kind === ampersand) at = this.#reference(at) - 1;
      else if (kind === illegal) throw this.#illegalCharacter(at);
    }
    this.#at = end + 1;
    return name;
  }

  #endTag(): void {
    const text = this.#text;
    const name = this.#names.pop();
    if (name === undefined) throw this.#illFormed("an end tag closes nothing");
    const from = this.#at + 2;
    this.#at = from + name.length;
    if (!text.startsWith(name, from)) throw this.#illFormed(`</${name}> is missing`, from - 2);
    this.#space();
    if (this.#at === text.length) throw this.#endsEarly(`</${name} has no end`);
    if (text.charCodeAt(this.#at) !== greaterThan) throw this.#illFormed(`</${name}> is missing`, from - 2);
    this.#at += 1;
    this.#textLength = 0;
  }

  /** QName [XML Names] 4. */
  #name(): string {
    const text = this.#text;
    const from = this.#at;
    let at = from;
    let partFrom = from;
    let isPrefixed = false;
    for (;;) {
      const unit = text.charCodeAt(at);
      if (unit === colon && at > partFrom && !isPrefixed) {
        isPrefixed = true;
        partFrom = ++at;
        continue;
      }
      const point = unit >= 0xd800 && unit < 0xe000 ? text.codePointAt(at)! : unit;
      if (!(at === partFrom ? isNameStart(point) : isNamePart(point))) break;
      at += point > 0xffff ? 2 : 1;
    }
    this.#at = at;
    if (at === text.length) throw this.#endsEarly("the document ends in a tag");
    if (at === partFrom || text.charCodeAt(at) === colon) throw this.#illFormed("a name is not as it should be", at);
    return text.slice(from, at);
  }

  /** Stands on `&`; returns where the reference ends. */
  #reference(at: number): number {
    const text = this.#text;
    if (text.charCodeAt(at + 1) !== 0x23) {
      for (let length = 2; length <= 4; length++) {
        if (text.charCodeAt(at + 1 + length) !== 0x3b) continue;
        if (entityCharacter(text.slice(at + 1, at + 1 + length)) !== undefined) return at + length + 2;
        break;
      }
      throw this.#illFormed("& begins none of the references &lt; &gt; &amp; &quot; &apos; &#…;", at);
    }
    const isHex = text.charCodeAt(at + 2) === 0x78;
    const radix = isHex ? 16 : 10;
    const digitsFrom = at + (isHex ? 3 : 2);
    let point = 0;
    let digitAt = digitsFrom;
    for (; ; digitAt++) {
      const digit = digitOf(text.charCodeAt(digitAt));
      if (digit >= radix) break;
      point = Math.min(point * radix + digit, 0x110000);
    }
    if (digitAt === digitsFrom || text.charCodeAt(digitAt) !== 0x3b)
      throw this.#illFormed("a character reference is not as it should be", at);
    if (!isXmlCharacter(point)) throw this.#illFormed("a character reference stands for no character of XML", at);
    return digitAt + 1;
  }

  #space(): boolean {
    const from = this.#at;
    while (isXmlSpace(this.#text.charCodeAt(this.#at))) this.#at += 1;
    return this.#at > from;
  }

  #legal(from: number, to: number): void {
    const text = this.#text;
    for (let at = from; at < to; at++) {
      const unit = text.charCodeAt(at);
      if (unit < 0x20 ? units[unit] === illegal : unit >= 0xfffe) throw this.#illegalCharacter(at);
    }
  }

  #checkUnique(names: readonly string[], offset: number): void {
    const isUnique =
      names.length <= comparedAttributeCount
        ? names.every((name, index) => names.indexOf(name) === index)
        : new Set(names).size === names.length;
    if (!isUnique)
      throw this.#illFormed(`<${this.#text.slice(offset + 1, offset + 41)}… has an attribute twice`, offset);
  }

  #checkTag(from: number): void {
    const { maxBytesPerRead } = this.#quotas;
    const length = this.#at - from;
    // A unit takes three bytes at most.
    if (length * 3 <= maxBytesPerRead) return;
    if (length <= maxBytesPerRead && utf8ByteLength(this.#text.slice(from, this.#at)) <= maxBytesPerRead) return;
    throw this.#quota(`a start tag has more than ${maxBytesPerRead} bytes (maxBytesPerRead)`, from);
  }

  #checkTextLength(): void {
    if (this.#textLength > this.#maxTextLength) throw this.#tooLong("a text", this.#textLength);
  }

  #tooLong(what: string, length: number): XmlError {
    return this.#quota(
      `${what} has ${length} characters; maxStringContentLength is ${this.#quotas.maxStringContentLength}`,
    );
  }

  #quota(message: string, offset: number = this.#at): XmlError {
    return new XmlError("XML_QUOTA_EXCEEDED", `${message}; raise it if the peer is trusted with more`, {
      offset,
      unit: "character",
    });
  }

  #notInSoap(): XmlError {
    const isDtd = this.#text.startsWith("<!DOCTYPE", this.#at);
    const what = isDtd ? "a DTD" : this.#text.startsWith("<?", this.#at) ? "a processing instruction" : "markup";
    return this.#illFormed(`${what} stands where SOAP allows none`);
  }

  #illegalCharacter(at: number): XmlError {
    const point = this.#text.codePointAt(at)!.toString(16).toUpperCase().padStart(4, "0");
    return this.#illFormed(`U+${point} is no character of XML`, at);
  }

  #illFormed(message: string, offset: number = this.#at): XmlError {
    return new XmlError("XML_ILL_FORMED", message, { offset, unit: "character" });
  }

  #endsEarly(message: string): XmlError {
    return new XmlError("XML_UNEXPECTED_END", message, { offset: this.#text.length, unit: "character" });
  }
}

function digitOf(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const letter = unit | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : 16;
}

const space = "[ \\t\\r\\n]";
const declarationPattern = new RegExp(
  `^${space}+version${space}*=${space}*("[-a-zA-Z0-9_.:]+"|'[-a-zA-Z0-9_.:]+')` +
    `(?:${space}+encoding${space}*=${space}*("[A-Za-z][A-Za-z0-9._-]*"|'[A-Za-z][A-Za-z0-9._-]*'))?` +
    `(?:${space}+standalone${space}*=${space}*(?:"(?:yes|no)"|'(?:yes|no)'))?${space}*$`,
);
