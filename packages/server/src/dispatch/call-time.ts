/**
 * How long a call may take: as long as its caller waits, and no more time of its own than the service allows. While it waits for
 * earlier messages of its session its own time stands still: what one of them takes is not the later ones' fault (R-HOST-DEADLINE-2).
 */
export class CallTime {
  readonly #callerDeadlineMs: number;
  readonly #limitMs: number;
  #ownDeadlineMs: number;
  /** What is left of its own time, while that stands still. */
  #leftMs: number | undefined;

  /** `limitMs` is the service's; `Infinity` for none. */
  constructor(callerDeadlineMs: number, limitMs: number, nowMs: number) {
    this.#callerDeadlineMs = callerDeadlineMs;
    this.#limitMs = limitMs;
    this.#ownDeadlineMs = nowMs + limitMs;
  }

  get deadlineMs(): number {
    return Math.min(this.#callerDeadlineMs, this.#ownDeadlineMs);
  }

  stand(nowMs: number): void {
    if (this.#limitMs === Number.POSITIVE_INFINITY || this.#leftMs !== undefined) return;
    this.#leftMs = this.#ownDeadlineMs - nowMs;
    this.#ownDeadlineMs = Number.POSITIVE_INFINITY;
  }

  run(nowMs: number): void {
    if (this.#leftMs === undefined) return;
    this.#ownDeadlineMs = nowMs + this.#leftMs;
    this.#leftMs = undefined;
  }

  /** Which limit it is that has passed, in words. */
  limit(startedAtMs: number): string {
    if (this.#callerDeadlineMs > this.#ownDeadlineMs) return `${Math.round(this.#limitMs)} ms (operationTimeoutMs)`;
    return `the ${Math.round(this.#callerDeadlineMs - startedAtMs)} ms that its caller waits`;
  }
}
