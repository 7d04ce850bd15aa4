import { NodeKind } from "../xml/index.ts";
import type { BinaryXmlReader } from "./binary-xml-reader.ts";

/**
 * The rest of a document or fragment as text, for people and tests: attributes and declarations in the order of the bytes, empty
 * elements with an end tag of their own, as .NET's text writer prints what its binary reader reads.
 * @throws XmlError when the document is ill-formed
 */
export function toXmlText(reader: BinaryXmlReader): string {
  const parts: string[] = [];
  for (;;) {
    switch (reader.next()) {
      case NodeKind.element:
        parts.push(startTag(reader));
        break;
      case NodeKind.endElement:
        parts.push(`</${qualified(reader.prefix, reader.localName)}>`);
        break;
      case NodeKind.text:
        parts.push(escapedText(reader.text));
        break;
      case NodeKind.comment:
        parts.push(`<!--${reader.text}-->`);
        break;
      default:
        return parts.join("");
    }
  }
}

function startTag(reader: BinaryXmlReader): string {
  let tag = `<${qualified(reader.prefix, reader.localName)}`;
  const { attributeCount, declarationCount } = reader;
  let attribute = 0;
  let declaration = 0;
  while (attribute < attributeCount || declaration < declarationCount) {
    const isAttributeNext =
      declaration === declarationCount ||
      (attribute < attributeCount && reader.attributeOffset(attribute) < reader.declarationOffset(declaration));
    if (isAttributeNext) {
      const name = qualified(reader.attributePrefix(attribute), reader.attributeLocalName(attribute));
      tag += ` ${name}="${escapedAttribute(reader.attributeValue(attribute))}"`;
      attribute += 1;
    } else {
      const prefix = reader.declarationPrefix(declaration);
      tag += ` xmlns${prefix === "" ? "" : `:${prefix}`}="${escapedAttribute(reader.declarationUri(declaration))}"`;
      declaration += 1;
    }
  }
  return `${tag}>`;
}

function qualified(prefix: string, localName: string): string {
  return prefix === "" ? localName : `${prefix}:${localName}`;
}

function escapedText(text: string): string {
  return text.replace(specials, (character) =>
    character === "\n" || character === "\t" ? character : escaped(character),
  );
}

function escapedAttribute(text: string): string {
  return text.replace(attributeSpecials, escaped);
}

function escaped(character: string): string {
  // The controls from U+007F on are characters of XML.
  if (character >= "\u007f" && character < "\u00a0") return character;
  return escapes[character] ?? `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`;
}

/** Markup, what a reader would turn into a line feed, and what XML has no place for. */
const specials = /[&<>\p{Cc}\ufffe\uffff]/gu;
const attributeSpecials = /[&<>"\p{Cc}\ufffe\uffff]/gu;

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};
