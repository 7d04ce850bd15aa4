import {
  array,
  dateTimeOffset,
  dictionary,
  enumeration,
  flags,
  lazy,
  member,
  nillable,
  optional,
  polymorphic,
  record,
  xs,
} from "@bowline/protocol/contract";
import { DateTime, Duration } from "@bowline/protocol/xml";
import { defaultValue } from "./contract-values.mjs";
import { chainOf, definitionOf, descendantsOf, flagNames } from "./contracts.mjs";
import { bitsOfDouble, bitsOfFloat, doubleOfBits, floatOfBits } from "./values.mjs";

/**
 * Our types for a generated schema, and values between their JSON form and the one that our contracts take.
 *
 * @typedef {import("./contracts.mjs").Schema} Schema
 * @typedef {import("./contracts.mjs").Type} Type
 * @typedef {import("./contracts.mjs").EnumDefinition} EnumDefinition
 * @typedef {import("./contracts.mjs").RecordDefinition} RecordDefinition
 * @typedef {import("@bowline/protocol/contract").DataType<any>} DataType
 */

const references = new Set(["string", "anyURI", "base64Binary", "QName"]);

/** Types and values of one schema. */
export class ContractTypes {
  /** @type {Schema} */ #schema;
  /** @type {Map<string, any>} by id: the bare type of each definition */
  #types = new Map();

  /** @param {Schema} schema */
  constructor(schema) {
    this.#schema = schema;
    for (const { id } of schema.definitions) this.#define(id);
  }

  /**
   * What an operation's `request` is made of.
   * @returns {Record<string, DataType>}
   */
  parameters() {
    return Object.fromEntries(this.#schema.parameters.map(({ name, type }) => [name, this.#type(type)]));
  }

  /** @param {any[]} values one for each parameter, in JSON form */
  toArguments(values) {
    return Object.fromEntries(
      this.#schema.parameters.map(({ name, type }, index) => [name, this.#fromJson(values[index], type)]),
    );
  }

  /** @param {Record<string, any>} values @returns {any[]} */
  fromArguments(values) {
    return this.#schema.parameters.map(({ name, type }) => this.#toJson(values[name], type));
  }

  /** @param {string} id */
  #define(id) {
    const known = this.#types.get(id);
    if (known !== undefined) return known;
    const type = this.#build(id);
    this.#types.set(id, type);
    return type;
  }

  /** @param {string} id @returns {any} */
  #build(id) {
    const definition = definitionOf(this.#schema.definitions, id);
    const { name, namespace } = definition;
    switch (definition.kind) {
      case "enum":
        return (definition.flags ? flags : enumeration)(
          name,
          namespace,
          definition.members.map((one) => one.name),
        );
      case "list":
        return array(this.#type(definition.of), { name, namespace, ...given(definition, "itemName") });
      case "dictionary":
        return dictionary(this.#key(definition.key), this.#type(definition.value), {
          name,
          namespace,
          ...given(definition, "itemName"),
          ...given(definition, "keyName"),
          ...given(definition, "valueName"),
        });
      default: {
        const members = Object.fromEntries(
          definition.members.map((one) => [
            one.name,
            (one.omitDefault ? optional : member)(this.#type(one.type), given(one, "order")),
          ]),
        );
        return record(name, namespace, members, {
          ...(definition.struct ? { isStruct: true } : {}),
          ...(definition.base === undefined ? {} : { base: this.#define(definition.base) }),
        });
      }
    }
  }

  /** @param {Type} type @returns {DataType} */
  #key(type) {
    return type.k === "primitive" ? /** @type {any} */ (xs)[type.t] : this.#defined(/** @type {any} */ (type).id);
  }

  /** @param {Type} type @returns {DataType} */
  #type(type) {
    switch (type.k) {
      case "primitive":
        if (type.t === "dateTimeOffset") return dateTimeOffset;
        return references.has(type.t) ? nillable(/** @type {any} */ (xs)[type.t]) : /** @type {any} */ (xs)[type.t];
      case "nullable":
        return nillable(this.#type(type.of));
      case "array":
      case "list":
        return nillable(array(this.#type(type.of)));
      case "dictionary":
        return nillable(dictionary(this.#key(type.key), this.#type(type.value)));
      default:
        return this.#isValueType(type.id) ? this.#defined(type.id) : nillable(this.#defined(type.id));
    }
  }

  /** @param {string} id */
  #isValueType(id) {
    const definition = definitionOf(this.#schema.definitions, id);
    return definition.kind === "enum" || (definition.kind === "record" && definition.struct === true);
  }

  /** @param {string} id @returns {DataType} */
  #defined(id) {
    return lazy(() => {
      const descendants = this.#descendants(id);
      return descendants.length === 0
        ? this.#define(id)
        : polymorphic(
            this.#define(id),
            descendants.map((one) => this.#define(one.id)),
          );
    });
  }

  /** @param {string} id */
  #descendants(id) {
    const definition = definitionOf(this.#schema.definitions, id);
    return definition.kind === "record" ? descendantsOf(this.#schema.definitions, id) : [];
  }

  /** @param {any} value @param {Type} type @returns {any} */
  #fromJson(value, type) {
    if (value === null) return null;
    switch (type.k) {
      case "primitive":
        return primitiveFromJson(value, type.t);
      case "nullable":
        return this.#fromJson(value, type.of);
      case "array":
      case "list":
        return value.map((/** @type {any} */ item) => this.#fromJson(item, type.of));
      case "dictionary":
        return new Map(
          value.map((/** @type {[any, any]} */ [key, one]) => [
            this.#fromJson(key, type.key),
            this.#fromJson(one, type.value),
          ]),
        );
      default:
        return this.#definedFromJson(value, type.id);
    }
  }

  /** @param {any} value @param {string} id */
  #definedFromJson(value, id) {
    const definition = definitionOf(this.#schema.definitions, id);
    switch (definition.kind) {
      case "enum":
        return definition.flags
          ? flagNames(definition, value)
          : definition.members.find((one) => one.value === value)?.name;
      case "list":
        return this.#fromJson(value, { k: "list", of: definition.of });
      case "dictionary":
        return this.#fromJson(value, { k: "dictionary", key: definition.key, value: definition.value });
      default: {
        /** @type {Record<string, any>} */
        const object =
          this.#descendants(id).length === 0 ? {} : { $type: definitionOf(this.#schema.definitions, value.$).name };
        for (const one of chainOf(this.#schema.definitions, value.$).flatMap(({ members }) => members)) {
          const isAbsent =
            one.omitDefault &&
            JSON.stringify(value.m[one.name]) === JSON.stringify(defaultValue(this.#schema.definitions, one.type));
          if (!isAbsent) object[one.name] = this.#fromJson(value.m[one.name], one.type);
        }
        return object;
      }
    }
  }

  /** @param {any} value @param {Type} type @returns {any} */
  #toJson(value, type) {
    if (value === null) return null;
    switch (type.k) {
      case "primitive":
        return primitiveToJson(value, type.t);
      case "nullable":
        return this.#toJson(value, type.of);
      case "array":
      case "list":
        return value.map((/** @type {any} */ item) => this.#toJson(item, type.of));
      case "dictionary":
        return [...value].map(([key, one]) => [this.#toJson(key, type.key), this.#toJson(one, type.value)]);
      default:
        return this.#definedToJson(value, type.id);
    }
  }

  /** @param {any} value @param {string} id */
  #definedToJson(value, id) {
    const definition = definitionOf(this.#schema.definitions, id);
    switch (definition.kind) {
      case "enum":
        return numberOf(definition, value);
      case "list":
        return this.#toJson(value, { k: "list", of: definition.of });
      case "dictionary":
        return this.#toJson(value, { k: "dictionary", key: definition.key, value: definition.value });
      default: {
        const descendants = this.#descendants(id);
        const actual = descendants.find((one) => one.name === value.$type) ?? definition;
        const members = chainOf(this.#schema.definitions, actual.id).flatMap((one) => one.members);
        const entries = members.map((one) => [
          one.name,
          value[one.name] === undefined
            ? defaultValue(this.#schema.definitions, one.type)
            : this.#toJson(value[one.name], one.type),
        ]);
        return { $: actual.id, m: Object.fromEntries(entries) };
      }
    }
  }
}

/** @template {object} T @template {keyof T} K @param {T} object @param {K} key */
function given(object, key) {
  return object[key] === undefined ? {} : { [key]: object[key] };
}

/** @param {EnumDefinition} definition @param {string | string[]} value */
function numberOf(definition, value) {
  let number = 0;
  for (const name of typeof value === "string" ? [value] : value)
    number |= Number(definition.members.find((one) => one.name === name)?.value);
  return `${number}`;
}

/** @param {any} value @param {string} type */
function primitiveFromJson(value, type) {
  switch (type) {
    case "long":
    case "unsignedLong":
      return BigInt(value);
    case "float":
      return floatOfBits(value);
    case "double":
      return doubleOfBits(value);
    case "dateTime":
      return DateTime[/** @type {"utc"} */ (value[1])](BigInt(value[0]));
    case "duration":
      return new Duration(BigInt(value));
    case "base64Binary":
      return new Uint8Array(Buffer.from(value, "base64"));
    case "QName":
      return { localName: value[0], namespaceUri: value[1] };
    case "char":
      return String.fromCharCode(value);
    case "dateTimeOffset":
      return { DateTime: DateTime.utc(BigInt(value[0])), OffsetMinutes: value[1] };
    default:
      return value;
  }
}

/** @param {any} value @param {string} type */
function primitiveToJson(value, type) {
  switch (type) {
    case "long":
    case "unsignedLong":
      return value.toString();
    case "float":
      return bitsOfFloat(value);
    case "double":
      return bitsOfDouble(value);
    case "dateTime":
      return [value.ticks.toString(), value.kind];
    case "duration":
      return value.ticks.toString();
    case "base64Binary":
      return Buffer.from(value).toString("base64");
    case "QName":
      return [value.localName, value.namespaceUri];
    case "char":
      return value.charCodeAt(0);
    case "dateTimeOffset":
      return [value.DateTime.ticks.toString(), value.OffsetMinutes];
    default:
      return value;
  }
}
