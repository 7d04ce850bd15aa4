import { SimulationFailure } from "./simulation-failure.ts";

/** Something that wants to be woken; its times are the world's. */
export interface Sleeper {
  readonly wakeAtMs: number | undefined;
  wake(): void;
}

interface TimelineEvent {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Wake-ups of one instant: a deadline that stays where it is although its time has come would keep a driver busy for ever. */
const maxWakeCount = 1_000;
/** Events and wake-ups of one run. */
const maxStepCount = 3_000_000;

/**
 * The world's time: it jumps from one event or deadline to the next. What is on the wire for an instant arrives before the timeouts of
 * that instant, so that an acknowledgement due "now" may still ride on an answer.
 */
export class Timeline {
  nowMs = 0;
  readonly #heap: TimelineEvent[] = [];
  readonly #sleepers = new Set<Sleeper>();
  #order = 0;
  #stepCount = 0;
  #wakeCount = 0;

  after(delayMs: number, run: () => void): void {
    this.#push({ atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, run });
  }

  addSleeper(sleeper: Sleeper): void {
    this.#sleepers.add(sleeper);
  }

  removeSleeper(sleeper: Sleeper): void {
    this.#sleepers.delete(sleeper);
  }

  /** Lets time pass until `untilMs`, or until nothing is left to do, or until `isDone`. */
  run(untilMs: number, isDone: () => boolean = () => false): void {
    while (!isDone()) {
      const event = this.#heap[0];
      const sleeper = this.#firstSleeper();
      const wakeAtMs = sleeper?.wakeAtMs ?? Number.POSITIVE_INFINITY;
      const eventAtMs = event?.atMs ?? Number.POSITIVE_INFINITY;
      if (Math.min(wakeAtMs, eventAtMs) > untilMs) break;
      if (eventAtMs <= wakeAtMs || eventAtMs <= this.nowMs) this.#runEvent();
      else if (sleeper !== undefined) this.#wake(sleeper, wakeAtMs);
      if (++this.#stepCount > maxStepCount)
        throw new SimulationFailure("comes-to-rest", `after ${maxStepCount} steps there is still something to do`);
    }
  }

  #runEvent(): void {
    const event = this.#pop();
    this.#moveTo(event.atMs);
    event.run();
  }

  #wake(sleeper: Sleeper, atMs: number): void {
    this.#moveTo(atMs);
    if (++this.#wakeCount > maxWakeCount)
      throw new SimulationFailure("comes-to-rest", `a deadline at ${atMs} ms stays although its time has come`);
    sleeper.wake();
  }

  #moveTo(atMs: number): void {
    if (atMs <= this.nowMs) return;
    this.nowMs = atMs;
    this.#wakeCount = 0;
  }

  #firstSleeper(): Sleeper | undefined {
    let first: Sleeper | undefined;
    let firstAtMs = Number.POSITIVE_INFINITY;
    for (const sleeper of this.#sleepers) {
      const atMs = sleeper.wakeAtMs;
      if (atMs === undefined || atMs >= firstAtMs) continue;
      first = sleeper;
      firstAtMs = atMs;
    }
    return first;
  }

  #push(event: TimelineEvent): void {
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (isBefore(heap[parent]!, event)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = event;
  }

  #pop(): TimelineEvent {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (isBefore(last, heap[child]!)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(a: TimelineEvent, b: TimelineEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
