import { XMLParser } from "fast-xml-parser";
import { XmlError } from "./errors.ts";
import type { ReaderQuotas } from "./reader-quotas.ts";
import { scanText } from "./text-scan.ts";

/** An element as it was written: names with their prefixes, values with their references. */
export interface TextElement {
  readonly name: string;
  /** Names and values in turn, xmlns declarations among them, in document order. */
  readonly attributes: readonly string[];
  readonly children: readonly TextTreeNode[];
}

/** A node of fast-xml-parser's tree: its one key besides the attributes says what it is. Read it with the functions below. */
export type TextTreeNode = Readonly<Record<string, unknown>>;

/** Stands before the names of elements, so that none of them is a word with a meaning of its own in JavaScript or to the parser. */
const elementMark = "=";
const textKey = "#text";
const dataKey = "#cdata";
const attributesKey = ":@";
const listKey = "list";
const none: readonly string[] = [];

/**
 * Makes trees of documents: the one place that knows fast-xml-parser.
 *
 * The parser takes nearly everything for XML, so it is given what `scanText` found well-formed, and from that nothing but the root
 * element. It is told to interpret nothing: no numbers, no white space trimmed, no references. Names come to it and back with a mark,
 * and attributes leave it in a list: it would make properties of them.
 */
export class TextTreeParser {
  readonly #quotas: ReaderQuotas;
  readonly #parser: XMLParser;
  #attributes: string[] = [];
  #elementCount = 0;
  #attributeCount = 0;

  constructor(quotas: ReaderQuotas) {
    this.#quotas = quotas;
    this.#parser = new XMLParser({
      preserveOrder: true,
      ignoreAttributes: false,
      trimValues: false,
      parseTagValue: false,
      parseAttributeValue: false,
      processEntities: false,
      textNodeName: textKey,
      cdataPropName: dataKey,
      maxNestedTags: quotas.maxDepth,
      // A path for each call would cost as much as the element is deep.
      jPath: false,
      transformTagName: (name) => (name.startsWith(elementMark) ? name : elementMark + name),
      transformAttributeName: () => listKey,
      attributeValueProcessor: (name, value) => {
        this.#attributes.push(name, value);
        return value;
      },
      updateTag: (name, _path, attributes) => {
        this.#elementCount += 1;
        if (this.#attributes.length > 0) this.#takeAttributes(attributes);
        return name;
      },
    });
  }

  /** @throws XmlError when the text is not a well-formed document or passes a quota */
  parse(text: string): TextElement {
    const { rootFrom, rootTo, elementCount, attributeCount } = scanText(text, this.#quotas);
    this.#attributes = [];
    this.#elementCount = 0;
    this.#attributeCount = 0;
    let nodes: readonly TextTreeNode[];
    try {
      nodes = this.#parser.parse(text.slice(rootFrom, rootTo)) as readonly TextTreeNode[];
    } catch (cause) {
      throw new XmlError("XML_ILL_FORMED", "the parser refused the document", { cause });
    }
    const root = nodes.length === 1 ? elementOf(nodes[0]!) : undefined;
    if (root === undefined || this.#elementCount !== elementCount || this.#attributeCount !== attributeCount)
      throw new XmlError("XML_ILL_FORMED", "the parser read the document differently than it is written");
    return root;
  }

  #takeAttributes(attributes: Record<string, unknown>): void {
    attributes[listKey] = this.#attributes;
    this.#attributeCount += this.#attributes.length / 2;
    this.#attributes = [];
  }
}

/** The element that a node is; undefined for text. */
export function elementOf(node: TextTreeNode): TextElement | undefined {
  for (const key in node) {
    if (!key.startsWith(elementMark)) return undefined;
    const attributes = node[attributesKey] as { readonly list: readonly string[] } | undefined;
    return {
      name: key.slice(elementMark.length),
      attributes: attributes === undefined ? none : attributes.list,
      children: node[key] as readonly TextTreeNode[],
    };
  }
  return undefined;
}

/** The text that a node is, with its references; undefined for all but text. */
export function textOfNode(node: TextTreeNode): string | undefined {
  return node[textKey] as string | undefined;
}

/** The content of the CDATA section that a node is; undefined for all others. */
export function characterDataOf(node: TextTreeNode): string | undefined {
  const content = node[dataKey] as readonly TextTreeNode[] | undefined;
  return content === undefined ? undefined : ((content[0]?.[textKey] as string | undefined) ?? "");
}
