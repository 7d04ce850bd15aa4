/** When a ticket lets the next one in: once it has entered, or once it has left. */
export type GateOrder = "orderedStart" | "serial";

/**
 * A gate that lets tickets in by their numbers, whoever comes to it first. Tickets are numbered from 1, without gaps, and each must be
 * `left` in the end, whatever became of it: the gate never waits for one that is gone.
 *
 * What enters is called at once and in order, not by way of a promise, so that order cannot be lost between the gate and the operation.
 */
export class OrderGate {
  readonly #order: GateOrder;
  /** The lowest number that has not passed. */
  #next = 1;
  readonly #passed = new Set<number>();
  readonly #waiting = new Map<number, () => void>();
  #isAdvancing = false;

  constructor(order: GateOrder) {
    this.#order = order;
  }

  /** Tickets at the gate. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** The ticket that everybody waits for. */
  get next(): number {
    return this.#next;
  }

  /** Calls `enter` once all earlier tickets have passed: now, when they have. */
  enter(ticket: number, enter: () => void): void {
    if (ticket < this.#next || this.#passed.has(ticket)) return;
    this.#waiting.set(ticket, enter);
    this.#advance();
  }

  /** The ticket needs the gate no more; it does not enter any more either. A second call changes nothing. */
  leave(ticket: number): void {
    if (ticket < this.#next || this.#passed.has(ticket)) return;
    this.#waiting.delete(ticket);
    this.#passed.add(ticket);
    this.#advance();
  }

  #advance(): void {
    // What enters may come back here; the turn that runs already goes on for it.
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    try {
      for (;;) {
        if (this.#passed.delete(this.#next)) {
          this.#next += 1;
          continue;
        }
        const enter = this.#waiting.get(this.#next);
        if (enter === undefined) return;
        this.#waiting.delete(this.#next);
        if (this.#order === "orderedStart") this.#next += 1;
        enter();
      }
    } finally {
      this.#isAdvancing = false;
    }
  }
}
