import type { Operation } from "@bowline/protocol/contract";
import type { DeliveredMessage } from "@bowline/protocol/session";
import { Answers } from "./answers.ts";
import { asRequestError, type OperationRequest } from "./operation-messages.ts";
import type { SessionChannel } from "./session-channel.ts";

export type Handler = (args: unknown, context: unknown) => unknown;

export interface DispatcherOptions {
  /** The handler of an operation, by its key in the contract. */
  handlerOf(key: string): Handler | undefined;
  context(message: DeliveredMessage, operation: Operation): unknown;
  readonly includeExceptionDetailInFaults: boolean;
  /** Operations of one session that run at the same time; further messages wait in order. */
  readonly maxConcurrentCalls: number;
  /** An error that no caller hears of in full: an unexpected one, one of a one-way operation, or a reply that could not be written. */
  onError(error: unknown, operation: Operation | undefined): void;
}

/**
 * Runs operations for the messages of one session: started in the order of arrival, as many at once as allowed, answered as they end.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #channel: () => SessionChannel;
  readonly #answers: Answers;
  readonly #waiting: DeliveredMessage[] = [];
  #waitingHead = 0;
  #runningCount = 0;
  /** A handler is on the stack: what it asks for when idle comes after its answer. */
  #isStarting = false;
  #whenIdle: (() => void)[] = [];

  constructor(channel: () => SessionChannel, options: DispatcherOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#answers = new Answers(channel, options.includeExceptionDetailInFaults);
  }

  get runningCount(): number {
    return this.#runningCount;
  }

  dispatch(message: DeliveredMessage): void {
    if (this.#runningCount < this.#options.maxConcurrentCalls) return this.#start(message);
    this.#waiting.push(message);
    this.#sayHeld();
  }

  /** Calls `then` once no operation runs or waits; at once when that is so now. */
  whenIdle(then: () => void): void {
    this.#whenIdle.push(then);
    this.#tellIdle();
  }

  #start(message: DeliveredMessage): void {
    const isOutermost = !this.#isStarting;
    this.#isStarting = true;
    try {
      this.#run(message);
    } finally {
      if (isOutermost) this.#isStarting = false;
    }
    if (this.#whenIdle.length > 0) this.#tellIdle();
  }

  #run(message: DeliveredMessage): void {
    const request = message.body as OperationRequest | undefined;
    if (request?.operation.isOneWay === true || message.messageId === undefined) this.#channel().unanswered(message);
    if (request === undefined || message.error !== undefined) {
      this.#channel().processed(message.messageNumber);
      return this.#fail(message, asRequestError(message.error), request?.operation);
    }
    const { operation, args } = request;
    // Behind our last message there is no place for a reply: whoever asks makes the call again, on another session (R-SEED-REOPEN-2).
    if (!operation.isOneWay && !this.#channel().canReply) return this.#channel().processed(message.messageNumber);
    let result: unknown;
    try {
      const handler = this.#options.handlerOf(operation.key);
      if (handler === undefined) throw new TypeError(`no handler is given for operation ${operation.key}`);
      result = handler(args, this.#options.context(message, operation));
    } catch (error) {
      this.#channel().processed(message.messageNumber);
      return this.#fail(message, error, operation);
    }
    if (!isPromise(result)) {
      this.#channel().processed(message.messageNumber);
      return this.#answer(message, operation, result);
    }
    this.#count(1);
    const finish = (answer: () => void): void => {
      this.#channel().processed(message.messageNumber);
      answer();
      this.#finished();
    };
    result.then(
      (value) => finish(() => this.#answer(message, operation, value)),
      (error: unknown) => finish(() => this.#fail(message, error, operation)),
    );
  }

  #answer(message: DeliveredMessage, operation: Operation, value: unknown): void {
    const unheard = this.#answers.result(message, operation, value);
    if (unheard !== undefined) this.#options.onError(unheard.error, operation);
  }

  #fail(message: DeliveredMessage, error: unknown, operation: Operation | undefined): void {
    const unheard = this.#answers.fault(message, error, operation);
    if (unheard !== undefined) this.#options.onError(unheard.error, operation);
  }

  #finished(): void {
    this.#count(-1);
    while (this.#waitingHead < this.#waiting.length && this.#runningCount < this.#options.maxConcurrentCalls) {
      const message = this.#waiting[this.#waitingHead++]!;
      if (this.#waitingHead === this.#waiting.length) {
        this.#waiting.length = 0;
        this.#waitingHead = 0;
      }
      this.#sayHeld();
      this.#start(message);
    }
    this.#tellIdle();
  }

  #tellIdle(): void {
    if (this.#isStarting || this.#runningCount > 0 || this.#waitingHead < this.#waiting.length) return;
    const listeners = this.#whenIdle;
    this.#whenIdle = [];
    for (const listener of listeners) listener();
  }

  #count(change: number): void {
    const before = this.#runningCount;
    this.#runningCount += change;
    // Only the edges matter: whether any operation runs.
    if (before === 0 || this.#runningCount === 0)
      this.#channel().driver.dispatch({ type: "running", count: this.#runningCount });
  }

  #sayHeld(): void {
    this.#channel().driver.dispatch({ type: "held", count: this.#waiting.length - this.#waitingHead });
  }
}

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function";
}
