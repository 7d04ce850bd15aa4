import { dictionaryString } from "../binary-xml/index.ts";
import type { DictionaryString } from "../xml/index.ts";
import { type BodyCodec, ElementCodec } from "./body-codec.ts";
import { DataType } from "./data-type.ts";
import { invalidDefinition } from "./errors.ts";
import { checkedName, checkedNamespace, elementName, isBuiltInNamespace, serializationNamespace } from "./names.ts";

/** FaultContract's settings. */
export interface FaultContractOptions {
  /** The detail's element. Default: the type's own name, in its own namespace. */
  readonly name?: string;
  /** The namespace of the detail's element when `name` is given. Default: the contract's. */
  readonly namespace?: string;
  /** Default: the operation's action followed by `name`, or by the type's name and `Fault`. */
  readonly action?: string;
}

/** A fault with names of its own; made by `faultContract`. */
export class FaultSpec<T> {
  readonly type: DataType<T>;
  readonly options: FaultContractOptions;

  constructor(type: DataType<T>, options: FaultContractOptions) {
    if (!(type instanceof DataType)) throw invalidDefinition("a fault's detail is not a DataType");
    this.type = type;
    this.options = options;
  }
}

/** Lists a fault under `faults` of an operation with another name or action than the default. */
export function faultContract<T>(type: DataType<T>, options: FaultContractOptions): FaultSpec<T> {
  return new FaultSpec(type, options);
}

/** A fault that an operation declares, ready for work. */
export interface OperationFault<T = unknown> {
  /** The name that WCF gives the fault in metadata, such as `ProblemFault`. */
  readonly name: string;
  readonly type: DataType<T>;
  readonly action: DictionaryString;
  /** The child of the fault's Detail. */
  readonly detail: BodyCodec<T>;
}

/** `operationAction` is what the default action begins with. */
export function compileFault(
  given: DataType<unknown> | FaultSpec<unknown>,
  contractNamespace: DictionaryString,
  operationAction: string,
): OperationFault {
  const { type, options } = given instanceof FaultSpec ? given : new FaultSpec(given, {});
  const name = options.name ?? `${type.faultName}Fault`;
  if (options.name !== undefined) checkedName(options.name, "a fault's name");
  const namespaceUri =
    options.namespace === undefined ? contractNamespace : checkedNamespace(options.namespace, "a fault's namespace");
  const typeNamespace = isBuiltInNamespace(type.contractNamespace) ? serializationNamespace : type.contractNamespace;
  const element =
    options.name === undefined
      ? elementName(type.contractName, typeNamespace)
      : elementName(options.name, namespaceUri);
  return {
    name,
    type,
    action: dictionaryString(options.action ?? operationAction + name),
    detail: new ElementCodec(element, type),
  };
}
