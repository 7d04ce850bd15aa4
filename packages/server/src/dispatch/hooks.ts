import type { HeaderBlock, SoapHeader } from "@bowline/protocol/soap";
import type { ServerSession } from "../server-session.ts";

/** What an operation is told beside its arguments. */
export interface OperationContext<Callback = unknown> {
  readonly session: ServerSession<Callback>;
  /** Calls the client that called: the operations of the contract's `callback`. */
  readonly callback: Callback;
  /** Number in the client's sequence; 0 on plain net.tcp. */
  readonly messageNumber: number;
  /** The operation's key in the contract. */
  readonly operationKey: string;
  /** Who calls: what `authenticate` returned, else what the session knows. */
  readonly identity: unknown;
  /** Header blocks of the request that are neither addressing nor reliable messaging. */
  readonly incomingHeaders: readonly HeaderBlock[];
  /** Header blocks of the reply; push to it before the operation returns. */
  readonly outgoingHeaders: SoapHeader[];
  /**
   * Fires when nobody waits for the outcome any more: the session of a two-way call is gone, the deadline has passed, or the host stops.
   * Its reason is an error that says which.
   */
  readonly signal: AbortSignal;
  /** Until when an answer is wanted, in ms of `performance.now()`; `Infinity` where nobody said. */
  readonly deadlineMs: number;
  /** What is left of that, in ms; never below 0. */
  readonly remainingMs: number;
}

/** A call as the extension points of a service see it. */
export interface DispatchCall<Callback = unknown> extends OperationContext<Callback> {
  /** Action of the request. */
  readonly action: string;
  /** The operation's arguments, or undefined until it is selected; may be replaced before it runs. */
  args: unknown;
  /** What the operation returned; may be replaced before the reply is written. */
  result: unknown;
  identity: unknown;
  /** The object whose method the operation is, once it is there. */
  readonly instance: unknown;
  /** For what hooks want to tell each other. */
  readonly state: Map<unknown, unknown>;
}

/** A reply about to be written. */
export interface OutgoingReply {
  /** True when `error` is what goes out, as a fault. */
  readonly isFault: boolean;
  /** The result; may be replaced. */
  value: unknown;
  /** The error that the fault is made of; may be replaced. */
  error: unknown;
}

/**
 * `"concurrent"`: runs for several messages of a session at once. `"perSession"`: for one at a time, in the order of the messages, as
 * all of WCF's extension points do; then its time is the sum over the messages that wait.
 */
export type HookConcurrency = "concurrent" | "perSession";

export interface HookSettings {
  /** For errors; the function's own name, or where it stands, unless given. */
  readonly name?: string;
  /** Default "concurrent". */
  readonly concurrency?: HookConcurrency;
}

/** A function, or one with settings. */
export type Hook<Run> = Run | (HookSettings & { readonly run: Run });

/** Goes around all that is inside it. `next()` resolves with the result; without it the operation does not run, and `call.result` is replied. */
export type Middleware = (call: DispatchCall, next: () => Promise<unknown>) => unknown;

/** Says who calls. What it throws is answered as a fault; see `accessDenied`. */
export type Authenticate = (call: DispatchCall) => unknown;
/** Says whether the call is allowed: anything but true is answered with `accessDenied()`. */
export type Authorize = (call: DispatchCall) => boolean | Promise<boolean>;
/** The key of the operation that a message is for; undefined leaves it to the action. `call.args` is not there yet. */
export type SelectOperation = (call: DispatchCall) => string | undefined | Promise<string | undefined>;
/** Runs the operation, by `operation()`, and returns the result; may return another, or none of it. */
export type InvokeOperation = (call: DispatchCall, operation: () => Promise<unknown>) => unknown;
/** Goes around everything from the instance to the result: for what must be in place while an operation runs. */
export type AroundCall = (call: DispatchCall, next: () => Promise<unknown>) => unknown;

export interface MessageInspector extends HookSettings {
  afterReceiveRequest?(call: DispatchCall): unknown;
  /** In the order of the inspectors, as in WCF; also for faults. */
  beforeSendReply?(call: DispatchCall, reply: OutgoingReply): unknown;
}

export interface ParameterInspector extends HookSettings {
  /** What it returns, `afterCall` is given. */
  beforeCall?(call: DispatchCall): unknown;
  /** In the reverse order of the inspectors. */
  afterCall?(call: DispatchCall, correlation: unknown): unknown;
}

export interface ErrorHandler extends HookSettings {
  /** The error to answer with, such as a fault of the contract; undefined leaves it as it is. Asked in order, each for the outcome of the one before. */
  provideFault?(error: unknown, call: DispatchCall): unknown;
  /** After the reply. True: it is dealt with, and the host's `onError` need not hear of it. */
  handleError?(error: unknown, call: DispatchCall): unknown;
}

/** In which order operations of one session run: see `DispatchOptions.order`. */
export type DispatchOrder = "serial" | "orderedStart" | "none";
/** How many operations run in one instance at a time; WCF's ConcurrencyMode. */
export type ConcurrencyMode = "single" | "reentrant" | "multiple";
/** How long an instance lives; WCF's InstanceContextMode. */
export type InstancingMode = "perCall" | "perSession" | "single";

/** How a service gets its messages. Each function may be async; none of them keeps messages from being received, decoded or acknowledged. */
export interface DispatchOptions {
  /** Around all that follows, outermost first; after the host's own. */
  readonly use?: readonly Hook<Middleware>[];
  readonly authenticate?: Hook<Authenticate>;
  readonly authorize?: Hook<Authorize>;
  readonly operationSelector?: Hook<SelectOperation>;
  readonly messageInspectors?: readonly MessageInspector[];
  readonly callContexts?: readonly Hook<AroundCall>[];
  readonly parameterInspectors?: readonly ParameterInspector[];
  readonly operationInvoker?: Hook<InvokeOperation>;
  readonly errorHandlers?: readonly ErrorHandler[];
  /**
   * `"orderedStart"`: operations of a session start in the order of its messages, and run at the same time. `"serial"`: each starts when
   * the one before is answered. `"none"`: each starts when its hooks are through. Default "orderedStart"; "serial" with concurrency "single".
   */
  readonly order?: DispatchOrder;
  /** Default "multiple". */
  readonly concurrency?: ConcurrencyMode;
  /** Default "single" for an object of handlers, "perSession" for a function or provider. */
  readonly instancing?: InstancingMode;
  /**
   * A call that takes longer, in ms, is answered with a fault that names the hook it was in. Its time counts from its start, without
   * the wait for earlier messages of its session. Default `Infinity`.
   */
  readonly operationTimeoutMs?: number;
  /** Makes `operationContext()` work within this service's operations and hooks. Default false, since it has a price. */
  readonly operationContext?: boolean;
}

/** What makes the instances of a service. */
export interface InstanceProvider<Handlers> extends HookSettings {
  get(call: DispatchCall): Handlers | Promise<Handlers>;
  /** Once the instance is not needed any more: after its call, its session, or the host. */
  release?(instance: Handlers): unknown;
}
