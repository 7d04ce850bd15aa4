import type { SessionFailure } from "@bowline/protocol/reliable-messaging";
import type { SessionEffect, SessionInput } from "@bowline/protocol/session";
import type { Call, ChannelDriver, Clock } from "@bowline/transport";
import type { FarSession } from "./far-session.ts";
import type { SessionNews } from "./records.ts";

/** News, with the bytes of its batch. */
interface Heard {
  readonly type: "heard";
  readonly news: SessionNews;
  readonly bytes: Uint8Array;
}

/** Joins the application's half of a session to the clock: what `SessionDriver` is to a whole one. */
export class FarDriver implements ChannelDriver {
  readonly #session: FarSession;
  readonly #clock: Clock;
  readonly #perform: (effect: SessionEffect<Call>) => void;
  readonly #inbox: (SessionInput<Call> | Heard)[] = [];
  #isRunning = false;
  #alarm: { readonly atMs: number; readonly handle: Disposable } | undefined;

  constructor(session: FarSession, clock: Clock, perform: (effect: SessionEffect<Call>) => void) {
    this.#session = session;
    this.#clock = clock;
    this.#perform = perform;
  }

  get nowMs(): number {
    return this.#clock.nowMs();
  }

  dispatch(input: SessionInput<Call>): void {
    this.#inbox.push(input);
    this.#drain();
  }

  hear(news: SessionNews, bytes: Uint8Array): void {
    this.#inbox.push({ type: "heard", news, bytes });
    this.#drain();
  }

  /** The session ends here: its other half is gone. */
  end(failure: SessionFailure): void {
    for (const effect of this.#session.fail(failure, this.nowMs)) this.#perform(effect);
    this.#watchDeadline();
  }

  #drain(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (let index = 0; index < this.#inbox.length; index++) this.#handle(this.#inbox[index]!);
    } finally {
      this.#inbox.length = 0;
      this.#isRunning = false;
      this.#watchDeadline();
    }
  }

  #handle(input: SessionInput<Call> | Heard): void {
    try {
      const effects =
        input.type === "heard" ? this.#session.hear(input.news, input.bytes) : this.#session.handle(input, this.nowMs);
      for (const effect of effects) this.#perform(effect);
    } catch (cause) {
      // An error of our own ends this session, never the process.
      for (const effect of this.#session.handle({ type: "break", cause }, this.nowMs)) this.#perform(effect);
    }
  }

  #watchDeadline(): void {
    const deadlineMs = this.#session.isOver ? undefined : this.#session.nextDeadlineMs;
    if (deadlineMs === undefined) return this.#stopAlarm();
    if (this.#alarm !== undefined && this.#alarm.atMs <= deadlineMs) return;
    this.#stopAlarm();
    const ring = (): void => {
      this.#alarm = undefined;
      this.dispatch({ type: "timeout" });
    };
    this.#alarm = { atMs: deadlineMs, handle: this.#clock.wakeAt(deadlineMs, ring) };
  }

  #stopAlarm(): void {
    this.#alarm?.handle[Symbol.dispose]();
    this.#alarm = undefined;
  }
}
