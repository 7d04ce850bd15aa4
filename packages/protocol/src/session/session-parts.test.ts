import { describe, expect, it } from "vitest";
import { UniqueId } from "../xml/index.ts";
import { Activity } from "./activity.ts";
import { Correlation, type PendingCall } from "./correlation.ts";
import { PlainSession } from "./plain-session.ts";
import { Reconnection } from "./reconnection.ts";

function call(name: string, deadlineMs: number): PendingCall {
  return { messageId: UniqueId.parse(`urn:${name}`), action: "urn:act", deadlineMs, readReply: () => name };
}

describe("Correlation (R-WCF-CALL-1)", () => {
  it("gives each call to its reply once", () => {
    const calls = new Correlation<PendingCall>();
    const [a, b] = [call("a", 10), call("b", 5)];
    calls.add(a);
    calls.add(b);
    expect(calls.nextDeadlineMs).toBe(5);
    expect(calls.take(UniqueId.parse("urn:b"))).toBe(b);
    expect(calls.take(UniqueId.parse("urn:b"))).toBeUndefined();
    expect(calls.take(UniqueId.parse("urn:nobody"))).toBeUndefined();
    expect(calls.size).toBe(1);
    expect(calls.take(a.messageId)).toBe(a);
    expect(calls.nextDeadlineMs).toBeUndefined();
  });

  it("lets go of calls whose time is over, and of no others", () => {
    const calls = new Correlation<PendingCall>();
    for (const [name, deadlineMs] of [
      ["late", 30],
      ["soon", 10],
      ["sooner", 5],
      ["never", Number.POSITIVE_INFINITY],
    ] as const) {
      calls.add(call(name, deadlineMs));
    }
    expect(calls.takeExpired(4)).toEqual([]);
    expect(calls.takeExpired(10).map(({ messageId }) => `${messageId}`)).toEqual(["urn:soon", "urn:sooner"]);
    expect(calls.nextDeadlineMs).toBe(30);
    expect(calls.takeExpired(30)).toHaveLength(1);
    expect([calls.size, calls.nextDeadlineMs]).toEqual([1, undefined]);
    expect(calls.takeAll()).toHaveLength(1);
    expect(calls.size).toBe(0);
  });

  it("moves on when the call with the first deadline has had its reply", () => {
    const calls = new Correlation<PendingCall>();
    calls.add(call("first", 5));
    calls.add(call("second", 9));
    calls.take(UniqueId.parse("urn:first"));
    calls.takeExpired(5);
    expect(calls.nextDeadlineMs).toBe(9);
  });
});

describe("Activity (R-SEED-RECEIVE-1)", () => {
  it("counts from the last application message, whatever infrastructure comes", () => {
    const activity = new Activity(1000, 0);
    activity.received(true, 100);
    activity.delivered(100);
    for (let nowMs = 200; nowMs < 1100; nowMs += 100) activity.received(false, nowMs);
    expect(activity.nextDeadlineMs).toBe(1100);
    expect(activity.isReceiveTimeoutOver(1099)).toBe(false);
    expect(activity.isReceiveTimeoutOver(1100)).toBe(true);
    expect(activity.infrastructureSinceApplication).toBe(9);
    expect([activity.lastApplicationMessageAtMs, activity.lastInfrastructureMessageAtMs]).toEqual([100, 1000]);
  });

  it("stands still while an operation runs, and starts over when the last one ends", () => {
    const activity = new Activity(1000, 0);
    activity.setRunning(2, 10);
    expect(activity.nextDeadlineMs).toBeUndefined();
    activity.setRunning(1, 5000);
    expect(activity.isReceiveTimeoutOver(1e9)).toBe(false);
    activity.setRunning(0, 6000);
    expect(activity.nextDeadlineMs).toBe(7000);
  });

  it("does not count time in which the loop was blocked, once it waits again (R-WCF-LATE-2)", () => {
    const activity = new Activity(1000, 0);
    activity.blocked(5000, 5200);
    expect([activity.nextDeadlineMs, activity.isReceiveTimeoutOver(5999)]).toEqual([6000, false]);
    activity.setRunning(1, 5500);
    activity.blocked(5000, 11_000);
    expect(activity.isReceiveTimeoutOver(1e9)).toBe(false);
    activity.setRunning(0, 12_000);
    expect(activity.nextDeadlineMs).toBe(13_000);
  });

  it("has no deadline without a limit, and sent messages do not move one", () => {
    expect(new Activity(Number.POSITIVE_INFINITY, 0).nextDeadlineMs).toBeUndefined();
    const activity = new Activity(1000, 0);
    activity.sent(true, 500);
    expect(activity.nextDeadlineMs).toBe(1000);
    expect(activity.lastApplicationMessageAtMs).toBe(500);
  });
});

describe("Activity in mode wcf (R-WCF-RECEIVE-2)", () => {
  it("is moved by requests that arrive and callbacks that leave, and not by operations that run or end", () => {
    const activity = new Activity(1000, 0, "wcf");
    activity.delivered(100);
    activity.setRunning(1, 100);
    expect(activity.nextDeadlineMs).toBe(1100);
    activity.called(400);
    expect(activity.nextDeadlineMs).toBe(1400);
    activity.setRunning(0, 900);
    activity.sent(true, 900);
    expect(activity.isReceiveTimeoutOver(1399)).toBe(false);
    expect(activity.isReceiveTimeoutOver(1400)).toBe(true);
  });

  it("has no word for callbacks in the mode idle", () => {
    const activity = new Activity(1000, 0);
    activity.called(400);
    expect(activity.nextDeadlineMs).toBe(1000);
  });
});

describe("Reconnection (R-WCF-REBIND-1)", () => {
  it("tries at once, then with pauses that double from 50 ms to 5 s, until the service answers", () => {
    const reconnection = new Reconnection();
    const pauses = Array.from({ length: 10 }, () => reconnection.nextDelayMs());
    expect(pauses).toEqual([0, 50, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    expect(reconnection.attempt).toBe(10);
    reconnection.succeeded();
    expect([reconnection.attempt, reconnection.nextDelayMs()]).toEqual([0, 0]);
  });
});

describe("PlainSession of a service", () => {
  const setup = { role: "acceptor", address: "urn:a", openTimeoutMs: 1_000, closeTimeoutMs: 1_000 } as const;

  it("is over in order when its peer ends its side and then its connection, whatever still runs", () => {
    const session = new PlainSession(setup);
    expect(session.peerEnded()).toEqual([{ type: "input-ended" }]);
    expect(session.handle({ type: "link-lost", cause: undefined }, 0)).toEqual([{ type: "closed" }]);
  });

  it("faults when the connection breaks, also behind its peer's end", () => {
    for (const hasEnded of [true, false]) {
      const session = new PlainSession(setup);
      if (hasEnded) session.peerEnded();
      const [effect] = session.handle({ type: "link-lost", cause: hasEnded ? new Error("reset") : undefined }, 0);
      expect(effect).toMatchObject({ type: "faulted", failure: { code: "SESSION_CONNECTION_LOST" } });
    }
  });
});
