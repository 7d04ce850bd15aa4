import type { Timeline } from "./timeline.ts";

/** More than rounding can make of a sum of times. */
const roundingMs = 1e-6;

/** A computer of the world: it has a clock of its own, which may jump, and it may stand still for a while. */
export class Host {
  readonly #timeline: Timeline;
  #clockOffsetMs = 0;
  #resumesAtMs = 0;
  #plannedPauseMs = 0;
  #waiting: (() => void)[] = [];

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** Time on this host's clock. */
  get nowMs(): number {
    return this.#timeline.nowMs + this.#clockOffsetMs;
  }

  /** The clock jumps ahead, as after a suspended night; it never goes back. */
  jumpClock(byMs: number): void {
    this.#clockOffsetMs += byMs;
  }

  /** For how long this host has stood still so far, all in all. */
  get pausedMs(): number {
    return this.#plannedPauseMs - Math.max(0, this.#resumesAtMs - this.#timeline.nowMs);
  }

  /** Nothing is received and no timer fires until then. */
  pause(forMs: number): void {
    const wasPaused = this.#isPaused;
    const { nowMs } = this.#timeline;
    const resumesAtMs = Math.max(this.#resumesAtMs, nowMs + forMs);
    this.#plannedPauseMs += resumesAtMs - Math.max(this.#resumesAtMs, nowMs);
    this.#resumesAtMs = resumesAtMs;
    if (!wasPaused) this.#resumeLater();
  }

  /** Runs `action` now, or when the host goes on. */
  perform(action: () => void): void {
    if (this.#isPaused || this.#waiting.length > 0) this.#waiting.push(action);
    else action();
  }

  /** When a deadline on this host's clock is looked at, in the world's time. */
  wakeAtMs(deadlineMs: number | undefined): number | undefined {
    if (deadlineMs === undefined) return undefined;
    let atMs = deadlineMs - this.#clockOffsetMs;
    // Sums of fractions are rounded: the deadline must lie in the past of this clock when it is looked at.
    if (atMs + this.#clockOffsetMs < deadlineMs) atMs += roundingMs;
    return Math.max(atMs, this.#resumesAtMs, this.#timeline.nowMs);
  }

  get #isPaused(): boolean {
    return this.#timeline.nowMs < this.#resumesAtMs;
  }

  #resumeLater(): void {
    this.#timeline.after(this.#resumesAtMs - this.#timeline.nowMs, () => {
      if (this.#isPaused) return this.#resumeLater();
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const action of waiting) action();
    });
  }
}
