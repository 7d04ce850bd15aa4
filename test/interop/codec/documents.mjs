import * as values from "./values.mjs";
import {
  plainNames,
  plainUris,
  prefixes,
  Scope,
  serviceNames,
  serviceUris,
  staticNames,
  staticUris,
} from "./vocabulary.mjs";

/**
 * Random documents as lists of events: the .NET program writes them, and so does our writer where its port can say the same.
 *
 * @typedef {import("./random.mjs").Random} Random
 * @typedef {any[]} Event as `Documents.cs` takes them
 * @typedef {{ type: "start" | "attribute" | "declaration" | "end" | "value", event: Event }} Step of our writer
 * @typedef {{ dotnetOnly: boolean, comparesBytes: boolean }} Options
 *   dotnetOnly allows what only .NET's writer has: arrays, comments, typed attributes, text in pieces.
 *   comparesBytes leaves out where .NET's bytes are others than ours for no reason that a reader can see: bytes come in multiples of
 *   three, since .NET's writer puts the one or two left over into a record of their own; no NaN, of which .NET's has the sign bit set.
 * @typedef {{ events: Event[], steps: Step[] | undefined }} Document `steps` is undefined where only .NET's writer can write it
 */

/** Generates one document. */
class Generator {
  /** @type {Event[]} */ events = [];
  /** @type {Step[]} */ steps = [];
  expressible = true;
  #scope = new Scope();
  #remaining;
  /** @type {Random} */ #random;

  /** @param {Random} random @param {Options} options */
  constructor(random, { dotnetOnly, comparesBytes }) {
    this.#random = random;
    this.#remaining = random.oneIn(10) ? 60 : random.between(1, 20);
    this.dotnetOnly = dotnetOnly;
    this.comparesBytes = comparesBytes;
  }

  root() {
    if (this.dotnetOnly && this.#random.oneIn(12)) this.#comment();
    this.#element(1, this.#random.oneIn(60) ? this.#random.between(20, 128) : 0);
    if (this.dotnetOnly && this.#random.oneIn(12)) this.#comment();
  }

  /** @param {number} depth @param {number} chainDepth down to which each element has an element inside */
  #element(depth, chainDepth) {
    this.#remaining--;
    this.#scope.open();
    this.#startTag();
    if (depth < chainDepth) this.#element(depth + 1, chainDepth);
    else this.#content(depth);
    this.events.push(["end"]);
    this.steps.push({ type: "end", event: [] });
    this.#scope.close();
  }

  /** @returns {{ dictionary: boolean, name: string, uri: string }} */
  #name() {
    const random = this.#random;
    const dictionary = random.oneIn(2);
    if (!dictionary) return { dictionary, name: random.pick(plainNames), uri: random.pick(plainUris) };
    const known = random.oneIn(2);
    return {
      dictionary,
      name: random.pick(known ? staticNames : serviceNames),
      uri: random.pick(known ? staticUris : serviceUris),
    };
  }

  #startTag() {
    const random = this.#random;
    const { dictionary, name, uri: newUri } = this.#name();
    const prefix = random.pick(prefixes);
    const known = this.#scope.find(prefix);
    const uri = known !== undefined && random.oneIn(2) ? known : prefix === "" && random.oneIn(3) ? "" : newUri;
    const byId = dictionary && uri !== "";
    /** What this tag has bound each prefix to. */
    const used = new Map([[prefix, uri]]);
    this.events.push(["start", prefix, name, byId, uri]);
    this.steps.push({ type: "start", event: [prefix, name, byId] });
    /** @type {Step[]} */
    const declarations = [];
    const declare = (/** @type {string} */ aPrefix, /** @type {string} */ aUri, /** @type {boolean} */ asId) => {
      if (this.#scope.find(aPrefix) === aUri) return;
      this.#scope.declare(aPrefix, aUri);
      declarations.push({ type: "declaration", event: [aPrefix, aUri, asId] });
    };
    declare(prefix, uri, byId);
    this.#attributes(used, declare);
    while (random.oneIn(5)) {
      const declared = this.#name();
      const aPrefix = random.pick(prefixes);
      const aUri = aPrefix === "" && random.oneIn(2) ? "" : declared.uri;
      const asId = declared.dictionary && aUri !== "";
      if (used.has(aPrefix) || this.#scope.find(aPrefix) === aUri) continue;
      used.set(aPrefix, aUri);
      this.events.push(["xmlns", aPrefix, aUri, asId]);
      declare(aPrefix, aUri, asId);
    }
    this.steps.push(...declarations);
  }

  /**
   * @param {Map<string, string>} used
   * @param {(prefix: string, uri: string, asId: boolean) => void} declare
   */
  #attributes(used, declare) {
    const random = this.#random;
    const names = new Set();
    const count = random.oneIn(3) ? random.between(1, random.oneIn(10) ? 5 : 3) : 0;
    for (let index = 0; index < count; index++) {
      const { dictionary, name, uri: newUri } = this.#name();
      const prefix = random.oneIn(20) ? "xml" : random.pick(prefixes);
      const uri =
        prefix === ""
          ? ""
          : (used.get(prefix) ?? (random.oneIn(2) || prefix === "xml" ? (this.#scope.find(prefix) ?? newUri) : newUri));
      if (names.has(`${uri} ${name}`)) continue;
      names.add(`${uri} ${name}`);
      if (prefix !== "") used.set(prefix, uri);
      const content = this.#attributeContent();
      this.events.push(["attribute", prefix, name, dictionary, uri, ...content]);
      if (content.length === 1 && (content[0]?.[0] === "text" || content[0]?.[0] === "dictionaryText")) {
        this.steps.push({
          type: "attribute",
          event: [prefix, name, dictionary, content[0][1], content[0][0] === "dictionaryText"],
        });
      } else this.expressible = false;
      if (prefix !== "") declare(prefix, uri, dictionary);
    }
  }

  /** @returns {Event[]} */
  #attributeContent() {
    if (!this.dotnetOnly) return [this.#textValue()];
    switch (this.#random.below(4)) {
      case 0:
        return [this.#typedValue()];
      case 1:
        return this.#random.oneIn(3) ? [] : [this.#textValue(), this.#textValue()];
      default:
        return [this.#textValue()];
    }
  }

  /** @param {number} depth */
  #content(depth) {
    const random = this.#random;
    switch (random.below(depth === 1 ? 4 : 8)) {
      case 0:
      case 1:
      case 2:
        return this.#children(depth);
      case 3:
        return this.#mixed(depth);
      case 4:
        return;
      default:
        return this.#value();
    }
  }

  /** @param {number} depth */
  #children(depth) {
    const random = this.#random;
    for (let count = random.between(1, 5); count > 0 && this.#remaining > 0 && depth < 30; count--) {
      if (this.dotnetOnly && random.oneIn(10)) this.#array();
      else this.#element(depth + 1, 0);
    }
  }

  /** @param {number} depth */
  #mixed(depth) {
    const random = this.#random;
    for (let count = random.between(2, 6); count > 0; count--) {
      if (random.oneIn(3) && this.#remaining > 0) this.#element(depth + 1, 0);
      else if (this.dotnetOnly && random.oneIn(5)) this.#comment();
      else this.#value();
    }
  }

  #comment() {
    this.expressible = false;
    this.events.push(["comment", this.#random.pick(["", " a comment ", "é <&> \"'", "x"])]);
  }

  /** @returns {Event} */
  #textValue() {
    const random = this.#random;
    if (random.oneIn(5))
      return ["dictionaryText", random.pick([...staticUris, ...serviceUris, ...staticNames, ...serviceNames])];
    if (this.dotnetOnly && random.oneIn(8)) return ["chars", values.randomText(random)];
    return ["text", values.randomText(random)];
  }

  #value() {
    const random = this.#random;
    const names = random.oneIn(12) ? this.#scope.unambiguous() : [];
    if (names.length > 0) {
      const [prefix, uri] = random.pick(names);
      const { name, dictionary } = this.#name();
      this.events.push(["qname", name, dictionary, uri]);
      this.steps.push({ type: "value", event: ["qname", prefix, name, dictionary] });
      return;
    }
    const event = random.oneIn(3) ? this.#textValue() : this.#typedValue();
    if (event[0] === "chars") this.expressible = false;
    this.events.push(event);
    this.steps.push({ type: "value", event });
  }

  /** @param {string} [type] @returns {Event} */
  #typedValue(
    type = this.#random.pick([
      "boolean",
      "int",
      "int",
      "long",
      "unsignedLong",
      "float",
      "double",
      "decimal",
      "dateTime",
      "duration",
      "guid",
      "uniqueId",
      "bytes",
    ]),
  ) {
    const random = this.#random;
    switch (type) {
      case "boolean":
        return [type, random.oneIn(2)];
      case "short":
        return [type, random.signed(16).toString()];
      case "int":
        return [type, random.signed(32).toString()];
      case "long":
        return [type, random.signed(64).toString()];
      case "unsignedLong":
        return [type, random.unsigned(64).toString()];
      case "float":
        return [type, this.#number(values.randomFloatBits(random))];
      case "double":
        return [type, this.#number(values.randomDoubleBits(random))];
      case "decimal":
        return [type, values.randomDecimal(random)];
      case "dateTime":
        return [type, ...values.randomDateTime(random)];
      case "duration":
        return [type, values.randomDuration(random)];
      case "guid":
        return [type, values.randomGuid(random)];
      case "uniqueId":
        return [
          type,
          random.oneIn(3)
            ? random.pick(["urn:x", "http://example.org/id", "urn:uuid:not-a-guid"])
            : `urn:uuid:${values.randomGuid(random)}`,
        ];
      default:
        return ["bytes", values.randomBytes(random, this.comparesBytes)];
    }
  }

  /** @param {string} bits */
  #number(bits) {
    return bits === "NaN" && this.comparesBytes ? "00000000" : bits;
  }

  #array() {
    const random = this.#random;
    this.expressible = false;
    const type = random.pick([
      "boolean",
      "short",
      "int",
      "long",
      "float",
      "double",
      "decimal",
      "dateTime",
      "guid",
      "duration",
    ]);
    const count = random.oneIn(20) ? random.between(100, 400) : random.between(0, 6);
    const items = Array.from({ length: count }, () => this.#typedValue(type));
    this.events.push([
      "array",
      type,
      random.pick(prefixes),
      random.pick(plainNames),
      false,
      random.pick(plainUris),
      items,
    ]);
  }
}

/**
 * @param {Random} random
 * @param {Options} options
 * @returns {Document}
 */
export function generateDocument(random, options) {
  const generator = new Generator(random, options);
  generator.root();
  return { events: generator.events, steps: generator.expressible ? generator.steps : undefined };
}
