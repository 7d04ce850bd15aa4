import { BinaryXmlReader, ReaderDictionary } from "@bowline/protocol/binary-xml";
import { NodeKind } from "@bowline/protocol/xml";

/**
 * Envelopes as trees of expanded names. Prefixes are not kept: a QName in content is resolved instead, so that `s:Sender` and
 * `e:Sender` are the same where both prefixes mean SOAP.
 *
 * @typedef {object} Element
 * @property {string} name `{namespace}local`
 * @property {string} local
 * @property {string} namespace
 * @property {Record<string, string>} attributes by expanded name; declarations are left out
 * @property {string} text
 * @property {Element[]} children
 */

export const soap = "http://www.w3.org/2003/05/soap-envelope";
export const addressing = "http://www.w3.org/2005/08/addressing";
const schemaInstance = "http://www.w3.org/2001/XMLSchema-instance";

/** Reads the envelopes of one direction of a connection, whose string tables grow from one to the next. */
export class EnvelopeReader {
  #strings = new ReaderDictionary({ maxSessionByteLength: 1 << 20 });
  #reader = new BinaryXmlReader();

  /**
   * @param {Uint8Array} bytes string table and document
   * @returns {Element}
   */
  read(bytes) {
    const at = this.#strings.readTable(bytes, 0, bytes.length);
    this.#reader.reset(bytes, at, bytes.length, this.#strings);
    return readTree(this.#reader);
  }
}

/**
 * @param {BinaryXmlReader} reader
 * @returns {Element}
 */
function readTree(reader) {
  /** @type {Element[]} */
  const open = [];
  /** Namespaces in force where a QName stands, whose text may come in pieces. @type {Map<string, string>} */
  let scope = new Map();
  for (let kind = reader.next(); kind !== NodeKind.endOfDocument; kind = reader.next()) {
    const parent = open.at(-1);
    if (kind === NodeKind.element) {
      const element = startOf(reader);
      if (holdsQName(element))
        scope = new Map(reader.bindingsInScope().map((each) => [each.prefix, each.namespaceUri]));
      parent?.children.push(element);
      open.push(element);
    } else if (kind === NodeKind.text && parent !== undefined) {
      parent.text += reader.text;
    } else if (kind === NodeKind.endElement) {
      const closed = open.pop();
      if (closed === undefined) continue;
      if (holdsQName(closed)) closed.text = expand(closed.text, (prefix) => scope.get(prefix));
      if (open.length === 0) return closed;
    }
  }
  throw new Error("the envelope does not end");
}

/**
 * @param {BinaryXmlReader} reader
 * @returns {Element}
 */
function startOf(reader) {
  /** @type {Record<string, string>} */
  const attributes = {};
  for (let index = 0; index < reader.attributeCount; index++) {
    const namespace = reader.attributeNamespaceUri(index);
    const local = reader.attributeLocalName(index);
    const value = reader.attributeValue(index);
    const isType = namespace === schemaInstance && local === "type";
    attributes[expanded(namespace, local)] = isType ? expand(value, (prefix) => reader.lookupNamespace(prefix)) : value;
  }
  const { localName, namespaceUri } = reader;
  return {
    name: expanded(namespaceUri, localName),
    local: localName,
    namespace: namespaceUri,
    attributes,
    text: "",
    children: [],
  };
}

/** @param {Element} element */
function holdsQName(element) {
  return element.name === `{${soap}}Value`;
}

/**
 * @param {string} qname
 * @param {(prefix: string) => string | undefined} lookup
 */
function expand(qname, lookup) {
  const colon = qname.indexOf(":");
  return expanded(lookup(qname.slice(0, Math.max(colon, 0))) ?? "", qname.slice(colon + 1));
}

/**
 * @param {string} namespace
 * @param {string} local
 */
function expanded(namespace, local) {
  return namespace === "" ? local : `{${namespace}}${local}`;
}

/**
 * @param {Element} envelope
 * @returns {Element[]}
 */
export function headersOf(envelope) {
  return envelope.children.find((child) => child.name === `{${soap}}Header`)?.children ?? [];
}

/**
 * @param {Element} envelope
 * @returns {Element}
 */
export function bodyOf(envelope) {
  const body = envelope.children.find((child) => child.name === `{${soap}}Body`);
  if (body === undefined) throw new Error("the envelope has no Body");
  return body;
}

/**
 * The first header block of that local name, whatever its namespace: the two versions of WS-ReliableMessaging differ in it.
 * @param {Element} envelope
 * @param {string} local
 */
export function headerOf(envelope, local) {
  return headersOf(envelope).find((header) => header.local === local);
}

/**
 * The text of the first descendant of that local name.
 * @param {Element | undefined} element
 * @param {string} local
 * @returns {string | undefined}
 */
export function textOf(element, local) {
  for (const child of element?.children ?? []) {
    if (child.local === local && child.text !== "") return child.text;
    const below = textOf(child, local);
    if (below !== undefined) return below;
  }
  return undefined;
}
