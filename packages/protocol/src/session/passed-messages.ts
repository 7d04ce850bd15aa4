/**
 * Messages that were passed on to an application elsewhere, and how many of them weigh on the transfer window (R-HOST-THREAD-2).
 *
 * Those on their way do not, or every acknowledgement would tell the peer of less room than there is; all do once the application has
 * not taken one for `graceMs`, or when they are more than the window holds.
 */
export class PassedMessages {
  readonly #windowSize: number;
  #passedCount = 0;
  #takenCount = 0;
  /** Since when the message with this number is outstanding, at the latest: the application lags by as much, or less. */
  #markedNumber = 0;
  #markedAtMs = 0;

  constructor(windowSize: number) {
    this.#windowSize = windowSize;
  }

  get outstandingCount(): number {
    return this.#passedCount - this.#takenCount;
  }

  passed(nowMs: number): void {
    this.#passedCount += 1;
    if (this.#markedNumber <= this.#takenCount) this.#mark(nowMs);
  }

  /** So many are taken, of all so far. */
  taken(count: number, nowMs: number): void {
    this.#takenCount = count;
    if (this.#markedNumber <= count && this.outstandingCount > 0) this.#mark(nowMs);
  }

  /** What the session is to be told. */
  held(nowMs: number): { readonly type: "held"; readonly count: number } {
    const count = this.outstandingCount;
    const isLagging = nowMs - this.#markedAtMs >= graceMs || count >= this.#windowSize;
    return { type: "held", count: isLagging ? count : 0 };
  }

  #mark(nowMs: number): void {
    this.#markedNumber = this.#passedCount;
    this.#markedAtMs = nowMs;
  }
}

/** How long an application may leave a message where it is before it is taken for busy. */
const graceMs = 50;
