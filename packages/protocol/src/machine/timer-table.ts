/** Named deadlines of one machine. Holds times, never starts timers. */
export class TimerTable<Name extends string> {
  readonly #deadlines = new Map<Name, number>();
  #next: number | undefined;

  /** Arms `name`, or moves it when it is armed. */
  set(name: Name, deadlineMs: number): void {
    const earlier = this.#deadlines.get(name);
    this.#deadlines.set(name, deadlineMs);
    if (this.#next === undefined || deadlineMs < this.#next) this.#next = deadlineMs;
    else if (earlier === this.#next && earlier !== deadlineMs) this.#next = this.#earliest();
  }

  stop(name: Name): void {
    const deadlineMs = this.#deadlines.get(name);
    if (deadlineMs === undefined) return;
    this.#deadlines.delete(name);
    if (deadlineMs === this.#next) this.#next = this.#earliest();
  }

  stopAll(): void {
    this.#deadlines.clear();
    this.#next = undefined;
  }

  isArmed(name: Name): boolean {
    return this.#deadlines.has(name);
  }

  deadlineMs(name: Name): number | undefined {
    return this.#deadlines.get(name);
  }

  /** Removes and returns the timers due at `nowMs`, earliest first; ties keep arming order. */
  takeExpired(nowMs: number): Name[] {
    if (this.#next === undefined || this.#next > nowMs) return [];
    const due = [...this.#deadlines].filter(([, deadlineMs]) => deadlineMs <= nowMs);
    due.sort(([, a], [, b]) => a - b);
    for (const [name] of due) this.#deadlines.delete(name);
    this.#next = this.#earliest();
    return due.map(([name]) => name);
  }

  get nextDeadlineMs(): number | undefined {
    return this.#next;
  }

  #earliest(): number | undefined {
    let earliest: number | undefined;
    for (const deadlineMs of this.#deadlines.values()) {
      if (earliest === undefined || deadlineMs < earliest) earliest = deadlineMs;
    }
    return earliest;
  }
}
