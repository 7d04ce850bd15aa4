import { doubleText, floatText } from "@bowline/protocol/xml";
import { chainOf, definitionOf, descendantsOf, flagNames, referenceTypes } from "./contracts.mjs";
import * as values from "./values.mjs";

/**
 * Random values of generated data contracts, in JSON form.
 *
 * @typedef {import("./random.mjs").Random} Random
 * @typedef {import("./contracts.mjs").Definition} Definition
 * @typedef {import("./contracts.mjs").EnumDefinition} EnumDefinition
 * @typedef {import("./contracts.mjs").RecordDefinition} RecordDefinition
 * @typedef {import("./contracts.mjs").Schema} Schema
 * @typedef {import("./contracts.mjs").Type} Type
 */

const uris = [
  "http://example.org/",
  "http://example.org/a/b?c=d#e",
  "urn:x:y",
  "relative/path",
  "net.tcp://localhost:8808/service",
];

/** Generates values of one schema. */
class ValueGenerator {
  /** @type {Random} */ #random;
  /** @type {readonly Definition[]} */ #definitions;
  #remaining = 60;

  /** @param {Random} random @param {readonly Definition[]} definitions */
  constructor(random, definitions) {
    this.#random = random;
    this.#definitions = definitions;
  }

  /** @param {Type} type @param {number} depth @returns {any} */
  value(type, depth) {
    const random = this.#random;
    this.#remaining--;
    switch (type.k) {
      case "primitive":
        return referenceTypes.includes(type.t) && random.oneIn(6) ? null : randomPrimitive(random, type.t);
      case "nullable":
        return random.oneIn(3) ? null : this.value(type.of, depth);
      case "array":
      case "list":
        return this.#isNull(depth) ? null : this.#list(type.of, depth);
      case "dictionary":
        return this.#isNull(depth) ? null : this.#dictionary(type.key, type.value, depth);
      default:
        return this.#defined(type.id, depth);
    }
  }

  /** @param {number} depth */
  #isNull(depth) {
    return depth > 6 || this.#remaining < 0 || this.#random.oneIn(6);
  }

  /** @param {string} id @param {number} depth */
  #defined(id, depth) {
    const definition = definitionOf(this.#definitions, id);
    switch (definition.kind) {
      case "enum":
        return this.#enumValue(definition);
      case "list":
        return this.#isNull(depth) ? null : this.#list(definition.of, depth);
      case "dictionary":
        return this.#isNull(depth) ? null : this.#dictionary(definition.key, definition.value, depth);
      default:
        if (!definition.struct && this.#isNull(depth)) return null;
        return this.#record(
          this.#random.pick([definition, definition, ...descendantsOf(this.#definitions, id)]),
          depth,
        );
    }
  }

  /** @param {EnumDefinition} definition */
  #enumValue(definition) {
    const random = this.#random;
    if (!definition.flags || random.oneIn(3)) return random.pick(definition.members).value;
    let bits = 0;
    for (const { value } of definition.members) if (random.oneIn(2)) bits |= Number(value);
    return flagNames(definition, `${bits}`) === undefined ? random.pick(definition.members).value : `${bits}`;
  }

  /** @param {RecordDefinition} definition @param {number} depth */
  #record(definition, depth) {
    /** @type {Record<string, any>} */
    const members = {};
    for (const { members: own } of chainOf(this.#definitions, definition.id)) {
      for (const member of own) {
        const value = this.value(member.type, depth + 1);
        const isDefault = member.omitDefault && (this.#random.oneIn(3) || isDefaultValue(member.type, value));
        members[member.name] = isDefault ? defaultValue(this.#definitions, member.type) : value;
      }
    }
    return { $: definition.id, m: members };
  }

  /** @param {Type} itemType @param {number} depth */
  #list(itemType, depth) {
    const count = this.#random.oneIn(20) ? 20 : this.#random.below(4);
    return Array.from({ length: count }, () => this.#item(itemType, depth + 1));
  }

  /**
   * An item. Doubles that a float holds exactly but that print otherwise as a float are left out: .NET writes arrays of doubles as one
   * record of doubles, our writer as single values, where such a double becomes a float, as everywhere else in .NET's own writer.
   * @param {Type} itemType
   * @param {number} depth
   */
  #item(itemType, depth) {
    for (;;) {
      const value = this.value(itemType, depth);
      if (itemType.k !== "primitive" || itemType.t !== "double") return value;
      const number = values.doubleOfBits(value);
      if (Math.fround(number) !== number || floatText(number) === doubleText(number)) return value;
    }
  }

  /** @param {Type} keyType @param {Type} valueType @param {number} depth */
  #dictionary(keyType, valueType, depth) {
    /** @type {Map<string, [any, any]>} */
    const pairs = new Map();
    for (let count = this.#random.below(4); count > 0; count--) {
      const key = this.value(keyType, depth + 1);
      if (key !== null) pairs.set(JSON.stringify(key), [key, this.value(valueType, depth + 1)]);
    }
    return [...pairs.values()];
  }
}

/** @param {Random} random @param {string} type */
function randomPrimitive(random, type) {
  switch (type) {
    case "boolean":
      return random.oneIn(2);
    case "byte":
      return Number(random.signed(8));
    case "short":
      return Number(random.signed(16));
    case "int":
      return Number(random.signed(32));
    case "unsignedByte":
      return Number(random.unsigned(8));
    case "unsignedShort":
    case "char":
      return Number(random.unsigned(16));
    case "unsignedInt":
      return Number(random.unsigned(32));
    case "long":
      return random.signed(64).toString();
    case "unsignedLong":
      return random.unsigned(64).toString();
    case "float":
      return values.randomFloatBits(random);
    case "double":
      return values.randomDoubleBits(random);
    case "decimal":
      return values.randomDecimal(random);
    case "guid":
      return values.randomGuid(random);
    case "dateTime":
      return values.randomDateTime(random);
    case "duration":
      return values.randomDuration(random);
    case "dateTimeOffset":
      return [
        values
          .randomDateTime(random)[0]
          .replace(/^\d{0,17}$/, "638000000000000000")
          .replace(/^3155/, "3055"),
        random.between(-840, 840),
      ];
    case "anyURI":
      return random.pick(uris);
    case "base64Binary":
      return values.randomBytes(random);
    case "QName":
      return [random.pick(["a", "Größe", "x-y"]), random.pick(["urn:q", "http://tempuri.org/", "urn:ü"])];
    default:
      return values.randomText(random);
  }
}

/** True for what .NET leaves out where a member has EmitDefaultValue = false. @param {Type} type @param {any} value */
function isDefaultValue(type, value) {
  if (value === null) return true;
  if (type.k === "primitive" && type.t === "dateTime") return value[0] === "0";
  if (type.k === "primitive" && type.t === "decimal") return /^[0.]*$/.test(value);
  return false;
}

/** The value with which a .NET object begins. @param {readonly Definition[]} definitions @param {Type} type */
export function defaultValue(definitions, type) {
  if (type.k === "defined") return definitionOf(definitions, type.id).kind === "enum" ? "0" : null;
  if (type.k !== "primitive") return null;
  switch (type.t) {
    case "boolean":
      return false;
    case "long":
    case "unsignedLong":
    case "decimal":
    case "duration":
      return "0";
    case "float":
      return "00000000";
    case "double":
      return "0000000000000000";
    case "guid":
      return "00000000-0000-0000-0000-000000000000";
    case "dateTime":
      return ["0", "unspecified"];
    default:
      return referenceTypes.includes(type.t) ? null : 0;
  }
}

/**
 * One value per parameter.
 * @param {Random} random
 * @param {Schema} schema
 * @returns {any[]}
 */
export function generateValues(random, schema) {
  return schema.parameters.map(({ type }) => new ValueGenerator(random, schema.definitions).value(type, 0));
}
