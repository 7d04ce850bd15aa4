interface Waiter {
  readonly enter: () => void;
}

/** One operation at a time in an instance of a service; the others wait in the order in which they came. */
export class InstanceLock {
  readonly #waiting: Waiter[] = [];
  #isHeld = false;

  get isHeld(): boolean {
    return this.#isHeld;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Calls `enter` once the lock is free, and then holds it for the caller. Disposing before that gives up the wait. */
  acquire(enter: () => void): Disposable {
    const waiter: Waiter = { enter };
    if (this.#isHeld) this.#waiting.push(waiter);
    else {
      this.#isHeld = true;
      enter();
    }
    return {
      [Symbol.dispose]: () => {
        const index = this.#waiting.indexOf(waiter);
        if (index >= 0) this.#waiting.splice(index, 1);
      },
    };
  }

  /** The holder lets go: the next one is called, now. */
  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isHeld = false;
    else next.enter();
  }
}
