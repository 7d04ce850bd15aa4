import { dictionaryString } from "../binary-xml/index.ts";
import type { DictionaryString } from "../xml/index.ts";
import { type BodyCodec, EmptyCodec, ParametersCodec, ResultCodec } from "./body-codec.ts";
import type { ContractFault } from "./contract-fault.ts";
import type { DataType, ValueOf } from "./data-type.ts";
import { invalidDefinition } from "./errors.ts";
import { compileFault, type FaultSpec, type OperationFault } from "./fault-spec.ts";
import { MemberSpec, type MemberSpecs, type MembersValue } from "./member.ts";
import { MemberTable, memberEntries } from "./member-table.ts";
import { checkedName, elementName } from "./names.ts";
import { VoidType } from "./void-type.ts";

/** Names on the wire that differ from WCF's defaults. */
export interface OperationNames {
  /** The operation's name. Default: its key in the contract. */
  readonly name?: string;
  /** Default: the contract's namespace, its name and the operation's name, parted by `/`. */
  readonly action?: string;
  /** The element around the parameters. Default: the operation's name. */
  readonly requestName?: string;
}

/** Names of an operation that is answered. */
export interface TwoWayNames extends OperationNames {
  /** Default: the default action and `Response`. */
  readonly replyAction?: string;
  /** The element around the result. Default: the operation's name and `Response`. */
  readonly replyName?: string;
  /** The element of the result. Default: the operation's name and `Result`. */
  readonly resultName?: string;
}

/** What `operation` takes. `reply` is one result; `replies` names each element, for out parameters. Neither: it returns nothing. */
export interface OperationSpec<
  Request extends MemberSpecs,
  Reply extends DataType<unknown>,
  Replies extends MemberSpecs,
> extends TwoWayNames {
  /** Parameters, in the order in which they travel. */
  readonly request: Request;
  readonly reply?: Reply;
  readonly replies?: Replies;
  readonly faults?: readonly (DataType<unknown> | FaultSpec<unknown>)[];
}

/** An operation as it was described; `contract` makes an `Operation` of it. */
export class OperationDefinition<Request, Reply> {
  /** Never there: carries the types. */
  declare readonly types?: { readonly request: Request; readonly reply: Reply };
  readonly isOneWay: boolean;
  readonly names: TwoWayNames;
  readonly request: MemberSpecs;
  readonly reply: DataType<unknown> | undefined;
  readonly replies: MemberSpecs | undefined;
  readonly faults: readonly (DataType<unknown> | FaultSpec<unknown>)[];

  constructor(spec: OperationSpec<MemberSpecs, DataType<unknown>, MemberSpecs>, isOneWay: boolean) {
    if (spec.reply !== undefined && spec.replies !== undefined)
      throw invalidDefinition("an operation has both reply and replies: give one");
    this.isOneWay = isOneWay;
    this.names = spec;
    this.request = spec.request;
    this.reply = spec.reply;
    this.replies = spec.replies;
    this.faults = spec.faults ?? [];
  }
}

type ReplyValue<Reply, Replies> = [Reply] extends [never]
  ? [Replies] extends [never]
    ? ValueOf<DataType<void>>
    : MembersValue<Replies>
  : ValueOf<Reply>;

/** An operation that is answered. */
export function operation<
  Request extends MemberSpecs,
  Reply extends DataType<unknown> = never,
  Replies extends MemberSpecs = never,
>(
  spec: OperationSpec<Request, Reply, Replies>,
): OperationDefinition<MembersValue<Request>, ReplyValue<Reply, Replies>> {
  return new OperationDefinition(spec, false);
}

/** An operation that is not answered. `request` are its parameters. */
export function oneWay<Request extends MemberSpecs>(
  request: Request,
  names: OperationNames = {},
): OperationDefinition<MembersValue<Request>, void> {
  return new OperationDefinition({ ...names, request }, true);
}

/** An operation of a contract, compiled. */
export class Operation<Request = unknown, Reply = unknown> {
  /** The key in the contract. */
  readonly key: string;
  /** The name on the wire. */
  readonly name: string;
  readonly isOneWay: boolean;
  readonly action: DictionaryString;
  /** Undefined for one-way operations. */
  readonly replyAction: DictionaryString | undefined;
  /** The arguments, as an object by parameter name. */
  readonly request: BodyCodec<Request>;
  /** Undefined for one-way operations. */
  readonly reply: BodyCodec<Reply> | undefined;
  readonly faults: readonly OperationFault[];

  /** `actionBase` is the contract's namespace and name with a `/` at the end. */
  constructor(
    key: string,
    definition: OperationDefinition<Request, Reply>,
    namespaceUri: DictionaryString,
    actionBase: string,
  ) {
    const { names } = definition;
    const name = checkedName(names.name ?? key, "an operation's name");
    this.key = key;
    this.name = name;
    this.isOneWay = definition.isOneWay;
    this.action = checkedAction(names.action ?? actionBase + name, name);
    const wrapper = elementName(checkedName(names.requestName ?? name, `the request's name of ${name}`), namespaceUri);
    const parameters = new MemberTable(
      memberEntries(definition.request, namespaceUri, `operation ${name}`),
      `operation ${name}`,
    );
    const seen = new Set<DataType<unknown>>();
    parameters.prepare(seen);
    const isPrimitive = isPrimitiveOperation(definition);
    this.request = new ParametersCodec(wrapper, parameters, isPrimitive);
    this.replyAction = this.isOneWay
      ? undefined
      : checkedAction(names.replyAction ?? `${actionBase}${name}Response`, name);
    this.reply = this.isOneWay
      ? undefined
      : (compileReply(name, definition, namespaceUri, seen, isPrimitive) as BodyCodec<Reply>);
    this.faults = definition.faults.map((fault) => compileFault(fault, namespaceUri, actionBase + name));
    for (const fault of this.faults) fault.type.prepare(seen);
    const actions = new Set(this.faults.map((fault) => fault.action));
    if (actions.size !== this.faults.length)
      throw invalidDefinition(`operation ${name} has two faults of one action; give one of them an action`);
  }

  /** The declared fault of which `fault` is one, or undefined. */
  faultOf(fault: ContractFault): OperationFault | undefined {
    return this.faults.find((declared) => declared.type === fault.type);
  }

  /**
   * The declared fault with this action whose detail has this element, or undefined. WCF chooses by both; an empty action is that of an
   * envelope that has none.
   */
  faultBy(action: string, localName: string, namespaceUri: string): OperationFault | undefined {
    return this.faults.find(({ action: declared, detail: { element } }) => {
      return (
        (action === "" || declared.value === action) &&
        element.localName.value === localName &&
        element.namespaceUri.value === namespaceUri
      );
    });
  }
}

/** True when WCF takes its formatter for primitives: for request and reply alike, and only when all types of both allow it. */
function isPrimitiveOperation(definition: OperationDefinition<unknown, unknown>): boolean {
  const { request, reply, replies } = definition;
  const types = [...Object.values(request), ...Object.values(replies ?? {}), ...(reply === undefined ? [] : [reply])];
  return types.every((given) => (given instanceof MemberSpec ? given.type : given).isPrimitiveParameter);
}

function compileReply(
  name: string,
  definition: OperationDefinition<unknown, unknown>,
  namespaceUri: DictionaryString,
  seen: Set<DataType<unknown>>,
  isPrimitive: boolean,
): BodyCodec<unknown> {
  const { names, reply, replies } = definition;
  const wrapper = elementName(
    checkedName(names.replyName ?? `${name}Response`, `the reply's name of ${name}`),
    namespaceUri,
  );
  const owner = `the reply of ${name}`;
  if (replies !== undefined) {
    const table = new MemberTable(memberEntries(replies, namespaceUri, owner), owner);
    table.prepare(seen);
    return new ParametersCodec(wrapper, table, isPrimitive);
  }
  if (reply === undefined || reply instanceof VoidType) return new EmptyCodec(wrapper);
  reply.prepare(seen);
  const [entry] = memberEntries(
    { [checkedName(names.resultName ?? `${name}Result`, `the result's name of ${name}`)]: reply },
    namespaceUri,
    owner,
  );
  return new ResultCodec(wrapper, entry!, isPrimitive);
}

function checkedAction(action: string, name: string): DictionaryString {
  if (typeof action !== "string" || action === "" || /\s/.test(action)) {
    throw invalidDefinition(`an action of ${name} is ${JSON.stringify(action)}, must be a URI without blanks`);
  }
  return dictionaryString(action);
}
