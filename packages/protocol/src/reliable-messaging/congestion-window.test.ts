import { describe, expect, it } from "vitest";
import { CongestionWindow } from "./congestion-window.ts";

describe("the congestion window (R-WCF-CONGESTION-1)", () => {
  it("opens by one for each message while nothing was lost, up to its limit", () => {
    const window = new CongestionWindow(20);
    expect(window.count).toBe(8);
    window.acknowledged(8);
    expect(window.count).toBe(16);
    window.acknowledged(8);
    expect(window.count).toBe(20);
  });

  it("is no larger than its limit from the start", () => {
    expect(new CongestionWindow(3).count).toBe(3);
  });

  it("halves what is in flight after a loss, and then opens by one for each whole window", () => {
    const window = new CongestionWindow(100);
    window.acknowledged(32);
    window.lost(40);
    expect(window.count).toBe(20);
    window.acknowledged(20);
    expect(window.count).toBe(21);
    window.acknowledged(1);
    expect(window.count).toBe(21);
  });

  it("closes to one after a time-out, and opens quickly up to half of what was in flight", () => {
    const window = new CongestionWindow(100);
    window.timedOut(12);
    expect(window.count).toBe(1);
    window.acknowledged(1);
    window.acknowledged(2);
    expect(window.count).toBe(4);
    window.acknowledged(4);
    expect(window.count).toBe(8);
    // Half of 12 is passed.
    window.acknowledged(1);
    expect(window.count).toBe(8);
  });

  it("is never closed below two by a loss", () => {
    const window = new CongestionWindow(100);
    window.lost(1);
    expect(window.count).toBe(2);
  });

  it("starts anew on another connection", () => {
    const window = new CongestionWindow(100);
    window.lost(4);
    window.restart();
    expect(window.count).toBe(8);
    window.acknowledged(8);
    expect(window.count).toBe(16);
  });
});
