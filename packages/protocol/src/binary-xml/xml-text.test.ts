import { describe, expect, it } from "vitest";
import { ByteWriter } from "../bytes/index.ts";
import { BinaryXmlReader } from "./binary-xml-reader.ts";
import { BinaryXmlWriter } from "./binary-xml-writer.ts";
import { toXmlText } from "./xml-text.ts";

/** The text of `<a b="text">text</a>`. */
function textWith(text: string): string {
  const out = new ByteWriter();
  const writer = new BinaryXmlWriter(out);
  writer.startElement("", "a");
  writer.attribute("", "b", text);
  writer.text(text);
  writer.endElement();
  const reader = new BinaryXmlReader();
  reader.reset(out.bytes, 0, out.position);
  return toXmlText(reader);
}

describe("the text of a document", () => {
  it.each([
    ["<&>", `<a b="&lt;&amp;&gt;">&lt;&amp;&gt;</a>`],
    [`"'`, `<a b="&quot;'">"'</a>`],
    ["\t\n\r", `<a b="&#x9;&#xA;&#xD;">\t\n&#xD;</a>`],
    ["\u0000\u001f\ufffe\uffff", `<a b="&#x0;&#x1F;&#xFFFE;&#xFFFF;">&#x0;&#x1F;&#xFFFE;&#xFFFF;</a>`],
    ["\u007f\u0085\u00a0\u2028", `<a b="\u007f\u0085\u00a0\u2028">\u007f\u0085\u00a0\u2028</a>`],
  ])("escapes %j as .NET does", (text, expected) => {
    expect(textWith(text)).toBe(expected);
  });
});
