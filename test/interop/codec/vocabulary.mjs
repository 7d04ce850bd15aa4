/** Names, namespaces and prefixes that generated documents are made of. */
export const staticNames = [
  "Envelope",
  "Header",
  "Action",
  "To",
  "Body",
  "RelatesTo",
  "Identifier",
  "Sequence",
  "mustUnderstand",
  "Fault",
  "Id",
  "nil",
  "type",
];
export const staticUris = [
  "http://www.w3.org/2003/05/soap-envelope",
  "http://www.w3.org/2005/08/addressing",
  "http://schemas.xmlsoap.org/ws/2005/02/rm",
  "http://www.w3.org/2001/XMLSchema-instance",
];
export const serviceNames = [
  "Add",
  "AddResponse",
  "Order",
  "Lines",
  "Quantity",
  "Größe",
  "名前",
  "Value.1",
  "x-y_z",
  "OrderLineCollectionOfTheCustomer",
];
export const serviceUris = [
  "http://tempuri.org/",
  "urn:orders",
  "http://bowline.example/types",
  "http://docs.oasis-open.org/ws-rx/wsrm/200702",
  "urn:ü",
];
export const plainNames = ["doc", "item", "a", "attr", "é", "_x", "longer-name.with_all-of.it", "Envelope"];
export const plainUris = ["urn:a", "urn:b", "http://example.org/?a=1&b=2", "urn:quote\"'<>"];
export const prefixes = ["", "", "", "a", "b", "s", "z", "pre", "p2", "A"];

/** Namespace declarations of the elements open around a place. */
export class Scope {
  /** @type {Map<string, string>[]} */ #frames = [];

  open() {
    this.#frames.push(new Map());
  }

  close() {
    this.#frames.pop();
  }

  /** @param {string} prefix @param {string} uri */
  declare(prefix, uri) {
    this.#frames.at(-1)?.set(prefix, uri);
  }

  /** @param {string} prefix */
  find(prefix) {
    if (prefix === "xml") return "http://www.w3.org/XML/1998/namespace";
    for (let index = this.#frames.length - 1; index >= 0; index--) {
      const uri = this.#frames[index]?.get(prefix);
      if (uri !== undefined) return uri;
    }
    return prefix === "" ? "" : undefined;
  }

  /** Prefixes other than the empty one whose namespace no other visible prefix has. */
  unambiguous() {
    /** @type {Map<string, string>} */
    const visible = new Map();
    for (const frame of this.#frames) for (const [prefix, uri] of frame) visible.set(prefix, uri);
    const uris = [...visible.values()];
    return [...visible].filter(([prefix, uri]) => prefix !== "" && uris.filter((other) => other === uri).length === 1);
  }
}
