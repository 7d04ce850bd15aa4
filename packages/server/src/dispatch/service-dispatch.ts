import type { AnyServiceContract, Operation } from "@bowline/protocol/contract";
import type { LaterBody } from "@bowline/protocol/session";
import type { XmlReader } from "@bowline/protocol/xml";
import { asRequestError, type Clock, type OperationRequest, readRequest, UnknownActionError } from "@bowline/transport";
import { ServerError } from "../errors.ts";
import type { EndpointCounters } from "./counters.ts";
import type { ConcurrencyMode, DispatchOptions, DispatchOrder, Hook, InstanceProvider, Middleware } from "./hooks.ts";
import type { IncomingCall } from "./incoming-call.ts";
import { InstanceLock } from "./instance-lock.ts";
import { type InstanceShelf, Instances } from "./instances.ts";
import { type OwnSteps, Pipeline } from "./pipeline.ts";
import type { Throttle } from "./throttle.ts";

/** What a host gives the dispatch of its services. */
export interface HostDispatch {
  readonly clock: Clock;
  readonly calls: Throttle;
  readonly instances: Throttle;
  readonly maxConcurrentCallsPerSession: number;
  readonly maxQueuedCallsPerSession: number;
  readonly whenCallsFull: "wait" | "refuse";
  readonly maxThrottleWaitMs: number;
  readonly includeExceptionDetailInFaults: boolean;
  readonly middleware: readonly Hook<Middleware>[];
  onError(error: unknown): void;
}

/** How one service gets its messages: its options checked and compiled, the same for all its sessions. */
export class ServiceDispatch {
  readonly contract: AnyServiceContract;
  readonly host: HostDispatch;
  readonly order: DispatchOrder;
  readonly concurrency: ConcurrencyMode;
  readonly operationTimeoutMs: number;
  readonly pipeline: Pipeline;
  /** Undefined where the handlers are there from the start. */
  readonly instances: Instances | undefined;
  readonly usesOperationContext: boolean;
  /** Messages go to their operations at once: no hooks, no gates, no locks, no timers. */
  readonly isDirect: boolean;
  /** Bodies are read only when the operation selector has said as what. */
  readonly selectsOperations: boolean;
  readonly maxRunningPerSession: number;
  /** Of the one instance that all sessions share. */
  readonly #sharedLock = new InstanceLock();
  readonly #byKey = new Map<string, Operation>();
  readonly #isShared: boolean;

  /** @throws ServerError when options contradict each other */
  constructor(
    contract: AnyServiceContract,
    options: DispatchOptions,
    provider: InstanceProvider<unknown> | undefined,
    handlersAre: "object" | "perSession" | "provider",
    host: HostDispatch,
  ) {
    this.contract = contract;
    this.host = host;
    this.concurrency = options.concurrency ?? "multiple";
    this.order = options.order ?? (this.concurrency === "single" ? "serial" : "orderedStart");
    this.operationTimeoutMs = checkedTimeout(options.operationTimeoutMs);
    this.usesOperationContext = options.operationContext === true;
    this.selectsOperations = options.operationSelector !== undefined;
    checkModes(contract.name, options, handlersAre, this.order, this.concurrency);
    for (const operation of contract.operationsByAction.values()) this.#byKey.set(operation.key, operation);
    this.#isShared = handlersAre === "object" || options.instancing === "single";
    if (provider !== undefined) {
      const mode = options.instancing ?? "perSession";
      this.instances = new Instances(mode, provider, host.instances, (error) => host.onError(error));
    }
    this.pipeline = new Pipeline(options, this.#ownSteps(options, provider));
    this.isDirect =
      this.pipeline.isEmpty &&
      this.order !== "serial" &&
      this.concurrency === "multiple" &&
      this.operationTimeoutMs === Number.POSITIVE_INFINITY &&
      this.instances === undefined;
    // Where nothing can be done for a message before its turn, it need not take a place that another session's could have.
    const waitsForTurn = this.order === "serial" && !this.pipeline.hasSteps;
    this.maxRunningPerSession = waitsForTurn ? 1 : host.maxConcurrentCallsPerSession;
  }

  /** Two-way callbacks within an operation need care. */
  get guardsCallbacks(): boolean {
    return this.contract.callback !== undefined && (this.concurrency !== "multiple" || this.order === "serial");
  }

  /** The lock of the instance that a call is for; undefined where operations may meet in it, or each has its own. */
  lockOf(ofSession: InstanceShelf): InstanceLock | undefined {
    if (this.concurrency === "multiple" || this.instances?.mode === "perCall") return undefined;
    return this.#isShared ? this.#sharedLock : ofSession.lock;
  }

  #ownSteps(options: DispatchOptions, provider: InstanceProvider<unknown> | undefined): OwnSteps {
    return { outer: this.host.middleware, select: this.#selection(options), instance: this.#instantiation(provider) };
  }

  #selection({ operationSelector }: DispatchOptions): OwnSteps["select"] {
    if (operationSelector === undefined) return undefined;
    const select = typeof operationSelector === "function" ? operationSelector : operationSelector.run;
    const settings = typeof operationSelector === "function" ? { name: operationSelector.name } : operationSelector;
    const run = async (call: IncomingCall, next: () => Promise<unknown>): Promise<void> => {
      const key = await select(call);
      if (call.ended !== undefined) throw call.ended;
      const { operation, args } = this.#readLater(call.message.body as LaterBody, key, call.action);
      call.operation = operation;
      call.args = args;
      call.home.counters.selected(operation);
      if (operation.isOneWay) call.home.unanswered(call.message);
      await next();
    };
    return { ...settings, run };
  }

  #readLater(body: LaterBody, key: string | undefined, action: string): OperationRequest {
    try {
      return body((reader) => this.#read(key, action, reader)) as OperationRequest;
    } catch (error) {
      throw asRequestError(error);
    }
  }

  #read(key: string | undefined, action: string, reader: XmlReader): OperationRequest {
    if (key === undefined) return readRequest(this.contract.operationsByAction, action, reader);
    const operation = this.#byKey.get(key);
    if (operation === undefined) throw new UnknownActionError(key, this.#byKey.keys());
    return readRequest(new Map([[action, operation]]), action, reader);
  }

  #instantiation(provider: InstanceProvider<unknown> | undefined): OwnSteps["instance"] {
    const { instances } = this;
    if (provider === undefined || instances === undefined) return undefined;
    const run = async (call: IncomingCall, next: () => Promise<unknown>): Promise<void> => {
      const { shelf, counters } = call.home;
      call.instance = await instances.get(call, shelf, counters);
      try {
        await next();
      } finally {
        if (instances.mode === "perCall") instances.release(call.instance, counters);
      }
    };
    const { name, concurrency } = provider;
    return {
      ...(name === undefined ? {} : { name }),
      ...(concurrency === undefined ? {} : { concurrency }),
      run,
    };
  }

  /** The host is over: the instance that all sessions shared is let go. */
  close(counters: EndpointCounters): void {
    if (this.instances?.mode === "single") this.instances.close(undefined, counters);
  }
}

function checkedTimeout(value: number | undefined): number {
  if (value === undefined) return Number.POSITIVE_INFINITY;
  if (typeof value === "number" && value > 0) return value;
  throw new RangeError(`operationTimeoutMs is ${value}; it must be above 0 ms (Infinity switches it off)`);
}

function checkModes(
  service: string,
  { order, concurrency, instancing }: DispatchOptions,
  handlersAre: "object" | "perSession" | "provider",
  effectiveOrder: DispatchOrder,
  effectiveConcurrency: ConcurrencyMode,
): void {
  const refuse = (what: string): never => {
    throw new ServerError("SERVER_INVALID_SERVICE", `the service ${service} ${what}`);
  };
  check("order", order, ["serial", "orderedStart", "none"]);
  check("concurrency", concurrency, ["single", "reentrant", "multiple"]);
  check("instancing", instancing, ["perCall", "perSession", "single"]);
  if (effectiveOrder === "serial" && effectiveConcurrency === "reentrant")
    refuse(
      'has concurrency "reentrant" and order "serial": a message that comes while an operation waits for its client could never be handled before it; leave order out',
    );
  if (handlersAre === "object" && instancing !== undefined && instancing !== "single")
    refuse(
      `has instancing "${instancing}" and one object of handlers, which all sessions share; give instanceProvider({ get }) or a function that makes handlers for a session`,
    );
  if (handlersAre === "perSession" && instancing !== undefined && instancing !== "perSession")
    refuse(
      `has instancing "${instancing}" and a function that makes handlers for a session; give instanceProvider({ get })`,
    );
}

function check<Value extends string>(name: string, value: Value | undefined, allowed: readonly Value[]): void {
  if (value === undefined || allowed.includes(value)) return;
  const choices = allowed.map((choice) => `"${choice}"`).join(", ");
  throw new RangeError(`${name} is ${JSON.stringify(value)}; it must be one of ${choices}`);
}
