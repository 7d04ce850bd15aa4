import { describe, expect, it } from "vitest";
import { ByteWriter, toHex } from "../bytes/index.ts";
import { DateTime, Duration, UniqueId } from "../xml/index.ts";
import { BinaryXmlReader, BinaryXmlWriter, dictionaryString, toXmlText, WriterDictionary } from "./index.ts";

/** The hex of what `write` writes. */
function hexOf(write: (writer: BinaryXmlWriter) => void, dictionary?: WriterDictionary): string {
  const out = new ByteWriter(4);
  write(new BinaryXmlWriter(out, dictionary));
  return toHex(out.view());
}

describe("names", () => {
  const envelope = dictionaryString("Envelope");

  it.each([
    ["", "r", "400172"],
    ["a", "r", "5e0172"],
    ["z", "r", "770172"],
    ["A", "r", "4101410172"],
    ["pre", "r", "41037072650172"],
    ["", envelope, "4202"],
    ["s", envelope, "5602"],
    ["pre", envelope, "430370726502"],
  ])("of element %j %j take the shortest record (R-NBFX-2.2.1-1)", (prefix, name, hex) => {
    expect(hexOf((writer) => writer.startElement(prefix, name))).toBe(hex);
  });

  it.each([
    ["", "r", "040172"],
    ["a", "r", "260172"],
    ["pre", "r", "05037072650172"],
    ["", envelope, "0602"],
    ["s", envelope, "1e02"],
    ["pre", envelope, "070370726502"],
  ])("of attribute %j %j take the shortest record (R-NBFX-2.2.1-1)", (prefix, name, hex) => {
    expect(hexOf((writer) => writer.attribute(prefix, name, "1"))).toBe(`${hex}82`);
  });

  it("of declarations always carry the prefix as a string (R-NBFX-2.2.2-2)", () => {
    expect(hexOf((writer) => writer.declareNamespace("", "u"))).toBe("080175");
    expect(hexOf((writer) => writer.declareNamespace("a", "u"))).toBe("0901610175");
    expect(hexOf((writer) => writer.declareNamespace("", envelope))).toBe("0a02");
    expect(hexOf((writer) => writer.declareNamespace("a", envelope))).toBe("0b016102");
  });

  it("go to the session dictionary, once each, unless it has no room (R-NBFSE-2.1-3)", () => {
    const dictionary = new WriterDictionary({ maxSessionByteLength: 7 });
    const add = dictionaryString("test-Add");
    const write = (writer: BinaryXmlWriter): void => {
      writer.startElement("", dictionaryString("first"));
      writer.text(dictionaryString("first"));
      writer.endElement();
      writer.startElement("", add);
    };
    expect(hexOf(write, dictionary)).toBe(`4201ab014008${toHex(new TextEncoder().encode("test-Add"))}`);
    expect(dictionary.pendingByteLength).toBe(6);
  });

  it("that are plain strings stay in-line even when the dictionary has them", () => {
    expect(hexOf((writer) => writer.startElement("", "Envelope"))).toBe("4008456e76656c6f7065");
  });
});

describe("text", () => {
  it.each([
    [0, "80"],
    [1, "82"],
    [2, "8802"],
    [-1, "88ff"],
    [127, "887f"],
    [-128, "8880"],
    [128, "8a8000"],
    [-129, "8a7fff"],
    [32_767, "8aff7f"],
    [-32_768, "8a0080"],
    [32_768, "8c00800000"],
    [-32_769, "8cff7fffff"],
    [2_147_483_647, "8cffffff7f"],
    [-2_147_483_648, "8c00000080"],
    [2_147_483_648, "8e0000008000000000"],
    [-2_147_483_649, "8effffff7fffffffff"],
    [Number.MAX_SAFE_INTEGER, "8effffffffffff1f00"],
    [Number.MIN_SAFE_INTEGER, "8e010000000000e0ff"],
  ])("of integer %i takes the smallest record (R-NBFX-2.2.3-3)", (value, hex) => {
    expect(hexOf((writer) => writer.integer(value))).toBe(hex);
    expect(hexOf((writer) => writer.bigint(BigInt(value)))).toBe(hex);
  });

  it("of 64-bit integers is signed while it fits (R-NBFX-2.2.3-3)", () => {
    expect(hexOf((writer) => writer.bigint(2n ** 63n - 1n))).toBe("8effffffffffffff7f");
    expect(hexOf((writer) => writer.bigint(-(2n ** 63n)))).toBe("8e0000000000000080");
    expect(hexOf((writer) => writer.bigint(2n ** 63n))).toBe("b20000000000000080");
    expect(hexOf((writer) => writer.bigint(2n ** 64n - 1n))).toBe("b2ffffffffffffffff");
    for (const value of [2n ** 64n, -(2n ** 63n) - 1n])
      expect(() => hexOf((writer) => writer.bigint(value))).toThrow(RangeError);
    for (const value of [0.5, 2 ** 53, Number.NaN])
      expect(() => hexOf((writer) => writer.integer(value))).toThrow(RangeError);
  });

  it.each([
    [1.5, "900000c03f"],
    [3, "8803"],
    [-0, "9000000080"],
    [0, "80"],
    [-32_768, "8a0080"],
    [32_768, "9000000047"],
    [1e10, "90f9021550"],
    [2 ** 63, "900000005f"],
    [0.1, "929a9999999999b93f"],
    [16_777_217, "920000001000007041"],
    [Number.NaN, "92000000000000f87f"],
    [Number.POSITIVE_INFINITY, "900000807f"],
  ])("of double %d goes as small as it can (R-NBFX-2.2.3-4)", (value, hex) => {
    expect(hexOf((writer) => writer.double(value))).toBe(hex);
  });

  it("of floats keeps 32 bits (R-NBFX-2.2.3-4)", () => {
    expect(hexOf((writer) => writer.float(0.1))).toBe("90cdcccc3d");
    expect(hexOf((writer) => writer.float(Number.NEGATIVE_INFINITY))).toBe("90000080ff");
    expect(hexOf((writer) => writer.float(-2))).toBe("88fe");
  });

  it("of strings is UTF-8, or UTF-16 when that is shorter by WCF's rule (R-NBFX-2.2.3-5)", () => {
    expect(hexOf((writer) => writer.text(""))).toBe("");
    expect(hexOf((writer) => writer.attribute("", "a", ""))).toBe("040161a8");
    expect(hexOf((writer) => writer.text("0"))).toBe("80");
    expect(hexOf((writer) => writer.text("1"))).toBe("82");
    expect(hexOf((writer) => writer.text("2"))).toBe("980132");
    expect(hexOf((writer) => writer.text("\u4e2d"))).toBe("9803e4b8ad");
    expect(hexOf((writer) => writer.text("\u4e2d\u4e2d"))).toBe("b6042d4e2d4e");
    expect(hexOf((writer) => writer.text("\u4e2da"))).toBe("9804e4b8ad61");
  });

  it.each([
    ["x", 255, "98ff"],
    ["x", 256, "9a0001"],
    ["x", 65_535, "9affff"],
    ["x", 65_536, "9c00000100"],
    ["é", 127, "98fe"],
    ["é", 128, "9a0001"],
    ["é", 200, "9a9001"],
    ["\u4e2d", 127, "b6fe"],
    ["\u4e2d", 128, "b80001"],
    ["\u4e2d", 32_768, "ba00000100"],
  ])("of %j repeated %i times begins with %s and reads back (R-NBFX-2.2.3-5)", (unit, count, start) => {
    const text = unit.repeat(count);
    const out = new ByteWriter(1);
    const writer = new BinaryXmlWriter(out);
    writer.startElement("", "r");
    writer.text(text);
    writer.endElement();
    expect(toHex(out.bytes.subarray(3, 3 + start.length / 2))).toBe(
      (Number.parseInt(start.slice(0, 2), 16) + 1).toString(16) + start.slice(2),
    );
    const reader = new BinaryXmlReader();
    reader.reset(out.view());
    reader.next();
    expect(reader.readString()).toBe(text);
    expect(reader.position).toBe(out.position);
  });

  it("of other types has records of its own", () => {
    expect(hexOf((writer) => writer.boolean(true))).toBe("86");
    expect(hexOf((writer) => writer.boolean(false))).toBe("84");
    expect(hexOf((writer) => writer.duration(Duration.parse("PT3H20M")))).toBe("ae00b08ef01b000000");
    expect(hexOf((writer) => writer.dateTime(DateTime.parse("2006-05-17T00:00:00")))).toBe("9600408ef95b47c808");
    expect(hexOf((writer) => writer.dateTime(DateTime.parse("2006-05-17T00:00:00Z")))).toBe("9600408ef95b47c848");
    expect(hexOf((writer) => writer.dateTime(DateTime.parse("2006-05-17T02:00:00+02:00")))).toBe("9600408ef95b47c888");
    expect(hexOf((writer) => writer.guid("33221100-5544-7766-8899-aabbccddeeff"))).toBe(
      "b000112233445566778899aabbccddeeff",
    );
    expect(hexOf((writer) => writer.uniqueId(UniqueId.parse("urn:uuid:33221100-5544-7766-8899-aabbccddeeff")))).toBe(
      "ac00112233445566778899aabbccddeeff",
    );
    expect(hexOf((writer) => writer.uniqueId(UniqueId.parse("x")))).toBe("980178");
    expect(() => hexOf((writer) => writer.guid("what"))).toThrow(RangeError);
  });

  it("of decimals has flags, high word and low words (R-NBFX-2.2.3-8)", () => {
    expect(hexOf((writer) => writer.decimal("5.123456"))).toBe("940000060000000000802d4e0000000000");
    expect(hexOf((writer) => writer.decimal("-79228162514264337593543950335"))).toBe(
      "9400000080ffffffffffffffffffffffff",
    );
    expect(() => hexOf((writer) => writer.decimal("79228162514264337593543950336"))).toThrow(RangeError);
  });

  it.each([
    [0, ""],
    [1, "9e01"],
    [255, "9eff"],
    [256, "a00001"],
    [65_536, "a200000100"],
  ])("of %i bytes has the length in as few bytes as it needs", (length, start) => {
    expect(hexOf((writer) => writer.bytes(new Uint8Array(length)))).toBe(start + "00".repeat(length));
  });

  it("of QNames is one record where there is one (R-NBFX-2.2.3-11)", () => {
    const name = dictionaryString("Envelope");
    expect(hexOf((writer) => writer.qname("s", name))).toBe("bc1202");
    expect(hexOf((writer) => writer.qname("s", "x"))).toBe("980173" + "98013a" + "980178");
    expect(hexOf((writer) => writer.qname("pre", name))).toBe("9803707265" + "98013a" + "aa02");
    expect(hexOf((writer) => writer.qname("", name))).toBe("aa02");
  });
});

describe("end tags (R-NBFX-2.2.3-6)", () => {
  it("are merged into the text right before them and nothing else", () => {
    const hex = hexOf((writer) => {
      writer.startElement("", "r");
      writer.startElement("", "a");
      writer.integer(5);
      writer.endElement();
      writer.startElement("", "b");
      writer.attribute("", "c", "x");
      writer.endElement();
      writer.startElement("", "d");
      writer.text("x");
      writer.comment("c");
      writer.endElement();
      writer.endElement();
    });
    expect(hex).toBe(
      "400172" +
        "400161" +
        "8905" +
        "400162" +
        "040163" +
        "980178" +
        "01" +
        "400164" +
        "980178" +
        "020163" +
        "01" +
        "01",
    );
  });

  it("survive that the buffer grows", () => {
    const out = new ByteWriter(1);
    const writer = new BinaryXmlWriter(out);
    writer.startElement("", "r");
    for (let index = 0; index < 100; index++) {
      writer.startElement("", "a");
      writer.attributeInteger("", "n", index);
      writer.attributeBoolean("", "even", index % 2 === 0);
      writer.text("text");
      writer.endElement();
    }
    writer.endElement();
    const reader = new BinaryXmlReader();
    reader.reset(out.view());
    expect(toXmlText(reader)).toContain('<a n="99" even="false">text</a></r>');
  });

  it("begin anew with each document", () => {
    const out = new ByteWriter();
    const writer = new BinaryXmlWriter(out);
    writer.startElement("", "a");
    writer.text("x");
    const second = new ByteWriter();
    writer.reset(second);
    writer.startElement("", "b");
    writer.endElement();
    expect(toHex(second.view())).toBe("40016201");
  });
});
