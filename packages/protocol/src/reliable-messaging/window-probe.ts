/** A closed window is asked about first after this long; the pause doubles up to `longestMs`. */
const firstMs = 500;
const longestMs = 30_000;

/**
 * Asks a peer whose buffer was full whether it still is: the acknowledgement that reopens a window may be lost with a connection
 * (R-WCF-CREDIT-1). WCF's clients do this, its servers do not; ours does in both roles.
 */
export class WindowProbe {
  #count = 0;
  #dueAtMs: number | undefined;

  get dueAtMs(): number | undefined {
    return this.#dueAtMs;
  }

  /** `isNeeded` while messages wait for credit and a connection is there to ask over. */
  update(isNeeded: boolean, nowMs: number): void {
    if (!isNeeded) {
      this.#count = 0;
      this.#dueAtMs = undefined;
    } else this.#dueAtMs ??= nowMs + Math.min(firstMs * 2 ** Math.min(this.#count, 10), longestMs);
  }

  /** True when the question is to be asked now. */
  takeDue(nowMs: number): boolean {
    if (this.#dueAtMs === undefined || nowMs < this.#dueAtMs) return false;
    this.#count += 1;
    this.#dueAtMs = undefined;
    return true;
  }
}
