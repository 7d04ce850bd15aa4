import type { Operation } from "@bowline/protocol/contract";
import type { DeliveredMessage } from "@bowline/protocol/session";
import type { HeaderBlock, SoapHeader } from "@bowline/protocol/soap";
import type { Clock } from "@bowline/transport";
import type { ServerSession } from "../server-session.ts";
import type { CallTime } from "./call-time.ts";
import type { EndpointCounters } from "./counters.ts";
import type { DispatchCall, OperationContext } from "./hooks.ts";
import type { InstanceShelf } from "./instances.ts";
import type { OrderGate } from "./order-gate.ts";

/** What a call knows of the dispatcher that runs it. */
export interface CallDesk {
  readonly clock: Clock;
  readonly session: ServerSession;
  /** Where the session keeps its instance. */
  readonly shelf: InstanceShelf;
  readonly counters: EndpointCounters;
  /** The call wants to hear of its end. */
  watch(call: CallContext): void;
  /** It has turned out that no answer comes to a message. */
  unanswered(message: DeliveredMessage): void;
  /** The call's deadline is another one. */
  deadlineMoved(call: IncomingCall): void;
}

/** What few calls need, made when one does: most are through before anybody asks. */
class SeldomNeeded {
  outgoingHeaders: SoapHeader[] | undefined;
  controller: AbortController | undefined;
  ended: Error | undefined;
  hasPlace = false;
  isOver = false;
}

/** What an operation is told; what is seldom asked for is made when it is. */
export class CallContext implements OperationContext {
  readonly message: DeliveredMessage;
  operation: Operation | undefined;
  callback: unknown;
  readonly startedAtMs: number;
  protected readonly desk: CallDesk;
  #seldom: SeldomNeeded | undefined;

  constructor(
    message: DeliveredMessage,
    operation: Operation | undefined,
    startedAtMs: number,
    callback: unknown,
    desk: CallDesk,
  ) {
    this.message = message;
    this.operation = operation;
    this.startedAtMs = startedAtMs;
    this.callback = callback;
    this.desk = desk;
  }

  get session(): ServerSession {
    return this.desk.session;
  }

  get messageNumber(): number {
    return this.message.messageNumber;
  }

  get operationKey(): string {
    return this.operation?.key ?? "";
  }

  get identity(): unknown {
    return this.desk.session.identity;
  }

  get incomingHeaders(): readonly HeaderBlock[] {
    return this.message.headers;
  }

  get outgoingHeaders(): SoapHeader[] {
    const seldom = this.#needed();
    seldom.outgoingHeaders ??= [];
    return seldom.outgoingHeaders;
  }

  /** What goes out with the reply; undefined when nobody asked for more than is in every reply. */
  get replyHeaders(): readonly SoapHeader[] | undefined {
    const headers = this.#seldom?.outgoingHeaders;
    return headers?.length === 0 ? undefined : headers;
  }

  get signal(): AbortSignal {
    const seldom = this.#needed();
    if (seldom.controller === undefined) {
      seldom.controller = new AbortController();
      this.desk.watch(this);
    }
    return seldom.controller.signal;
  }

  /** Somebody may want to hear of its end. */
  get isWatched(): boolean {
    return this.#seldom?.controller !== undefined;
  }

  get deadlineMs(): number {
    return Number.POSITIVE_INFINITY;
  }

  get remainingMs(): number {
    return Math.max(0, this.deadlineMs - this.desk.clock.nowMs());
  }

  /** It counts among the calls that run, and has a place to give back. */
  get hasPlace(): boolean {
    return this.#seldom?.hasPlace === true;
  }

  set hasPlace(hasPlace: boolean) {
    this.#needed().hasPlace = hasPlace;
  }

  /** The answer has gone out, or none is wanted any more, whatever still runs. */
  get isOver(): boolean {
    return this.#seldom?.isOver === true;
  }

  /** True once: whoever is told so sends the answer, and gives back what the call held. */
  finish(): boolean {
    const seldom = this.#needed();
    if (seldom.isOver) return false;
    seldom.isOver = true;
    return true;
  }

  /** Where it is, for the error that ends it there. */
  get stage(): string {
    return `the operation ${this.operation?.name}`;
  }

  /** Why it was ended before its time. */
  get ended(): Error | undefined {
    return this.#seldom?.ended;
  }

  /** Nobody waits for the outcome any more. */
  end(reason: Error): void {
    const seldom = this.#needed();
    if (seldom.ended !== undefined) return;
    seldom.ended = reason;
    seldom.controller?.abort(reason);
  }

  #needed(): SeldomNeeded {
    this.#seldom ??= new SeldomNeeded();
    return this.#seldom;
  }
}

/** A call on its way through hooks, gates and locks. */
export class IncomingCall extends CallContext implements DispatchCall {
  args: unknown;
  result: unknown;
  instance: unknown;
  /** Its place in the order of the session's messages, from 1 on. */
  readonly ticket: number;
  readonly time: CallTime;
  #stage = "its start";
  #state: Map<unknown, unknown> | undefined;
  #identity: { readonly value: unknown } | undefined;
  #giveUp: ((error: Error) => void) | undefined;

  constructor(
    message: DeliveredMessage,
    operation: Operation | undefined,
    args: unknown,
    startedAtMs: number,
    order: { readonly ticket: number; readonly time: CallTime },
    callback: unknown,
    desk: CallDesk,
  ) {
    super(message, operation, startedAtMs, callback, desk);
    this.args = args;
    this.ticket = order.ticket;
    this.time = order.time;
  }

  override get deadlineMs(): number {
    return this.time.deadlineMs;
  }

  /** Calls `entered` when `gate` lets it in; until then its own time stands still. */
  enter(gate: OrderGate, entered: () => void): void {
    const { clock } = this.desk;
    this.time.stand(clock.nowMs());
    gate.enter(this.ticket, () => {
      this.time.run(clock.nowMs());
      this.desk.deadlineMoved(this);
      entered();
    });
  }

  /** What its session keeps for it. */
  get home(): Pick<CallDesk, "shelf" | "counters" | "unanswered"> {
    return this.desk;
  }

  get action(): string {
    return this.message.action;
  }

  override get identity(): unknown {
    return this.#identity === undefined ? this.desk.session.identity : this.#identity.value;
  }

  override set identity(value: unknown) {
    this.#identity = { value };
  }

  get state(): Map<unknown, unknown> {
    this.#state ??= new Map();
    return this.#state;
  }

  override get stage(): string {
    return this.#stage;
  }

  override set stage(stage: string) {
    this.#stage = stage;
  }

  /** What it waits for is given up, what it runs hears of it by `signal`. */
  override end(reason: Error): void {
    if (this.ended !== undefined) return;
    super.end(reason);
    const giveUp = this.#giveUp;
    this.#giveUp = undefined;
    giveUp?.(reason);
  }

  /** From now on `giveUp` is called when the call is ended; the function returned says that the wait is over. */
  whileWaiting(giveUp: (error: Error) => void): () => void {
    this.#giveUp = giveUp;
    return () => {
      if (this.#giveUp === giveUp) this.#giveUp = undefined;
    };
  }

  /** Waits for what `begin` starts; rejects when the call is ended before. What `begin` returns is disposed of then. */
  wait(begin: (resume: () => void) => Disposable | undefined): Promise<void> {
    if (this.ended !== undefined) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      let waiting: Disposable | undefined;
      const isResumed = this.whileWaiting((error) => {
        waiting?.[Symbol.dispose]();
        reject(error);
      });
      waiting = begin(() => {
        isResumed();
        resolve();
      });
    });
  }
}
