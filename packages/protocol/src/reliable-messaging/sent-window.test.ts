import { describe, expect, it } from "vitest";
import type { AckRange } from "./ack-ranges.ts";
import { SentWindow } from "./sent-window.ts";

/** A window of messages 1 to `count`, each of as many bytes as its number. */
function windowOf(count: number): SentWindow {
  const window = new SentWindow();
  for (let messageNumber = 1; messageNumber <= count; messageNumber++) push(window, messageNumber);
  return window;
}

function push(window: SentWindow, messageNumber: number): void {
  const message = { addressing: { action: "urn:a" }, body: "", byteLength: messageNumber };
  const counts = { attemptCount: 1, retryCount: 0, isTransferred: false };
  window.push({ messageNumber, message, isLastMessage: false, requestsAck: false, sentAtMs: 0, ...counts });
}

/** Lets go of all up to `upTo`; returns the numbers of those that left. */
function slide(window: SentWindow, upTo: number): number[] {
  const left: number[] = [];
  window.slideTo(upTo, ({ messageNumber }) => left.push(messageNumber));
  return left;
}

/** Marks the ranges; returns the numbers of what is missing below the last one. */
function mark(window: SentWindow, ...ranges: AckRange[]): number[] {
  const missing: number[] = [];
  window.markTransferred(ranges, ({ messageNumber }) => missing.push(messageNumber));
  return missing;
}

const from = (lower: number, upper: number = lower): AckRange => ({ lower, upper });
const inFlight = (window: SentWindow, upTo: number, maxCount: number): number[] =>
  window.firstInFlight(upTo, maxCount).map(({ messageNumber }) => messageNumber);

describe("the window of what was sent", () => {
  it("lets go of what is acknowledged, in order, and counts what it still holds", () => {
    const window = windowOf(4);
    expect([window.count, window.inFlightCount, window.byteLength, window.oldest?.messageNumber]).toEqual([
      4, 4, 10, 1,
    ]);
    expect(slide(window, 2)).toEqual([1, 2]);
    expect([window.count, window.inFlightCount, window.byteLength, window.oldest?.messageNumber]).toEqual([2, 2, 7, 3]);
    expect(slide(window, 2)).toEqual([]);
    expect(slide(window, 9)).toEqual([3, 4]);
    expect([window.count, window.byteLength, window.oldest]).toEqual([0, 0, undefined]);
    push(window, 5);
    expect([window.count, window.oldest?.messageNumber, slide(window, 5)]).toEqual([1, 5, [5]]);
  });

  it("loses nothing in a long run of messages that overlap", () => {
    const window = windowOf(100);
    const left: number[] = [];
    for (let upTo = 1; upTo <= 1000; upTo++) {
      push(window, upTo + 100);
      left.push(...slide(window, upTo));
      expect([window.count, window.oldest?.messageNumber]).toEqual([100, upTo + 1]);
      expect(inFlight(window, upTo + 100, 2)).toEqual([upTo + 1, upTo + 2]);
    }
    expect(left).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
    expect(window.byteLength).toBe(1001 * 100 + (99 * 100) / 2);
  });

  it("tells what is missing of what arrived out of order, and sends that alone again", () => {
    const window = windowOf(6);
    expect(mark(window, from(2), from(4))).toEqual([1, 3]);
    expect([window.count, window.inFlightCount]).toEqual([6, 4]);
    expect(inFlight(window, 6, 9)).toEqual([1, 3, 5, 6]);
    expect(inFlight(window, 5, 9)).toEqual([1, 3, 5]);
    expect(inFlight(window, 6, 2)).toEqual([1, 3]);
    // What was told before is not missing when it is left out later, nor counted again.
    expect(mark(window, from(4, 5))).toEqual([1, 3]);
    expect(window.inFlightCount).toBe(3);
    slide(window, 4);
    expect([window.count, window.inFlightCount]).toEqual([2, 1]);
  });

  it("knows whether ranges tell something new", () => {
    const window = windowOf(5);
    mark(window, from(2, 3));
    expect(window.hasNewIn([])).toBe(false);
    expect(window.hasNewIn([from(2, 3)])).toBe(false);
    expect(window.hasNewIn([from(2, 4)])).toBe(true);
    expect(window.hasNewIn([from(1), from(3)])).toBe(true);
    expect(window.hasNewIn([from(3), from(5)])).toBe(true);
  });

  it("knows whether ranges leave out what was told before", () => {
    const window = windowOf(5);
    expect(window.hasMoreThan([])).toBe(false);
    mark(window, from(2), from(4));
    expect(window.hasMoreThan([from(2), from(4)])).toBe(false);
    expect(window.hasMoreThan([from(1, 5)])).toBe(false);
    expect(window.hasMoreThan([from(2, 3)])).toBe(true);
    expect(window.hasMoreThan([from(1), from(3, 5)])).toBe(true);
    expect(window.hasMoreThan([])).toBe(true);
  });
});
