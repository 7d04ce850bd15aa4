import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Listeners } from "./listeners.ts";

describe("Listeners", () => {
  it("tells all, in the order in which they came, until they are disposed of", () => {
    const listeners = new Listeners<number>();
    const heard: string[] = [];
    const first = listeners.add((event) => heard.push(`first ${event}`));
    listeners.add((event) => heard.push(`second ${event}`));

    listeners.emit(1);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    listeners.emit(2);

    expect(heard).toEqual(["first 1", "second 1", "second 2"]);
    expect(listeners.isEmpty).toBe(false);
  });

  it("lets one that throws disturb nobody: its error surfaces as an uncaught one", async () => {
    const microtasks: (() => void)[] = [];
    const queue = vi.spyOn(globalThis, "queueMicrotask").mockImplementation((task) => void microtasks.push(task));
    onTestFinished(() => queue.mockRestore());
    const listeners = new Listeners<number>();
    const heard: number[] = [];
    listeners.add(() => {
      throw new Error("a listener's own");
    });
    listeners.add((event) => heard.push(event));

    listeners.emit(7);

    expect(heard).toEqual([7]);
    expect(microtasks).toHaveLength(1);
    expect(() => microtasks[0]?.()).toThrow("a listener's own");
  });
});
