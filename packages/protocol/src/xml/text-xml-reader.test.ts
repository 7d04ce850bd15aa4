import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NodeKind, type ReaderQuotas, TextXmlReader, XmlError } from "./index.ts";

const encoder = new TextEncoder();

function readerOf(document: string | Uint8Array, quotas: Partial<ReaderQuotas> = {}): TextXmlReader {
  const reader = new TextXmlReader({ quotas });
  reader.reset(typeof document === "string" ? encoder.encode(document) : document);
  return reader;
}

/** The nodes of a document: names with their namespaces, attributes, text. */
function nodesOf(document: string | Uint8Array, quotas?: Partial<ReaderQuotas>): string {
  const reader = readerOf(document, quotas);
  const parts: string[] = [];
  for (;;) {
    switch (reader.next()) {
      case NodeKind.element: {
        const attributes = Array.from({ length: reader.attributeCount }, (_, index) => {
          const name = `{${reader.attributeNamespaceUri(index)}}${reader.attributeLocalName(index)}`;
          return ` ${name}=${JSON.stringify(reader.attributeValue(index))}`;
        });
        parts.push(`<{${reader.namespaceUri}}${reader.localName}${attributes.join("")}>`);
        break;
      }
      case NodeKind.endElement:
        parts.push(`</${reader.localName}>`);
        break;
      case NodeKind.text:
        parts.push(JSON.stringify(reader.text));
        break;
      default:
        return parts.join("");
    }
  }
}

function errorOf(document: string | Uint8Array, quotas?: Partial<ReaderQuotas>): XmlError {
  try {
    nodesOf(document, quotas);
  } catch (error) {
    if (error instanceof XmlError) return error;
    throw error;
  }
  throw new Error("it was read");
}

/** A reader on the root element of `<a>content</a>`, with prefix `p` bound. */
function on(content: string, quotas?: Partial<ReaderQuotas>): TextXmlReader {
  const reader = readerOf(`<a xmlns:p="urn:p">${content}</a>`, quotas);
  reader.next();
  return reader;
}

describe("the reader of XML text (R-XML-1.0-1)", () => {
  it.each([
    ["<a/>", "<{}a></a>"],
    ["<a></a >", "<{}a></a>"],
    ["\ufeff<a>x</a>", '<{}a>"x"</a>'],
    ['<?xml version="1.0" encoding="utf-8"?>\n<!-- c --><a/>\n<!-- d -->', "<{}a></a>"],
    ["<?xml version='1.0' standalone='yes' ?><a/>", "<{}a></a>"],
    ["<a\n x = '1'\ty=\"2\"/>", '<{}a {}x="1" {}y="2"></a>'],
    ["<a> <b/>\n</a>", '<{}a>" "<{}b></b>"\\n"</a>'],
    ["<a><![CDATA[<&]]>]]&gt;</a>", '<{}a>"<&]]>"</a>'],
    ["<a>one<!-- & < -->two<![CDATA[]]></a>", '<{}a>"onetwo"</a>'],
    ["<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x1D11E;&#00065;</a>", '<{}a>"<>&\\"\'A𝄞A"</a>'],
    ["<名前 é='ü'>𝄞</名前>", '<{}名前 {}é="ü">"𝄞"</名前>'],
    [
      "<constructor __proto__='1' toString=''><__proto__/></constructor>",
      '<{}constructor {}__proto__="1" {}toString=""><{}__proto__></__proto__></constructor>',
    ],
  ])("reads %j", (document, nodes) => {
    expect(nodesOf(document)).toBe(nodes);
  });

  it("takes line ends as line feeds, and white space in attributes as spaces, save from references (R-XML-1.0-3)", () => {
    expect(nodesOf('<a x="1\r\n2\t3\n4&#xD;&#xA;&#x9;">\r\n\r&#xD;\n<![CDATA[\r\n]]></a>')).toBe(
      '<{}a {}x="1 2 3 4\\r\\n\\t">"\\n\\n\\r\\n\\n"</a>',
    );
  });

  it.each([
    ["", "XML_UNEXPECTED_END"],
    [" ", "XML_UNEXPECTED_END"],
    ["text", "XML_ILL_FORMED"],
    ["</a>", "XML_ILL_FORMED"],
    ["<a>", "XML_UNEXPECTED_END"],
    ["<a", "XML_UNEXPECTED_END"],
    ["<a></b>", "XML_ILL_FORMED"],
    ["<a></ab>", "XML_ILL_FORMED"],
    ["<a/><b/>", "XML_ILL_FORMED"],
    ["<a/>text", "XML_ILL_FORMED"],
    ["<a b/>", "XML_ILL_FORMED"],
    ["<a b=c/>", "XML_ILL_FORMED"],
    ["<a b='1'c='2'/>", "XML_ILL_FORMED"],
    ["<a b='1' b='2'/>", "XML_ILL_FORMED"],
    [`<a ${Array.from({ length: 20 }, (_, at) => `b${at}='' `).join("")}b7=''/>`, "XML_ILL_FORMED"],
    ["<a b='<'/>", "XML_ILL_FORMED"],
    ["<a b='&x;'/>", "XML_ILL_FORMED"],
    ["<a>&nbsp;</a>", "XML_ILL_FORMED"],
    ["<a>& </a>", "XML_ILL_FORMED"],
    ["<a>&lt</a>", "XML_ILL_FORMED"],
    ["<a>&#0;</a>", "XML_ILL_FORMED"],
    ["<a>&#xD800;</a>", "XML_ILL_FORMED"],
    ["<a>&#x110000;</a>", "XML_ILL_FORMED"],
    ["<a>&#x;</a>", "XML_ILL_FORMED"],
    ["<a>]]></a>", "XML_ILL_FORMED"],
    ["<a>\u0001</a>", "XML_ILL_FORMED"],
    ["<a>\uffff</a>", "XML_ILL_FORMED"],
    ["<a><!-- -- --></a>", "XML_ILL_FORMED"],
    ["<a><!-- </a>", "XML_UNEXPECTED_END"],
    ["<a><![CDATA[</a>", "XML_UNEXPECTED_END"],
    ["<1/>", "XML_ILL_FORMED"],
    ["<a:/>", "XML_ILL_FORMED"],
    ["<:a/>", "XML_ILL_FORMED"],
    ["<a:b:c xmlns:a='u'/>", "XML_ILL_FORMED"],
    ["<a\u1680b/>", "XML_ILL_FORMED"],
    ['<?xml version="1.1"?><a/>', "XML_ILL_FORMED"],
    ['<?xml encoding="utf-8"?><a/>', "XML_ILL_FORMED"],
    [' <?xml version="1.0"?><a/>', "XML_ILL_FORMED"],
  ])("refuses %j", (document, code) => {
    expect(errorOf(document).code).toBe(code);
  });

  it("refuses a DTD and processing instructions, wherever they stand (R-SOAP-TEXT-1)", () => {
    for (const document of ["<!DOCTYPE a><a/>", "<a/><!DOCTYPE a>", "<a><!DOCTYPE a></a>"])
      expect(errorOf(document).message).toContain("a DTD stands where SOAP allows none");
    for (const document of ["<?pi?><a/>", "<a><?pi?></a>", "<a/><?pi?>"])
      expect(errorOf(document).message).toContain("a processing instruction stands where SOAP allows none");
  });

  it("says where the mistake is, in characters", () => {
    expect(errorOf("<é>&x;</é>")).toMatchObject({ offset: 3, message: expect.stringContaining("(at character 3)") });
  });

  it("reads UTF-8 alone, and says so (R-SOAP-TEXT-2)", () => {
    const utf16 = new Uint8Array(new Uint16Array([0xfeff, 0x3c, 0x61, 0x2f, 0x3e]).buffer);
    expect(errorOf(utf16).message).toContain("UTF-16; only UTF-8 is read");
    expect(errorOf(utf16.slice(2)).message).toContain("UTF-16; only UTF-8 is read");
    expect(errorOf('<?xml version="1.0" encoding="utf-16"?><a/>').message).toContain("utf-16; only utf-8 is read");
    for (const bytes of [
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf5, 0x80, 0x80, 0x80],
      [0xe4, 0xb8],
    ])
      expect(errorOf(Uint8Array.from([0x3c, 0x61, 0x3e, ...bytes])).message).toBe("the document is not in UTF-8");
  });

  it("ends on any bytes, with a document or an XmlError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => nodesOf(bytes)).toThrow(XmlError);
      }),
    );
  });
});

describe("namespaces in XML text (R-XML-NAMES-1)", () => {
  it("are those in scope, also for attributes before their declaration", () => {
    expect(
      nodesOf(
        "<p:a p:x='1' y='2' xmlns:p='urn:1'><a xmlns='urn:2'><p:b xmlns:p='urn:3'/><a xmlns=''/></a><p:c/></p:a>",
      ),
    ).toBe('<{urn:1}a {urn:1}x="1" {}y="2"><{urn:2}a><{urn:3}b></b><{}a></a></a><{urn:1}c></c></a>');
  });

  it("have prefixes that scopes hide and give back", () => {
    const reader = readerOf("<a xmlns:p='urn:1'><b xmlns:p='urn:2'/><c/></a>");
    reader.next();
    reader.next();
    expect([
      reader.lookupNamespace("p"),
      reader.declarationCount,
      reader.declarationPrefix(0),
      reader.declarationUri(0),
    ]).toEqual(["urn:2", 1, "p", "urn:2"]);
    reader.next();
    reader.next();
    expect([
      reader.localName,
      reader.lookupNamespace("p"),
      reader.lookupNamespace("q"),
      reader.lookupNamespace(""),
    ]).toEqual(["c", "urn:1", undefined, ""]);
  });

  it.each([
    ["<p:a/>", "XML_UNBOUND_PREFIX"],
    ["<a p:x=''/>", "XML_UNBOUND_PREFIX"],
    ["<a><b xmlns:p='u'/><p:c/></a>", "XML_UNBOUND_PREFIX"],
    ["<xmlns:a/>", "XML_UNBOUND_PREFIX"],
    ["<a xmlns:p=''/>", "XML_ILL_FORMED"],
    ["<a xmlns:xmlns='u'/>", "XML_ILL_FORMED"],
    ["<a xmlns:xml='u'/>", "XML_ILL_FORMED"],
    ["<a xmlns='http://www.w3.org/XML/1998/namespace'/>", "XML_ILL_FORMED"],
    ["<a xmlns:p='http://www.w3.org/2000/xmlns/'/>", "XML_ILL_FORMED"],
    ["<a xmlns:p='u' xmlns:q='u' p:x='' q:x=''/>", "XML_ILL_FORMED"],
    [
      `<a xmlns:p='u' xmlns:q='u' ${Array.from({ length: 20 }, (_, at) => `p:b${at}='' `).join("")}q:b3=''/>`,
      "XML_ILL_FORMED",
    ],
  ])("refuse %j", (document, code) => {
    expect(errorOf(document).code).toBe(code);
  });

  it("take the prefix xml for bound, and may bind it to what it is", () => {
    expect(nodesOf("<a xml:space='preserve' xmlns:xml='http://www.w3.org/XML/1998/namespace'> </a>")).toBe(
      '<{}a {http://www.w3.org/XML/1998/namespace}space="preserve">" "</a>',
    );
  });
});

describe("values in XML text (R-SOAP-TEXT-3)", () => {
  it("are read as .NET writes them, with white space around", () => {
    expect(on(" 42\n").readInteger()).toBe(42);
    expect(on("18446744073709551615").readBigInt()).toBe(2n ** 64n - 1n);
    expect([on("true").readBoolean(), on(" 0 ").readBoolean()]).toEqual([true, false]);
    expect([on("1.5E-300").readDouble(), on("-INF").readDouble(), on("NaN").readDouble()]).toEqual([
      1.5e-300,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
    ]);
    expect(on("1.50").readDecimal()).toBe("1.50");
    expect(on("2026-11-22T01:02:03.5Z").readDateTime().toString()).toBe("2026-11-22T01:02:03.5Z");
    expect(on("PT1M30S").readDuration().ms).toBe(90_000);
    expect(on("33221100-5544-7766-8899-AABBCCDDEEFF").readGuid()).toBe("33221100-5544-7766-8899-aabbccddeeff");
    expect(on(" urn:uuid:33221100-5544-7766-8899-AABBCCDDEEFF ").readUniqueId().isGuid).toBe(true);
    expect(on("AAEC\r\n Aw== ").readBytes()).toEqual(Uint8Array.of(0, 1, 2, 3));
    expect(on(" p:Name ").readQName()).toEqual({ namespaceUri: "urn:p", localName: "Name" });
    expect(on("Name").readQName()).toEqual({ namespaceUri: "", localName: "Name" });
    expect([on("").readString(), on(" x<!-- --><![CDATA[ y]]>").readString()]).toEqual(["", " x y"]);
  });

  it("end on the element's end tag", () => {
    const reader = on("7");
    expect([reader.readInteger(), reader.kind, reader.localName, reader.depth]).toEqual([
      7,
      NodeKind.endElement,
      "a",
      1,
    ]);
  });

  it("are refused when they are not of the type, or elements", () => {
    const codes = [
      () => on("x").readInteger(),
      () => on("<b/>").readString(),
      () => on("x<b/>").readString(),
      () => on("A").readBytes(),
      () => on("a:b:c").readQName(),
      () => on("true!").readBoolean(),
    ].map(codeOf);
    expect(codes).toEqual(Array(6).fill("XML_UNEXPECTED_CONTENT"));
    expect(codeOf(() => on("q:b").readQName())).toBe("XML_UNBOUND_PREFIX");
    const after = on("7");
    after.readInteger();
    expect(codeOf(() => after.readInteger())).toBe("XML_UNEXPECTED_CONTENT");
  });

  it("children are found over white space and comments, and elements can be passed over", () => {
    const reader = on("\n <b><c>x</c></b> <!-- --> <d/>\n");
    expect([reader.nextChild(), reader.localName]).toEqual([true, "b"]);
    reader.skip();
    expect([reader.nextChild(), reader.is("d", ""), reader.nextChild(), reader.nextChild()]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(codeOf(() => on("text").nextChild())).toBe("XML_UNEXPECTED_CONTENT");
  });
});

describe("the quotas of XML text (R-SOAP-TEXT-4)", () => {
  it.each<[string, string, Partial<ReaderQuotas>, string]>([
    ["maxDepth", "<a><a><a/></a></a>", { maxDepth: 2 }, "<a><a/></a>"],
    ["maxAttributeCount", "<a x='' y='' xmlns:z='u'/>", { maxAttributeCount: 2 }, "<a x='' y=''/>"],
    ["maxBytesPerRead", "<a x='éééé'/>", { maxBytesPerRead: 16 }, "<a x='ééé'/>"],
    ["maxStringContentLength", "<a x='12345'/>", { maxStringContentLength: 4 }, "<a x='1234'/>"],
    ["maxStringContentLength", "<a><!--12345--></a>", { maxStringContentLength: 4 }, "<a><!--1234--></a>"],
    [
      "maxStringContentLength",
      "<a>123<!-- --><![CDATA[456]]>789</a>",
      { maxStringContentLength: 8, maxArrayLength: 1 },
      "<a>123&lt;&#x41;678</a>",
    ],
  ])("%s bounds %j", (name, document, quotas, largest) => {
    expect(() => nodesOf(largest, quotas)).not.toThrow();
    const error = errorOf(document, quotas);
    expect([error.code, error.message]).toEqual(["XML_QUOTA_EXCEEDED", expect.stringContaining(name)]);
  });

  it("maxArrayLength bounds base64, which may be longer than a string", () => {
    const quotas = { maxStringContentLength: 5, maxArrayLength: 6 };
    expect(on("AAECAwQF", quotas).readBytes()).toHaveLength(6);
    expect(codeOf(() => on("AAECAwQF", quotas).readString())).toBe("XML_QUOTA_EXCEEDED");
    expect(codeOf(() => on("AAEC AwQFBg==", { maxArrayLength: 6 }).readBytes())).toBe("XML_QUOTA_EXCEEDED");
    expect(codeOf(() => on("AAECAwQFBgcI", { maxArrayLength: 6 }).readBytes())).toBe("XML_QUOTA_EXCEEDED");
  });

  it("a reader serves the next document after one that was refused", () => {
    const reader = readerOf("<a xmlns:p='urn:1'/>");
    reader.next();
    expect(() => reader.reset(encoder.encode("<a>"))).toThrow(XmlError);
    expect(reader.next()).toBe(NodeKind.endOfDocument);
    reader.reset(encoder.encode("<b/>"));
    expect([reader.next(), reader.localName, reader.lookupNamespace("p")]).toEqual([NodeKind.element, "b", undefined]);
  });
});

function codeOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return (error as XmlError).code;
  }
}
