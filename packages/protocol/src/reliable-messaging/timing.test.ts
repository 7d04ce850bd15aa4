import { describe, expect, it } from "vitest";
import { UniqueId } from "../xml/index.ts";
import { Acknowledger } from "./acknowledger.ts";
import { KeepAlive, type ReliableSessionOptions, RmDestination, reliableSessionOptions } from "./index.ts";
import { WindowProbe } from "./window-probe.ts";

const identifier = UniqueId.parse("urn:sequence");

function acknowledgerOf(given: Partial<ReliableSessionOptions> = {}) {
  const options = reliableSessionOptions(given);
  const destination = new RmDestination<string>(
    options,
    () => undefined,
    (message) => message,
  );
  const acknowledger = new Acknowledger(options, destination, identifier);
  /** A message comes. */
  const receive = (messageNumber: number, nowMs: number, isAskedFor = false): void => {
    const reception = destination.receive(messageNumber, "", 100);
    acknowledger.received(reception, isAskedFor, false, nowMs);
  };
  return { destination, acknowledger, receive };
}

describe("Acknowledger (R-WCF-ACK-1)", () => {
  it("waits acknowledgementIntervalMs from the first message that nothing acknowledged", () => {
    const { acknowledger, receive } = acknowledgerOf({ maxTransferWindowSize: 8 });
    expect(acknowledger.piggyback()).toBeUndefined();
    receive(1, 1000);
    receive(2, 1100);
    expect(acknowledger.dueAtMs).toBe(1200);
    expect(acknowledger.take(false)).toEqual({
      identifier,
      ranges: [{ lower: 1, upper: 2 }],
      isFinal: false,
      bufferRemaining: 8,
    });
    expect(acknowledger.dueAtMs).toBeUndefined();
    expect(acknowledger.piggyback()).toBeUndefined();
    receive(3, 2000);
    expect(acknowledger.dueAtMs).toBe(2200);
  });

  it("rides on a message that leaves", () => {
    const { acknowledger, receive } = acknowledgerOf({ flowControlEnabled: false });
    receive(1, 0);
    expect(acknowledger.piggyback()).toMatchObject({ ranges: [{ lower: 1, upper: 1 }], bufferRemaining: undefined });
    expect(acknowledger.dueAtMs).toBeUndefined();
  });

  it("goes now when it was asked for, for a duplicate and behind the last message", () => {
    const { acknowledger, receive } = acknowledgerOf();
    receive(1, 10, true);
    expect(acknowledger.dueAtMs).toBe(10);
    acknowledger.take(false);
    receive(1, 20);
    expect(acknowledger.dueAtMs).toBe(20);
    acknowledger.take(false);
    acknowledger.received("stored", false, true, 30);
    expect(acknowledger.dueAtMs).toBe(30);
  });

  it("goes for the first of many duplicates at once, then every 20 ms, until something new comes (R-LIVE-RM-1)", () => {
    const { acknowledger, receive } = acknowledgerOf();
    const acknowledgedAtMs: number[] = [];
    /** One message each ms, and what is due. */
    const run = (messageNumber: number, fromMs: number, toMs: number): void => {
      for (let nowMs = fromMs; nowMs < toMs; nowMs++) {
        receive(messageNumber, nowMs);
        if (acknowledger.dueAtMs! > nowMs) continue;
        acknowledger.take(false);
        acknowledgedAtMs.push(nowMs);
      }
    };
    receive(1, 0, true);
    acknowledger.take(false);
    run(1, 1, 50);
    expect(acknowledgedAtMs).toEqual([1, 21, 41]);
    receive(2, 50);
    run(1, 51, 72);
    expect(acknowledgedAtMs).toEqual([1, 21, 41, 51, 71]);
  });

  it("says nothing of a message that was dropped", () => {
    const { acknowledger, receive } = acknowledgerOf({ maxTransferWindowSize: 8 });
    receive(100, 10);
    expect(acknowledger.dueAtMs).toBeUndefined();
  });

  it("waits for the application where that is promised, and goes when it is done with what was asked about (R-WCF-ACK-3)", () => {
    const { acknowledger, destination, receive } = acknowledgerOf({ ackOn: "processed" });
    receive(1, 10);
    expect(acknowledger.dueAtMs).toBeUndefined();
    receive(2, 20, true);
    // The peer learns at once that nothing is handled yet.
    expect(acknowledger.dueAtMs).toBe(20);
    expect(acknowledger.take(false).ranges).toEqual([]);
    destination.processed(1);
    destination.processed(2);
    acknowledger.processed(500);
    expect(acknowledger.dueAtMs).toBe(500);
    expect(acknowledger.take(false).ranges).toEqual([{ lower: 1, upper: 2 }]);
    receive(3, 600);
    destination.processed(3);
    acknowledger.processed(600);
    expect(acknowledger.dueAtMs).toBe(800);
  });

  it("goes now when a window's worth of messages waits, at most 32", () => {
    for (const [maxTransferWindowSize, count] of [
      [4, 4],
      [100, 32],
    ] as const) {
      const { acknowledger, receive } = acknowledgerOf({ maxTransferWindowSize });
      for (let number = 1; number < count; number++) receive(number, 0);
      expect(acknowledger.dueAtMs).toBe(200);
      receive(count, 7);
      expect(acknowledger.dueAtMs).toBe(7);
    }
  });

  it("tells a source that was stopped when there is room again (R-WCF-CREDIT-1)", () => {
    const { acknowledger, destination } = acknowledgerOf({ maxTransferWindowSize: 8 });
    destination.heldCount = 8;
    expect(acknowledger.take(false).bufferRemaining).toBe(0);
    acknowledger.roomMade(10);
    expect(acknowledger.dueAtMs).toBeUndefined();
    destination.heldCount = 7;
    acknowledger.roomMade(20);
    expect(acknowledger.dueAtMs).toBe(20);
    expect(acknowledger.take(false).bufferRemaining).toBe(1);
    destination.heldCount = 6;
    acknowledger.roomMade(30);
    expect(acknowledger.dueAtMs).toBeUndefined();
  });

  it("tells a source that has used all it was told of, before the interval has passed (R-WCF-CREDIT-3)", () => {
    const { acknowledger, destination, receive } = acknowledgerOf({ maxTransferWindowSize: 8 });
    destination.heldCount = 6;
    expect(acknowledger.take(false).bufferRemaining).toBe(2);
    receive(1, 10);
    destination.heldCount = 7;
    receive(2, 20);
    destination.heldCount = 8;
    acknowledger.roomMade(20);
    expect(acknowledger.dueAtMs).toBe(210);
    destination.heldCount = 7;
    acknowledger.roomMade(30);
    expect(acknowledger.dueAtMs).toBe(30);
  });

  it("tells a source that knows of little room when there is twice as much, and at least 16 places more (R-WCF-CREDIT-3)", () => {
    for (const [known, room, isTold] of [
      [10, 25, false],
      [10, 26, true],
      [40, 79, false],
      [40, 80, true],
    ] as const) {
      const { acknowledger, destination } = acknowledgerOf({ maxTransferWindowSize: 100 });
      destination.heldCount = 100 - known;
      expect(acknowledger.take(false).bufferRemaining).toBe(known);
      destination.heldCount = 100 - room;
      acknowledger.roomMade(10);
      expect(acknowledger.dueAtMs).toBe(isTold ? 10 : undefined);
    }
  });

  it("tells of no room where none is spoken of (R-WCF-CREDIT-3)", () => {
    const { acknowledger, destination } = acknowledgerOf({ maxTransferWindowSize: 8, flowControlEnabled: false });
    destination.heldCount = 8;
    acknowledger.take(false);
    destination.heldCount = 0;
    acknowledger.roomMade(10);
    expect(acknowledger.dueAtMs).toBeUndefined();
  });
});

describe("KeepAlive (R-WCF-KEEPALIVE-1, R-WCF-KEEPALIVE-2)", () => {
  it("is due at half the inactivityTimeout, later when something was sent or came", () => {
    const keepAlive = new KeepAlive(60_000, 8);
    keepAlive.localActivity(0);
    expect(keepAlive.dueAtMs).toBeUndefined();
    keepAlive.remoteActivity(1000);
    expect(keepAlive.dueAtMs).toBe(31_000);
    keepAlive.localActivity(5000);
    expect(keepAlive.dueAtMs).toBe(35_000);
    expect(keepAlive.takeDue(34_999)).toBe(false);
    expect(keepAlive.takeDue(35_000)).toBe(true);
    expect(keepAlive.sentCount).toBe(1);
  });

  it("is repeated maxRetryCount times more often until the peer is heard", () => {
    const keepAlive = new KeepAlive(64_000, 8);
    keepAlive.remoteActivity(0);
    keepAlive.takeDue(32_000);
    expect(keepAlive.dueAtMs).toBe(36_000);
    keepAlive.takeDue(36_000);
    expect(keepAlive.dueAtMs).toBe(40_000);
    keepAlive.remoteActivity(41_000);
    expect(keepAlive.dueAtMs).toBe(73_000);
  });

  it("rests while there is no connection, and for good without an inactivityTimeout", () => {
    const keepAlive = new KeepAlive(60_000, 8);
    keepAlive.remoteActivity(0);
    keepAlive.pause();
    expect([keepAlive.dueAtMs, keepAlive.takeDue(1e9)]).toEqual([undefined, false]);
    const never = new KeepAlive(Number.POSITIVE_INFINITY, 8);
    never.remoteActivity(0);
    expect(never.dueAtMs).toBeUndefined();
  });
});

describe("WindowProbe (R-WCF-CREDIT-2)", () => {
  it("asks after 500 ms, then with pauses that double up to 30 s", () => {
    const probe = new WindowProbe();
    let nowMs = 0;
    const pauses: number[] = [];
    for (let count = 0; count < 9; count++) {
      probe.update(true, nowMs);
      const dueAtMs = probe.dueAtMs!;
      expect(probe.takeDue(dueAtMs - 1)).toBe(false);
      pauses.push(dueAtMs - nowMs);
      nowMs = dueAtMs;
      expect(probe.takeDue(nowMs)).toBe(true);
    }
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    probe.update(false, nowMs);
    expect(probe.dueAtMs).toBeUndefined();
    probe.update(true, nowMs);
    expect(probe.dueAtMs).toBe(nowMs + 500);
  });
});
