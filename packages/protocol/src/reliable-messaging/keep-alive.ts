/**
 * When the initiator asks for a sign of life (R-WCF-KEEPALIVE-1): half of its inactivityTimeout after the last activity,
 * and when that stays unanswered, `maxRetryCount` times more often until the inactivity timer ends the session.
 */
export class KeepAlive {
  readonly #idleMs: number;
  readonly #unansweredMs: number;
  #isUnanswered = false;
  #dueAtMs: number | undefined;
  #sentCount = 0;

  constructor(inactivityTimeoutMs: number, maxRetryCount: number) {
    this.#idleMs = inactivityTimeoutMs / 2;
    this.#unansweredMs = this.#idleMs / maxRetryCount;
  }

  /** Undefined while paused, and for good when there is no inactivityTimeout. */
  get dueAtMs(): number | undefined {
    return this.#dueAtMs;
  }

  get sentCount(): number {
    return this.#sentCount;
  }

  /** An application message left; acknowledgements do not count. */
  localActivity(nowMs: number): void {
    if (this.#dueAtMs !== undefined) this.#arm(nowMs);
  }

  /** A valid message of the session came. */
  remoteActivity(nowMs: number): void {
    this.#isUnanswered = false;
    this.#arm(nowMs);
  }

  /** True when an AckRequested is to be sent now; the next one is then armed. */
  takeDue(nowMs: number): boolean {
    if (this.#dueAtMs === undefined || nowMs < this.#dueAtMs) return false;
    this.#isUnanswered = true;
    this.#sentCount += 1;
    this.#arm(nowMs);
    return true;
  }

  /** No connection: there is nobody to ask. */
  pause(): void {
    this.#dueAtMs = undefined;
  }

  #arm(nowMs: number): void {
    const dueAtMs = nowMs + (this.#isUnanswered ? this.#unansweredMs : this.#idleMs);
    this.#dueAtMs = Number.isFinite(dueAtMs) ? dueAtMs : undefined;
  }
}
