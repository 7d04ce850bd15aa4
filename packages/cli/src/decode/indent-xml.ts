/**
 * Lays XML out for reading: elements that hold elements on lines of their own, text beside its tags.
 *
 * An element whose text stands between elements stays as it is, since new lines would change it. Works on well-formed XML as `toXmlText` writes
 * it: no processing instructions, no CDATA, `<` and `>` escaped in text and attributes.
 */
export function indentXml(xml: string, indent = ""): string {
  const lines: string[] = [];
  for (const node of parse(xml)) layOut(node, indent, lines);
  return lines.join("\n");
}

interface Element {
  readonly kind: "element";
  readonly startTag: string;
  readonly children: Node[];
  endTag: string;
}

interface Verbatim {
  readonly kind: "text" | "comment";
  readonly text: string;
}

type Node = Element | Verbatim;

function layOut(node: Node, indent: string, lines: string[]): void {
  if (node.kind !== "element") {
    if (node.text.trim() !== "") lines.push(`${indent}${node.text.trim()}`);
    return;
  }
  const hasElements = node.children.some(({ kind }) => kind !== "text");
  const hasText = node.children.some((child) => child.kind === "text" && child.text.trim() !== "");
  if (!hasElements || hasText) {
    lines.push(`${indent}${flat(node)}`);
    return;
  }
  lines.push(`${indent}${node.startTag}`);
  for (const child of node.children) layOut(child, `${indent}  `, lines);
  lines.push(`${indent}${node.endTag}`);
}

function flat(node: Node): string {
  if (node.kind !== "element") return node.text;
  if (node.children.length === 0 && node.startTag.endsWith("/>")) return node.startTag;
  return `${node.startTag}${node.children.map(flat).join("")}${node.endTag}`;
}

function parse(xml: string): Node[] {
  const root: Node[] = [];
  const open: Element[] = [];
  for (const [token] of xml.matchAll(/<!--[\s\S]*?-->|<[^>]*>|[^<]+/g)) {
    const siblings = open.at(-1)?.children ?? root;
    if (token.startsWith("</")) {
      const element = open.pop();
      if (element !== undefined) element.endTag = token;
    } else if (token.startsWith("<!--")) siblings.push({ kind: "comment", text: token });
    else if (token.startsWith("<")) {
      const element: Element = { kind: "element", startTag: token, children: [], endTag: "" };
      siblings.push(element);
      if (!token.endsWith("/>") && !/^<[?!]/.test(token)) open.push(element);
    } else siblings.push({ kind: "text", text: token });
  }
  return root;
}
