import { DateTime, type DictionaryString, Duration, type XmlReader, type XmlWriter } from "../xml/index.ts";
import type { BodyScope } from "./body-scope.ts";
import { DataType, refuseNil } from "./data-type.ts";
import { outOfRange, wrongType } from "./errors.ts";
import { type ElementName, serializationNamespace, xsdNamespace } from "./names.ts";

/** How WCF's formatter for primitive parameters treats a type. */
export type PrimitiveUse = "parameter-and-array" | "parameter" | "neither";

/** What tells one primitive from another beside its codec. */
export interface PrimitiveTraits {
  readonly name: string;
  /** Its name in .NET, part of fault actions. */
  readonly dotnetName: string;
  readonly isValueType?: boolean;
  readonly isSerializationType?: boolean;
  readonly use?: PrimitiveUse;
}

/** A type whose element holds text alone. */
export abstract class PrimitiveType<T> extends DataType<T> {
  override readonly contractName: string;
  override readonly contractNamespace: DictionaryString;
  override readonly isValueType: boolean;
  readonly #dotnetName: string;
  readonly #use: PrimitiveUse;

  constructor(traits: PrimitiveTraits) {
    super();
    this.contractName = traits.name;
    this.contractNamespace = traits.isSerializationType === true ? serializationNamespace : xsdNamespace;
    this.isValueType = traits.isValueType ?? true;
    this.#dotnetName = traits.dotnetName;
    this.#use = traits.use ?? "neither";
  }

  override get faultName(): string {
    return this.#dotnetName;
  }

  override get isPrimitiveParameter(): boolean {
    return this.#use !== "neither";
  }

  override get isPrimitiveArrayItem(): boolean {
    return this.#use === "parameter-and-array";
  }

  override write(scope: BodyScope, element: ElementName, value: T): void {
    const mark = scope.startElement(element);
    scope.openContent();
    this.writeText(scope.writer, value);
    scope.endElement(mark);
  }

  override read(reader: XmlReader): T {
    if (reader.attributeCount !== 0) refuseNil(reader);
    return this.readText(reader);
  }

  /** Writes the content of the open element. */
  protected abstract writeText(writer: XmlWriter, value: T): void;
  protected abstract readText(reader: XmlReader): T;
}

export class BooleanType extends PrimitiveType<boolean> {
  protected override writeText(writer: XmlWriter, value: boolean): void {
    if (typeof value !== "boolean") throw wrongType(value, "true or false");
    writer.boolean(value);
  }
  protected override readText(reader: XmlReader): boolean {
    return reader.readBoolean();
  }
}

/** Whole numbers of up to 32 bits, as numbers. */
export class IntegerType extends PrimitiveType<number> {
  readonly #min: number;
  readonly #max: number;

  constructor(traits: PrimitiveTraits, min: number, max: number) {
    super(traits);
    this.#min = min;
    this.#max = max;
  }

  protected override writeText(writer: XmlWriter, value: number): void {
    if (typeof value !== "number") throw wrongType(value, "a number");
    // Adding 0 turns -0 into 0, which is the only zero that an integer has.
    writer.integer(this.#checked(value) + 0);
  }

  protected override readText(reader: XmlReader): number {
    return this.#checked(reader.readInteger());
  }

  #checked(value: number): number {
    if (!Number.isInteger(value) || value < this.#min || value > this.#max) {
      throw outOfRange(value, `a whole number from ${this.#min} to ${this.#max} (xs.${this.contractName})`);
    }
    return value;
  }
}

/** Whole numbers of 64 bits, as bigints. */
export class LongType extends PrimitiveType<bigint> {
  readonly #min: bigint;
  readonly #max: bigint;

  constructor(traits: PrimitiveTraits, min: bigint, max: bigint) {
    super(traits);
    this.#min = min;
    this.#max = max;
  }

  protected override writeText(writer: XmlWriter, value: bigint): void {
    if (typeof value !== "bigint") throw wrongType(value, "a bigint, such as 5n");
    writer.bigint(this.#checked(value));
  }

  protected override readText(reader: XmlReader): bigint {
    return this.#checked(reader.readBigInt());
  }

  #checked(value: bigint): bigint {
    if (value < this.#min || value > this.#max)
      throw outOfRange(value, `${this.#min} to ${this.#max} (xs.${this.contractName})`);
    return value;
  }
}

export class FloatType extends PrimitiveType<number> {
  protected override writeText(writer: XmlWriter, value: number): void {
    if (typeof value !== "number") throw wrongType(value, "a number");
    if (Number.isFinite(value) && !Number.isFinite(Math.fround(value)))
      throw outOfRange(value, "±3.4028235e38, Infinity or NaN (xs.float)");
    writer.float(value);
  }
  protected override readText(reader: XmlReader): number {
    // Text has the shortest digits of the 32-bit number: without this 1.1 would differ by how it travelled.
    return Math.fround(reader.readDouble());
  }
}

export class DoubleType extends PrimitiveType<number> {
  protected override writeText(writer: XmlWriter, value: number): void {
    if (typeof value !== "number") throw wrongType(value, "a number");
    writer.double(value);
  }
  protected override readText(reader: XmlReader): number {
    return reader.readDouble();
  }
}

/** .NET's decimal as its text, digit by digit: no JavaScript number holds it. */
export class DecimalType extends PrimitiveType<string> {
  protected override writeText(writer: XmlWriter, value: string): void {
    if (typeof value !== "string") throw wrongType(value, 'a string of decimal digits, such as "12.50"');
    const allowed = "plain decimal digits within 96 bits and 28 places (xs.decimal)";
    if (!/^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(value)) throw outOfRange(value, allowed);
    try {
      writer.decimal(value);
    } catch (error) {
      if (error instanceof RangeError) throw outOfRange(value, allowed, error);
      throw error;
    }
  }
  protected override readText(reader: XmlReader): string {
    return reader.readDecimal();
  }
}

export class StringType extends PrimitiveType<string> {
  protected override writeText(writer: XmlWriter, value: string): void {
    if (typeof value !== "string") throw wrongType(value, "a string");
    if (value.length !== 0) writer.text(value);
  }
  protected override readText(reader: XmlReader): string {
    return reader.readString();
  }
}

export class GuidType extends PrimitiveType<string> {
  protected override writeText(writer: XmlWriter, value: string): void {
    if (typeof value !== "string") throw wrongType(value, "a string");
    if (!guid.test(value)) throw outOfRange(value, "a GUID such as 00112233-4455-6677-8899-aabbccddeeff");
    writer.guid(value);
  }
  protected override readText(reader: XmlReader): string {
    return reader.readGuid();
  }
}

const guid = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

export class DateTimeType extends PrimitiveType<DateTime> {
  protected override writeText(writer: XmlWriter, value: DateTime): void {
    if (!(value instanceof DateTime)) throw wrongType(value, "a DateTime, such as DateTime.fromEpochMs(ms)");
    writer.dateTime(value);
  }
  protected override readText(reader: XmlReader): DateTime {
    return reader.readDateTime();
  }
}

export class DurationType extends PrimitiveType<Duration> {
  protected override writeText(writer: XmlWriter, value: Duration): void {
    if (!(value instanceof Duration)) throw wrongType(value, "a Duration, such as Duration.fromMs(1500)");
    writer.duration(value);
  }
  protected override readText(reader: XmlReader): Duration {
    return reader.readDuration();
  }
}

export class BytesType extends PrimitiveType<Uint8Array> {
  protected override writeText(writer: XmlWriter, value: Uint8Array): void {
    if (!(value instanceof Uint8Array)) throw wrongType(value, "a Uint8Array");
    if (value.length !== 0) writer.bytes(value);
  }
  protected override readText(reader: XmlReader): Uint8Array {
    return reader.readBytes();
  }
}

/** One UTF-16 unit, on the wire as its number. */
export class CharType extends PrimitiveType<string> {
  protected override writeText(writer: XmlWriter, value: string): void {
    if (typeof value !== "string") throw wrongType(value, "a string of one UTF-16 unit");
    if (value.length !== 1) throw outOfRange(value, "exactly one UTF-16 unit (xs.char)");
    writer.integer(value.charCodeAt(0));
  }
  protected override readText(reader: XmlReader): string {
    const unit = reader.readInteger();
    if (unit < 0 || unit > 0xffff) throw outOfRange(unit, "0 to 65535 (xs.char)");
    return String.fromCharCode(unit);
  }
}

/** A name in a namespace; `namespaceUri` is empty for none. */
export interface QNameValue {
  readonly namespaceUri: string;
  readonly localName: string;
}

export class QNameType extends PrimitiveType<QNameValue> {
  /** .NET gives the element of a QName the prefix `q`, and the name's own namespace the next letter. */
  override write(scope: BodyScope, element: ElementName, value: QNameValue): void {
    if (typeof value !== "object" || value === null) throw wrongType(value, "{ namespaceUri, localName }");
    const { namespaceUri, localName } = value;
    if (typeof namespaceUri !== "string" || typeof localName !== "string" || localName === "")
      throw outOfRange(value, "two strings");
    const mark =
      element.namespaceUri.value === "" ? scope.startElement(element) : scope.startPrefixedElement("q", element);
    const prefix = scope.bind(namespaceUri);
    scope.openContent();
    if (prefix === "") scope.writer.text(localName);
    else scope.writer.qname(prefix, localName);
    scope.endElement(mark);
  }

  /** A parameter has the prefix `q` even when it is nil, members and items have not. */
  override writeNil(scope: BodyScope, element: ElementName): void {
    if (!scope.isOutermost || element.namespaceUri.value === "") {
      super.writeNil(scope, element);
      return;
    }
    const mark = scope.startPrefixedElement("q", element);
    scope.nil();
    scope.openContent();
    scope.endElement(mark);
  }

  protected override writeText(writer: XmlWriter, value: QNameValue): void {
    writer.text(value.localName);
  }

  protected override readText(reader: XmlReader): QNameValue {
    return reader.readQName();
  }
}
