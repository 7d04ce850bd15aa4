/** How often we look. */
const tickMs = 10;

/**
 * How long this process could not do what was due, for want of a processor: what its timers are late for is not what a timer of ours
 * does. Shorter stalls than a tick are not counted.
 */
export class Starvation {
  #lateMs = 0;
  #lastMs = performance.now();
  #timer = setInterval(() => this.#tick(), tickMs);

  /** The sum at the last tick. */
  get lateMs() {
    return this.#lateMs;
  }

  /** Nothing is added from now on. */
  stop() {
    this.#tick();
    clearInterval(this.#timer);
  }

  #tick() {
    const now = performance.now();
    const lateMs = now - this.#lastMs - tickMs;
    this.#lastMs = now;
    if (lateMs > tickMs) this.#lateMs += lateMs;
  }
}
