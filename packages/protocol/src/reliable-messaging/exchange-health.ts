/** First and longest pause after failed exchanges: none after the first failure, then growing. */
const firstPauseMs = 50;
const longestPauseMs = 5_000;

/** Whether exchanges come to an end, and how long to wait after one that did not. */
export class ExchangeHealth {
  #failureCount = 0;

  get isWell(): boolean {
    return this.#failureCount === 0;
  }

  /** An exchange failed. Returns the pause before the next attempt, in ms. */
  failed(): number {
    this.#failureCount += 1;
    if (this.#failureCount === 1) return 0;
    return Math.min(firstPauseMs * 2 ** (this.#failureCount - 2), longestPauseMs);
  }

  /** The peer answered. */
  recovered(): void {
    this.#failureCount = 0;
  }
}
