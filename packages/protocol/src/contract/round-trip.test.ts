import fc from "fast-check";
import { expect, test } from "vitest";
import { BinaryXmlReader, BinaryXmlWriter, ReaderDictionary, WriterDictionary } from "../binary-xml/index.ts";
import { ByteWriter } from "../bytes/index.ts";
import { DateTime, Duration, TextXmlReader, TextXmlWriter, XmlError } from "../xml/index.ts";
import {
  array,
  ContractError,
  contract,
  type DataType,
  dictionary,
  flags,
  nillable,
  operation,
  optional,
  record,
  xs,
} from "./index.ts";

/** A type together with values of it. */
interface Sample {
  readonly type: DataType<unknown>;
  readonly value: fc.Arbitrary<unknown>;
}

const integer = (type: DataType<number>, min: number, max: number): Sample => ({
  type,
  value: fc.integer({ min, max }),
});
const safeText = fc.string({ unit: "grapheme", maxLength: 300 }).map((text) => text.normalize());
const accessNames = ["Read", "Write", "Execute"] as const;

const primitives: readonly Sample[] = [
  { type: xs.boolean, value: fc.boolean() },
  integer(xs.byte, -128, 127),
  integer(xs.unsignedShort, 0, 65535),
  integer(xs.int, -(2 ** 31), 2 ** 31 - 1),
  integer(xs.unsignedInt, 0, 2 ** 32 - 1),
  { type: xs.long, value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  { type: xs.unsignedLong, value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
  { type: xs.float, value: fc.float() },
  { type: xs.double, value: fc.double() },
  {
    type: xs.decimal,
    value: fc
      .tuple(fc.integer(), fc.nat({ max: 999 }))
      .map(([whole, part]) => `${whole}.${String(part).padStart(3, "0")}`),
  },
  { type: xs.string, value: safeText },
  { type: xs.anyURI, value: fc.webUrl() },
  { type: xs.guid, value: fc.uuid() },
  { type: xs.char, value: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) },
  { type: xs.base64Binary, value: fc.uint8Array({ maxLength: 400 }) },
  { type: xs.dateTime, value: fc.bigInt({ min: 0n, max: 3155378975999999999n }).map((ticks) => DateTime.utc(ticks)) },
  { type: xs.duration, value: fc.integer().map((ms) => Duration.fromMs(ms)) },
  {
    type: xs.QName,
    value: fc.record(
      { namespaceUri: fc.constantFrom("", "urn:q", "http://tempuri.org/"), localName: fc.constantFrom("a", "Ö") },
      { noNullPrototype: true },
    ),
  },
  { type: flags("Access", "urn:flags", accessNames), value: fc.subarray([...accessNames]) },
];

const names = ["Id", "Name", "a", "Z", "_u", "é", "Lines", "toString2"];
const namespaceUris = ["urn:a", "urn:b", "http://tempuri.org/"];

/** Random types: each level takes the one below as member, item and value. */
function samples(depth: number): fc.Arbitrary<Sample> {
  const leaf = fc.constantFrom(...primitives);
  if (depth === 0) return leaf;
  const inner = samples(depth - 1);
  const asNillable = inner.map(({ type, value }) => ({ type: nillable(type), value: fc.option(value) }));
  const asArray = inner.map(({ type, value }) => ({ type: array(type), value: fc.array(value, { maxLength: 4 }) }));
  const asDictionary = inner.map(({ type, value }) => ({
    type: dictionary(xs.string, type),
    value: fc
      .uniqueArray(fc.tuple(safeText, value), { maxLength: 3, selector: ([key]) => key })
      .map((entries) => new Map(entries)),
  }));
  return fc.oneof(leaf, asNillable, asArray, asDictionary, asRecord(inner));
}

function asRecord(inner: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  const members = fc.uniqueArray(fc.tuple(fc.constantFrom(...names), inner, fc.boolean()), {
    minLength: 1,
    maxLength: 4,
    selector: ([name]) => name,
  });
  return fc.tuple(fc.constantFrom(...namespaceUris), members).map(([namespaceUri, list]) => {
    const types = list.map(([name, { type }, isOptional]) => [name, isOptional ? optional(type) : type]);
    const values: readonly (readonly [string, fc.Arbitrary<unknown>])[] = list.map(([name, { value }]) => [
      name,
      value,
    ]);
    const requiredKeys = list.filter(([, , isOptional]) => !isOptional).map(([name]) => name);
    return {
      type: record("Random", namespaceUri, Object.fromEntries(types)),
      value: fc.record(Object.fromEntries(values), { requiredKeys, noNullPrototype: true }),
    };
  });
}

const cases = fc
  .tuple(samples(0), samples(1), samples(3))
  .chain((parameters) =>
    fc.tuple(fc.constant(parameters.map(({ type }) => type)), fc.tuple(...parameters.map(({ value }) => value))),
  );

function codecOf(types: readonly DataType<unknown>[]) {
  const request = Object.fromEntries(types.map((type, index) => [`p${index}`, type]));
  return contract("http://tempuri.org/", "I", { Op: operation({ request }) }).operations.Op.request;
}

test("what a contract writes it reads again, in a session of messages", () => {
  fc.assert(
    fc.property(cases, ([types, values]) => {
      const codec = codecOf(types);
      const message = Object.fromEntries(values.map((value, index) => [`p${index}`, value]));
      const writerStrings = new WriterDictionary();
      const readerStrings = new ReaderDictionary();
      for (let round = 0; round < 2; round++) {
        const body = new ByteWriter();
        codec.write(new BinaryXmlWriter(body, writerStrings), message);
        const table = new ByteWriter();
        writerStrings.takePending(table);
        const tableBytes = table.copy();
        readerStrings.readTable(tableBytes, 0, tableBytes.length);
        const reader = new BinaryXmlReader();
        reader.reset(body.copy(), 0, body.position, readerStrings);
        reader.next();
        expect(codec.read(reader)).toEqual(message);
      }
    }),
    { numRuns: 300 },
  );
});

test("what a contract writes as text it reads again (R-SOAP-TEXT-3)", () => {
  fc.assert(
    fc.property(cases, ([types, values]) => {
      const codec = codecOf(types);
      const message = Object.fromEntries(values.map((value, index) => [`p${index}`, value]));
      const body = new ByteWriter();
      codec.write(new TextXmlWriter(body), message);
      const reader = new TextXmlReader();
      reader.reset(body.view());
      reader.next();
      expect(codec.read(reader)).toEqual(message);
    }),
    { numRuns: 300 },
  );
});

test("damaged bodies end in a ContractError, an XmlError or a value", () => {
  fc.assert(
    fc.property(
      cases,
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 }),
      ([types, values], damage) => {
        const codec = codecOf(types);
        const out = new ByteWriter();
        codec.write(new BinaryXmlWriter(out), Object.fromEntries(values.map((value, index) => [`p${index}`, value])));
        const bytes = out.copy();
        for (const [at, byte] of damage) bytes[at % bytes.length] = byte;
        const reader = new BinaryXmlReader();
        reader.reset(bytes);
        try {
          reader.next();
          codec.read(reader);
        } catch (error) {
          if (!(error instanceof ContractError) && !(error instanceof XmlError)) throw error;
        }
      },
    ),
    { numRuns: 500 },
  );
});
