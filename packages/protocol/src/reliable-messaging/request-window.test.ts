import { describe, expect, it } from "vitest";
import { type ReliableSessionOptions, reliableSessionOptions, type Transmission } from "./index.ts";
import { RequestWindow } from "./request-window.ts";

interface Given extends Partial<ReliableSessionOptions> {
  readonly maxRequestCount?: number;
  readonly roundTripMs?: number;
}

/** A window, and what it asked of its session: requests by their numbers, exchanges given up by number and attempt. */
function windowOf({ maxRequestCount = 100, roundTripMs = 100, ...options }: Given = {}) {
  const sent: number[] = [];
  const abandoned: string[] = [];
  /** The exchange of the last attempt of each request. */
  const exchanges = new Map<number, Transmission>();
  const window = new RequestWindow({
    options: reliableSessionOptions(options),
    maxRequestCount,
    roundTripMs,
    transmit: ({ messageNumber, isLastMessage, attemptCount }) => {
      const exchange = { messageNumber, isLastMessage, attempt: attemptCount } as Transmission;
      sent.push(messageNumber);
      exchanges.set(messageNumber, exchange);
      return exchange;
    },
    abandon: ({ messageNumber, attempt }) => abandoned.push(`${messageNumber}/${attempt}`),
  });
  return {
    window,
    /** What was sent since the last call. */
    sent: (): number[] => sent.splice(0),
    abandoned: (): string[] => abandoned.splice(0),
    exchangeOf: (messageNumber: number): Transmission => exchanges.get(messageNumber)!,
    send: (byteLength = 1, nowMs = 0): void => window.send(message(byteLength), false, nowMs),
    end: (messageNumber: number): void => window.ended(exchanges.get(messageNumber)!),
    answer: (messageNumber: number, nowMs: number): void => {
      window.ended(exchanges.get(messageNumber)!);
      window.answered(messageNumber, nowMs);
    },
  };
}

const message = (byteLength: number) => ({ addressing: { action: "urn:a" }, body: "", byteLength });

describe("the requests under way", () => {
  it("are as many as the client makes at once or the window holds, whichever is less", () => {
    for (const limits of [{ maxRequestCount: 2 }, { maxTransferWindowSize: 2 }]) {
      const { window, send, sent, answer } = windowOf(limits);
      for (let count = 0; count < 4; count++) send();
      expect(sent()).toEqual([1, 2]);
      expect([window.lastNumber, window.pendingCount]).toEqual([2, 4]);
      answer(2, 10);
      window.pump(10);
      expect(sent()).toEqual([3]);
      answer(1, 20);
      answer(3, 20);
      window.pump(20);
      expect(sent()).toEqual([4]);
    }
  });

  it("hold so many bytes as the window allows, and one message alone of any size", () => {
    const { window, send, sent, answer } = windowOf({ maxTransferWindowByteLength: 10 });
    send(30);
    send(4);
    expect(sent()).toEqual([1]);
    answer(1, 10);
    window.pump(10);
    send(6);
    send(1);
    expect(sent()).toEqual([2, 3]);
    answer(2, 20);
    window.pump(20);
    expect(sent()).toEqual([4]);
  });

  it("are acknowledged as far as all before them have their answers, in whatever order these come (R-HTTP-REQ-1)", () => {
    const { window, send, answer } = windowOf();
    for (let count = 0; count < 3; count++) send();
    answer(3, 10);
    answer(2, 11);
    expect([window.acknowledgedUpTo, window.pendingCount, window.isIdle]).toEqual([0, 1, false]);
    answer(1, 12);
    expect([window.acknowledgedUpTo, window.pendingCount, window.isIdle]).toEqual([3, 0, true]);
    window.answered(1, 13);
    window.answered(0, 13);
    expect(window.pendingCount).toBe(0);
  });

  it("are listed with what waits behind them, without 1.0's LastMessage", () => {
    const { window, send } = windowOf({ maxRequestCount: 1 });
    for (let count = 0; count < 3; count++) send();
    window.send(message(0), true, 0);
    const listed = { message: message(1), isLastMessage: false };
    expect(window.unacknowledged).toEqual([
      { ...listed, messageNumber: 1, wasSent: true },
      { ...listed, messageNumber: 2, wasSent: false },
      { ...listed, messageNumber: 3, wasSent: false },
    ]);
  });
});

describe("the queue of requests", () => {
  it("takes messages up to its limit in number", () => {
    const { window, send, answer } = windowOf({ maxRequestCount: 1, maxQueuedMessageCount: 2 });
    send();
    send();
    expect(window.canQueue).toBe(true);
    send();
    expect(window.canQueue).toBe(false);
    answer(1, 10);
    window.pump(10);
    expect(window.canQueue).toBe(true);
  });

  it("takes messages up to its limit in bytes, the one that passes it included", () => {
    const { window, send, answer } = windowOf({ maxRequestCount: 1, maxQueuedByteLength: 10 });
    send(5);
    send(9);
    expect(window.canQueue).toBe(true);
    send(1);
    expect(window.canQueue).toBe(false);
    answer(1, 10);
    window.pump(10);
    expect(window.canQueue).toBe(true);
    send(9);
    expect(window.canQueue).toBe(false);
  });
});

describe("the room that the peer tells of", () => {
  it("is what BufferRemaining leaves beside the requests under way", () => {
    const { window, send, sent, answer } = windowOf();
    for (let count = 0; count < 3; count++) send();
    sent();
    answer(1, 10);
    window.takeCredit(3);
    for (let count = 0; count < 3; count++) send();
    expect(sent()).toEqual([4]);
    expect(window.needsProbe).toBe(false);
    window.takeCredit(undefined);
    window.pump(20);
    expect(sent()).toEqual([5, 6]);
  });

  it("is asked for when messages wait for it and no request is under way", () => {
    const { window, send, sent, answer } = windowOf();
    send();
    answer(1, 10);
    expect(window.needsProbe).toBe(false);
    window.takeCredit(0);
    expect(window.needsProbe).toBe(false);
    send();
    expect(window.needsProbe).toBe(true);
    window.takeCredit(1);
    window.pump(20);
    send();
    expect(window.needsProbe).toBe(false);
    expect(sent()).toEqual([1, 2]);
  });

  it("does not count without flow control", () => {
    const { window, send, sent } = windowOf({ flowControlEnabled: false });
    window.takeCredit(0);
    send();
    expect(sent()).toEqual([1]);
  });
});

describe("a request without an answer", () => {
  it("is repeated after 3 s, then after pauses that double up to the longest one (R-HTTP-HELD-1)", () => {
    const { window, send, sent, abandoned } = windowOf({ maxRetransmissionIntervalMs: 10_000 });
    send(1, 1000);
    expect(window.dueAtMs).toBe(4000);
    expect(window.repeatDue(0, 3999)).toEqual({ unansweredCount: 0 });
    expect(sent()).toEqual([1]);
    const pauses: number[] = [];
    for (let repetition = 0; repetition < 3; repetition++) {
      const dueAtMs = window.dueAtMs!;
      expect(window.repeatDue(0, dueAtMs)).toEqual({ unansweredCount: 1 });
      pauses.push(window.dueAtMs! - dueAtMs);
    }
    expect(pauses).toEqual([6000, 10_000, 10_000]);
    expect(sent()).toEqual([1, 1, 1]);
    expect(abandoned()).toEqual(["1/1", "1/2", "1/3"]);
  });

  it("is repeated no sooner than round trips allow, as the first attempts measure them", () => {
    const slow = windowOf({ roundTripMs: 2000 });
    slow.send();
    // A mean of 2000 ms and four deviations of 1000 ms.
    expect(slow.window.dueAtMs).toBe(6000);
    slow.send(1, 1000);
    slow.answer(2, 1200);
    // The mean is 2000 - 1800/8, the deviation 1000 + 800/4.
    slow.send(1, 1200);
    slow.answer(1, 1200);
    expect(slow.window.dueAtMs).toBe(1200 + 1775 + 4 * 1200);
  });

  it("tells nothing of the round trip when it was sent more than once", () => {
    const { window, send, answer } = windowOf({ roundTripMs: 2000 });
    send();
    window.repeatDue(0, 6000);
    answer(1, 6001);
    send(1, 7000);
    expect(window.dueAtMs).toBe(13_000);
  });

  it("exhausts its repetitions while nothing at all comes from the peer", () => {
    const { window, send } = windowOf({ maxRetryCount: 2 });
    send();
    expect(window.repeatDue(0, window.dueAtMs!)).toEqual({ unansweredCount: 1 });
    expect(window.repeatDue(0, window.dueAtMs!)).toEqual({ unansweredCount: 1 });
    expect(window.repeatDue(0, window.dueAtMs!)).toBe("exhausted");
  });

  it("counts its repetitions anew when the peer was heard of since the last one", () => {
    const { window, send } = windowOf({ maxRetryCount: 1 });
    send();
    window.repeatDue(0, 3000);
    expect(window.repeatDue(3001, 9000)).toEqual({ unansweredCount: 1 });
    // What came at the very time of the attempt says nothing about it.
    expect(window.repeatDue(9000, window.dueAtMs!)).toBe("exhausted");
  });

  it("leaves those alone that are not due", () => {
    const { window, send, sent } = windowOf();
    send(1, 0);
    send(1, 1000);
    expect(window.dueAtMs).toBe(3000);
    sent();
    expect(window.repeatDue(0, 3000)).toEqual({ unansweredCount: 1 });
    expect(sent()).toEqual([1]);
    expect(window.dueAtMs).toBe(4000);
  });

  it("ends its repetition when the answer to an earlier attempt comes", () => {
    const { window, send, exchangeOf, abandoned, answer } = windowOf();
    send();
    const first = exchangeOf(1);
    window.repeatDue(0, 3000);
    abandoned();
    window.ended(first);
    window.answered(1, 3100);
    expect(abandoned()).toEqual(["1/2"]);
    send();
    answer(2, 3200);
    expect(abandoned()).toEqual([]);
  });
});

describe("a request whose exchange ended without its answer", () => {
  it("goes again after pauses that double from 20 ms to 1 s when the peer had no room (R-HTTP-ACK-1)", () => {
    const { window, send, end, sent, abandoned } = windowOf();
    send();
    const pauses: number[] = [];
    for (let nowMs = 0; pauses.length < 8; nowMs = window.dueAtMs!) {
      window.repeatDue(0, nowMs);
      end(1);
      window.refused(1, nowMs);
      pauses.push(window.dueAtMs! - nowMs);
    }
    expect(pauses).toEqual([20, 40, 80, 160, 320, 640, 1000, 1000]);
    expect(sent()).toEqual(Array(8).fill(1));
    expect(abandoned()).toEqual([]);
  });

  it("goes again at the time that a failure sets, and is not counted as unanswered", () => {
    const { window, send, end, sent } = windowOf({ maxRetryCount: 1 });
    send();
    send();
    sent();
    end(1);
    window.failed(1, 50);
    window.failed(2, 50);
    expect(window.dueAtMs).toBe(50);
    expect(window.repeatDue(0, 50)).toEqual({ unansweredCount: 0 });
    // The second one is under way.
    expect(sent()).toEqual([1]);
    expect(window.dueAtMs).toBe(3000);
  });

  it("waits for a repetition that is under way, and is nothing once it was answered", () => {
    const { window, send, end, exchangeOf, answer } = windowOf();
    send();
    const first = exchangeOf(1);
    window.repeatDue(0, 3000);
    const { dueAtMs } = window;
    window.ended(first);
    window.refused(1, 3100);
    window.failed(1, 3150);
    expect(window.dueAtMs).toBe(dueAtMs);
    answer(1, 3200);
    end(1);
    window.refused(1, 3200);
    window.failed(1, 3250);
    expect(window.dueAtMs).toBeUndefined();
  });
});
