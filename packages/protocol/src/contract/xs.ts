import type { DateTime, Duration } from "../xml/index.ts";
import type { DataType } from "./data-type.ts";
import {
  BooleanType,
  BytesType,
  CharType,
  DateTimeType,
  DecimalType,
  DoubleType,
  DurationType,
  FloatType,
  GuidType,
  IntegerType,
  LongType,
  QNameType,
  type QNameValue,
  StringType,
} from "./primitive-type.ts";
import { VoidType } from "./void-type.ts";

/** The primitive types of data contracts, by their XML names. */
export interface PrimitiveTypes {
  readonly boolean: DataType<boolean>;
  /** -128 to 127 (.NET `sbyte`). */
  readonly byte: DataType<number>;
  /** 0 to 255 (.NET `byte`). */
  readonly unsignedByte: DataType<number>;
  readonly short: DataType<number>;
  readonly unsignedShort: DataType<number>;
  readonly int: DataType<number>;
  readonly unsignedInt: DataType<number>;
  /** 64 bits, signed. */
  readonly long: DataType<bigint>;
  /** 64 bits, unsigned. */
  readonly unsignedLong: DataType<bigint>;
  /** 32 bits; a number with more digits is rounded. */
  readonly float: DataType<number>;
  readonly double: DataType<number>;
  /** Decimal digits as text, lossless: 96 bits, up to 28 places. Numbers are not taken, since they have no decimal digits to keep. */
  readonly decimal: DataType<string>;
  readonly string: DataType<string>;
  /** 8-4-4-4-12 hexadecimal digits; read in lower case. */
  readonly guid: DataType<string>;
  readonly anyURI: DataType<string>;
  readonly dateTime: DataType<DateTime>;
  readonly duration: DataType<Duration>;
  readonly base64Binary: DataType<Uint8Array>;
  readonly QName: DataType<QNameValue>;
  /** One UTF-16 unit (.NET `char`). */
  readonly char: DataType<string>;
  /** No value: for `reply` alone. */
  readonly void: DataType<void>;
}

/** The primitive types of data contracts: `xs.int`, `xs.string`, … */
export const xs: PrimitiveTypes = Object.freeze({
  boolean: new BooleanType({ name: "boolean", dotnetName: "Boolean", use: "parameter-and-array" }),
  byte: new IntegerType({ name: "byte", dotnetName: "SByte" }, -128, 127),
  unsignedByte: new IntegerType({ name: "unsignedByte", dotnetName: "Byte" }, 0, 255),
  short: new IntegerType({ name: "short", dotnetName: "Int16" }, -32768, 32767),
  unsignedShort: new IntegerType({ name: "unsignedShort", dotnetName: "UInt16" }, 0, 65535),
  int: new IntegerType({ name: "int", dotnetName: "Int32", use: "parameter-and-array" }, -(2 ** 31), 2 ** 31 - 1),
  unsignedInt: new IntegerType({ name: "unsignedInt", dotnetName: "UInt32" }, 0, 2 ** 32 - 1),
  long: new LongType({ name: "long", dotnetName: "Int64", use: "parameter-and-array" }, -(2n ** 63n), 2n ** 63n - 1n),
  unsignedLong: new LongType({ name: "unsignedLong", dotnetName: "UInt64" }, 0n, 2n ** 64n - 1n),
  float: new FloatType({ name: "float", dotnetName: "Single", use: "parameter-and-array" }),
  double: new DoubleType({ name: "double", dotnetName: "Double", use: "parameter-and-array" }),
  decimal: new DecimalType({ name: "decimal", dotnetName: "Decimal", use: "parameter-and-array" }),
  string: new StringType({ name: "string", dotnetName: "String", isValueType: false, use: "parameter" }),
  guid: new GuidType({ name: "guid", dotnetName: "Guid", isSerializationType: true }),
  anyURI: new StringType({ name: "anyURI", dotnetName: "Uri", isValueType: false }),
  dateTime: new DateTimeType({ name: "dateTime", dotnetName: "DateTime", use: "parameter-and-array" }),
  duration: new DurationType({ name: "duration", dotnetName: "TimeSpan", isSerializationType: true }),
  base64Binary: new BytesType({
    name: "base64Binary",
    dotnetName: "ArrayOfByte",
    isValueType: false,
    use: "parameter",
  }),
  QName: new QNameType({ name: "QName", dotnetName: "XmlQualifiedName", isValueType: false }),
  char: new CharType({ name: "char", dotnetName: "Char", isSerializationType: true }),
  void: new VoidType(),
});
