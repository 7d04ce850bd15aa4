/** A promise that waits for a count to be reached. */
export interface Waiter {
  readonly upTo: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The promises that wait for a count that only grows, such as the number of the last acknowledged message. */
export class Waiters {
  #waiting: Waiter[] = [];
  #reached = 0;

  /**
   * Settles once `upTo` is reached, or at once. When `signal` fires only the wait is given up: what is waited for may still come.
   * `refusal` is asked when it has to wait, and an error of it ends that.
   */
  add(
    upTo: number,
    resolve: () => void,
    reject: (error: unknown) => void,
    signal: AbortSignal | undefined,
    refusal: () => Error | undefined,
  ): void {
    if (upTo <= this.#reached) return resolve();
    const error = refusal();
    if (error !== undefined) return reject(error);
    const giveUp = (): void => reject(signal?.reason);
    signal?.addEventListener("abort", giveUp, { once: true });
    this.#waiting.push({
      upTo,
      resolve: () => {
        signal?.removeEventListener("abort", giveUp);
        resolve();
      },
      reject: (reason) => {
        signal?.removeEventListener("abort", giveUp);
        reject(reason);
      },
    });
  }

  reach(upTo: number): void {
    this.#reached = upTo;
    let count = 0;
    while (count < this.#waiting.length && this.#waiting[count]!.upTo <= upTo) this.#waiting[count++]!.resolve();
    if (count > 0) this.#waiting.splice(0, count);
  }

  /** What `upTo` counts did not come about. */
  fail(upTo: number, error: unknown): void {
    const index = this.#waiting.findIndex((waiter) => waiter.upTo === upTo);
    if (index >= 0) this.#waiting.splice(index, 1)[0]!.reject(error);
  }

  /** Takes all waiters out, for others to settle. */
  takeAll(): readonly Waiter[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  /** Takes waiters over, each for a count of its own here. */
  adopt(waiter: Waiter, upTo: number): void {
    if (upTo <= this.#reached) waiter.resolve();
    else this.#waiting.push({ ...waiter, upTo });
  }
}
