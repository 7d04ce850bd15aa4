import { describe, expect, it } from "vitest";
import { Throttle, type ThrottleWarning } from "./throttle.ts";

function throttleOf(limit: number): { throttle: Throttle; warnings: ThrottleWarning[] } {
  const warnings: ThrottleWarning[] = [];
  const throttle = new Throttle({ name: "maxConcurrentCalls", limit, onWarning: (warning) => warnings.push(warning) });
  return { throttle, warnings };
}

describe("a throttle (R-HOST-THROTTLE-1)", () => {
  it("has so many places, and gives one that comes back to whoever waits", () => {
    const { throttle } = throttleOf(2);
    expect([throttle.tryAcquire(), throttle.tryAcquire(), throttle.tryAcquire()]).toEqual([true, true, false]);
    const admitted: string[] = [];
    throttle.wait({}, () => admitted.push("a"));
    throttle.release();
    expect([admitted, throttle.inUse, throttle.waitingCount]).toEqual([["a"], 2, 0]);
  });

  it("lets parties take turns, each in its own order", () => {
    const { throttle } = throttleOf(1);
    throttle.take();
    const admitted: string[] = [];
    const [noisy, quiet] = [{}, {}];
    for (const name of ["n1", "n2", "n3"]) throttle.wait(noisy, () => admitted.push(name));
    for (const name of ["q1", "q2"]) throttle.wait(quiet, () => admitted.push(name));
    for (let count = 0; count < 5; count++) throttle.release();
    expect(admitted).toEqual(["n1", "q1", "n2", "q2", "n3"]);
  });

  it("gives no place to newcomers while others wait", () => {
    const { throttle } = throttleOf(1);
    throttle.take();
    const waiting = throttle.wait({}, () => undefined);
    expect([throttle.hasRoom, throttle.tryAcquire()]).toEqual([false, false]);
    waiting[Symbol.dispose]();
    throttle.release();
    expect(throttle.tryAcquire()).toBe(true);
  });

  it("forgets who gave up, and does not mind who gives up too late", () => {
    const { throttle } = throttleOf(1);
    throttle.take();
    const admitted: string[] = [];
    const first = throttle.wait({}, () => admitted.push("first"));
    const second = throttle.wait({}, () => admitted.push("second"));
    first[Symbol.dispose]();
    throttle.release();
    second[Symbol.dispose]();
    expect([admitted, throttle.inUse, throttle.waitingCount]).toEqual([["second"], 1, 0]);
  });

  it("gives all places away though each comes back at once", () => {
    const { throttle } = throttleOf(1);
    throttle.take();
    let count = 0;
    for (let index = 0; index < 20_000; index++) {
      throttle.wait({}, () => {
        count += 1;
        throttle.release();
      });
    }
    throttle.release();
    expect([count, throttle.inUse]).toEqual([20_000, 0]);
  });
});

describe("a throttle's warnings (R-HOST-THROTTLE-3)", () => {
  it("come once at 70 % and once at the limit, and again after use fell below 60 %", () => {
    const { throttle, warnings } = throttleOf(10);
    const levels = (): string[] => warnings.splice(0).map(({ level, inUse }) => `${level} ${inUse}`);
    for (let count = 0; count < 6; count++) throttle.take();
    expect(levels()).toEqual([]);
    for (let count = 0; count < 4; count++) throttle.take();
    expect(levels()).toEqual(["seventyPercent 7", "limitReached 10"]);
    for (let count = 0; count < 4; count++) throttle.release();
    for (let count = 0; count < 4; count++) throttle.take();
    expect(levels()).toEqual([]);
    for (let count = 0; count < 5; count++) throttle.release();
    for (let count = 0; count < 5; count++) throttle.take();
    expect(levels()).toEqual(["seventyPercent 7", "limitReached 10"]);
  });

  it("never come without a limit", () => {
    const { throttle, warnings } = throttleOf(Number.POSITIVE_INFINITY);
    for (let count = 0; count < 1000; count++) throttle.take();
    throttle.release();
    expect(warnings).toEqual([]);
  });
});
