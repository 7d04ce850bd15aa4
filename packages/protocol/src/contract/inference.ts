import type { OperationDefinition } from "./operation.ts";
import type { OperationDefinitions, ReplyOf, RequestOf, ServiceContract } from "./service-contract.ts";

/** The operations of a contract, as described. */
export type DefinitionsOf<Contract> = Contract extends { readonly types?: { readonly operations: infer Definitions } }
  ? Definitions
  : never;
/** The callback operations of a duplex contract, as described. */
export type CallbackDefinitionsOf<Contract> = Contract extends {
  readonly types?: { readonly callback: infer Callback };
}
  ? Callback
  : never;
/** The contract of the other direction. */
export type CallbackContractOf<Contract> =
  CallbackDefinitionsOf<Contract> extends infer Callback extends OperationDefinitions
    ? ServiceContract<Callback>
    : never;

/** Text as a literal, however deep it lies in what a handler returns. */
type LiteralHint = "" | readonly LiteralHint[] | { readonly [member: string]: LiteralHint };

/**
 * Nothing, for every definition there is. While TypeScript still infers the contract of `addService`, it stands for texts, so that
 * a handler's `"Shipped"` keeps its own type instead of becoming `string`.
 */
type KeepLiterals<Definition> =
  Definition extends OperationDefinition<unknown, unknown>
    ? never
    : string | { readonly [member: string]: LiteralHint };

/** What answers one operation: returns the reply or a promise of it, or throws a `ContractFault`. */
export type OperationHandler<Definition, Context = unknown> = (
  request: RequestOf<Definition>,
  context: Context,
) => ReplyOf<Definition> | Promise<ReplyOf<Definition>> | KeepLiterals<Definition>;

type HandlersOf<Definitions, Context> = {
  readonly [Key in keyof Definitions]: OperationHandler<Definitions[Key], Context>;
};

/** What answers the operations of a contract. */
export type ServiceHandlers<Contract, Context = unknown> = HandlersOf<DefinitionsOf<Contract>, Context>;
/** What answers the callback operations of a duplex contract. */
export type CallbackHandlers<Contract, Context = unknown> = HandlersOf<CallbackDefinitionsOf<Contract>, Context>;

/** What calls one operation. The arguments may be left out when no parameter has to be given. */
export type OperationCall<Definition, CallOptions = unknown> =
  Record<never, never> extends RequestOf<Definition>
    ? (request?: RequestOf<Definition>, options?: CallOptions) => Promise<ReplyOf<Definition>>
    : (request: RequestOf<Definition>, options?: CallOptions) => Promise<ReplyOf<Definition>>;

type ProxyOf<Definitions, CallOptions> = {
  readonly [Key in keyof Definitions]: OperationCall<Definitions[Key], CallOptions>;
};

/** What calls the operations of a contract; `CallOptions` come from the host package. */
export type ServiceProxy<Contract, CallOptions = unknown> = ProxyOf<DefinitionsOf<Contract>, CallOptions>;
/** What a service calls its client with. */
export type CallbackProxy<Contract, CallOptions = unknown> = ProxyOf<CallbackDefinitionsOf<Contract>, CallOptions>;
