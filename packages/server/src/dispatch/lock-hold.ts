import type { InstanceLock } from "./instance-lock.ts";

/**
 * An operation's hold on its instance, which it gives up while it calls its client and takes again before it goes on (R-WCF-DISPATCH-3).
 */
export class LockHold {
  readonly #lock: InstanceLock;
  #isHeld = true;
  #isOver = false;
  #taking: Promise<void> | undefined;

  /** The lock has just been acquired. */
  constructor(lock: InstanceLock) {
    this.#lock = lock;
  }

  /** The operation waits for its client: others may enter, once what runs now has come to its own wait. */
  yield(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    queueMicrotask(() => this.#lock.release());
  }

  /** Resolves when the operation may go on. */
  async take(): Promise<void> {
    if (this.#isHeld || this.#isOver) return;
    this.#taking ??= new Promise((resolve) => {
      this.#lock.acquire(() => {
        this.#taking = undefined;
        if (this.#isOver) this.#lock.release();
        else this.#isHeld = true;
        resolve();
      });
    });
    await this.#taking;
  }

  /** The operation has returned. */
  release(): void {
    this.#isOver = true;
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#lock.release();
  }
}
