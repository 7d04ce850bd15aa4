import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../bytes/index.ts";
import { DateTime, Duration, TextXmlReader, TextXmlWriter, UniqueId, type XmlReader } from "./index.ts";

function bytesOf(write: (writer: TextXmlWriter) => void): Uint8Array {
  const out = new ByteWriter(16);
  write(new TextXmlWriter(out));
  return out.copy();
}

function textOf(write: (writer: TextXmlWriter) => void): string {
  return new TextDecoder().decode(bytesOf(write));
}

/** What is read back of a value written as the content of an element. */
function readBack<T>(write: (writer: TextXmlWriter) => void, read: (reader: XmlReader) => T): T {
  const reader = new TextXmlReader();
  reader.reset(
    bytesOf((writer) => {
      writer.startElement("", "v");
      write(writer);
      writer.endElement();
    }),
  );
  reader.next();
  return read(reader);
}

describe("the writer of XML text", () => {
  it("writes as WCF does: attributes, then declarations, and empty elements in short (R-WCF-TEXT-1)", () => {
    const text = textOf((writer) => {
      writer.startElement("s", "Envelope");
      writer.attribute("s", "x", 'a"<>&\t\r\n');
      writer.attributeBoolean("i", "nil", true);
      writer.attributeInteger("", "Lower", 1);
      writer.declareNamespace("s", "urn:a&b");
      writer.declareNamespace("", "urn:c");
      writer.startElement("", "empty");
      writer.text("");
      writer.bytes(new Uint8Array(0));
      writer.endElement();
      writer.startElement("", "t");
      writer.text('a"<>&\t\r\n]]>');
      writer.endElement();
      writer.endElement();
    });
    expect(text).toBe(
      '<s:Envelope s:x="a&quot;&lt;&gt;&amp;&#x9;&#xD;&#xA;" i:nil="true" Lower="1" xmlns:s="urn:a&amp;b" xmlns="urn:c">' +
        '<empty/><t>a"&lt;&gt;&amp;\t&#xD;\n]]&gt;</t></s:Envelope>',
    );
  });

  it("writes values in .NET's forms (R-SOAP-TEXT-3)", () => {
    const text = textOf((writer) => {
      const write = (value: () => void): void => {
        writer.startElement("", "v");
        value();
        writer.endElement();
      };
      write(() => writer.boolean(true));
      write(() => writer.integer(-7));
      write(() => writer.bigint(2n ** 64n - 1n));
      write(() => writer.float(0.1));
      write(() => writer.double(1e17));
      write(() => writer.decimal("+1.50"));
      write(() => writer.dateTime(DateTime.parse("2026-11-22T01:02:03.5Z")));
      write(() => writer.duration(Duration.fromMs(90_000)));
      write(() => writer.guid("{33221100-5544-7766-8899-AABBCCDDEEFF}"));
      write(() => writer.uniqueId(UniqueId.parse("urn:uuid:33221100-5544-7766-8899-AABBCCDDEEFF")));
      write(() => writer.bytes(Uint8Array.of(0, 1, 2, 3)));
      write(() => writer.qname("p", "Name"));
      write(() => writer.qname("", "Name"));
    });
    expect(text.replaceAll("<v>", "").split("</v>").slice(0, -1)).toEqual([
      "true",
      "-7",
      "18446744073709551615",
      "0.1",
      "1E+17",
      "1.50",
      "2026-11-22T01:02:03.5Z",
      "PT1M30S",
      "33221100-5544-7766-8899-aabbccddeeff",
      "urn:uuid:33221100-5544-7766-8899-aabbccddeeff",
      "AAECAw==",
      "p:Name",
      "Name",
    ]);
  });

  it("refuses what XML text cannot carry", () => {
    const refused = (text: string): void => {
      expect(() => textOf((writer) => writer.text(text))).toThrow(RangeError);
      expect(() => textOf((writer) => writer.attribute("", "a", text))).toThrow(RangeError);
    };
    for (const text of ["\u0000", "a\u001fb", "\ufffe", "\uffff", "\ud800", "\udc00a"]) refused(text);
    for (const value of [2n ** 64n, -(2n ** 63n) - 1n])
      expect(() => textOf((writer) => writer.bigint(value))).toThrow(RangeError);
  });

  it("copies content that was written before into an open element", () => {
    const body = bytesOf((writer) => {
      writer.startElement("", "b");
      writer.endElement();
    });
    const around = (content: Uint8Array): string =>
      textOf((writer) => {
        writer.startElement("", "a");
        writer.copyContent(content);
        writer.endElement();
      });
    expect([around(body), around(new Uint8Array(0))]).toEqual(["<a><b/></a>", "<a/>"]);
  });

  it("writes what the reader gives back", () => {
    const legal = fc.string({ unit: "grapheme" }).filter((text) => !illegal.test(text) && !/\p{Cs}/u.test(text));
    fc.assert(
      fc.property(
        legal,
        fc.double(),
        fc.float(),
        fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n),
        fc.uint8Array(),
        (text, double, float, bigint, bytes) => {
          expect(
            readBack(
              (writer) => writer.text(text),
              (reader) => reader.readString(),
            ),
          ).toBe(text);
          expect(
            readBack(
              (writer) => writer.attribute("", "a", text),
              (reader) => reader.attribute("a", ""),
            ),
          ).toBe(text);
          expect(
            readBack(
              (writer) => writer.double(double),
              (reader) => reader.readDouble(),
            ),
          ).toBe(double);
          expect(
            Math.fround(
              readBack(
                (writer) => writer.float(float),
                (reader) => reader.readDouble(),
              ),
            ),
          ).toBe(float);
          expect(
            readBack(
              (writer) => writer.bigint(bigint),
              (reader) => reader.readBigInt(),
            ),
          ).toBe(bigint);
          expect(
            readBack(
              (writer) => writer.bytes(bytes),
              (reader) => reader.readBytes(),
            ),
          ).toEqual(bytes);
        },
      ),
    );
  });
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const illegal = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
