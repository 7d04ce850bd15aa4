import type { DictionaryString, XmlReader } from "../xml/index.ts";
import type { BodyScope } from "./body-scope.ts";
import { DataType, refuseNil, xsiTypeOf } from "./data-type.ts";
import { ContractError } from "./errors.ts";
import type { MemberSpecs, MembersValue, Simplify } from "./member.ts";
import { inContractOrder, MemberTable, type MemberValues, memberEntries } from "./member-table.ts";
import { checkedName, checkedNamespace, type ElementName } from "./names.ts";

/** What a record has beside its members. */
export interface RecordOptions<Base> {
  /** The data contract that this one derives from: its members come first. */
  readonly base?: RecordType<string, Base>;
  /** True for a .NET struct: `nillable` of it is then a `Nullable<T>`, which has a name of its own in collections. */
  readonly isStruct?: boolean;
}

/** A data contract: an object with named members. */
export class RecordType<Name extends string, T> extends DataType<T> {
  override readonly contractName: Name;
  override readonly contractNamespace: DictionaryString;
  override readonly isValueType: boolean;
  readonly #table: MemberTable;
  readonly #base: RecordType<string, unknown> | undefined;

  constructor(name: Name, namespaceUri: string, members: MemberSpecs, options: RecordOptions<unknown>) {
    super();
    checkedName(name, "the record's name");
    this.contractName = name;
    this.contractNamespace = checkedNamespace(namespaceUri, `the namespace of record ${name}`);
    this.isValueType = options.isStruct ?? false;
    this.#base = options.base;
    const own = inContractOrder(memberEntries(members, this.contractNamespace, `record ${name}`));
    this.#table = new MemberTable(
      [...(options.base === undefined ? [] : options.base.#table.entries), ...own],
      `record ${name}`,
    );
  }

  /** True when this is `other` or derives from it. */
  derivesFrom(other: RecordType<string, unknown>): boolean {
    for (let type: RecordType<string, unknown> | undefined = this; type !== undefined; type = type.#base)
      if (type === other) return true;
    return false;
  }

  override bindContent(scope: BodyScope): void {
    scope.bindContent(this.contractNamespace);
  }

  override write(scope: BodyScope, element: ElementName, value: T): void {
    const mark = scope.startElement(element);
    scope.bindContent(this.contractNamespace);
    scope.openContent();
    this.#table.write(scope, value);
    scope.endElement(mark);
  }

  override read(reader: XmlReader): T {
    if (reader.attributeCount !== 0) {
      refuseNil(reader);
      this.#refuseOtherType(reader);
    }
    const value: MemberValues = {};
    this.#table.readInto(reader, value);
    return value as T;
  }

  /** Writes the members alone, into the open element. */
  writeMembers(scope: BodyScope, value: T): void {
    this.#table.write(scope, value);
  }

  /** Reads the members of the element stood on into `value`. */
  readMembersInto(reader: XmlReader, value: MemberValues): void {
    this.#table.readInto(reader, value);
  }

  override prepare(seen: Set<DataType<unknown>>): void {
    if (seen.has(this)) return;
    seen.add(this);
    this.#table.prepare(seen);
  }

  #refuseOtherType(reader: XmlReader): void {
    const type = xsiTypeOf(reader);
    if (type === undefined) return;
    if (type.localName === this.contractName && type.namespaceUri === this.contractNamespace.value) return;
    throw new ContractError(
      "CONTRACT_UNKNOWN_TYPE",
      `is of type {${type.namespaceUri}}${type.localName}, expected ${this.contractName}; declare it polymorphic(${this.contractName}, [ … ])`,
    );
  }
}

/**
 * A data contract: members by name, written in .NET's order (the base first, then by `order`, then by name), read in any.
 *
 * @throws ContractError with code `CONTRACT_INVALID_DEFINITION` for names that cannot be and members that clash
 */
export function record<const Name extends string, Members extends MemberSpecs, Base = unknown>(
  name: Name,
  namespaceUri: string,
  members: Members,
  options: RecordOptions<Base> = {},
): RecordType<Name, Simplify<Base & MembersValue<Members>>> {
  return new RecordType<Name, Simplify<Base & MembersValue<Members>>>(
    name,
    namespaceUri,
    members,
    options as RecordOptions<unknown>,
  );
}
