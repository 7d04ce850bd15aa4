import type { Clock } from "@bowline/transport";

/** The deadlines of one session's calls, on one alarm. */
export class Deadlines<Item extends { readonly deadlineMs: number }> {
  readonly #clock: Clock;
  readonly #expired: (item: Item) => void;
  readonly #items = new Set<Item>();
  #alarm: { readonly atMs: number; readonly handle: Disposable } | undefined;

  constructor(clock: Clock, expired: (item: Item) => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  get size(): number {
    return this.#items.size;
  }

  add(item: Item): void {
    this.#items.add(item);
    this.#arm(item.deadlineMs);
  }

  /** A deadline that nobody waits for any more costs nothing before its time: the alarm stays. */
  delete(item: Item): void {
    this.#items.delete(item);
  }

  /** No alarm rings any more. */
  stop(): void {
    this.#items.clear();
    this.#alarm?.handle[Symbol.dispose]();
    this.#alarm = undefined;
  }

  #arm(deadlineMs: number): void {
    if (this.#alarm !== undefined && this.#alarm.atMs <= deadlineMs) return;
    this.#alarm?.handle[Symbol.dispose]();
    this.#alarm = { atMs: deadlineMs, handle: this.#clock.wakeAt(deadlineMs, this.#ring) };
  }

  readonly #ring = (): void => {
    this.#alarm = undefined;
    const nowMs = this.#clock.nowMs();
    const due = [...this.#items].filter(({ deadlineMs }) => deadlineMs <= nowMs);
    for (const item of due) this.#items.delete(item);
    for (const item of due) this.#expired(item);
    let next = Number.POSITIVE_INFINITY;
    for (const { deadlineMs } of this.#items) next = Math.min(next, deadlineMs);
    if (next < Number.POSITIVE_INFINITY) this.#arm(next);
  };
}
