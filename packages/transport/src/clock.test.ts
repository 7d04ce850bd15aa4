import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SystemClock } from "./clock.ts";

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

  it("waits for longer than a timer of Node can", () => {
    const clock = new SystemClock();
    const thirtyDaysMs = 30 * 24 * 3_600_000;
    let wokenAtMs: number | undefined;
    clock.wakeAt(clock.nowMs() + thirtyDaysMs, () => {
      wokenAtMs = clock.nowMs();
    });

    vi.advanceTimersByTime(thirtyDaysMs - 1_000);
    expect(wokenAtMs).toBeUndefined();
    vi.advanceTimersByTime(2_000);
    expect(wokenAtMs).toBeGreaterThanOrEqual(thirtyDaysMs);
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
});
