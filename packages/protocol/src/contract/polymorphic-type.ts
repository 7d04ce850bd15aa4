import type { DictionaryString, XmlReader } from "../xml/index.ts";
import type { BodyScope } from "./body-scope.ts";
import { DataType, refuseNil, xsiTypeOf } from "./data-type.ts";
import { ContractError, describeValue, invalidDefinition, wrongType } from "./errors.ts";
import type { Simplify } from "./member.ts";
import type { MemberValues } from "./member-table.ts";
import type { ElementName } from "./names.ts";
import type { RecordType } from "./record-type.ts";

type AnyRecord = RecordType<string, unknown>;

/** The value of a record with its contract's name as `$type`: a union of these is told apart by `$type`. */
export type TaggedValue<Type> =
  Type extends RecordType<infer Name, infer Value> ? Simplify<{ readonly $type: Name } & Value> : never;

class PolymorphicType<T> extends DataType<T> {
  override readonly isValueType = false;
  readonly #declared: AnyRecord;
  readonly #byName = new Map<string, AnyRecord>();

  constructor(declared: AnyRecord, known: readonly AnyRecord[]) {
    super();
    this.#declared = declared;
    for (const type of new Set([declared, ...known])) {
      if (!type.derivesFrom(declared))
        throw invalidDefinition(`${type.contractName} does not derive from ${declared.contractName}`);
      if (this.#byName.has(type.contractName)) {
        throw invalidDefinition(
          `two known types of ${declared.contractName} are named ${type.contractName}, so that $type cannot tell them apart`,
        );
      }
      this.#byName.set(type.contractName, type);
    }
  }

  override get contractName(): string {
    return this.#declared.contractName;
  }

  override get contractNamespace(): DictionaryString {
    return this.#declared.contractNamespace;
  }

  override bindContent(scope: BodyScope): void {
    this.#declared.bindContent(scope);
  }

  override write(scope: BodyScope, element: ElementName, value: T): void {
    if (typeof value !== "object" || value === null) throw wrongType(value, "an object with $type");
    const name = (value as MemberValues)["$type"];
    const type = typeof name === "string" ? this.#byName.get(name) : undefined;
    if (type === undefined) throw this.#unknownType(`has the $type ${describeValue(name)}`);
    const mark = scope.startElement(element);
    this.#declared.bindContent(scope);
    if (type !== this.#declared) {
      scope.type(type.contractName, type.contractNamespace);
      type.bindContent(scope);
    }
    scope.openContent();
    type.writeMembers(scope, value);
    scope.endElement(mark);
  }

  override read(reader: XmlReader): T {
    if (reader.attributeCount !== 0) refuseNil(reader);
    const named = xsiTypeOf(reader);
    let type: AnyRecord | undefined = this.#declared;
    if (named !== undefined) {
      type = this.#byName.get(named.localName);
      if (type?.contractNamespace.value !== named.namespaceUri)
        throw this.#unknownType(`is of type {${named.namespaceUri}}${named.localName}`);
    }
    const value: MemberValues = { $type: type.contractName };
    type.readMembersInto(reader, value);
    return value as T;
  }

  override prepare(seen: Set<DataType<unknown>>): void {
    if (seen.has(this)) return;
    seen.add(this);
    for (const type of this.#byName.values()) type.prepare(seen);
  }

  #unknownType(what: string): ContractError {
    return new ContractError(
      "CONTRACT_UNKNOWN_TYPE",
      `${what}, allowed is one of ${[...this.#byName.keys()].join(", ")}`,
    );
  }
}

/**
 * A record or one of its known derived types (KnownType): values carry their contract's name in `$type`, and those of a derived type
 * travel with `xsi:type`.
 */
export function polymorphic<Declared extends AnyRecord, const Known extends readonly AnyRecord[]>(
  declared: Declared,
  known: Known,
): DataType<TaggedValue<Declared> | TaggedValue<Known[number]>> {
  return new PolymorphicType(declared, known);
}
