import { describe, expect, it } from "vitest";
import { ByteWriter, toHex } from "../bytes/index.ts";
import { XmlError } from "../xml/index.ts";
import {
  BinaryXmlReader,
  BinaryXmlWriter,
  dictionaryString,
  explain,
  ReaderDictionary,
  toXmlText,
  transcodeFragment,
  transientDictionaryString,
  WriterDictionary,
} from "./index.ts";

describe("WriterDictionary", () => {
  it("numbers strings 1, 3, 5 … and sends each once (R-NBFSE-2.1-1, R-NBFSE-2.1-3)", () => {
    const dictionary = new WriterDictionary();
    const out = new ByteWriter();
    expect(dictionary.idOf(dictionaryString("s-one"))).toBe(1);
    expect(dictionary.idOf({ value: "s-two", staticId: -1 })).toBe(3);
    expect(dictionary.idOf({ value: "s-one", staticId: -1 })).toBe(1);
    expect(dictionary.idOf(dictionaryString("Envelope"))).toBe(2);
    expect(dictionary.pendingByteLength).toBe(12);
    dictionary.takePending(out);
    expect(toHex(out.view())).toBe("0c" + "05732d6f6e65" + "05732d74776f");
    out.reset();
    expect(dictionary.idOf(dictionaryString("s-one"))).toBe(1);
    dictionary.takePending(out);
    expect(toHex(out.view())).toBe("00");
    expect(dictionary.idOf(dictionaryString("s-three"))).toBe(5);
    expect([dictionary.lookup(3)?.value, dictionary.lookup(2)?.value, dictionary.lookup(7), dictionary.size]).toEqual([
      "s-two",
      "Envelope",
      undefined,
      3,
    ]);
  });

  it("stops for good at the first string that does not fit (R-NBFSE-2.1-2)", () => {
    const dictionary = new WriterDictionary({ maxSessionByteLength: 8 });
    expect(dictionary.idOf(dictionaryString("abcd"))).toBe(1);
    expect(dictionary.idOf(dictionaryString("abc"))).toBe(-1);
    expect(dictionary.idOf(dictionaryString("b"))).toBe(-1);
    expect(dictionary.idOf(dictionaryString("abcd"))).toBe(1);
  });

  it("fills its budget to the last byte, in UTF-8 with the length in front (R-NBFSE-2.1-2)", () => {
    const dictionary = new WriterDictionary();
    expect(dictionary.idOf({ value: "é".repeat(63), staticId: -1 })).toBe(1);
    expect(dictionary.idOf({ value: "x".repeat(2048 - 127 - 2), staticId: -1 })).toBe(3);
    const out = new ByteWriter();
    dictionary.takePending(out);
    expect(out.position).toBe(2 + 2048);
    const reader = new ReaderDictionary();
    expect(reader.readTable(out.bytes, 0, out.position)).toBe(out.position);
    expect(reader.lookup(1)?.value).toBe("é".repeat(63));
  });
});

describe("ReaderDictionary", () => {
  const table = Uint8Array.of(0x04, 0x01, 0x61, 0x01, 0x62, 0x40);

  it("reads the table in front of a message and knows static strings as well (R-NBFSE-2.1-1)", () => {
    const dictionary = new ReaderDictionary();
    expect(dictionary.readTable(table, 0, table.length)).toBe(5);
    expect(dictionary.readTable(Uint8Array.of(0, 0x42), 0, 2)).toBe(1);
    expect([
      dictionary.lookup(1)?.value,
      dictionary.lookup(3)?.value,
      dictionary.lookup(5),
      dictionary.lookup(2)?.value,
    ]).toEqual(["a", "b", undefined, "Envelope"]);
    expect(dictionary.size).toBe(2);
  });

  it("takes strings that another dictionary has been given, behind those it has", () => {
    const dictionary = new ReaderDictionary();
    dictionary.readTable(table, 0, table.length);
    dictionary.append(["c", "d"]);
    expect([1, 3, 5, 7, 9].map((id) => dictionary.lookup(id)?.value)).toEqual(["a", "b", "c", "d", undefined]);
  });

  it("refuses more than its budget, counted over all tables (R-NBFSE-2.1-2)", () => {
    const dictionary = new ReaderDictionary({ maxSessionByteLength: 8 });
    dictionary.readTable(table, 0, table.length);
    dictionary.readTable(table, 0, table.length);
    expect(() => dictionary.addTable(Uint8Array.of(0), 0, 1)).toThrow(/9 bytes; maxSessionByteLength is 8/);
  });

  it.each([
    ["a string that is longer than the table", [0x02, 0x05, 0x61]],
    ["a table that is longer than the message", [0x05, 0x01, 0x61]],
    ["no table", []],
    ["UTF-8 that is none", [0x02, 0x01, 0xff]],
  ])("refuses %s", (_, bytes) => {
    expect(() => new ReaderDictionary().readTable(Uint8Array.from(bytes), 0, bytes.length)).toThrow(XmlError);
  });

  it("keeps what a peer sent out of the strings that are shared", () => {
    const dictionary = new ReaderDictionary();
    dictionary.addTable(new TextEncoder().encode("\u0009only-here"), 0, 10);
    expect(dictionary.lookup(1)?.value).toBe("only-here");
    expect(transientDictionaryString("only-here")).not.toBe(dictionary.lookup(1));
    expect(dictionaryString("kept")).toBe(dictionaryString("kept"));
    expect(transientDictionaryString("kept")).toBe(dictionaryString("kept"));
  });
});

describe("transcodeFragment (R-NBFSE-2.1-4)", () => {
  function written(dictionary: WriterDictionary): Uint8Array {
    const out = new ByteWriter();
    const writer = new BinaryXmlWriter(out, dictionary);
    const name = dictionaryString("t-name");
    const uri = dictionaryString("t-uri");
    writer.startElement("", name);
    writer.attribute("p", name, "v");
    writer.attribute("pp", name, name);
    writer.attribute("", name, "w");
    writer.declareNamespace("", uri);
    writer.declareNamespace("p", uri);
    writer.declareNamespace("pp", "other");
    writer.startElement("p", name);
    writer.text(name);
    writer.endElement();
    writer.startElement("pp", name);
    writer.qname("p", name);
    writer.endElement();
    writer.endElement();
    return out.copy();
  }
  const expected =
    '<t-name p:t-name="v" pp:t-name="t-name" t-name="w" xmlns="t-uri" xmlns:p="t-uri" xmlns:pp="other">' +
    "<p:t-name>t-name</p:t-name><pp:t-name>p:t-name</pp:t-name></t-name>";

  it.each([0, 7, 2048])("keeps the meaning for a dictionary with room for %i bytes", (maxSessionByteLength) => {
    const source = new WriterDictionary();
    const bytes = written(source);
    const target = new WriterDictionary({ maxSessionByteLength });
    target.idOf(dictionaryString("t-e"));
    const out = new ByteWriter();
    transcodeFragment(bytes, 0, bytes.length, source, new BinaryXmlWriter(out, target));
    const reader = new BinaryXmlReader();
    reader.reset(out.view(), 0, out.position, target);
    expect(toXmlText(reader)).toBe(expected);
  });

  it("gives the very same bytes when both sessions number alike", () => {
    const source = new WriterDictionary();
    const bytes = written(source);
    const out = new ByteWriter();
    transcodeFragment(bytes, 0, bytes.length, source, new BinaryXmlWriter(out, new WriterDictionary()));
    expect(out.copy()).toEqual(bytes);
  });

  it("refuses bytes that are no records, and ids that the source does not know", () => {
    const writer = new BinaryXmlWriter(new ByteWriter());
    const copy = (...bytes: number[]): void =>
      transcodeFragment(Uint8Array.from(bytes), 0, bytes.length, new WriterDictionary(), writer);
    expect(() => copy(0x00)).toThrow(XmlError);
    expect(() => copy(0x78)).toThrow(XmlError);
    expect(() => copy(0xa5, 0xa6)).toThrow(XmlError);
    expect(() => copy(0x42, 0x01)).toThrow("no string with id 1");
    expect(() => copy(0x40, 0x05)).toThrow(XmlError);
  });
});

describe("explain", () => {
  it("says what each record is, where, and where that is written", () => {
    const bytes = Uint8Array.of(
      0x56,
      0x02,
      0x0b,
      0x01,
      0x73,
      0x04,
      0x1e,
      0x00,
      0x82,
      0x03,
      0x40,
      0x01,
      0x69,
      0x01,
      0x8b,
      2,
      1,
      0,
      2,
      0,
      0x01,
    );
    expect(explain(bytes).map((record) => [record.offset, record.byteLength, record.depth, record.meaning])).toEqual([
      [0, 2, 0, "PrefixDictionaryElementS <s:Envelope>"],
      [2, 4, 1, 'DictionaryXmlnsAttribute xmlns:s="http://www.w3.org/2003/05/soap-envelope"'],
      [6, 3, 1, 'PrefixDictionaryAttributeS s:mustUnderstand="1" (OneText)'],
      [9, 1, 1, "Array of values, each in the element that follows"],
      [10, 3, 1, "ShortElement <i>"],
      [13, 1, 1, "EndElement"],
      [14, 2, 1, "Int16TextWithEndElement for 2 values"],
      [16, 2, 1, '"1"'],
      [18, 2, 1, '"2"'],
      [20, 1, 0, "EndElement"],
    ]);
    expect(explain(bytes)[0]?.clause).toBe("[MC-NBFX] 2.2.1.1");
  });

  it("ends with what is wrong when something is", () => {
    const records = explain(Uint8Array.of(0x40, 0x01, 0x72, 0x99, 0x05, 0x61));
    expect(records.at(-1)).toMatchObject({ offset: 3, byteLength: 3, depth: 1 });
    expect(records.at(-1)?.meaning).toContain("XML_UNEXPECTED_END");
  });
});
