/** First pause after a failed attempt; it doubles up to the longest. */
const firstDelayMs = 50;
const longestDelayMs = 5_000;

/** When a client tries to get its connection back: at once, then with growing pauses. The driver adds jitter. */
export class Reconnection {
  #attempt = 0;

  get attempt(): number {
    return this.#attempt;
  }

  /** Pause before the next attempt, in ms. */
  nextDelayMs(): number {
    this.#attempt += 1;
    return this.#attempt === 1 ? 0 : Math.min(firstDelayMs * 2 ** (this.#attempt - 2), longestDelayMs);
  }

  succeeded(): void {
    this.#attempt = 0;
  }
}
