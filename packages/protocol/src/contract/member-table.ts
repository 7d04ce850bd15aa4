import type { DictionaryString, XmlReader } from "../xml/index.ts";
import type { BodyScope } from "./body-scope.ts";
import { type DataType, isNil } from "./data-type.ts";
import { ContractError, errorWithin, invalidDefinition, wrongType } from "./errors.ts";
import { MemberSpec, type MemberSpecs } from "./member.ts";
import { checkedName, type ElementName, elementName } from "./names.ts";
import { NillableType } from "./nillable-type.ts";

/** One member, ready for work. */
export interface MemberEntry {
  readonly key: string;
  readonly element: ElementName;
  readonly type: DataType<unknown>;
  readonly isOptional: boolean;
  readonly readsNilAsAbsent: boolean;
  readonly order: number;
}

/** An object being read or written. */
export type MemberValues = Record<string, unknown>;

/** The members of a record or a wrapper, in the order in which they are written. */
export class MemberTable {
  readonly entries: readonly MemberEntry[];
  readonly #byName = new Map<string, number>();
  readonly #requiredCount: number;

  /** @throws ContractError for a name that two entries share */
  constructor(entries: readonly MemberEntry[], owner: string) {
    this.entries = entries;
    const keys = new Set<string>();
    for (const [index, entry] of entries.entries()) {
      const name = entry.element.localName.value;
      if (this.#byName.has(name))
        throw invalidDefinition(`${owner} has two members named ${name}, inherited ones counted`);
      if (keys.has(entry.key))
        throw invalidDefinition(`${owner} has two members with the key ${entry.key}, inherited ones counted`);
      keys.add(entry.key);
      this.#byName.set(name, index);
    }
    this.#requiredCount = entries.filter((entry) => !entry.isOptional).length;
  }

  /** Writes the members as children of the open element. */
  write(scope: BodyScope, value: unknown): void {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType(value, "an object");
    const entries = this.entries;
    let index = 0;
    try {
      for (; index < entries.length; index++) {
        const entry = entries[index]!;
        const part = (value as MemberValues)[entry.key];
        if (part !== undefined) entry.type.write(scope, entry.element, part);
        else if (!entry.isOptional) throw missing();
      }
    } catch (error) {
      throw errorWithin(error, entries[index]!.key);
    }
  }

  /**
   * Reads the children of the element stood on into `value`, ends on its end tag.
   *
   * Any order is taken. Unknown elements are passed over, and so is a member that comes a second time, as .NET does.
   */
  readInto(reader: XmlReader, value: MemberValues): void {
    const entries = this.entries;
    let expected = 0;
    let requiredCount = 0;
    while (reader.nextChild()) {
      const index = this.#find(reader, expected);
      const entry = entries[index];
      if (entry === undefined || (index < expected && Object.hasOwn(value, entry.key))) {
        reader.skip();
        continue;
      }
      if (index >= expected) expected = index + 1;
      if (!entry.isOptional) requiredCount += 1;
      else if (entry.readsNilAsAbsent && isNil(reader)) {
        reader.skip();
        continue;
      }
      try {
        value[entry.key] = entry.type.read(reader);
      } catch (error) {
        throw errorWithin(error, entry.key);
      }
    }
    if (requiredCount !== this.#requiredCount) this.#refuseMissing(value);
  }

  prepare(seen: Set<DataType<unknown>>): void {
    for (const entry of this.entries) entry.type.prepare(seen);
  }

  #find(reader: XmlReader, expected: number): number {
    const next = this.entries[expected];
    if (next !== undefined && isElement(reader, next.element)) return expected;
    const index = this.#byName.get(reader.localName);
    return index !== undefined && isElement(reader, this.entries[index]!.element) ? index : -1;
  }

  #refuseMissing(value: MemberValues): void {
    for (const entry of this.entries) {
      if (!entry.isOptional && !Object.hasOwn(value, entry.key)) throw errorWithin(missing(), entry.key);
    }
  }
}

/** The entries of `members`, in the order of their definition. */
export function memberEntries(members: MemberSpecs, namespaceUri: DictionaryString, owner: string): MemberEntry[] {
  return Object.entries(members).map(([key, given]) => {
    if (key in Object.prototype || key === "$type") {
      throw invalidDefinition(
        `${owner} has the key ${key}, which JavaScript or Bowline has taken; choose another and give the name by member(type, { name })`,
      );
    }
    const spec = given instanceof MemberSpec ? given : new MemberSpec(given, false, {});
    return {
      key,
      element: elementName(checkedName(spec.name ?? key, `a member of ${owner}`), namespaceUri),
      type: spec.type,
      isOptional: spec.isOptional,
      readsNilAsAbsent: spec.isOptional && !(spec.type instanceof NillableType),
      order: spec.order,
    };
  });
}

/** The order of data contracts: by `order`, equal ones by name, character code by character code. */
export function inContractOrder(entries: readonly MemberEntry[]): MemberEntry[] {
  return entries.toSorted((left, right) => {
    if (left.order !== right.order) return left.order - right.order;
    return left.element.localName.value < right.element.localName.value ? -1 : 1;
  });
}

function isElement(reader: XmlReader, element: ElementName): boolean {
  return reader.is(element.localName.value, element.namespaceUri.value);
}

function missing(): ContractError {
  return new ContractError("CONTRACT_MISSING_MEMBER", "is missing; declare it optional(…) when it may be absent");
}
