import type { DictionaryString, XmlReader } from "../xml/index.ts";
import type { BodyScope } from "./body-scope.ts";
import { DataType, isNil } from "./data-type.ts";
import { type ElementName, isBuiltInNamespace, systemNamespace } from "./names.ts";
import { namespacesDigest } from "./namespace-digest.ts";

/**
 * A type whose values may be `null`, which travels as `xsi:nil`. Of a value type it is .NET's `Nullable<T>`, a data contract of its
 * own name; of a reference type it is the type itself.
 */
export class NillableType<T> extends DataType<T | null> {
  readonly #inner: DataType<T>;
  #name: string | undefined;

  constructor(inner: DataType<T>) {
    super();
    this.#inner = inner;
  }

  override get contractName(): string {
    this.#name ??= this.#resolveName();
    return this.#name;
  }

  override get contractNamespace(): DictionaryString {
    return this.#inner.isValueType ? systemNamespace : this.#inner.contractNamespace;
  }

  override get isValueType(): boolean {
    return false;
  }

  override get faultName(): string {
    return this.#inner.isValueType ? `NullableOf_${this.#inner.faultName}` : this.#inner.faultName;
  }

  override get itemName(): string {
    return this.#inner.itemName;
  }

  override get isPrimitiveParameter(): boolean {
    return !this.#inner.isValueType && this.#inner.isPrimitiveParameter;
  }

  override bindContent(scope: BodyScope): void {
    this.#inner.bindContent(scope);
  }

  override write(scope: BodyScope, element: ElementName, value: T | null): void {
    if (value === null) this.#inner.writeNil(scope, element);
    else this.#inner.write(scope, element, value);
  }

  override read(reader: XmlReader): T | null {
    if (!isNil(reader)) return this.#inner.read(reader);
    reader.skip();
    return null;
  }

  override prepare(seen: Set<DataType<unknown>>): void {
    if (seen.has(this)) return;
    seen.add(this);
    this.#inner.prepare(seen);
    this.#name ??= this.#resolveName();
  }

  #resolveName(): string {
    const inner = this.#inner;
    if (!inner.isValueType) return inner.contractName;
    const digest = isBuiltInNamespace(inner.contractNamespace) ? "" : namespacesDigest([inner.contractNamespace.value]);
    return `NullableOf${inner.contractName}${digest}`;
  }
}

/**
 * A type that allows `null`, written and read as `xsi:nil="true"`.
 *
 * `null` is the nil value; `undefined` stands for an element that is absent (`optional`).
 */
export function nillable<T>(type: DataType<T>): DataType<T | null> {
  return new NillableType(type);
}
