import type { DictionaryString } from "../xml/index.ts";
import { invalidDefinition } from "./errors.ts";
import { checkedName, checkedNamespace } from "./names.ts";
import { Operation, OperationDefinition } from "./operation.ts";

/** Operations by key, as they were described. */
export type OperationDefinitions = Readonly<Record<string, OperationDefinition<unknown, unknown>>>;

/** The arguments of an operation, as one object. */
export type RequestOf<Definition> = Definition extends OperationDefinition<infer Request, unknown> ? Request : never;
/** The result of an operation; `void` when there is none. */
export type ReplyOf<Definition> = Definition extends OperationDefinition<unknown, infer Reply> ? Reply : never;

/** Operations by key, compiled. */
export type Operations<Definitions> = {
  readonly [Key in keyof Definitions]: Operation<RequestOf<Definitions[Key]>, ReplyOf<Definitions[Key]>>;
};

/** What a contract has beside its operations. */
export interface ContractOptions<Callback extends OperationDefinitions> {
  /** Operations that the service calls on its client (CallbackContract). They bear the name and namespace of this contract. */
  readonly callback?: Callback;
}

/** A service contract, compiled: what client and service agree on. */
export class ServiceContract<
  Definitions extends OperationDefinitions,
  Callback extends OperationDefinitions = Record<never, never>,
> {
  /** Never there: carries the types. */
  declare readonly types?: { readonly operations: Definitions; readonly callback: Callback };
  readonly name: string;
  readonly namespaceUri: DictionaryString;
  readonly operations: Operations<Definitions>;
  /** The operation that a message with this action asks for. */
  readonly operationsByAction: ReadonlyMap<string, Operation>;
  /** The operations of the other direction, or undefined when the contract is not duplex. */
  readonly callback: ServiceContract<Callback> | undefined;

  constructor(namespaceUri: string, name: string, definitions: Definitions, callback: Callback | undefined) {
    this.name = checkedName(name, "the contract's name");
    this.namespaceUri = checkedNamespace(namespaceUri, `the namespace of contract ${name}`);
    const base = namespaceUri === "" ? "urn:" : namespaceUri.endsWith("/") ? namespaceUri : `${namespaceUri}/`;
    const operations: Record<string, Operation> = {};
    const byAction = new Map<string, Operation>();
    for (const [key, definition] of Object.entries(definitions)) {
      if (!(definition instanceof OperationDefinition))
        throw invalidDefinition(`${name}.${key} is not made by operation(…) or oneWay(…)`);
      if (key in Object.prototype || key === "then") {
        throw invalidDefinition(
          `${name}.${key}: JavaScript gives this key a meaning of its own; choose another and set the option name`,
        );
      }
      const compiled: Operation = new Operation(key, definition, this.namespaceUri, `${base}${name}/`);
      const twin = byAction.get(compiled.action.value);
      if (twin !== undefined) {
        throw invalidDefinition(
          `operations ${twin.key} and ${key} of ${name} have the same action ${compiled.action.value}; set the option action`,
        );
      }
      operations[key] = compiled;
      byAction.set(compiled.action.value, compiled);
    }
    this.operations = Object.freeze(operations) as Operations<Definitions>;
    this.operationsByAction = byAction;
    this.callback =
      callback === undefined ? undefined : new ServiceContract<Callback>(namespaceUri, name, callback, undefined);
  }

  /** True when no operation of either direction is answered: WCF asks for sessions without an Offer then. */
  get isOneWayOnly(): boolean {
    const all: Operation[] = [
      ...this.operationsByAction.values(),
      ...(this.callback?.operationsByAction.values() ?? []),
    ];
    return all.every((operation) => operation.isOneWay);
  }
}

/** A service contract of any kind. */
export type AnyServiceContract = ServiceContract<OperationDefinitions, OperationDefinitions>;

/**
 * Defines a service contract and compiles its operations to readers and writers.
 *
 * @param namespaceUri as in ServiceContract(Namespace = …); WCF's default is `http://tempuri.org/`
 * @param name as in ServiceContract(Name = …): by default the name of the C# interface, `I` included
 * @throws ContractError with code `CONTRACT_INVALID_DEFINITION`, saying what to change
 */
export function contract<
  Definitions extends OperationDefinitions,
  Callback extends OperationDefinitions = Record<never, never>,
>(
  namespaceUri: string,
  name: string,
  definitions: Definitions,
  options: ContractOptions<Callback> = {},
): ServiceContract<Definitions, Callback> {
  return new ServiceContract(namespaceUri, name, definitions, options.callback);
}
