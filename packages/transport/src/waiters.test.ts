import { describe, expect, it } from "vitest";
import { Waiters } from "./waiters.ts";

function waitersOf(refusal?: Error) {
  const waiters = new Waiters();
  const settled: string[] = [];
  const wait = (upTo: number, signal?: AbortSignal): void =>
    waiters.add(
      upTo,
      () => settled.push(`${upTo}`),
      (error) => settled.push(`${upTo} ${(error as Error).message}`),
      signal,
      () => refusal,
    );
  return { waiters, settled, wait };
}

describe("Waiters", () => {
  it("settle in order when their count is reached, at once when it was", () => {
    const { waiters, settled, wait } = waitersOf();
    wait(1);
    wait(3);
    waiters.reach(2);
    wait(2);
    expect(settled).toEqual(["1", "2"]);
    waiters.reach(3);
    expect(settled).toEqual(["1", "2", "3"]);
  });

  it("are refused when they would have to wait for what cannot come", () => {
    const { waiters, settled, wait } = waitersOf(new Error("over"));
    waiters.reach(1);
    wait(1);
    wait(2);
    expect(settled).toEqual(["1", "2 over"]);
  });

  it("are given up by their signal alone", () => {
    const { waiters, settled, wait } = waitersOf();
    const controller = new AbortController();
    wait(1, controller.signal);
    wait(1);
    controller.abort(new Error("enough"));
    waiters.reach(1);
    expect(settled.slice(0, 1)).toEqual(["1 enough"]);
    expect(settled).toContain("1");
  });

  it("go on elsewhere with a count of their own", () => {
    const { waiters, settled, wait } = waitersOf();
    wait(7);
    wait(9);
    const other = new Waiters();
    for (const waiter of waiters.takeAll()) other.adopt(waiter, waiter.upTo - 7);
    waiters.reach(10);
    expect(settled).toEqual(["7"]);
    other.reach(2);
    expect(settled).toEqual(["7", "9"]);
  });
});
