/**
 * How long a peer may say nothing: since when it has, and when that is too long. Only time in which this side could listen counts
 * (R-WCF-LATE-2).
 */
export class Silence {
  readonly #timeoutMs: number;
  #sinceMs: number | undefined;

  /** @param timeoutMs `Infinity` where no silence is too long */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** When it will be too long; undefined before the first `heard`, and without a limit. */
  get deadlineMs(): number | undefined {
    return this.#timeoutMs === Number.POSITIVE_INFINITY || this.#sinceMs === undefined
      ? undefined
      : this.#sinceMs + this.#timeoutMs;
  }

  /** The peer said something: silence counts from here. */
  heard(nowMs: number): void {
    this.#sinceMs = nowMs;
  }

  /** This side could not listen for `forMs`, up to now. */
  blocked(forMs: number, nowMs: number): void {
    if (this.#sinceMs !== undefined) this.#sinceMs = Math.min(this.#sinceMs + forMs, nowMs);
  }

  isTooLong(nowMs: number): boolean {
    const { deadlineMs } = this;
    return deadlineMs !== undefined && deadlineMs <= nowMs;
  }
}
