import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../bytes/index.ts";
import { DateTime, Duration, NodeKind, UniqueId, XmlError } from "../xml/index.ts";
import {
  BinaryXmlReader,
  BinaryXmlWriter,
  dictionaryString,
  explain,
  ReaderDictionary,
  type StringTable,
  staticDictionary,
  toXmlText,
  transcodeFragment,
  WriterDictionary,
} from "./index.ts";

type Value =
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "integer"; readonly value: number }
  | { readonly type: "bigint"; readonly value: bigint }
  | { readonly type: "double"; readonly value: number }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "dateTime"; readonly value: DateTime }
  | { readonly type: "duration"; readonly value: Duration }
  | { readonly type: "uniqueId"; readonly value: UniqueId }
  | { readonly type: "bytes"; readonly value: Uint8Array };

interface Element {
  readonly prefix: string;
  readonly name: string;
  readonly isShared: boolean;
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
  readonly content: Value | readonly Element[];
}

const name = fc.constantFrom("Envelope", "Header", "a", "Ünï", "a-rather-long-name-that-takes-some-room");
const prefix = fc.constantFrom("", "a", "z", "pre");
const text = fc.string({ unit: "grapheme", maxLength: 300 });
const value: fc.Arbitrary<Value> = fc.oneof(
  text.map((value): Value => ({ type: "string", value })),
  fc.maxSafeInteger().map((value): Value => ({ type: "integer", value })),
  fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n).map((value): Value => ({ type: "bigint", value })),
  fc.double().map((value): Value => ({ type: "double", value })),
  fc.float().map((value): Value => ({ type: "float", value })),
  fc.boolean().map((value): Value => ({ type: "boolean", value })),
  fc.bigInt(0n, 3_155_378_975_999_999_999n).map((ticks): Value => ({ type: "dateTime", value: DateTime.utc(ticks) })),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((ticks): Value => ({ type: "duration", value: new Duration(ticks) })),
  fc.uuid().map((guid): Value => ({ type: "uniqueId", value: UniqueId.parse(`urn:uuid:${guid}`) })),
  fc.uint8Array({ maxLength: 300 }).map((value): Value => ({ type: "bytes", value })),
);
const attributes = fc.uniqueArray(fc.record({ name, value: text }), { selector: (entry) => entry.name, maxLength: 3 });
const { element } = fc.letrec<{ element: Element }>((tie) => ({
  element: fc.record({
    prefix,
    name,
    isShared: fc.boolean(),
    attributes,
    content: fc.oneof({ maxDepth: 4 }, value, fc.array(tie("element"), { maxLength: 4 })),
  }),
}));

function writeValue(writer: BinaryXmlWriter, content: Value): void {
  switch (content.type) {
    case "string":
      return writer.text(content.value);
    case "integer":
      return writer.integer(content.value);
    case "bigint":
      return writer.bigint(content.value);
    case "double":
      return writer.double(content.value);
    case "float":
      return writer.float(content.value);
    case "boolean":
      return writer.boolean(content.value);
    case "dateTime":
      return writer.dateTime(content.value);
    case "duration":
      return writer.duration(content.value);
    case "uniqueId":
      return writer.uniqueId(content.value);
    case "bytes":
      return writer.bytes(content.value);
  }
}

function isValue(content: Element["content"]): content is Value {
  return "type" in content;
}

function writeElement(writer: BinaryXmlWriter, element: Element, isRoot: boolean): void {
  writer.startElement(element.prefix, element.isShared ? dictionaryString(element.name) : element.name);
  for (const attribute of element.attributes) writer.attribute("", attribute.name, attribute.value);
  if (isRoot) for (const prefix of ["a", "z", "pre"]) writer.declareNamespace(prefix, `urn:${prefix}`);
  if (isValue(element.content)) writeValue(writer, element.content);
  else for (const child of element.content) writeElement(writer, child, false);
  writer.endElement();
}

function readValue(reader: BinaryXmlReader, type: Value["type"]): unknown {
  switch (type) {
    case "string":
      return reader.readString();
    case "integer":
      return reader.readInteger();
    case "bigint":
      return reader.readBigInt();
    case "double":
    case "float":
      return reader.readDouble();
    case "boolean":
      return reader.readBoolean();
    case "dateTime":
      return reader.readDateTime();
    case "duration":
      return reader.readDuration();
    case "uniqueId":
      return reader.readUniqueId();
    case "bytes":
      return reader.readBytes();
  }
}

/** Reads what is expected and compares on the way. */
function expectElement(reader: BinaryXmlReader, element: Element): void {
  expect(reader.is(element.name, element.prefix === "" ? "" : `urn:${element.prefix}`)).toBe(true);
  expect([reader.prefix, reader.localName]).toEqual([element.prefix, element.name]);
  expect(reader.attributeCount).toBe(element.attributes.length);
  for (const attribute of element.attributes) expect(reader.attribute(attribute.name, "")).toBe(attribute.value);
  if (isValue(element.content)) expect(readValue(reader, element.content.type)).toEqual(element.content.value);
  else {
    for (const child of element.content) {
      expect(reader.nextChild()).toBe(true);
      expectElement(reader, child);
    }
    expect(reader.nextChild()).toBe(false);
  }
  expect([reader.kind, reader.localName]).toEqual([NodeKind.endElement, element.name]);
}

function written(element: Element, dictionary?: WriterDictionary): Uint8Array {
  const out = new ByteWriter(16);
  writeElement(new BinaryXmlWriter(out, dictionary), element, true);
  return out.copy();
}

function textOf(bytes: Uint8Array, table: StringTable): string {
  const reader = new BinaryXmlReader();
  reader.reset(bytes, 0, bytes.length, table);
  return toXmlText(reader);
}

describe("documents of any shape", () => {
  it("read back as they were written, message after message of a session (R-NBFSE-2.1-1, R-NBFX-2.2.3-1)", () => {
    const reader = new BinaryXmlReader();
    fc.assert(
      fc.property(fc.array(element, { minLength: 1, maxLength: 3 }), (documents) => {
        const sender = new WriterDictionary();
        const receiver = new ReaderDictionary();
        for (const document of documents) {
          const bytes = written(document, sender);
          const message = new ByteWriter();
          sender.takePending(message);
          message.write(bytes);
          const from = receiver.readTable(message.bytes, 0, message.position);
          reader.reset(message.bytes, from, message.position, receiver);
          expect(reader.next()).toBe(NodeKind.element);
          expectElement(reader, document);
          expect(reader.next()).toBe(NodeKind.endOfDocument);
          expect(reader.position).toBe(message.position);
        }
      }),
    );
  });

  it("keep their meaning in another session, and next to what the writer itself writes (R-NBFSE-2.1-4)", () => {
    fc.assert(
      fc.property(element, fc.constantFrom(0, 20, 2048), (document, maxSessionByteLength) => {
        const source = new WriterDictionary();
        const bytes = written(document, source);
        const target = new WriterDictionary({ maxSessionByteLength });
        const out = new ByteWriter();
        const writer = new BinaryXmlWriter(out, target);
        writer.startElement("", "outer");
        transcodeFragment(bytes, 0, bytes.length, source, writer);
        writer.text("after");
        writer.endElement();
        expect(textOf(out.copy(), target)).toBe(`<outer>${textOf(bytes, source)}after</outer>`);
      }),
    );
  });

  it("are explained without a gap", () => {
    fc.assert(
      fc.property(element, (document) => {
        const dictionary = new WriterDictionary();
        const bytes = written(document, dictionary);
        let at = 0;
        for (const record of explain(bytes, 0, bytes.length, dictionary)) {
          expect(record.offset).toBe(at);
          at += record.byteLength;
        }
        expect(at).toBe(bytes.length);
      }),
    );
  });

  it("cut anywhere end in an error (R-NBFX-2-2)", () => {
    fc.assert(
      fc.property(element, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (document, share) => {
        const dictionary = new WriterDictionary();
        const bytes = written(document, dictionary);
        const cut = bytes.subarray(0, Math.floor(bytes.length * share));
        expect(() => textOf(cut, dictionary)).toThrow(XmlError);
      }),
    );
  });
});

/** Everything that reads bytes from outside, on the same bytes; only `XmlError` may come out. */
function readAll(bytes: Uint8Array, table: StringTable): void {
  const walks: (() => unknown)[] = [
    () => textOf(bytes, table),
    () => {
      const reader = new BinaryXmlReader();
      reader.resetFragment(bytes, 0, bytes.length, table, [{ prefix: "a", namespaceUri: "u" }]);
      return toXmlText(reader);
    },
    () => transcodeFragment(bytes, 0, bytes.length, table, new BinaryXmlWriter(new ByteWriter())),
    () => explain(bytes, 0, bytes.length, table),
    () => new ReaderDictionary().readTable(bytes, 0, bytes.length),
  ];
  for (const type of [
    "string",
    "integer",
    "bigint",
    "double",
    "boolean",
    "dateTime",
    "duration",
    "uniqueId",
    "bytes",
  ] as const) {
    walks.push(() => {
      const reader = new BinaryXmlReader();
      reader.reset(bytes, 0, bytes.length, table);
      reader.next();
      return readValue(reader, type);
    });
  }
  for (const walk of walks) {
    try {
      walk();
    } catch (error) {
      if (!(error instanceof XmlError)) throw error;
      expect(error.offset ?? 0).toBeLessThanOrEqual(bytes.length);
    }
  }
}

describe("bytes of any kind (R-NBFX-2-5)", () => {
  it("give a document or an XmlError when they are random", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => readAll(bytes, staticDictionary)),
      { numRuns: 1000 },
    );
  });

  it("give a document or an XmlError when they look like records", () => {
    const record = fc.oneof(
      fc.constantFrom(0x01, 0x02, 0x03, 0x04, 0x0b, 0x26, 0x40, 0x42, 0x5e, 0xa4, 0xa6, 0xaa, 0xbc),
      fc.integer({ min: 0x80, max: 0xbf }),
      fc.integer({ min: 0, max: 3 }),
    );
    fc.assert(
      fc.property(fc.array(record, { maxLength: 40 }), (rest) => {
        readAll(Uint8Array.from([0x40, 0x01, 0x61, ...rest]), staticDictionary);
      }),
      { numRuns: 1000 },
    );
  });

  it("give a document or an XmlError when a document was damaged", () => {
    fc.assert(
      fc.property(
        element,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        (document, damages) => {
          const dictionary = new WriterDictionary();
          const bytes = written(document, dictionary);
          for (const [at, byte] of damages) bytes[at % bytes.length] = byte;
          readAll(bytes, dictionary);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("claim no memory that they do not fill", () => {
    const huge = Uint8Array.of(0x40, 0x01, 0x61, 0x9d, 0xff, 0xff, 0xff, 0x7f, 0x61);
    expect(() => textOf(huge, staticDictionary)).toThrow(XmlError);
  });
});
