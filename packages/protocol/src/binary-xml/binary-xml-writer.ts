import type { ByteWriter } from "../bytes/index.ts";
import {
  copyGuidTextBytes,
  type DateTime,
  type DictionaryString,
  type Duration,
  parseDecimal,
  textOf,
  type UniqueId,
  type XmlName,
  type XmlWriter,
} from "../xml/index.ts";
import { writeIntegerRecord } from "./integer-record.ts";
import { RecordType } from "./record-type.table.ts";
import type { WriterDictionary } from "./session-dictionary.ts";

/** No text record that an end tag could merge with. */
const nothing = -1;
const minSafeInteger = BigInt(Number.MIN_SAFE_INTEGER);
const maxSafeInteger = BigInt(Number.MAX_SAFE_INTEGER);
const kindBits = { unspecified: 0n, utc: 1n << 62n, local: 1n << 63n } as const;

/**
 * Writes binary XML [MC-NBFX] with the record choices of WCF's own writer: smallest integers, end tags merged into text records,
 * UTF-16 where it is shorter, one-letter prefixes in the record byte.
 *
 * Nothing else may write to `out` between two calls for one document.
 */
export class BinaryXmlWriter implements XmlWriter {
  #out: ByteWriter;
  #dictionary: WriterDictionary | undefined;
  /** Where the record byte of a text record lies that was written last; the end tag is merged into it. */
  #mergeable = nothing;

  /** @param dictionary the session's strings; without it only static ids are used */
  constructor(out: ByteWriter, dictionary?: WriterDictionary) {
    this.#out = out;
    this.#dictionary = dictionary;
  }

  /** Begins another document, possibly elsewhere. */
  reset(out: ByteWriter, dictionary?: WriterDictionary): void {
    this.#out = out;
    this.#dictionary = dictionary;
    this.#mergeable = nothing;
  }

  /** Where the records go. */
  get out(): ByteWriter {
    return this.#out;
  }

  /** The wire id under which a string travels in this document, queued for the session's table when it is new; -1 for in-line. */
  idOf(entry: DictionaryString): number {
    if (entry.staticId >= 0) return entry.staticId;
    return this.#dictionary === undefined ? -1 : this.#dictionary.idOf(entry);
  }

  /** Copies whole records as they are; their dictionary ids must be this session's. */
  copyRecords(bytes: Uint8Array, from = 0, to: number = bytes.length): void {
    this.#out.write(bytes, from, to);
    this.#mergeable = nothing;
  }

  startElement(prefix: string, localName: XmlName): void {
    const out = this.#out;
    const id = this.#idOf(localName);
    const letter = letterOf(prefix);
    if (letter >= 0) out.byte((id < 0 ? RecordType.prefixElementA : RecordType.prefixDictionaryElementA) + letter);
    else if (prefix === "") out.byte(id < 0 ? RecordType.shortElement : RecordType.shortDictionaryElement);
    else {
      out.byte(id < 0 ? RecordType.element : RecordType.dictionaryElement);
      out.string(prefix);
    }
    if (id < 0) out.string(textOf(localName));
    else out.multiByteInt31(id);
    this.#mergeable = nothing;
  }

  attribute(prefix: string, localName: XmlName, value: XmlName): void {
    this.#startAttribute(prefix, localName);
    if (value === "") this.#record(RecordType.emptyText);
    else this.text(value);
    this.#mergeable = nothing;
  }

  /** An attribute whose value is a record of its own kind, as WCF writes `i:nil="true"`. */
  attributeBoolean(prefix: string, localName: XmlName, value: boolean): void {
    this.#startAttribute(prefix, localName);
    this.boolean(value);
    this.#mergeable = nothing;
  }

  /** An attribute with an integer record, as WCF writes the bounds of acknowledgement ranges. */
  attributeInteger(prefix: string, localName: XmlName, value: number): void {
    this.#startAttribute(prefix, localName);
    this.integer(value);
    this.#mergeable = nothing;
  }

  declareNamespace(prefix: string, namespaceUri: XmlName): void {
    const out = this.#out;
    const id = this.#idOf(namespaceUri);
    if (prefix === "") out.byte(id < 0 ? RecordType.shortXmlnsAttribute : RecordType.shortDictionaryXmlnsAttribute);
    else {
      out.byte(id < 0 ? RecordType.xmlnsAttribute : RecordType.dictionaryXmlnsAttribute);
      out.string(prefix);
    }
    if (id < 0) out.string(textOf(namespaceUri));
    else out.multiByteInt31(id);
  }

  endElement(): void {
    const out = this.#out;
    if (this.#mergeable >= 0) out.bytes[this.#mergeable]! += 1;
    else out.byte(RecordType.endElement);
    this.#mergeable = nothing;
  }

  /** An empty string in content leaves no record, as in WCF. */
  text(value: XmlName): void {
    if (value === "") return;
    const id = this.#idOf(value);
    if (id >= 0) {
      this.#record(RecordType.dictionaryText);
      this.#out.multiByteInt31(id);
    } else this.#string(textOf(value));
  }

  boolean(value: boolean): void {
    this.#record(value ? RecordType.trueText : RecordType.falseText);
  }

  integer(value: number): void {
    this.#mergeable = this.#out.position;
    writeIntegerRecord(this.#out, value, 0);
  }

  bigint(value: bigint): void {
    if (value >= minSafeInteger && value <= maxSafeInteger) this.integer(Number(value));
    else if (value >= -(2n ** 63n) && value < 2n ** 64n) {
      this.#record(value < 2n ** 63n ? RecordType.int64Text : RecordType.uint64Text);
      this.#out.int64(BigInt.asIntN(64, value));
    } else throw new RangeError(`${value} does not fit 64 bits: -2^63 to 2^64-1`);
  }

  /** A whole number of 16 bits goes as an integer record, as in WCF; -0 does not, since WCF's way would lose its sign. */
  float(value: number): void {
    const single = Math.fround(value);
    if (Number.isInteger(single) && single >= -0x8000 && single < 0x8000 && !Object.is(single, -0)) {
      this.integer(single);
    } else {
      this.#record(RecordType.floatText);
      this.#out.float32(single);
    }
  }

  /** A value that a float holds exactly goes as `float` does, the infinities too, as in WCF. */
  double(value: number): void {
    if (Math.fround(value) === value) this.float(value);
    else {
      this.#record(RecordType.doubleText);
      this.#out.float64(value);
    }
  }

  decimal(value: string): void {
    const { negative, scale, magnitude } = parseDecimal(value);
    this.#record(RecordType.decimalText);
    const out = this.#out;
    out.uint16(0);
    out.byte(scale);
    out.byte(negative ? 0x80 : 0);
    out.int32(Number(BigInt.asIntN(32, magnitude >> 64n)));
    out.int64(BigInt.asIntN(64, magnitude));
  }

  dateTime(value: DateTime): void {
    this.#record(RecordType.dateTimeText);
    this.#out.int64(BigInt.asIntN(64, value.ticks | kindBits[value.kind]));
  }

  duration(value: Duration): void {
    this.#record(RecordType.timeSpanText);
    this.#out.int64(value.ticks);
  }

  guid(value: string): void {
    this.#out.ensure(17);
    copyGuidTextBytes(value, this.#out.bytes, this.#out.position + 1);
    this.#record(RecordType.uuidText);
    this.#out.position += 16;
  }

  uniqueId(value: UniqueId): void {
    const out = this.#out;
    if (value.isGuid) {
      out.ensure(17);
      this.#record(RecordType.uniqueIdText);
      value.copyGuidBytes(out.bytes, out.position);
      out.position += 16;
    } else this.#string(value.toString());
  }

  /** No bytes leave no record, as in WCF. */
  bytes(value: Uint8Array): void {
    const out = this.#out;
    const byteLength = value.length;
    if (byteLength === 0) return;
    if (byteLength < 0x100) {
      this.#record(RecordType.bytes8Text);
      out.byte(byteLength);
    } else if (byteLength < 0x10000) {
      this.#record(RecordType.bytes16Text);
      out.uint16(byteLength);
    } else {
      this.#record(RecordType.bytes32Text);
      out.int32(byteLength);
    }
    out.write(value);
  }

  qname(prefix: string, localName: XmlName): void {
    const id = this.#idOf(localName);
    const letter = letterOf(prefix);
    if (id >= 0 && letter >= 0) {
      this.#record(RecordType.qnameDictionaryText);
      this.#out.byte(letter);
      this.#out.multiByteInt31(id);
      return;
    }
    if (prefix !== "") {
      this.#string(prefix);
      this.#string(":");
    }
    this.text(localName);
  }

  comment(value: string): void {
    this.#out.byte(RecordType.comment);
    this.#out.string(value);
    this.#mergeable = nothing;
  }

  #idOf(name: XmlName): number {
    return typeof name === "string" ? -1 : this.idOf(name);
  }

  #startAttribute(prefix: string, localName: XmlName): void {
    const out = this.#out;
    const id = this.#idOf(localName);
    const letter = letterOf(prefix);
    if (letter >= 0) out.byte((id < 0 ? RecordType.prefixAttributeA : RecordType.prefixDictionaryAttributeA) + letter);
    else if (prefix === "") out.byte(id < 0 ? RecordType.shortAttribute : RecordType.shortDictionaryAttribute);
    else {
      out.byte(id < 0 ? RecordType.attribute : RecordType.dictionaryAttribute);
      out.string(prefix);
    }
    if (id < 0) out.string(textOf(localName));
    else out.multiByteInt31(id);
  }

  /** The byte of a text record. */
  #record(type: number): void {
    this.#mergeable = this.#out.position;
    this.#out.byte(type);
  }

  #string(value: string): void {
    if (value === "0") this.#record(RecordType.zeroText);
    else if (value === "1") this.#record(RecordType.oneText);
    else if (value.length < 0x100) this.#shortChars(value);
    else this.#longChars(value);
  }

  /** Up to 255 characters: nearly always a length of one byte, so the text goes where it then belongs. */
  #shortChars(value: string): void {
    const out = this.#out;
    out.ensure(value.length * 3 + 3);
    const start = out.position;
    this.#mergeable = start;
    out.position = start + 2;
    const byteLength = out.text(value);
    if (byteLength >> 1 > value.length) this.#utf16(value, start);
    else if (byteLength < 0x100) {
      out.bytes[start] = RecordType.chars8Text;
      out.bytes[start + 1] = byteLength;
    } else {
      out.bytes.copyWithin(start + 3, start + 2, start + 2 + byteLength);
      out.bytes[start] = RecordType.chars16Text;
      out.bytes[start + 1] = byteLength & 0xff;
      out.bytes[start + 2] = byteLength >> 8;
      out.position = start + 3 + byteLength;
    }
  }

  #longChars(value: string): void {
    const out = this.#out;
    out.ensure(value.length * 3 + 5);
    const start = out.position;
    this.#mergeable = start;
    out.position = start + 5;
    const byteLength = out.text(value);
    out.position = start;
    if (byteLength >> 1 > value.length) this.#utf16(value, start);
    else if (byteLength < 0x10000) {
      out.byte(RecordType.chars16Text);
      out.uint16(byteLength);
      out.bytes.copyWithin(start + 3, start + 5, start + 5 + byteLength);
      out.position += byteLength;
    } else {
      out.byte(RecordType.chars32Text);
      out.int32(byteLength);
      out.position += byteLength;
    }
  }

  /** WCF's choice where UTF-8 needs more than about two bytes a character. */
  #utf16(value: string, start: number): void {
    const out = this.#out;
    const byteLength = value.length * 2;
    out.position = start;
    out.ensure(byteLength + 5);
    if (byteLength < 0x100) {
      out.byte(RecordType.unicodeChars8Text);
      out.byte(byteLength);
    } else if (byteLength < 0x10000) {
      out.byte(RecordType.unicodeChars16Text);
      out.uint16(byteLength);
    } else {
      out.byte(RecordType.unicodeChars32Text);
      out.int32(byteLength);
    }
    for (let index = 0; index < value.length; index++) {
      const unit = value.charCodeAt(index);
      out.bytes[out.position++] = unit & 0xff;
      out.bytes[out.position++] = unit >> 8;
    }
  }
}

/** 0 to 25 for the prefixes a to z, which have records of their own; -1 for all others. */
function letterOf(prefix: string): number {
  if (prefix.length !== 1) return -1;
  const letter = prefix.charCodeAt(0) - 0x61;
  return letter >= 0 && letter < 26 ? letter : -1;
}
