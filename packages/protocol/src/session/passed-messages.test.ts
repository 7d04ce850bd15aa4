import { describe, expect, it } from "vitest";
import { PassedMessages } from "./passed-messages.ts";

/** With so many messages passed on at `nowMs`. */
function passing(passed: PassedMessages, count: number, nowMs: number): void {
  for (let index = 0; index < count; index++) passed.deliver(document, index + 1, nowMs);
}

const document = { bytes: Uint8Array.of(1, 2, 3), from: 1, to: 3, dictionary: undefined };
const newPassed = (windowSize: number): PassedMessages => new PassedMessages(windowSize, ({ from, to }) => [from, to]);

describe("PassedMessages (R-HOST-THREAD-2)", () => {
  it("makes a message of an envelope that nobody has read", () => {
    expect(newPassed(8).deliver(document, 5, 1_000)).toMatchObject({
      messageNumber: 5,
      deliveredAtMs: 1_000,
      body: [1, 3],
    });
  });

  it("weighs nothing while the application takes what comes within 50 ms", () => {
    const passed = newPassed(8);
    passing(passed, 7, 1_000);
    expect(passed.held(1_049)).toEqual({ type: "held", count: 0 });
    passed.taken(7, 1_049);
    passing(passed, 3, 1_050);
    expect(passed.held(1_099).count).toBe(0);
    expect(passed.held(1_100).count).toBe(3);
  });

  it("weighs all that is outstanding once the oldest of it has lain for 50 ms", () => {
    const passed = newPassed(100);
    passing(passed, 2, 1_000);
    passing(passed, 3, 1_030);
    expect(passed.held(1_050).count).toBe(5);
    passed.taken(5, 1_051);
    expect(passed.held(5_000).count).toBe(0);
  });

  it("weighs what is more than a window at once, however short it has lain", () => {
    const passed = newPassed(4);
    passing(passed, 4, 1_000);
    expect(passed.held(1_000).count).toBe(0);
    passing(passed, 3, 1_010);
    expect(passed.held(1_010).count).toBe(3);
    expect(passed.taken(4, 1_011)).toEqual({ type: "held", count: 0 });
  });

  it("finds an application too slow that takes some, yet ever fewer than come", () => {
    const passed = newPassed(1_000);
    for (let nowMs = 0, taken = 0; nowMs < 200; nowMs += 10) {
      passing(passed, 10, nowMs);
      passed.taken(++taken, nowMs);
    }
    expect(passed.held(200).count).toBe(180);
  });
});
