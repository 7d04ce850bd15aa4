import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SystemClock } from "./clock.ts";

/** Its loop is blocked whenever a test says so: time passes, and no timer rings. */
class BlockableClock extends SystemClock {
  #blockedMs = 0;

  override nowMs(): number {
    return super.nowMs() + this.#blockedMs;
  }

  block(forMs: number): void {
    this.#blockedMs += forMs;
  }
}

describe("SystemClock", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("wakes in the order of the deadlines, not before them", () => {
    const clock = new SystemClock();
    const from = clock.nowMs();
    const rung: [number, number][] = [];
    for (const afterMs of [50, 10, 30, 20, 40, 10.5, 0, -5]) {
      clock.wakeAt(from + afterMs, () => rung.push([afterMs, clock.nowMs() - from]));
    }

    vi.advanceTimersByTime(100);

    expect(rung.map(([afterMs]) => afterMs)).toEqual([-5, 0, 10, 10.5, 20, 30, 40, 50]);
    for (const [afterMs, atMs] of rung) expect(atMs).toBeGreaterThanOrEqual(afterMs);
  });

  it("never wakes within wakeAt, even when the deadline is over", () => {
    const clock = new SystemClock();
    let isAwake = false;

    clock.wakeAt(clock.nowMs() - 1_000, () => {
      isAwake = true;
    });

    expect(isAwake).toBe(false);
    vi.advanceTimersByTime(1);
    expect(isAwake).toBe(true);
  });

  it("does not wake what was disposed of, and wakes the others", () => {
    const clock = new SystemClock();
    const rung: string[] = [];
    const first = clock.wakeAt(clock.nowMs() + 10, () => rung.push("first"));
    clock.wakeAt(clock.nowMs() + 20, () => rung.push("second"));

    first[Symbol.dispose]();
    vi.advanceTimersByTime(100);
    first[Symbol.dispose]();

    expect(rung).toEqual(["second"]);
  });

  it("takes alarms that are set while it rings, earlier ones too", () => {
    const clock = new SystemClock();
    const from = clock.nowMs();
    const rung: string[] = [];
    clock.wakeAt(from + 100, () => rung.push("late"));
    clock.wakeAt(from + 10, () => {
      rung.push("first");
      clock.wakeAt(from + 20, () => rung.push("between"));
    });

    vi.advanceTimersByTime(200);

    expect(rung).toEqual(["first", "between", "late"]);
  });

  it("has one timer of Node for all, which does not keep the process alive", () => {
    const clock = new SystemClock();
    const setTimer = vi.spyOn(globalThis, "setTimeout");
    const from = clock.nowMs();

    for (let afterMs = 1; afterMs <= 100; afterMs++) clock.wakeAt(from + afterMs * 10, () => undefined);

    expect(setTimer).toHaveBeenCalledTimes(1);
    expect((setTimer.mock.results[0]!.value as NodeJS.Timeout).hasRef()).toBe(false);
  });

  it("never has a timer of Node that is too long for it, and wakes at the end of many of its beats", () => {
    const clock = new SystemClock();
    const setTimer = vi.spyOn(globalThis, "setTimeout");
    let wokenAtMs: number | undefined;
    clock.wakeAt(clock.nowMs() + 30 * 24 * 3_600_000, () => undefined);
    clock.wakeAt(clock.nowMs() + 60_000, () => {
      wokenAtMs = clock.nowMs();
    });

    vi.advanceTimersByTime(59_999);
    expect(wokenAtMs).toBeUndefined();
    vi.advanceTimersByTime(2);
    expect(wokenAtMs).toBeGreaterThanOrEqual(60_000);
    expect(Math.max(...setTimer.mock.calls.map(([, delayMs]) => delayMs ?? 0))).toBe(250);
  });

  it("has no timer when all that was planned is disposed of, or over", () => {
    const clock = new SystemClock();
    const planned = clock.wakeAt(clock.nowMs() + 60_000, () => undefined);
    clock.wakeAt(clock.nowMs() + 10, () => undefined);
    expect(vi.getTimerCount()).toBe(1);

    planned[Symbol.dispose]();
    vi.advanceTimersByTime(10);

    expect(vi.getTimerCount()).toBe(0);
  });

  it("keeps thousands of alarms in order, disposed ones or not", () => {
    const clock = new SystemClock();
    const from = clock.nowMs();
    const rung: number[] = [];
    let seed = 1;
    const expected: number[] = [];
    for (let count = 0; count < 2_000; count++) {
      seed = (seed * 48_271) % 2_147_483_647;
      const afterMs = seed % 10_000;
      const alarm = clock.wakeAt(from + afterMs, () => rung.push(afterMs));
      if (count % 3 === 0) alarm[Symbol.dispose]();
      else expected.push(afterMs);
    }

    vi.advanceTimersByTime(20_000);

    expect(rung).toEqual(expected.sort((a, b) => a - b));
  });

  describe("of a loop that is blocked (R-WCF-LATE-2)", () => {
    it("tells for how long, all in all, while the loop is still blocked and after it", () => {
      const clock = new BlockableClock();
      clock.wakeAt(clock.nowMs() + 600_000, () => undefined);
      vi.advanceTimersByTime(60_000);
      expect(clock.blockedMs(clock.nowMs())).toBe(0);

      clock.block(5_000);
      const duringMs = clock.blockedMs(clock.nowMs());
      expect(duringMs).toBeLessThanOrEqual(5_000);
      expect(duringMs).toBeGreaterThanOrEqual(4_750);

      vi.advanceTimersByTime(250);
      const afterMs = clock.blockedMs(clock.nowMs());
      expect(afterMs).toBeGreaterThanOrEqual(duringMs);
      expect(afterMs).toBeLessThanOrEqual(5_000);

      vi.advanceTimersByTime(60_000);
      expect(clock.blockedMs(clock.nowMs())).toBe(afterMs);
      clock.block(1_000);
      vi.advanceTimersByTime(250);
      expect(clock.blockedMs(clock.nowMs())).toBeGreaterThanOrEqual(afterMs + 750);
    });

    it("tells so before it wakes those whose time has come", () => {
      const clock = new BlockableClock();
      let blockedMs: number | undefined;
      clock.wakeAt(clock.nowMs() + 100, () => {
        blockedMs = clock.blockedMs(clock.nowMs());
      });

      clock.block(1_000);
      vi.advanceTimersByTime(100);

      expect(blockedMs).toBe(1_000);
    });

    it("forgets none of it when an earlier wake-up is planned meanwhile", () => {
      const clock = new BlockableClock();
      clock.wakeAt(clock.nowMs() + 100, () => undefined);

      clock.block(1_000);
      clock.wakeAt(clock.nowMs() - 2_000, () => undefined);
      clock.block(1_000);
      vi.advanceTimersByTime(300);

      // But for the time until the first of them, which was nobody's fault.
      expect(Math.floor(clock.blockedMs(clock.nowMs()) / 10)).toBe(190);
    });

    it("takes no late timer for a blocked loop where timers are late of themselves", () => {
      const clock = new BlockableClock(() => true);
      clock.wakeAt(clock.nowMs() + 100, () => undefined);

      clock.block(60_000);
      vi.advanceTimersByTime(100);

      expect(clock.blockedMs(clock.nowMs())).toBe(0);
    });

    it("takes a timer that is a little late for what it is", () => {
      const clock = new BlockableClock();
      clock.wakeAt(clock.nowMs() + 100, () => undefined);

      clock.block(19);
      vi.advanceTimersByTime(100);

      expect(clock.blockedMs(clock.nowMs())).toBe(0);
    });
  });
});
