import type { Clock } from "@bowline/server";

interface Alarm {
  readonly atMs: number;
  readonly wake: () => void;
}

/** Time that passes when a test says so. */
export class ManualClock implements Clock {
  #nowMs = 1_000_000;
  #alarms: Alarm[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  wakeAt(atMs: number, wake: () => void): Disposable {
    const alarm = { atMs, wake };
    this.#alarms.push(alarm);
    return {
      [Symbol.dispose]: () => {
        this.#alarms = this.#alarms.filter((other) => other !== alarm);
      },
    };
  }

  /** Resolves after `ms` of this clock's time; rejects with the signal's reason when that fires before. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      this.wakeAt(this.#nowMs + ms, resolve);
    });
  }

  /** Lets `ms` pass, from alarm to alarm; between two, everything that has been set off comes to rest. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      await settled();
      const next = this.#alarms.reduce((least, { atMs }) => Math.min(least, atMs), Number.POSITIVE_INFINITY);
      if (next > untilMs) break;
      this.#nowMs = Math.max(this.#nowMs, next);
      const due = this.#alarms.filter(({ atMs }) => atMs <= this.#nowMs);
      this.#alarms = this.#alarms.filter(({ atMs }) => atMs > this.#nowMs);
      for (const { wake } of due) wake();
    }
    this.#nowMs = untilMs;
    await settled();
  }
}

/** Promises, ticks and the turns of the event loop that they set off. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
}
