import { describe, expect, it } from "vitest";
import { indentXml } from "./indent-xml.ts";

describe("indentXml", () => {
  it("puts elements on lines of their own and leaves text beside its tags", () => {
    const xml = '<a x="1"><b>text</b><c></c><d/><e><!-- a > b --><f>1</f></e></a>';

    expect(indentXml(xml, " ").split("\n")).toEqual([
      ' <a x="1">',
      "   <b>text</b>",
      "   <c></c>",
      "   <d/>",
      "   <e>",
      "     <!-- a > b -->",
      "     <f>1</f>",
      "   </e>",
      " </a>",
    ]);
  });

  it("leaves text between elements as it is", () => {
    expect(indentXml("<a> one <b>two</b></a>")).toBe("<a> one <b>two</b></a>");
  });

  it("lays out again what was laid out before", () => {
    const once = indentXml("<a><b>x</b><c><d></d></c></a>");

    expect(indentXml(once)).toBe(once);
  });

  it("takes a declaration in front of the root for a line of its own", () => {
    expect(indentXml('<?xml version="1.0"?><a><b></b></a>').split("\n")).toHaveLength(4);
  });
});
