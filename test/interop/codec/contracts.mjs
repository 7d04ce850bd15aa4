/**
 * Random data contracts and values of them, as JSON that both sides take (the shapes are those of `ContractTypes.cs` and
 * `ContractValues.cs`).
 *
 * @typedef {import("./random.mjs").Random} Random
 * @typedef {{ k: "primitive", t: string } | { k: "defined", id: string } | { k: "nullable" | "array" | "list", of: Type } | { k: "dictionary", key: Type, value: Type }} Type
 * @typedef {{ name: string, clr: string, type: Type, order?: number, required?: boolean, omitDefault?: boolean }} Member
 * @typedef {{ id: string, kind: "enum", name: string, namespace: string, flags: boolean, underlying: string, members: { clr: string, name: string, value: string }[] }} EnumDefinition
 * @typedef {{ id: string, kind: "record", name: string, namespace: string, base?: string, struct?: boolean, members: Member[] }} RecordDefinition
 * @typedef {{ id: string, kind: "list", name: string, namespace: string, itemName?: string, of: Type }} ListDefinition
 * @typedef {{ id: string, kind: "dictionary", name: string, namespace: string, itemName?: string, keyName?: string, valueName?: string, key: Type, value: Type }} DictionaryDefinition
 * @typedef {EnumDefinition | RecordDefinition | ListDefinition | DictionaryDefinition} Definition
 * @typedef {{ definitions: Definition[], wrapper: string, namespace: string, parameters: { name: string, type: Type }[] }} Schema
 */

const namespaces = [
  "http://tempuri.org/",
  "http://bowline.example/types",
  "http://schemas.datacontract.org/2004/07/Orders.Model",
  "urn:orders",
  "urn:ü",
  "http://example.org/?a=1&b=2",
  "",
];
const recordNames = ["Order", "Line", "Customer", "Größe", "名前", "_x", "a", "Point-2.d"];
const memberNames = [
  "Id",
  "Name",
  "name",
  "Lines",
  "a",
  "B",
  "_under",
  "Ätherisch",
  "数量",
  "x-y",
  "v1.0",
  "Zulu",
  "z",
  "item",
  "Value",
  "Key",
  "string",
  "toJSON",
  "length",
];
const valueTypes = [
  "boolean",
  "byte",
  "unsignedByte",
  "short",
  "unsignedShort",
  "int",
  "unsignedInt",
  "long",
  "unsignedLong",
  "float",
  "double",
  "decimal",
  "guid",
  "dateTime",
  "duration",
  "char",
  "dateTimeOffset",
];
export const referenceTypes = ["string", "string", "string", "anyURI", "base64Binary", "QName"];
const keyTypes = ["string", "string", "int", "long", "guid", "short", "unsignedByte", "boolean"];

/** Generates the types of one contract. */
class SchemaGenerator {
  /** @type {Definition[]} */ definitions = [];
  /** @type {Random} */ #random;

  /** @param {Random} random */
  constructor(random) {
    this.#random = random;
  }

  /** @returns {Schema} */
  schema() {
    const random = this.#random;
    this.#declare();
    for (const definition of this.definitions) this.#fill(definition);
    const names = shuffled(random, memberNames).slice(0, random.between(1, 4));
    const isPrimitive = random.oneIn(6);
    const parameters = names.map((name) => ({
      name,
      type: isPrimitive ? this.#primitiveParameter() : this.#parameterType(),
    }));
    return {
      definitions: this.definitions,
      wrapper: random.pick(["Op", "Submit", "Größe"]),
      namespace: random.pick(namespaces.slice(0, 4)),
      parameters,
    };
  }

  /** Names and kinds first: types may mention each other. */
  #declare() {
    const random = this.#random;
    const count = random.between(1, 5);
    for (let index = 0; index < count; index++) {
      const id = `T${index}`;
      const name = `${random.pick(recordNames)}${index}`;
      const namespace = random.pick(namespaces);
      switch (random.below(8)) {
        case 0:
          this.definitions.push({
            id,
            kind: "enum",
            name,
            namespace,
            flags: random.oneIn(2),
            underlying: "int",
            members: [],
          });
          break;
        case 1:
          this.definitions.push({
            id,
            kind: "list",
            name,
            namespace,
            ...(random.oneIn(2) ? { itemName: random.pick(memberNames) } : {}),
            of: { k: "primitive", t: "int" },
          });
          break;
        case 2:
          this.definitions.push({
            id,
            kind: "dictionary",
            name,
            namespace,
            ...(random.oneIn(2) ? { itemName: random.pick(memberNames) } : {}),
            ...(random.oneIn(2) ? { keyName: "key", valueName: "value" } : {}),
            key: { k: "primitive", t: "string" },
            value: { k: "primitive", t: "int" },
          });
          break;
        default:
          this.#declareRecord(id, name, namespace);
      }
    }
  }

  /**
   * Records without a namespace neither derive nor are derived from: for `i:type` of such a type .NET puts `xmlns=""` on the element
   * itself, whose name is then another, so that .NET does not find it when it reads its own bytes.
   * @param {string} id @param {string} name @param {string} namespace
   */
  #declareRecord(id, name, namespace) {
    const random = this.#random;
    const bases = this.definitions.filter(
      (definition) => definition.kind === "record" && !definition.struct && definition.namespace !== "",
    );
    if (random.oneIn(8)) this.definitions.push({ id, kind: "record", name, namespace, struct: true, members: [] });
    else if (bases.length > 0 && namespace !== "" && random.oneIn(2)) {
      const base = random.pick(bases);
      this.definitions.push({
        id,
        kind: "record",
        name,
        namespace: random.oneIn(2) ? base.namespace : namespace,
        base: base.id,
        members: [],
      });
    } else this.definitions.push({ id, kind: "record", name, namespace, members: [] });
  }

  /** @param {Definition} definition */
  #fill(definition) {
    const random = this.#random;
    switch (definition.kind) {
      case "enum":
        return this.#fillEnum(definition);
      case "list":
        definition.of = this.#itemType(definition);
        return;
      case "dictionary":
        definition.key = this.#keyType();
        definition.value = this.#itemType(definition);
        return;
      default: {
        const taken = new Set(
          chainOf(this.definitions, definition.id).flatMap(({ members }) => members.map(({ name }) => name)),
        );
        const names = shuffled(random, memberNames).filter(
          (name) => !taken.has(name) && !this.#isTakenBelow(definition.id, name),
        );
        definition.members = names
          .slice(0, random.between(0, 7))
          .map((name, index) => this.#member(definition, name, index));
      }
    }
  }

  /** @param {string} id @param {string} name */
  #isTakenBelow(id, name) {
    return descendantsOf(this.definitions, id).some(({ members }) => members.some((member) => member.name === name));
  }

  /** @param {EnumDefinition} definition */
  #fillEnum(definition) {
    const random = this.#random;
    definition.underlying = random.pick([
      "int",
      "int",
      "byte",
      "unsignedByte",
      "short",
      "unsignedShort",
      "unsignedInt",
      "long",
    ]);
    const texts = ["None", "Red", "Green", "Blue", "Gelb", "黒", "<x>", definition.flags ? "dark-blue" : "dark blue"];
    const names = shuffled(random, texts).slice(0, random.between(1, 6));
    const numbers = definition.flags
      ? shuffled(random, [0, 1, 2, 4, 8, 3, 64])
      : shuffled(random, [0, 1, 2, 3, 7, 100, 127]);
    definition.members = names.map((name, index) => ({ clr: `M${index}`, name, value: `${numbers[index]}` }));
  }

  /** @param {RecordDefinition} owner @param {string} name @param {number} index @returns {Member} */
  #member(owner, name, index) {
    const random = this.#random;
    const type = owner.struct ? this.#flatType() : this.#type(0);
    /** @type {Member} */
    const member = { name, clr: `f${index}`, type };
    if (random.oneIn(4)) member.order = random.below(3);
    if (random.oneIn(6)) member.required = true;
    else if (random.oneIn(5) && this.#hasPlainDefault(type)) member.omitDefault = true;
    return member;
  }

  /** Of other value types .NET's default is a whole value. @param {Type} type */
  #hasPlainDefault(type) {
    if (type.k === "primitive") return type.t !== "dateTimeOffset";
    if (type.k !== "defined") return true;
    const definition = definitionOf(this.definitions, type.id);
    return !(definition.kind === "record" && definition.struct);
  }

  /** A type for items of a named collection, without the collection itself in it. @param {Definition} owner @returns {Type} */
  #itemType(owner) {
    const type = this.#type(1);
    const isLater = (/** @type {string} */ id) =>
      id >= owner.id && definitionOf(this.definitions, id).kind !== "record";
    return mentioned(type).some(isLater) ? { k: "primitive", t: "string" } : type;
  }

  /** @returns {Type} */
  #keyType() {
    const random = this.#random;
    const enums = this.definitions.filter((definition) => definition.kind === "enum");
    return enums.length > 0 && random.oneIn(3)
      ? { k: "defined", id: random.pick(enums).id }
      : { k: "primitive", t: random.pick(keyTypes) };
  }

  /** A type without other records in it, for the members of structs. @returns {Type} */
  #flatType() {
    const random = this.#random;
    return { k: "primitive", t: random.pick([...valueTypes, ...referenceTypes]) };
  }

  /**
   * Two kinds of parameters are left out. A list of primitives is an array here: where all parameters of an operation are primitives, WCF
   * writes arrays and lists differently; our contracts know no such difference, write the form of arrays, and WCF reads both.
   * A nullable struct as a parameter .NET 10 writes but does not read ("DataContract cache overflow").
   * @returns {Type}
   */
  #parameterType() {
    const type = this.#type(0);
    if (type.k === "nullable" && type.of.k === "defined") return type.of;
    const isArray = type.k === "list" && type.of.k === "primitive" && type.of.t !== "unsignedByte";
    return isArray ? { k: "array", of: type.of } : type;
  }

  /** @returns {Type} */
  #primitiveParameter() {
    const random = this.#random;
    if (random.oneIn(3))
      return {
        k: "array",
        of: { k: "primitive", t: random.pick(["boolean", "dateTime", "decimal", "double", "int", "long", "float"]) },
      };
    return {
      k: "primitive",
      t: random.pick([
        "boolean",
        "dateTime",
        "decimal",
        "double",
        "int",
        "long",
        "float",
        "string",
        "string",
        "base64Binary",
      ]),
    };
  }

  /** @param {number} depth @returns {Type} */
  #type(depth) {
    const random = this.#random;
    const kind = random.below(depth > 2 ? 5 : 9);
    if (kind < 2) return { k: "primitive", t: random.pick(valueTypes) };
    if (kind === 2) return { k: "primitive", t: random.pick(referenceTypes) };
    if (kind === 3) return { k: "defined", id: random.pick(this.definitions).id };
    if (kind === 4) return { k: "nullable", of: this.#valueType() };
    if (kind === 5) return { k: "defined", id: random.pick(this.definitions).id };
    if (kind === 6) return { k: "dictionary", key: this.#keyType(), value: this.#type(depth + 1) };
    const of = this.#type(depth + 1);
    const isByte = of.k === "primitive" && of.t === "unsignedByte";
    return { k: random.oneIn(2) && !isByte ? "array" : "list", of };
  }

  /** @returns {Type} */
  #valueType() {
    const random = this.#random;
    const defined = this.definitions.filter(
      (definition) => definition.kind === "enum" || (definition.kind === "record" && definition.struct),
    );
    return defined.length > 0 && random.oneIn(3)
      ? { k: "defined", id: random.pick(defined).id }
      : { k: "primitive", t: random.pick(valueTypes) };
  }
}

/** The ids in a type. @param {Type} type @returns {string[]} */
function mentioned(type) {
  switch (type.k) {
    case "primitive":
      return [];
    case "defined":
      return [type.id];
    case "dictionary":
      return [...mentioned(type.key), ...mentioned(type.value)];
    default:
      return mentioned(type.of);
  }
}

/** @template T @param {Random} random @param {readonly T[]} items @returns {T[]} */
function shuffled(random, items) {
  return items
    .map((item) => /** @type {const} */ ([random.bits(), item]))
    .sort(([left], [right]) => left - right)
    .map(([, item]) => item);
}

/** @param {readonly Definition[]} definitions @param {string} id */
export function definitionOf(definitions, id) {
  return /** @type {Definition} */ (definitions.find((definition) => definition.id === id));
}

/** A record and what it derives from, the base first. @param {readonly Definition[]} definitions @param {string} id @returns {RecordDefinition[]} */
export function chainOf(definitions, id) {
  const record = /** @type {RecordDefinition} */ (definitionOf(definitions, id));
  return record.base === undefined ? [record] : [...chainOf(definitions, record.base), record];
}

/** Records that derive from a record, at any distance. @param {readonly Definition[]} definitions @param {string} id @returns {RecordDefinition[]} */
export function descendantsOf(definitions, id) {
  return /** @type {RecordDefinition[]} */ (definitions.filter((definition) => definition.kind === "record")).filter(
    (record) => record.id !== id && chainOf(definitions, record.id).some((base) => base.id === id),
  );
}

/**
 * The names that .NET writes for a value of a flags enum: the one that is equal, else each that fits into what is left, in the order
 * of the definition. Undefined where .NET refuses the value.
 * @param {EnumDefinition} definition
 * @param {string} value
 */
export function flagNames(definition, value) {
  const equal = definition.members.find((member) => member.value === value);
  if (equal !== undefined) return [equal.name];
  let rest = Number(value);
  const names = [];
  for (const member of definition.members) {
    const bits = Number(member.value);
    if (bits === 0 || (rest & bits) !== bits) continue;
    names.push(member.name);
    rest &= ~bits;
  }
  return rest === 0 ? names : undefined;
}

/** @param {Random} random */
export function generateSchema(random) {
  return new SchemaGenerator(random).schema();
}
