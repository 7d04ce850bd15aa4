import type { DictionaryString, XmlReader } from "../xml/index.ts";
import type { BodyScope } from "./body-scope.ts";
import { ContractFault, type FaultOptions } from "./contract-fault.ts";
import { ContractError } from "./errors.ts";
import { type ElementName, nilName, typeName, xsiNamespace } from "./names.ts";

/**
 * A type of a contract: how a value is written as an element and read back, composed once when the contract is defined.
 *
 * Shape on the wire is that of .NET's DataContractSerializer. A writer in whose middle a write threw holds half an element: throw
 * what was written away.
 */
export abstract class DataType<T> {
  /** The data contract's name: of the XML type, not of an element. */
  abstract readonly contractName: string;
  abstract readonly contractNamespace: DictionaryString;
  /** True for what is a value type in .NET, for which `nillable` makes a `Nullable<T>` with a name of its own. */
  abstract readonly isValueType: boolean;

  /** The name that .NET gives to faults with this detail, without `Fault`. */
  get faultName(): string {
    return this.contractName;
  }

  /** The name of an element that holds this type as an item of a collection. */
  get itemName(): string {
    return this.contractName;
  }

  /** True when WCF's formatter for primitive parameters takes the type as a parameter. */
  get isPrimitiveParameter(): boolean {
    return false;
  }

  /** True when that formatter takes an array of the type. */
  get isPrimitiveArrayItem(): boolean {
    return false;
  }

  /** Writes the whole element. @throws ContractError when `value` does not fit */
  abstract write(scope: BodyScope, element: ElementName, value: T): void;

  /** Writes the element as nil, with the declarations that .NET puts on it. */
  writeNil(scope: BodyScope, element: ElementName): void {
    const mark = scope.startElement(element);
    this.bindContent(scope);
    scope.nil();
    scope.openContent();
    scope.endElement(mark);
  }

  /** Binds the namespaces that an element of this type declares ahead of its content. */
  bindContent(_scope: BodyScope): void {}

  /** Stands on the element, ends on its end tag. @throws ContractError or XmlError when the content does not fit */
  abstract read(reader: XmlReader): T;

  /** Resolves what was defined lazily, so that mistakes show when the contract is defined. `seen` ends recursion. */
  prepare(seen: Set<DataType<unknown>>): void {
    seen.add(this);
  }

  /** A fault to throw from a handler, with `detail` as its detail. The operation must list the type under `faults`. */
  fault(detail: T, options: FaultOptions = {}): ContractFault<T> {
    return new ContractFault(this, detail, options);
  }

  /** True when `error` is a fault whose detail is of this type, as a client catches it. */
  isFault(error: unknown): error is ContractFault<T> {
    return error instanceof ContractFault && error.type === this;
  }
}

/** The TypeScript type of the values of a `DataType`. */
export type ValueOf<Type> = Type extends { read(reader: XmlReader): infer Value } ? Value : never;

/** True when the element stood on says `xsi:nil`. */
export function isNil(reader: XmlReader): boolean {
  if (reader.attributeCount === 0) return false;
  const text = reader.attribute(nilName.value, xsiNamespace.value)?.trim();
  return text === "true" || text === "1";
}

/** Stands on an element whose type has no nil. @throws ContractError when it is nil all the same */
export function refuseNil(reader: XmlReader): void {
  if (isNil(reader)) {
    throw new ContractError(
      "CONTRACT_WRONG_TYPE",
      "is nil; declare it nillable(…) to read null, or optional(…) to read it as absent",
    );
  }
}

/** The name in `xsi:type` of the element stood on, or undefined. @throws ContractError when its prefix is bound to nothing */
export function xsiTypeOf(
  reader: XmlReader,
): { readonly localName: string; readonly namespaceUri: string } | undefined {
  if (reader.attributeCount === 0) return undefined;
  const text = reader.attribute(typeName.value, xsiNamespace.value)?.trim();
  if (text === undefined) return undefined;
  const colon = text.indexOf(":");
  const prefix = colon < 0 ? "" : text.slice(0, colon);
  const namespaceUri = reader.lookupNamespace(prefix) ?? (prefix === "" ? "" : undefined);
  if (namespaceUri === undefined)
    throw new ContractError("CONTRACT_UNKNOWN_TYPE", `has xsi:type "${text}", whose prefix is not declared`);
  return { localName: text.slice(colon + 1), namespaceUri };
}
