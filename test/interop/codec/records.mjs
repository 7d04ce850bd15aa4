import * as values from "./values.mjs";
import { plainNames, plainUris, Scope, serviceNames, serviceUris, staticNames, staticUris } from "./vocabulary.mjs";

/**
 * Random documents made of records directly: every form that a reader has to take, also those that no writer chooses, such as
 * numbers wider than needed, lists, declarations between attributes, strings with a longer length than they need.
 *
 * @typedef {import("./random.mjs").Random} Random
 */

const prefixes = ["", "", "a", "b", "s", "z", "pre", "p2", "A"];
/** Value records that have one size: [record, byteLength, record inside an array or 0]. */
const fixed = new Map([
  ["zero", [0x80, 0, 0]],
  ["one", [0x82, 0, 0]],
  ["false", [0x84, 0, 0]],
  ["true", [0x86, 0, 0]],
  ["int8", [0x88, 1, 0]],
  ["int16", [0x8a, 2, 0x8b]],
  ["int32", [0x8c, 4, 0x8d]],
  ["int64", [0x8e, 8, 0x8f]],
  ["float", [0x90, 4, 0x91]],
  ["double", [0x92, 8, 0x93]],
  ["decimal", [0x94, 16, 0x95]],
  ["dateTime", [0x96, 8, 0x97]],
  ["uniqueId", [0xac, 16, 0]],
  ["duration", [0xae, 8, 0xaf]],
  ["guid", [0xb0, 16, 0xb1]],
  ["unsignedLong", [0xb2, 8, 0]],
  ["boolean", [0xb4, 1, 0xb5]],
]);

/** The string table of one direction as the sender of generated records fills it. */
export class RecordTable {
  /** @type {string[]} */ #strings = [];
  /** @type {number[]} */ #pending = [];
  #byteLength = 0;
  #staticIds;

  /** @param {readonly string[]} dictionary static strings in id order */
  constructor(dictionary) {
    this.#staticIds = new Map(dictionary.map((value, index) => [value, index * 2]));
  }

  /** @param {string} value @returns {number} -1 when the table is full */
  idOf(value) {
    const known = this.#staticIds.get(value);
    if (known !== undefined) return known;
    const index = this.#strings.indexOf(value);
    if (index >= 0) return index * 2 + 1;
    const bytes = [...new TextEncoder().encode(value)];
    if (this.#byteLength + bytes.length + 2 > 2048) return -1;
    this.#byteLength += bytes.length + 2;
    this.#pending.push(...multiByte(bytes.length), ...bytes);
    return this.#strings.push(value) * 2 - 1;
  }

  take() {
    return Uint8Array.from(this.#pending.splice(0));
  }
}

/** @param {number} value */
function multiByte(value) {
  const bytes = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}

/** Generates one document. */
class RecordGenerator {
  /** @type {number[]} */ bytes = [];
  /** @type {Random} */ #random;
  /** @type {RecordTable} */ #table;
  #scope = new Scope();
  #remaining;

  /** @param {Random} random @param {RecordTable} table */
  constructor(random, table) {
    this.#random = random;
    this.#table = table;
    this.#remaining = random.between(1, 25);
  }

  root() {
    if (this.#random.oneIn(15)) this.#comment();
    this.#element(1);
    if (this.#random.oneIn(15)) this.#comment();
  }

  /** @param {string} text */
  #string(text) {
    const bytes = new TextEncoder().encode(text);
    this.#number(bytes.length);
    this.bytes.push(...bytes);
  }

  /** A multi-byte integer, now and then longer than it needs to be. @param {number} value */
  #number(value) {
    const bytes = multiByte(value);
    if (this.#random.oneIn(40) && bytes.length < 5) {
      bytes[bytes.length - 1] = /** @type {number} */ (bytes.at(-1)) | 0x80;
      bytes.push(0);
    }
    this.bytes.push(...bytes);
  }

  /** @returns {{ name: string, uri: string }} */
  #name() {
    const random = this.#random;
    const set = random.below(3);
    return {
      name: random.pick(set === 0 ? staticNames : set === 1 ? serviceNames : plainNames),
      uri: random.pick(set === 0 ? staticUris : set === 1 ? serviceUris : plainUris),
    };
  }

  /**
   * A record of a name: one of the four forms with an explicit prefix or none, or the form with the prefix in the record.
   * @param {number} short record of the form without prefix and dictionary, followed by prefix, dictionary, prefix and dictionary
   * @param {number} dictionaryLetters record of prefix a with a name from the dictionary
   * @param {number} letters record of prefix a with a plain name
   * @param {string} prefix
   * @param {string} name
   */
  #named(short, dictionaryLetters, letters, prefix, name) {
    const random = this.#random;
    const id = random.oneIn(2) ? this.#table.idOf(name) : -1;
    const letter = /^[a-z]$/.test(prefix) && !random.oneIn(4) ? prefix.charCodeAt(0) - 97 : -1;
    if (prefix === "" && !random.oneIn(10)) this.bytes.push(short + (id < 0 ? 0 : 2));
    else if (letter >= 0) this.bytes.push((id < 0 ? letters : dictionaryLetters) + letter);
    else {
      this.bytes.push(short + (id < 0 ? 1 : 3));
      this.#string(prefix);
    }
    if (id < 0) this.#string(name);
    else this.#number(id);
  }

  /** @param {string} prefix @param {string} uri */
  #declaration(prefix, uri) {
    const random = this.#random;
    const id = random.oneIn(2) ? this.#table.idOf(uri) : -1;
    const short = prefix === "" && !random.oneIn(10);
    this.bytes.push(0x08 + (short ? 0 : 1) + (id < 0 ? 0 : 2));
    if (!short) this.#string(prefix);
    if (id < 0) this.#string(uri);
    else this.#number(id);
  }

  /** @param {number} depth */
  #element(depth) {
    this.#remaining--;
    this.#scope.open();
    this.#startTag();
    this.#content(depth);
    this.#scope.close();
  }

  #startTag() {
    const random = this.#random;
    const { name, uri: newUri } = this.#name();
    const prefix = random.pick(prefixes);
    const known = this.#scope.find(prefix);
    const uri = known !== undefined && random.oneIn(2) ? known : prefix === "" && random.oneIn(3) ? "" : newUri;
    const used = new Map([[prefix, uri]]);
    this.#named(0x40, 0x44, 0x5e, prefix, name);
    /** @type {(() => void)[]} */
    const records = [];
    const names = new Set();
    const count = random.oneIn(3) ? random.between(1, random.oneIn(10) ? 5 : 3) : 0;
    for (let index = 0; index < count; index++) {
      const attribute = this.#name();
      const aPrefix = random.oneIn(20) ? "xml" : random.pick(prefixes);
      const aUri = aPrefix === "" ? "" : (used.get(aPrefix) ?? this.#scope.find(aPrefix) ?? attribute.uri);
      if (names.has(`${aUri} ${attribute.name}`)) continue;
      names.add(`${aUri} ${attribute.name}`);
      if (aPrefix !== "") used.set(aPrefix, aUri);
      records.push(() => {
        this.#named(0x04, 0x0c, 0x26, aPrefix, attribute.name);
        this.#value(false);
      });
    }
    if (random.oneIn(6)) {
      const declared = this.#name();
      const dPrefix = random.pick(prefixes);
      if (!used.has(dPrefix)) used.set(dPrefix, dPrefix === "" && random.oneIn(2) ? "" : declared.uri);
    }
    for (const [uPrefix, uUri] of used) {
      // A declaration that is in force already may be repeated; one that is missing must come.
      if (uPrefix === "xml" || (this.#scope.find(uPrefix) === uUri && !random.oneIn(10))) continue;
      this.#scope.declare(uPrefix, uUri);
      records.splice(random.oneIn(2) ? records.length : random.below(records.length + 1), 0, () =>
        this.#declaration(uPrefix, uUri),
      );
    }
    for (const record of records) record();
  }

  /** Content and end of an element. @param {number} depth */
  #content(depth) {
    const random = this.#random;
    let count = random.pick([0, 1, 1, 1, 2, 3, 5]);
    for (; count > 0; count--) {
      const last = count === 1;
      if (this.#remaining > 0 && depth < 20 && random.oneIn(2)) {
        if (random.oneIn(8)) this.#array();
        else this.#element(depth + 1);
      } else if (random.oneIn(12)) this.#comment();
      else if (last && random.oneIn(2)) return this.#value(true);
      else this.#value(false);
    }
    this.bytes.push(0x01);
  }

  #comment() {
    this.bytes.push(0x02);
    this.#string(this.#random.pick(["", " a comment ", "é <&> \"'", "x"]));
  }

  #array() {
    const random = this.#random;
    this.bytes.push(0x03);
    this.#scope.open();
    this.#startTag();
    this.#scope.close();
    this.bytes.push(0x01);
    const types = [...fixed].filter(([, [, , inArray]]) => inArray !== 0);
    const [type, [, , record]] = /** @type {[string, [number, number, number]]} */ (random.pick(types));
    this.bytes.push(record);
    const count = random.oneIn(20) ? random.between(100, 300) : random.between(1, 6);
    this.#number(count);
    for (let index = 0; index < count; index++) this.#payload(type);
  }

  /** @param {boolean} withEnd */
  #value(withEnd) {
    const random = this.#random;
    const end = withEnd ? 1 : 0;
    const kind = random.below(10);
    if (kind < 3) this.#characters(end);
    else if (kind === 3) {
      const bytes = Buffer.from(values.randomBytes(random), "base64");
      this.#sized(0x9e, end, bytes);
    } else if (kind === 4) {
      const id = this.#table.idOf(random.pick([...staticUris, ...serviceUris, ...serviceNames, ""]));
      if (id < 0) this.bytes.push(0xa8 + end);
      else {
        this.bytes.push(0xaa + end);
        this.#number(id);
      }
    } else if (kind === 5 && random.oneIn(3)) this.bytes.push(0xa8 + end);
    else if (kind === 6 && random.oneIn(3) && this.#qname(end)) return;
    else if (kind === 7 && random.oneIn(3) && !withEnd) this.#list();
    else {
      const [type, [record]] = /** @type {[string, [number, number, number]]} */ (random.pick([...fixed]));
      this.bytes.push(record + end);
      this.#payload(type);
    }
  }

  /** A QName whose prefix is one letter that is bound here; false when there is none. @param {number} end */
  #qname(end) {
    const letters = prefixes.filter((prefix) => /^[a-z]$/.test(prefix) && this.#scope.find(prefix) !== undefined);
    const id = this.#table.idOf(this.#name().name);
    if (letters.length === 0 || id < 0) return false;
    this.bytes.push(0xbc + end, this.#random.pick(letters).charCodeAt(0) - 97);
    this.#number(id);
    return true;
  }

  /** Values parted by a space. Lists do not hold lists. */
  #list() {
    this.bytes.push(0xa4);
    for (let count = this.#random.between(0, 4); count > 0; count--) {
      const [type, [record]] = /** @type {[string, [number, number, number]]} */ (this.#random.pick([...fixed]));
      if (this.#random.oneIn(3)) this.#characters(0);
      else {
        this.bytes.push(record);
        this.#payload(type);
      }
    }
    this.bytes.push(0xa6);
  }

  /** UTF-8 or UTF-16 text with a length of any width. @param {number} end */
  #characters(end) {
    const text = values.randomText(this.#random);
    if (this.#random.oneIn(3)) this.#sized(0xb6, end, Buffer.from(text, "utf16le"));
    else this.#sized(0x98, end, Buffer.from(text, "utf8"));
  }

  /** @param {number} record that has an 8-bit length; the next two have 16 and 32 bits @param {number} end @param {Uint8Array} bytes */
  #sized(record, end, bytes) {
    const least = bytes.length < 256 ? 0 : bytes.length < 65536 ? 1 : 2;
    const width = this.#random.oneIn(4) ? this.#random.between(least, 2) : least;
    this.bytes.push(record + width * 2 + end);
    for (let index = 0; index < 1 << width; index++) this.bytes.push((bytes.length >>> (index * 8)) & 0xff);
    for (const byte of bytes) this.bytes.push(byte);
  }

  /** @param {string} type */
  #payload(type) {
    const random = this.#random;
    switch (type) {
      case "int8":
        return this.#integer(random.signed(8), 1);
      case "int16":
        return this.#integer(random.signed(16), 2);
      case "int32":
        return this.#integer(random.signed(32), 4);
      case "int64":
        return this.#integer(random.signed(64), 8);
      case "unsignedLong":
        return this.#integer(random.unsigned(64), 8);
      case "duration":
        return this.#integer(BigInt(values.randomDuration(random)), 8);
      case "float":
        return this.#integer(BigInt(`0x${values.randomFloatBits(random).replace("NaN", "ffc00000")}`), 4);
      case "double":
        return this.#integer(BigInt(`0x${values.randomDoubleBits(random).replace("NaN", "fff8000000000000")}`), 8);
      case "dateTime": {
        const [ticks, kind] = values.randomDateTime(random);
        return this.#integer(BigInt(ticks) | (BigInt(["unspecified", "utc", "local"].indexOf(kind)) << 62n), 8);
      }
      case "decimal":
        return this.#decimal();
      case "boolean":
        return this.bytes.push(random.below(2));
      default:
        for (let count = fixed.get(type)?.[1] ?? 0; count > 0; count--) this.bytes.push(random.bits() & 0xff);
    }
  }

  #decimal() {
    const text = values.randomDecimal(this.#random);
    const scale = text.includes(".") ? text.length - text.indexOf(".") - 1 : 0;
    const digits = BigInt(text.replace(/[-.]/g, ""));
    this.bytes.push(0, 0, scale, text.startsWith("-") ? 0x80 : 0);
    this.#integer(digits >> 64n, 4);
    this.#integer(BigInt.asUintN(64, digits), 8);
  }

  /** @param {bigint} value @param {number} byteLength */
  #integer(value, byteLength) {
    for (let index = 0; index < byteLength; index++) this.bytes.push(Number((value >> BigInt(index * 8)) & 0xffn));
  }
}

/**
 * @param {Random} random
 * @param {RecordTable} table
 * @returns {Uint8Array}
 */
export function generateRecords(random, table) {
  const generator = new RecordGenerator(random, table);
  generator.root();
  return Uint8Array.from(generator.bytes);
}
