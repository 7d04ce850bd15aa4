import type { DeliveredMessage } from "@bowline/protocol/session";
import { ServerError } from "../errors.ts";
import { Deadlines } from "./deadlines.ts";
import type { HostDispatch } from "./service-dispatch.ts";

interface Entry {
  readonly message: DeliveredMessage;
  readonly arrivedAtMs: number;
  readonly deadlineMs: number;
}

export interface SessionInboxOptions {
  /** Whose turns are taken at the host's throttle. */
  readonly party: object;
  readonly host: HostDispatch;
  /** Whether the session itself may run one more. */
  hasRoom(): boolean;
  /** A message has its place. */
  start(message: DeliveredMessage, arrivedAtMs: number): void;
  /** A message will not have one. */
  refuse(message: DeliveredMessage, arrivedAtMs: number, error: ServerError): void;
  /** So many wait now: the peer's window closes by as many. */
  changed(count: number): void;
}

/** Messages of one session that wait for a place, in their order. The host's throttle sees only the first of them: sessions take turns. */
export class SessionInbox {
  readonly #options: SessionInboxOptions;
  readonly #entries: Entry[] = [];
  readonly #deadlines: Deadlines<Entry>;
  #waiting: Disposable | undefined;
  #isPumping = false;

  constructor(options: SessionInboxOptions) {
    this.#options = options;
    this.#deadlines = new Deadlines(options.host.clock, (entry) => this.#expire(entry));
  }

  get count(): number {
    return this.#entries.length;
  }

  /** `deadlineMs` is the call's own; a call that may be refused waits no longer than `maxThrottleWaitMs` besides. */
  add(message: DeliveredMessage, arrivedAtMs: number, deadlineMs: number, mayBeRefused: boolean): void {
    const { host, refuse } = this.#options;
    if (mayBeRefused && host.whenCallsFull === "refuse")
      return refuse(message, arrivedAtMs, this.#tooBusy("are in use"));
    if (this.#entries.length >= host.maxQueuedCallsPerSession) {
      const queue = `and ${this.#entries.length} messages of this session wait already (maxQueuedCallsPerSession)`;
      return refuse(message, arrivedAtMs, this.#tooBusy(queue));
    }
    const limitMs = mayBeRefused ? arrivedAtMs + host.maxThrottleWaitMs : Number.POSITIVE_INFINITY;
    const entry: Entry = { message, arrivedAtMs, deadlineMs: Math.min(deadlineMs, limitMs) };
    this.#entries.push(entry);
    if (entry.deadlineMs !== Number.POSITIVE_INFINITY) this.#deadlines.add(entry);
    this.#options.changed(this.#entries.length);
    this.pump();
  }

  /** Starts what there is room for. */
  pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#entries.length > 0 && this.#waiting === undefined && this.#options.hasRoom()) {
        const { calls } = this.#options.host;
        if (calls.tryAcquire()) this.#startFirst();
        else this.#waiting = calls.wait(this.#options.party, () => this.#admitted());
      }
    } finally {
      this.#isPumping = false;
    }
  }

  #admitted(): void {
    this.#waiting = undefined;
    if (this.#entries.length > 0 && this.#options.hasRoom()) this.#startFirst();
    else this.#options.host.calls.release();
    this.pump();
  }

  #startFirst(): void {
    const entry = this.#entries.shift()!;
    this.#deadlines.delete(entry);
    this.#options.changed(this.#entries.length);
    this.#options.start(entry.message, entry.arrivedAtMs);
  }

  #expire(entry: Entry): void {
    const index = this.#entries.indexOf(entry);
    if (index < 0) return;
    this.#entries.splice(index, 1);
    if (this.#entries.length === 0) {
      this.#waiting?.[Symbol.dispose]();
      this.#waiting = undefined;
    }
    this.#options.changed(this.#entries.length);
    const waitedMs = Math.round(entry.deadlineMs - entry.arrivedAtMs);
    this.#options.refuse(
      entry.message,
      entry.arrivedAtMs,
      this.#tooBusy(`were in use for the ${waitedMs} ms that it could wait`),
    );
  }

  #tooBusy(what: string): ServerError {
    const { host } = this.#options;
    const limit = host.calls.isFull
      ? `all ${host.calls.limit} places for calls of the host (maxConcurrentCalls)`
      : `all ${host.maxConcurrentCallsPerSession} places for calls of the session (maxConcurrentCallsPerSession)`;
    return new ServerError("SERVER_TOO_BUSY", `the call was not handled: ${limit} ${what}; try again later`);
  }
}
