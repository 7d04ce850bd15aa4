import { delaysTimers } from "#host/turn";

/** Time for machines: a monotonic now, and wake-ups. */
export interface Clock {
  /** Milliseconds, monotonic, from an arbitrary start. */
  nowMs(): number;
  /** Calls `wake` once, not before `deadlineMs`. Disposing before that cancels it. */
  wakeAt(deadlineMs: number, wake: () => void): Disposable;
  /**
   * Milliseconds, up to `nowMs`, in which the event loop was blocked while wake-ups were planned, all in all; never less than before.
   * Sessions do not take such time for silence of their peers. Left out where the loop is never blocked.
   */
  blockedMs?(nowMs: number): number;
}

interface Alarm {
  readonly deadlineMs: number;
  wake: (() => void) | undefined;
}

/** While wake-ups are planned the clock looks at itself so often; by so much may a block be longer than it finds. */
const beatMs = 250;
/** A timer that is this late rings behind a loop that was blocked. */
export const blockedLoopMs = 20;

/**
 * The host's clock. All wake-ups share one timer of the host, which does not keep a process alive by itself; sockets do.
 */
export class SystemClock implements Clock {
  readonly #delaysTimers: () => boolean;
  readonly #alarms: Alarm[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  /** Since when a ring is missing, less what `#blockedMs` has counted already. */
  #missedSinceMs = Number.POSITIVE_INFINITY;
  #blockedMs = 0;

  /** @param delays whether timers may be late although the loop is free; asked when one is */
  constructor(delays: () => boolean = delaysTimers) {
    this.#delaysTimers = delays;
  }

  nowMs(): number {
    return performance.now();
  }

  blockedMs(nowMs: number): number {
    const lateMs = nowMs - this.#missedSinceMs;
    if (lateMs >= blockedLoopMs) {
      if (!this.#delaysTimers()) this.#blockedMs += lateMs;
      this.#missedSinceMs = nowMs;
    }
    return this.#blockedMs;
  }

  wakeAt(deadlineMs: number, wake: () => void): Disposable {
    const alarm: Alarm = { deadlineMs, wake };
    this.#push(alarm);
    if (deadlineMs < this.#timerAtMs) this.#arm(deadlineMs);
    return {
      [Symbol.dispose]: () => {
        // The entry stays in the heap until it is the first; without a wake it costs nothing then.
        alarm.wake = undefined;
      },
    };
  }

  #arm(deadlineMs: number): void {
    clearTimeout(this.#timer);
    const nowMs = this.nowMs();
    this.blockedMs(nowMs);
    const waitMs = Math.min(Math.max(0, deadlineMs - nowMs), beatMs);
    this.#timerAtMs = nowMs + waitMs;
    this.#missedSinceMs = this.#timerAtMs;
    // A host may fire up to a millisecond early; never before the deadline is what `wakeAt` promises.
    this.#timer = setTimeout(() => this.#ring(), Math.max(1, Math.ceil(waitMs)));
    // A browser's timer is a number, and keeps nothing alive.
    if (typeof this.#timer === "object") this.#timer.unref();
  }

  #ring(): void {
    const nowMs = this.nowMs();
    this.blockedMs(nowMs);
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    this.#missedSinceMs = Number.POSITIVE_INFINITY;
    let next = this.#alarms[0];
    for (; next !== undefined && (next.deadlineMs <= nowMs || next.wake === undefined); next = this.#alarms[0])
      this.#pop().wake?.();
    // A wake may have armed an earlier timer already.
    if (next !== undefined && next.deadlineMs < this.#timerAtMs) this.#arm(next.deadlineMs);
  }

  #push(alarm: Alarm): void {
    const heap = this.#alarms;
    let index = heap.length;
    heap.push(alarm);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (heap[parent]!.deadlineMs <= alarm.deadlineMs) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = alarm;
  }

  #pop(): Alarm {
    const heap = this.#alarms;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let index = 0;
    for (let child = 1; child < heap.length; child = index * 2 + 1) {
      if (child + 1 < heap.length && heap[child + 1]!.deadlineMs < heap[child]!.deadlineMs) child += 1;
      if (last.deadlineMs <= heap[child]!.deadlineMs) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

/** The clock that everything shares unless told otherwise. */
export const systemClock: Clock = new SystemClock();
