import type { Operation } from "@bowline/protocol/contract";
import type { DeliveredMessage } from "@bowline/protocol/session";
import {
  Answers,
  asRequestError,
  type Clock,
  type Handler,
  isPromise,
  type OperationRequest,
  remainingMsOf,
  type SessionChannel,
  type Unheard,
} from "@bowline/transport";
import { ServerError } from "../errors.ts";
import type { ServerSession } from "../server-session.ts";
import { CallTime } from "./call-time.ts";
import type { CallCounters, EndpointCounters } from "./counters.ts";
import { Deadlines } from "./deadlines.ts";
import { asFault, isAccessDenied } from "./dispatch-faults.ts";
import { CallContext, type CallDesk, IncomingCall } from "./incoming-call.ts";
import { InstanceShelf } from "./instances.ts";
import { withOperationContext } from "./operation-context.ts";
import { type Outcome, runCall, type SessionGates } from "./operation-run.ts";
import { OrderGate } from "./order-gate.ts";
import type { ServiceDispatch } from "./service-dispatch.ts";
import { SessionInbox } from "./session-inbox.ts";

export interface SessionDispatcherOptions {
  readonly service: ServiceDispatch;
  readonly session: ServerSession;
  readonly counters: EndpointCounters;
  /** Handlers that are there from the start; undefined where an instance is made. */
  handlers(): Readonly<Record<string, Handler>> | undefined;
  channel(): SessionChannel;
  /** An error that no caller hears of in full. */
  onError(error: unknown, operation: Operation | undefined): void;
}

/** One message on its way to its operation. */
interface Arrival {
  readonly message: DeliveredMessage;
  readonly operation: Operation | undefined;
  readonly counters: CallCounters;
  readonly atMs: number;
  /** It came through the inbox, and has its place at the throttle. */
  readonly hasPlace: boolean;
}

/**
 * Runs the operations of one session: takes its messages as they come, lets them wait where there is no room, leads each through the
 * hooks of the service, starts operations in the order asked for, and answers each message once, whatever becomes of its hooks.
 */
export class SessionDispatcher implements CallDesk {
  readonly clock: Clock;
  readonly session: ServerSession;
  readonly counters: EndpointCounters;
  readonly shelf: InstanceShelf = new InstanceShelf();
  readonly #service: ServiceDispatch;
  readonly #options: SessionDispatcherOptions;
  readonly #answers: Answers;
  readonly #inbox: SessionInbox;
  readonly #gates: SessionGates;
  /** Calls that can be ended before their time. */
  readonly #calls = new Set<CallContext>();
  readonly #deadlines: Deadlines<IncomingCall>;
  #runningCount = 0;
  #lastTicket = 0;
  /** An operation is on the stack: what it asks for when idle comes after its answer. */
  #isStarting = false;
  #whenIdle: (() => void)[] = [];
  #stop: ServerError | undefined;

  constructor(options: SessionDispatcherOptions) {
    const { service, session, counters } = options;
    const { host, pipeline, order } = service;
    this.#options = options;
    this.#service = service;
    this.clock = host.clock;
    this.session = session;
    this.counters = counters;
    this.#answers = new Answers(options.channel, host.includeExceptionDetailInFaults);
    this.#gates = {
      hooks: Array.from({ length: pipeline.gateCount }, () => new OrderGate("serial")),
      start: order === "none" || service.isDirect ? undefined : new OrderGate(order),
    };
    this.#deadlines = new Deadlines(this.clock, (call) => this.#end(call, deadlineError(call)));
    this.#inbox = new SessionInbox({
      party: this,
      host,
      hasRoom: () => this.#hasRoom,
      start: (message, atMs) => this.#startWaiting(message, atMs),
      refuse: (message, atMs, error) => this.#refuse(message, atMs, error),
      changed: (count) => options.channel().driver.dispatch({ type: "held", count }),
    });
  }

  /** Calls that have begun and are not answered. */
  get runningCount(): number {
    return this.#runningCount;
  }

  /** Calls that wait for a place. */
  get waitingCount(): number {
    return this.#inbox.count;
  }

  /** What runs now, and where each call is; for people. */
  get stages(): readonly string[] {
    return [...this.#calls].map(({ operation, stage }) => `${operation?.name ?? "a message"} (in ${stage})`);
  }

  dispatch(message: DeliveredMessage): void {
    const operation = operationOf(message);
    const atMs = message.deliveredAtMs;
    const counters = this.counters.of(operation);
    counters.begin();
    if (this.#inbox.count === 0 && this.#hasRoom && this.#service.host.calls.hasRoom)
      return this.#start({ message, operation, counters, atMs, hasPlace: false });
    // Nobody waits for the outcome of a one-way message: it waits for its place as long as it takes.
    if (operation?.isOneWay === true) this.#inbox.add(message, atMs, Number.POSITIVE_INFINITY, false);
    else this.#inbox.add(message, atMs, callerDeadlineOf(message, atMs), true);
  }

  /** Calls `then` once no operation runs or waits; at once when that is so now. */
  whenIdle(then: () => void): void {
    this.#whenIdle.push(then);
    this.#tellIdle();
  }

  watch(call: CallContext): void {
    this.#calls.add(call);
  }

  unanswered(message: DeliveredMessage): void {
    this.#options.channel().unanswered(message);
  }

  deadlineMoved(call: IncomingCall): void {
    if (!call.isOver && call.deadlineMs !== Number.POSITIVE_INFINITY) this.#deadlines.add(call);
  }

  /**
   * The session is over: nobody waits for the answers of two-way calls. One-way messages were taken over, and are still handled, unless
   * the host stops.
   */
  sessionEnded(cause: Error | undefined): void {
    const gone = new ServerError("SERVER_CALLER_GONE", "the session of this call is over", { cause });
    for (const call of [...this.#calls]) {
      if (this.#stop !== undefined || call.operation?.isOneWay !== true) this.#end(call, this.#stop ?? gone);
    }
    this.#service.instances?.close(this.shelf, this.counters);
  }

  /** The host stops, and is about to end the session: what runs hears of that reason. */
  stop(reason: ServerError): void {
    this.#stop = reason;
  }

  get #hasRoom(): boolean {
    return this.#runningCount < this.#service.maxRunningPerSession;
  }

  #startWaiting(message: DeliveredMessage, atMs: number): void {
    const operation = operationOf(message);
    this.#start({ message, operation, counters: this.counters.of(operation), atMs, hasPlace: true });
  }

  #start(arrival: Arrival): void {
    const isOutermost = !this.#isStarting;
    this.#isStarting = true;
    try {
      this.#run(arrival);
    } finally {
      if (isOutermost) this.#isStarting = false;
    }
    if (this.#whenIdle.length > 0) this.#tellIdle();
  }

  #run(arrival: Arrival): void {
    const { message, operation, atMs } = arrival;
    this.#takeOver(message, operation);
    if (message.error !== undefined || (operation === undefined && !this.#service.selectsOperations)) {
      this.#processed(message);
      return this.#through(arrival, this.#answers.fault(message, asRequestError(message.error), operation), true);
    }
    // Behind our last message there is no place for a reply: whoever asks makes the call again, on another session (R-SEED-REOPEN-2).
    if (operation?.isOneWay !== true && !this.#options.channel().canReply) {
      this.#processed(message);
      return this.#through(arrival, undefined, false);
    }
    const callerDeadlineMs = callerDeadlineOf(message, atMs);
    if (this.#service.isDirect && callerDeadlineMs === Number.POSITIVE_INFINITY) this.#runDirectly(arrival, operation!);
    else this.#runThroughHooks(arrival, callerDeadlineMs);
  }

  /** No hooks: an operation that returns at once is answered at once, without a promise or a timer. */
  #runDirectly(arrival: Arrival, operation: Operation): void {
    const { message, atMs } = arrival;
    const call = new CallContext(message, operation, atMs, this.session.callback, this);
    let result: unknown;
    try {
      result = this.#invoke(call, this.#options.handlers(), (message.body as OperationRequest).args);
    } catch (error) {
      return this.#through(arrival, this.#reply(call, error, true), true, call);
    }
    if (!isPromise(result)) {
      const unheard = this.#reply(call, result, false);
      return this.#through(arrival, unheard, unheard !== undefined, call);
    }
    this.#takePlace(arrival, call);
    result.then(
      (value) => {
        if (!call.finish()) return;
        const unheard = this.#reply(call, value, false);
        this.#settle(call, unheard, unheard !== undefined);
      },
      (error: unknown) => {
        if (call.finish()) this.#settle(call, this.#reply(call, error, true), true);
        else this.#late(call, error);
      },
    );
  }

  #runThroughHooks(arrival: Arrival, callerDeadlineMs: number): void {
    const { message, operation, atMs } = arrival;
    const args = operation === undefined ? undefined : (message.body as OperationRequest).args;
    const time = new CallTime(callerDeadlineMs, this.#service.operationTimeoutMs, this.clock.nowMs());
    const order = { ticket: ++this.#lastTicket, time };
    const call = new IncomingCall(message, operation, args, atMs, order, this.session.callback, this);
    call.instance = this.#options.handlers();
    this.#takePlace(arrival, call);
    this.deadlineMoved(call);
    const invoke = (): unknown => this.#invoke(call, call.instance, call.args);
    void runCall(call, this.#service, this.#gates, invoke).then((outcome) => this.#finish(call, outcome));
  }

  /** @throws what the handler throws */
  #invoke(call: CallContext, handlers: unknown, args: unknown): unknown {
    const { key } = call.operation!;
    const object = handlers as Readonly<Record<string, Handler>> | undefined;
    if (typeof object?.[key] !== "function") throw new TypeError(`no handler is given for operation ${key}`);
    if (!this.#service.usesOperationContext) return object[key]!(args, call);
    return withOperationContext(call, () => object[key]!(args, call));
  }

  #finish(call: IncomingCall, { isFault, error, answer }: Outcome): void {
    if (!call.finish()) {
      if (isFault) this.#late(call, error);
      return;
    }
    const unheard = this.#reply(call, isFault ? answer : call.result, isFault);
    if (!isFault || !this.#service.pipeline.hasErrorHandlers)
      return this.#settle(call, unheard, isFault || unheard !== undefined);
    this.#settle(call, undefined, true);
    const tell = (news: unknown): void => this.#options.onError(news, call.operation);
    this.#service.pipeline.handled(call, error).then((isHandled) => {
      if (!isHandled && unheard !== undefined) tell(unheard.error);
    }, tell);
  }

  /**
   * A call is ended before its time: what it holds is given back, its hooks and its operation hear of it by its signal. At its deadline
   * it is answered; otherwise there is nobody to answer.
   */
  #end(call: CallContext, reason: ServerError): void {
    if (call.hasPlace && call.finish()) {
      const isTimeout = reason.code === "SERVER_CALL_DEADLINE";
      if (isTimeout) {
        this.counters.of(call.operation).timedOut += 1;
        this.#reply(call, reason, true);
      } else this.#processed(call.message);
      // Who set the deadline has to hear which hook did not keep it.
      this.#settle(call, isTimeout ? { error: reason } : undefined, isTimeout);
    }
    call.end(reason);
  }

  /** What comes of a call whose answer has gone out already: no one else would hear of its error. */
  #late(call: CallContext, error: unknown): void {
    if (error === call.ended || (error instanceof Error && error.name === "AbortError")) return;
    this.#options.onError(error, call.operation);
  }

  #refuse(message: DeliveredMessage, atMs: number, error: ServerError): void {
    const operation = operationOf(message);
    this.#takeOver(message, operation);
    this.#processed(message);
    const unheard = this.#answers.fault(message, asFault(error), operation);
    const counters = this.counters.of(operation);
    counters.refused += 1;
    this.#ended(operation, counters, atMs, unheard === undefined ? undefined : { error }, true);
    this.#tellIdle();
  }

  /** The one answer of a call. */
  #reply(call: CallContext, value: unknown, isFault: boolean): Unheard | undefined {
    const { message, operation, replyHeaders } = call;
    this.#processed(message);
    if (!isFault && operation !== undefined) return this.#answers.result(message, operation, value, replyHeaders);
    if (isAccessDenied(value)) this.counters.of(operation).notAuthorized += 1;
    return this.#answers.fault(message, asFault(value), operation, replyHeaders);
  }

  /** No answer comes to a one-way message: where its sender waits for one, it is told so as soon as the message has its place. */
  #takeOver(message: DeliveredMessage, operation: Operation | undefined): void {
    if (operation?.isOneWay === true || message.messageId === undefined) this.unanswered(message);
  }

  /** The operation has returned: where that is promised, its message is acknowledged now. */
  #processed({ messageNumber }: DeliveredMessage): void {
    this.#options.channel().processed(messageNumber);
  }

  #takePlace({ hasPlace }: Arrival, call: CallContext): void {
    if (!hasPlace) this.#service.host.calls.take();
    call.hasPlace = true;
    this.#calls.add(call);
    this.#count(1);
  }

  /** A message that was through at once. */
  #through(arrival: Arrival, unheard: Unheard | undefined, isFault: boolean, call?: CallContext): void {
    if (call?.isWatched === true) this.#calls.delete(call);
    this.#ended(arrival.operation, arrival.counters, arrival.atMs, unheard, isFault);
    if (arrival.hasPlace) this.#service.host.calls.release();
  }

  /** A call that took a place is answered: all that it held is given back. */
  #settle(call: CallContext, unheard: Unheard | undefined, isFault: boolean): void {
    this.#calls.delete(call);
    call.hasPlace = false;
    if (call instanceof IncomingCall) {
      this.#deadlines.delete(call);
      for (const gate of this.#gates.hooks) gate.leave(call.ticket);
      this.#gates.start?.leave(call.ticket);
    }
    this.#ended(call.operation, this.counters.of(call.operation), call.startedAtMs, unheard, isFault);
    this.#count(-1);
    this.#service.host.calls.release();
    this.#inbox.pump();
    this.#tellIdle();
  }

  #ended(
    operation: Operation | undefined,
    counters: CallCounters,
    atMs: number,
    unheard: Unheard | undefined,
    isFault: boolean,
  ): void {
    counters.end(this.clock.nowMs() - atMs);
    if (isFault) counters.faulted += 1;
    if (unheard === undefined) return;
    counters.failed += 1;
    this.#options.onError(unheard.error, operation);
  }

  #tellIdle(): void {
    if (this.#isStarting || this.#runningCount > 0 || this.#inbox.count > 0) return;
    const listeners = this.#whenIdle;
    this.#whenIdle = [];
    for (const listener of listeners) listener();
  }

  #count(change: number): void {
    const before = this.#runningCount;
    this.#runningCount += change;
    // Only the edges matter: whether any operation runs.
    if (before === 0 || this.#runningCount === 0)
      this.#options.channel().driver.dispatch({ type: "running", count: this.#runningCount });
  }
}

function operationOf({ body }: DeliveredMessage): Operation | undefined {
  return typeof body === "object" ? (body as OperationRequest | undefined)?.operation : undefined;
}

/** Until when the caller waits, if it says so. */
function callerDeadlineOf({ headers }: DeliveredMessage, arrivedAtMs: number): number {
  if (headers.length === 0) return Number.POSITIVE_INFINITY;
  return arrivedAtMs + (remainingMsOf(headers) ?? Number.POSITIVE_INFINITY);
}

function deadlineError(call: IncomingCall): ServerError {
  const name = call.operation?.name ?? call.action;
  return new ServerError(
    "SERVER_CALL_DEADLINE",
    `the call to ${name} was not answered within ${call.time.limit(call.startedAtMs)}: it was in ${call.stage}`,
  );
}
