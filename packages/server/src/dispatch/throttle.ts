/** Of the capacity: from here on a throttle warns, and below the second it is ready to warn again. */
const warningShare = 0.7;
const rearmShare = 0.6;

/** A throttle is nearly or wholly in use. Heard once, and again when use has fallen below 60 % meanwhile. */
export interface ThrottleWarning {
  /** The option that limits. */
  readonly throttle: "maxConcurrentCalls" | "maxConcurrentSessions" | "maxConcurrentInstances";
  /** 70 % are in use, or all. */
  readonly level: "seventyPercent" | "limitReached";
  readonly inUse: number;
  readonly limit: number;
}

/** Somebody who waits for a place. */
interface Waiter {
  readonly party: object;
  readonly admitted: () => void;
}

export interface ThrottleOptions {
  readonly name: ThrottleWarning["throttle"];
  /** `Infinity` for none. */
  readonly limit: number;
  onWarning(warning: ThrottleWarning): void;
}

/**
 * So many at once, and the others wait. Parties (sessions) take turns: one that has many waiting gets no more places than one that has
 * a single one, and within a party it is first come, first served. It knows no time: whoever waits until a deadline gives up by disposing.
 */
export class Throttle {
  readonly #options: ThrottleOptions;
  /** Waiters by party; the parties in the order of their turns. */
  readonly #queues = new Map<object, Waiter[]>();
  #inUse = 0;
  #waitingCount = 0;
  #warned: "none" | ThrottleWarning["level"] = "none";
  #isAdmitting = false;

  constructor(options: ThrottleOptions) {
    this.#options = options;
  }

  get name(): ThrottleWarning["throttle"] {
    return this.#options.name;
  }

  get limit(): number {
    return this.#options.limit;
  }

  get inUse(): number {
    return this.#inUse;
  }

  get waitingCount(): number {
    return this.#waitingCount;
  }

  get isFull(): boolean {
    return this.#inUse >= this.#options.limit;
  }

  /** A place is free, and nobody waits for it. */
  get hasRoom(): boolean {
    return this.#waitingCount === 0 && this.#inUse < this.#options.limit;
  }

  /** Takes a place when there `hasRoom`. */
  tryAcquire(): boolean {
    if (!this.hasRoom) return false;
    this.take();
    return true;
  }

  /** Takes a place that is known to be there, or that cannot be refused any more. */
  take(): void {
    this.#inUse += 1;
    if (this.#inUse >= this.#options.limit * warningShare) this.#warn();
  }

  /** Waits for a place, after `tryAcquire` found none. Disposing gives up the wait; it does nothing once `admitted` was called. */
  wait(party: object, admitted: () => void): Disposable {
    const waiter: Waiter = { party, admitted };
    const queue = this.#queues.get(party);
    if (queue === undefined) this.#queues.set(party, [waiter]);
    else queue.push(waiter);
    this.#waitingCount += 1;
    return { [Symbol.dispose]: () => this.#giveUp(waiter) };
  }

  /** Gives a place back; the next in turn gets it, now. */
  release(): void {
    this.#inUse -= 1;
    this.#admit();
    // A place that goes on to the next has not been free.
    if (this.#inUse < this.#options.limit * rearmShare) this.#warned = "none";
  }

  #admit(): void {
    // Whoever is admitted may be done at once and give the place back: the loop goes on, instead of one call within the other.
    if (this.#isAdmitting) return;
    this.#isAdmitting = true;
    try {
      while (this.#waitingCount > 0 && !this.isFull) {
        const waiter = this.#takeNext();
        this.take();
        waiter.admitted();
      }
    } finally {
      this.#isAdmitting = false;
    }
  }

  #takeNext(): Waiter {
    const [party, queue] = this.#queues.entries().next().value as [object, Waiter[]];
    const waiter = queue.shift()!;
    this.#waitingCount -= 1;
    // The party goes to the end of the turns, if it has more.
    this.#queues.delete(party);
    if (queue.length > 0) this.#queues.set(party, queue);
    return waiter;
  }

  #giveUp(waiter: Waiter): void {
    const queue = this.#queues.get(waiter.party);
    const index = queue?.indexOf(waiter) ?? -1;
    if (queue === undefined || index < 0) return;
    queue.splice(index, 1);
    this.#waitingCount -= 1;
    if (queue.length === 0) this.#queues.delete(waiter.party);
  }

  #warn(): void {
    if (this.#warned === "none") this.#tell("seventyPercent");
    if (this.isFull && this.#warned === "seventyPercent") this.#tell("limitReached");
  }

  #tell(level: ThrottleWarning["level"]): void {
    this.#warned = level;
    const { name, limit, onWarning } = this.#options;
    onWarning({ throttle: name, level, inUse: this.#inUse, limit });
  }
}
