import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../bytes/index.ts";
import { type DateTime, NodeKind, type ReaderQuotas, XmlError, type XmlErrorCode } from "../xml/index.ts";
import { BinaryXmlReader, ReaderDictionary, staticDictionary, toXmlText } from "./index.ts";

/** Hex with spaces and 'text' in quotes, which becomes a string with its length in front. */
function bytes(source: string): Uint8Array {
  const hex = source.replace(/'([^']*)'/g, (_, text: string) => {
    const encoded = new TextEncoder().encode(text);
    return encoded.length.toString(16).padStart(2, "0") + toHex(encoded);
  });
  return fromHex(hex.replaceAll(" ", ""));
}

function open(source: string, quotas: Partial<ReaderQuotas> = {}): BinaryXmlReader {
  const reader = new BinaryXmlReader({ quotas });
  reader.reset(bytes(source));
  reader.next();
  return reader;
}

function textOf(source: string, quotas: Partial<ReaderQuotas> = {}): string {
  const reader = new BinaryXmlReader({ quotas });
  reader.reset(bytes(source));
  return toXmlText(reader);
}

function codeOf(action: () => unknown): XmlErrorCode {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(XmlError);
    return (error as XmlError).code;
  }
  throw new Error("nothing was thrown");
}

describe("BinaryXmlReader", () => {
  it("walks nodes with their depth, names and positions", () => {
    const reader = new BinaryXmlReader();
    reader.reset(bytes("40'r' 5E'a' 09'a''u' 99'abc' 01"));
    expect(reader.kind).toBe(NodeKind.none);
    expect(reader.next()).toBe(NodeKind.element);
    expect([reader.localName, reader.prefix, reader.namespaceUri, reader.depth]).toEqual(["r", "", "", 1]);
    expect(reader.next()).toBe(NodeKind.element);
    expect([reader.localName, reader.prefix, reader.namespaceUri, reader.depth]).toEqual(["a", "a", "u", 2]);
    expect([reader.declarationCount, reader.declarationPrefix(0), reader.declarationUri(0)]).toEqual([1, "a", "u"]);
    expect(reader.is("a", "u")).toBe(true);
    expect(reader.is("a", "")).toBe(false);
    expect(reader.next()).toBe(NodeKind.text);
    expect([reader.text, reader.localName, reader.depth]).toEqual(["abc", "", 2]);
    expect(reader.next()).toBe(NodeKind.endElement);
    expect([reader.localName, reader.depth, reader.declarationCount]).toEqual(["a", 2, 0]);
    expect(reader.next()).toBe(NodeKind.endElement);
    expect([reader.localName, reader.depth]).toEqual(["r", 1]);
    expect(reader.next()).toBe(NodeKind.endOfDocument);
    expect(reader.next()).toBe(NodeKind.endOfDocument);
  });

  it("reads values the same whether the record closes the element or not (R-NBFX-2-4)", () => {
    expect(open("40'a' 89 05").readInteger()).toBe(5);
    expect(open("40'a' 88 05 01").readInteger()).toBe(5);
  });

  it("goes from child to child over white space and comments", () => {
    const reader = open("40'r' 98'  ' 40'a' 98'x' 01 02'c' A8 98' ' 40'b' 01 01");
    const names: string[] = [];
    while (reader.nextChild()) {
      names.push(reader.localName);
      reader.skip();
    }
    expect(names).toEqual(["a", "b"]);
    expect([reader.localName, reader.kind]).toEqual(["r", NodeKind.endElement]);
    expect(codeOf(() => open("40'r' 98'x' 01").nextChild())).toBe("XML_UNEXPECTED_CONTENT");
  });

  it("skips an element with all that is in it", () => {
    const reader = open("40'r' 40'a' 40'b' 99'x' 01 40'c' 01 01");
    reader.nextChild();
    reader.skip();
    expect([reader.localName, reader.kind]).toEqual(["a", NodeKind.endElement]);
    expect(reader.nextChild()).toBe(true);
    expect(reader.localName).toBe("c");
    expect(codeOf(() => new BinaryXmlReader().skip())).toBe("XML_UNEXPECTED_CONTENT");
  });

  it("gives attributes by index and by name, and resolves prefixes declared after them (R-NBFX-2.2.2-1)", () => {
    const reader = open("40'r' 04'x' 98'1x' 26'y' 82 09'a''u' 08'd' 01");
    expect(reader.attributeCount).toBe(2);
    expect([reader.attributeLocalName(1), reader.attributePrefix(1), reader.attributeNamespaceUri(1)]).toEqual([
      "y",
      "a",
      "u",
    ]);
    expect([reader.attribute("y", "u"), reader.attribute("x", ""), reader.attribute("y", "")]).toEqual([
      "1",
      "1x",
      undefined,
    ]);
    expect([reader.lookupNamespace("a"), reader.lookupNamespace(""), reader.lookupNamespace("q")]).toEqual([
      "u",
      "d",
      undefined,
    ]);
    expect(() => reader.attributeValue(2)).toThrow(RangeError);
    expect(() => reader.declarationUri(2)).toThrow(RangeError);
  });

  it("binds xml without a declaration", () => {
    const reader = open("40'r' 05'xml''lang' 98'de' 01");
    expect(reader.attribute("lang", "http://www.w3.org/XML/1998/namespace")).toBe("de");
  });

  it("repeats an array's element with its attributes for each value (R-NBFX-2.2.1.4-1)", () => {
    expect(textOf("40'r' 03 40'i' 04'k' 98'v' 01 8B 02 0100 FFFF 01")).toBe('<r><i k="v">1</i><i k="v">-1</i></r>');
    const reader = open("40'r' 03 40'i' 01 B5 03 01 00 01 40'z' 01 01");
    const values: boolean[] = [];
    while (reader.nextChild() && reader.is("i", "")) values.push(reader.readBoolean());
    expect(values).toEqual([true, false, true]);
    expect(reader.localName).toBe("z");
  });

  it.each([
    ["of strings", "40'r' 03 40'i' 01 99 01 01"],
    ["of nothing", "40'r' 03 40'i' 01 8B 00 01"],
    ["without the end of its element", "40'r' 03 40'i' 8B 01 0000 01"],
    ["of arrays", "40'r' 03 03 40'i' 01 8B 01 0000 01"],
    ["in place of the root", "03 40'i' 01 8B 01 0000"],
  ])("refuses an array %s (R-NBFX-2.2.1.4-1)", (_, source) => {
    expect(codeOf(() => textOf(source))).toBe("XML_ILL_FORMED");
  });

  it.each([
    ["a reserved byte", "40'r' 00 01"],
    ["a reserved element", "40'r' 78 01"],
    ["a reserved text", "40'r' BE 01"],
    ["an attribute outside a start tag", "40'r' 98'x' 04'a' 80 01"],
    ["an attribute whose value closes the element", "40'r' 04'a' 81"],
    ["an attribute without a value", "40'r' 04'a' 01"],
    ["a closing start of a list", "40'r' A5 A6 01"],
    ["the end of a list alone", "40'r' A6 01"],
    ["a list in a list (R-NBFX-2.2.3-10)", "40'r' A4 A4 A6 A6 01"],
    ["a closing item in a list (R-NBFX-2.2.3-10)", "40'r' A4 81 A6 01"],
    ["an end tag too many", "40'r' 01 01"],
    ["a second root (R-NBFX-2-1)", "40'r' 01 40'r' 01"],
    ["text around the root (R-NBFX-2-1)", "40'r' 01 98'x'"],
    ["a negative length", "40'r' 9C 000000FF 01"],
    ["an odd count of UTF-16 bytes (R-NBFX-2.1.3-1)", "40'r' B6 03 410042 01"],
    ["UTF-8 that is none (R-NBFX-2.1.3-1)", "40'r' 98 01 C0 01"],
    ["a size of more than 31 bits (R-NBFX-2.1.2-1)", "40'r' 40 8080808008 01"],
    ["a QName with letter 26 (R-NBFX-2.2.3-11)", "40'r' BC 1A 00 01"],
    ["an attribute twice (R-NBFX-2.2.2-3)", "40'r' 04'a' 80 04'a' 80 01"],
    ["an attribute twice under two prefixes (R-NBFX-2.2.2-3)", "40'r' 26'x' 80 27'x' 80 09'a''u' 09'b''u' 01"],
    ["a prefix declared twice (R-NBFX-2.2.2-3)", "40'r' 09'a''u' 09'a''v' 01"],
    ["a prefix bound to nothing", "40'r' 09'a'00 01"],
    ["a name without a character", "40 00 01"],
    ["a decimal with other flags (R-NBFX-2.2.3-8)", "40'r' 94 01000000 00000000 0000000000000000 01"],
    ["a decimal of scale 29 (R-NBFX-2.2.3-8)", "40'r' 94 00001D00 00000000 0000000000000000 01"],
    ["a date of kind 3 (R-NBFX-2.2.3-7)", "40'r' 96 00000000000000C0 01"],
    ["a date beyond the year 9999 (R-NBFX-2.2.3-7)", "40'r' 96 FFFFFFFFFFFFFF3F 01"],
  ])("refuses %s (R-NBFX-2-3)", (_, source) => {
    expect(codeOf(() => textOf(source))).toBe("XML_ILL_FORMED");
  });

  it("refuses ids that nobody defined, also in attributes that are not read (R-NBFX-2.1.4-1)", () => {
    for (const source of [
      "42 01 01",
      "42 CE07 01",
      "40'r' AA 01 01",
      "40'r' 04'a' AA 01 01",
      "40'r' 0A 01 01",
      "40'r' BC 00 01 01",
    ]) {
      expect(codeOf(() => open(source).skip())).toBe("XML_UNKNOWN_DICTIONARY_ID");
    }
  });

  it("refuses unbound prefixes of elements, attributes and QNames (R-NBFX-2.2.2-3)", () => {
    expect(codeOf(() => textOf("5E'r' 01"))).toBe("XML_UNBOUND_PREFIX");
    expect(codeOf(() => textOf("40'r' 26'r' 80 01"))).toBe("XML_UNBOUND_PREFIX");
    expect(codeOf(() => open("40'r' 99'a:b'").readQName())).toBe("XML_UNBOUND_PREFIX");
  });

  it("accepts sizes that are longer than they need to be (R-NBFX-2.1.2-1)", () => {
    expect(textOf("40 818000 72 9B 0100 78")).toBe("<r>x</r>");
    expect(textOf("40'r' 9D 01000000 78")).toBe("<r>x</r>");
  });

  it("reads comments and white space around the root (R-NBFX-2-1)", () => {
    expect(textOf("02'a' 98' ' 40'r' 01 98' ' 02'b'")).toBe("<!--a--><r></r><!--b-->");
  });

  it("keeps within the range that it was given (R-NBFX-2-5)", () => {
    const reader = new BinaryXmlReader();
    reader.reset(bytes("FFFF 40'r' 99'x' FFFF"), 2, 8);
    expect(toXmlText(reader)).toBe("<r>x</r>");
    expect(reader.position).toBe(8);
    expect(() => reader.reset(bytes("40"), 0, 2)).toThrow(RangeError);
  });

  it("reads a fragment with the namespaces in force where it was cut out (R-NBFX-2-1)", () => {
    const source = bytes("5E'r' 09'a''u' 08'd' 40'x' 01 5E'y' 83 01");
    const reader = new BinaryXmlReader();
    reader.reset(source);
    reader.next();
    const bindings = reader.bindingsInScope();
    const from = reader.position;
    reader.skip();
    const to = reader.startPosition;
    expect(to).toBe(source.length - 1);
    reader.resetFragment(source, from, to, staticDictionary, bindings);
    expect(reader.nextChild()).toBe(true);
    expect(reader.is("x", "d")).toBe(true);
    reader.skip();
    expect(reader.nextChild()).toBe(true);
    expect(reader.is("y", "u")).toBe(true);
    expect(reader.readInteger()).toBe(1);
    expect(reader.nextChild()).toBe(false);
    expect(reader.kind).toBe(NodeKind.endOfDocument);
  });

  it("hides an outer declaration behind an inner one and brings it back", () => {
    const reader = open("40'r' 08'u' 40'a' 08'v' 01 40'b' 01 01");
    reader.nextChild();
    expect(reader.namespaceUri).toBe("v");
    expect(reader.bindingsInScope()).toEqual([{ prefix: "", namespaceUri: "v" }]);
    reader.skip();
    reader.nextChild();
    expect(reader.namespaceUri).toBe("u");
  });

  it("serves one document after the other", () => {
    const reader = new BinaryXmlReader();
    reader.reset(bytes("40'r' 40'a'"));
    expect(codeOf(() => toXmlText(reader))).toBe("XML_UNEXPECTED_END");
    reader.reset(bytes("42 01 01"), 0, 3, dictionaryOf("'n'"));
    expect(toXmlText(reader)).toBe("<n></n>");
  });
});

describe("values", () => {
  it("are read from whatever record carries them (R-NBFX-2.2.3-1)", () => {
    expect(open("40'r' 99'-12'").readInteger()).toBe(-12);
    expect(open("40'r' 91 00004040").readInteger()).toBe(3);
    expect(open("40'r' 8F 0000000000002000").readBigInt()).toBe(2n ** 53n);
    expect(open("40'r' B3 FFFFFFFFFFFFFFFF").readBigInt()).toBe(2n ** 64n - 1n);
    expect(open("40'r' 99'18446744073709551615'").readBigInt()).toBe(2n ** 64n - 1n);
    expect(open("40'r' 83").readDouble()).toBe(1);
    expect(open("40'r' 8F 0000000000000080").readDouble()).toBe(-(2 ** 63));
    expect(open("40'r' 99'-INF'").readDouble()).toBe(Number.NEGATIVE_INFINITY);
    expect(open("40'r' 83").readBoolean()).toBe(true);
    expect(open("40'r' B5 00").readBoolean()).toBe(false);
    expect(open("40'r' 99' true '").readBoolean()).toBe(true);
    expect(open("40'r' 89 07").readDecimal()).toBe("7");
    expect(open("40'r' 99'1.50'").readDecimal()).toBe("1.50");
    expect(open("40'r' 99'PT1.5S'").readDuration().ms).toBe(1500);
    expect(open("40'r' 99'2026-11-22T01:02:03Z'").readDateTime().toString()).toBe("2026-11-22T01:02:03Z");
    expect(open("40'r' 99'AQID'").readBytes()).toEqual(Uint8Array.of(1, 2, 3));
    expect(open("40'r' 01").readBytes()).toEqual(new Uint8Array(0));
    expect(open("40'r' 01").readString()).toBe("");
    expect(open("40'r' B7 04 E94E2D4E").readString()).toBe("\u4ee9\u4e2d");
    expect(open("40'r' 9F 03 010203").readString()).toBe("AQID");
  });

  it("have GUIDs with the first three groups little-endian (R-NBFX-2.2.3-9)", () => {
    expect(open("40'r' B1 00112233445566778899AABBCCDDEEFF").readGuid()).toBe("33221100-5544-7766-8899-aabbccddeeff");
    expect(open("40'r' 99'{33221100-5544-7766-8899-AABBCCDDEEFF}'").readGuid()).toBe(
      "33221100-5544-7766-8899-aabbccddeeff",
    );
    const id = open("40'r' AD 00112233445566778899AABBCCDDEEFF").readUniqueId();
    expect(id.toString()).toBe("urn:uuid:33221100-5544-7766-8899-aabbccddeeff");
    expect(open("40'r' 99'urn:uuid:33221100-5544-7766-8899-aabbccddeeff'").readUniqueId().equals(id)).toBe(true);
    expect(open("40'r' 99'urn:x'").readUniqueId().toString()).toBe("urn:x");
  });

  it("have dates of each kind (R-NBFX-2.2.3-7)", () => {
    const read = (hex: string): DateTime => open(`40'r' 97 ${hex}`).readDateTime();
    expect(read("00408EF95B47C808").toString()).toBe("2006-05-17T00:00:00");
    expect(read("00408EF95B47C848").kind).toBe("utc");
    expect(read("00408EF95B47C888").toString()).toBe("2006-05-17T00:00:00+00:00");
  });

  it("are whole when they lie in several records or around comments (R-NBFX-2.2.3-2)", () => {
    expect(open("40'r' 98'a' 02'c' 98'b' 83").readString()).toBe("ab1");
    expect(open("40'r' 82 98'2' 01").readInteger()).toBe(12);
    expect(open("40'r' 9E 01 01 9F 02 0203").readBytes()).toEqual(Uint8Array.of(1, 2, 3));
    expect(open("40'r' 98'AQ' 98'ID' 01").readBytes()).toEqual(Uint8Array.of(1, 2, 3));
    expect(open("40'r' 02'c' 98'x' 02'c' 01").readString()).toBe("x");
  });

  it("have lists with a space between the items (R-NBFX-2.2.3-10)", () => {
    expect(open("40'r' A4 88 7B AA 02 98'x' A6 01").readString()).toBe("123 Envelope x");
    expect(open("40'r' A4 A6 01").readString()).toBe("");
  });

  it("have QNames resolved where they stand (R-NBFX-2.2.3-11)", () => {
    expect(open("40'r' 09'a''u' BD 00 02").readQName()).toEqual({ namespaceUri: "u", localName: "Envelope" });
    expect(open("40'r' 09'aa''u' 99' aa:b '").readQName()).toEqual({ namespaceUri: "u", localName: "b" });
    expect(open("40'r' 08'd' 99'b'").readQName()).toEqual({ namespaceUri: "d", localName: "b" });
    for (const text of [":b", "a:", "a:b:c", ""]) {
      expect(codeOf(() => open(`40'r' 09'a''u' 98'${text}' 01`).readQName())).toBe("XML_UNEXPECTED_CONTENT");
    }
  });

  it("are refused when they are of another type, with the element's name and the text", () => {
    const failing: ((reader: BinaryXmlReader) => unknown)[] = [
      (reader) => reader.readInteger(),
      (reader) => reader.readBigInt(),
      (reader) => reader.readDouble(),
      (reader) => reader.readBoolean(),
      (reader) => reader.readDecimal(),
      (reader) => reader.readDateTime(),
      (reader) => reader.readDuration(),
      (reader) => reader.readGuid(),
      (reader) => reader.readBytes(),
    ];
    for (const read of failing) {
      expect(codeOf(() => read(open("40'r' 99'what?'")))).toBe("XML_UNEXPECTED_CONTENT");
      expect(codeOf(() => read(open("40'r' 40'child' 01 01")))).toBe("XML_UNEXPECTED_CONTENT");
    }
    expect(() => open("40'r' 99'what?'").readInteger()).toThrow('<r> has "what?", expected a whole number');
    expect(codeOf(() => open("40'r' 91 0000C03F").readInteger())).toBe("XML_UNEXPECTED_CONTENT");
    expect(codeOf(() => open("40'r' 98'x' 40'child' 01 01").readString())).toBe("XML_UNEXPECTED_CONTENT");
    const reader = open("40'r' 99'x'");
    reader.next();
    expect(codeOf(() => reader.readString())).toBe("XML_UNEXPECTED_CONTENT");
  });
});

describe("reader quotas let the limit pass and refuse one more (R-NBFX-Q-1)", () => {
  const three = "40'r' 40'r' 40'r' 01 01 01";
  const cases: readonly [keyof ReaderQuotas, number, string][] = [
    ["maxDepth", 3, three],
    ["maxStringContentLength", 3, "40'r' 99'abc'"],
    ["maxStringContentLength", 3, "40'r' 98'ab' 99'c'"],
    ["maxStringContentLength", 3, "40'r' 02'abc' 01"],
    ["maxStringContentLength", 3, "40'r' 04'a' 98'abc' 01"],
    ["maxStringContentLength", 2, "40'r' B7 04 41004200"],
    ["maxStringContentLength", 3, "40'r' A4 82 82 A6 01"],
    ["maxArrayLength", 3, "40'r' 9F 03 010203"],
    ["maxArrayLength", 3, "40'r' 9E 02 0102 9F 01 03"],
    ["maxArrayLength", 3, "40'r' 03 40'i' 01 B5 03 000000 01"],
    ["maxBytesPerRead", 7, "40'r' 04'a' 80 01"],
    ["maxBytesPerRead", 6, "40'abcd' 01"],
    ["maxAttributeCount", 2, "40'r' 04'a' 80 08'u' 01"],
  ];

  it.each(cases)("%s %i: %s", (name, limit, source) => {
    const read = (value: number): string => {
      const text = textOf(source, { [name]: value });
      const reader = open(source, { [name]: value });
      if (!source.includes("40'i'") && source !== three) reader.readString();
      return text;
    };
    expect(read(limit)).not.toBe("");
    expect(codeOf(() => read(limit - 1))).toBe("XML_QUOTA_EXCEEDED");
    expect(() => read(limit - 1)).toThrow(name);
  });

  it("counts characters, not bytes", () => {
    expect(open("40'r' 99'äöü'", { maxStringContentLength: 3 }).readString()).toBe("äöü");
  });

  it("holds for base64 in text", () => {
    expect(codeOf(() => open("40'r' 99'AQID'", { maxArrayLength: 2 }).readBytes())).toBe("XML_QUOTA_EXCEEDED");
  });
});

function dictionaryOf(table: string): ReaderDictionary {
  const dictionary = new ReaderDictionary();
  const strings = bytes(table);
  dictionary.addTable(strings, 0, strings.length);
  return dictionary;
}
