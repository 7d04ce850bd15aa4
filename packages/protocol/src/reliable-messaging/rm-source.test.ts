import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ReliableSessionOptions, RmDestination, RmSource, reliableSessionOptions } from "./index.ts";

function sourceOf(options: Partial<ReliableSessionOptions> = {}, roundTripMs = 0) {
  const sent: string[] = [];
  const source = new RmSource(
    reliableSessionOptions(options),
    roundTripMs,
    ({ messageNumber, requestsAck, attemptCount }) => {
      sent.push(`${messageNumber}${requestsAck ? "?" : ""}${attemptCount > 1 ? ` again ${attemptCount}` : ""}`);
    },
  );
  source.linkUp(0);
  const send = (count: number, nowMs = 0): void => {
    for (let index = 0; index < count; index++)
      source.send({ addressing: { action: "a" }, body: index, byteLength: 100 }, false, nowMs);
  };
  /** Messages that are acknowledged one by one, each of which opens the congestion window. */
  const open = (count: number): void => {
    for (let number = 1; number <= count; number++) {
      send(1);
      source.acknowledge(upTo(number), undefined, 0);
    }
    sent.length = 0;
  };
  /** What was sent since it was last asked for. */
  const taken = (): string[] => sent.splice(0);
  return { source, send, open, taken };
}

const upTo = (upper: number) => [{ lower: 1, upper }];

describe("RmSource", () => {
  it("numbers messages from 1, asks for an acknowledgement with the first and with the one that fills the window (R-WCF-ACK-2)", () => {
    const { source, send, taken } = sourceOf({ maxTransferWindowSize: 4 });
    send(6);
    expect(taken()).toEqual(["1?", "2", "3", "4?"]);
    expect([source.lastNumber, source.unacknowledgedCount, source.waitingCount]).toEqual([4, 4, 2]);
    source.acknowledge(upTo(2), undefined, 10);
    expect(taken()).toEqual(["5", "6?"]);
    expect([source.acknowledgedUpTo, source.isIdle]).toEqual([2, false]);
    source.acknowledge(upTo(6), undefined, 10);
    expect([source.acknowledgedUpTo, source.isIdle, source.retransmitAtMs]).toEqual([6, true, undefined]);
  });

  it("sends no more than WCF's default of 8 before the first acknowledgement tells what the peer can take (R-WCF-CONGESTION-1)", () => {
    const { source, send, taken } = sourceOf({ maxTransferWindowSize: 100 });
    send(200);
    expect(taken()).toEqual(["1?", "2", "3", "4", "5", "6", "7", "8?"]);
    source.acknowledge(upTo(1), undefined, 10);
    expect(taken()).toEqual(["9", "10?"]);
  });

  it("waits 400 ms and the mean round trip, or three times the first one, before it repeats; then twice as long (R-WCF-RTO-1)", () => {
    for (const [roundTripMs, pauseMs] of [
      [0, 400],
      [100, 500],
      [1000, 3000],
    ] as const) {
      const { source, send, taken } = sourceOf({}, roundTripMs);
      send(2);
      expect(taken()).toEqual(["1?", "2"]);
      expect(source.retransmitAtMs).toBe(pauseMs);
      expect(source.retransmitDue(pauseMs - 1)).toBe(true);
      expect(taken()).toEqual([]);
      expect(source.retransmitDue(pauseMs)).toBe(true);
      expect(taken()).toEqual(["1? again 2"]);
      expect(source.retransmitAtMs).toBe(pauseMs + 2 * pauseMs);
      source.acknowledge(upTo(1), undefined, pauseMs);
      expect(source.retransmitAtMs).toBe(2 * pauseMs);
    }
  });

  it("learns the round trip from messages that were sent once, and from no others (R-WCF-RTO-2)", () => {
    const learned = sourceOf({}, 0);
    for (let number = 1; number <= 100; number++) {
      learned.send(1, number * 1000);
      learned.source.acknowledge(upTo(number), undefined, number * 1000 + 80);
    }
    learned.send(1, 1e6);
    expect(learned.source.retransmitAtMs).toBeGreaterThan(1e6 + 479);
    expect(learned.source.retransmitAtMs).toBeLessThan(1e6 + 481);

    const repeated = sourceOf({}, 0);
    repeated.send(1);
    repeated.source.retransmitDue(400);
    repeated.source.acknowledge(upTo(1), undefined, 9000);
    repeated.send(1, 10_000);
    expect(repeated.source.retransmitAtMs).toBe(10_400);

    const outOfOrder = sourceOf({}, 0);
    outOfOrder.send(2);
    outOfOrder.source.acknowledge([{ lower: 2, upper: 2 }], undefined, 0);
    outOfOrder.source.acknowledge(upTo(2), undefined, 9000);
    outOfOrder.send(1, 10_000);
    expect(outOfOrder.source.retransmitAtMs).toBe(10_400);
  });

  it("repeats what was lost together in bursts that double as they are acknowledged, and only then sends what is new (R-WCF-RTO-3)", () => {
    const { source, send, open, taken } = sourceOf({ maxTransferWindowSize: 20 }, 50);
    open(20);
    send(30);
    expect(source.lastNumber).toBe(40);
    taken();
    const dueAtMs = source.retransmitAtMs!;
    source.retransmitDue(dueAtMs);
    expect(taken()).toEqual(["21? again 2"]);
    source.acknowledge(upTo(20), undefined, dueAtMs + 5);
    expect(taken()).toEqual([]);
    source.acknowledge(upTo(21), undefined, dueAtMs + 10);
    expect(taken()).toEqual(["22 again 2", "23? again 2"]);
    source.acknowledge(upTo(22), undefined, dueAtMs + 15);
    expect(taken()).toEqual([]);
    source.acknowledge(upTo(23), undefined, dueAtMs + 20);
    expect(taken()).toEqual(["24 again 2", "25 again 2", "26 again 2", "27? again 2"]);
    // What had arrived is passed over.
    source.acknowledge(upTo(38), undefined, dueAtMs + 30);
    expect(taken().slice(0, 3)).toEqual(["39 again 2", "40? again 2", "41"]);
    expect(source.lastNumber).toBe(50);
  });

  it("begins with the oldest message again when a burst is lost, too", () => {
    const { source, send, taken } = sourceOf();
    send(8);
    source.retransmitDue(400);
    source.acknowledge(upTo(1), undefined, 500);
    taken();
    source.retransmitDue(source.retransmitAtMs!);
    expect(taken()).toEqual(["2? again 3"]);
    source.acknowledge(upTo(2), undefined, 2000);
    expect(taken()).toEqual(["3? again 3", "4? again 2"]);
  });

  it("waits longer each time before it fills the same gap again, however short the round trip (R-WCF-GAP-1)", () => {
    const { source, send, taken } = sourceOf({}, 0);
    send(2);
    taken();
    const gap = [{ lower: 2, upper: 2 }];
    const repeatedAtMs: number[] = [];
    for (let nowMs = 0; nowMs < 390; nowMs++) {
      source.acknowledge(gap, undefined, nowMs);
      if (taken().length > 0) repeatedAtMs.push(nowMs);
    }
    expect(repeatedAtMs).toEqual([0, 50, 150, 350]);
  });

  it("repeats what is missing at once when later messages arrived, once per round trip (R-WCF-GAP-1)", () => {
    const { source, send, taken } = sourceOf({}, 50);
    send(5);
    taken();
    const gap = [
      { lower: 1, upper: 1 },
      { lower: 3, upper: 3 },
      { lower: 5, upper: 5 },
    ];
    source.acknowledge(gap, undefined, 60);
    expect(taken()).toEqual(["2 again 2", "4 again 2"]);
    source.acknowledge(gap, undefined, 70);
    expect(taken()).toEqual([]);
    source.acknowledge(gap, undefined, 200);
    expect(taken()).toEqual(["2 again 3", "4 again 3"]);
    source.acknowledge(upTo(3), undefined, 210);
    expect(source.acknowledgedUpTo).toBe(1);
    source.acknowledge([...upTo(3), { lower: 5, upper: 5 }], undefined, 210);
    expect(source.acknowledgedUpTo).toBe(3);
    source.linkUp(300);
    expect(taken()).toEqual(["4? again 4"]);
  });

  it("refuses an acknowledgement of what was never sent, and is as before (R-WSRM-ACK-3)", () => {
    const { source, send } = sourceOf();
    expect(source.acknowledge(upTo(1), undefined, 0)).toBe("beyond-last-sent");
    send(2);
    expect(source.acknowledge(upTo(3), undefined, 0)).toBe("beyond-last-sent");
    expect(source.acknowledgedUpTo).toBe(0);
    expect(source.acknowledge(upTo(2), undefined, 0)).toBeUndefined();
  });

  it("refuses an acknowledgement that says something new and forgets something old; an old one alone is harmless (R-WSRM-ACK-4)", () => {
    const { source, send } = sourceOf();
    send(6);
    const one = { lower: 1, upper: 1 };
    const five = { lower: 5, upper: 5 };
    expect(source.acknowledge([one, five], undefined, 0)).toBeUndefined();
    expect(source.acknowledge([one], undefined, 0)).toBeUndefined();
    expect(source.acknowledge([], undefined, 0)).toBeUndefined();
    expect(source.acknowledge(upTo(2), undefined, 0)).toBe("inconsistent");
    expect(source.acknowledge([one, { lower: 4, upper: 4 }], undefined, 0)).toBe("inconsistent");
    expect(source.acknowledge([one, { lower: 6, upper: 6 }], undefined, 0)).toBe("inconsistent");
    expect(source.acknowledge([{ lower: 2, upper: 6 }], undefined, 0)).toBe("inconsistent");
    expect(source.acknowledgedUpTo).toBe(1);
    expect(source.acknowledge([...upTo(2), five], undefined, 0)).toBeUndefined();
    expect(source.acknowledge(upTo(6), undefined, 0)).toBeUndefined();
    expect(source.acknowledge([{ lower: 5, upper: 6 }], undefined, 0)).toBeUndefined();
  });

  it("sends no more than the peer has room for, and asks with the last of it (R-WCF-CREDIT-1)", () => {
    const { source, send, taken } = sourceOf();
    send(1);
    taken();
    source.acknowledge(upTo(1), 2, 0);
    send(5);
    expect(taken()).toEqual(["2", "3?"]);
    expect(source.needsProbe).toBe(true);
    source.acknowledge(upTo(3), 0, 0);
    expect(taken()).toEqual([]);
    source.acknowledge(upTo(3), 1, 0);
    expect(taken()).toEqual(["4?"]);
    source.acknowledge(upTo(4), 8, 0);
    expect(taken()).toEqual(["5", "6"]);
    expect(source.needsProbe).toBe(false);
  });

  it("counts what is in flight against the room, since it takes some of it", () => {
    const { source, send, taken } = sourceOf();
    send(4);
    taken();
    source.acknowledge(upTo(1), 4, 0);
    send(5);
    expect(taken()).toEqual(["5?"]);
  });

  it("does not look at the room without flow control", () => {
    const { source, send, taken } = sourceOf({ flowControlEnabled: false });
    send(1);
    source.acknowledge(upTo(1), 0, 0);
    send(1);
    expect(taken()).toEqual(["1?", "2"]);
  });

  it("numbers nothing while no connection is there, and repeats all of the window when one comes (R-WCF-REBIND-2)", () => {
    const { source, send, taken } = sourceOf({ maxTransferWindowSize: 3 });
    send(2);
    taken();
    source.linkLost();
    send(2);
    expect(taken()).toEqual([]);
    expect([source.lastNumber, source.waitingCount, source.retransmitAtMs]).toEqual([2, 2, undefined]);
    expect(source.retransmitDue(1e9)).toBe(true);
    source.linkUp(5000);
    expect(taken()).toEqual(["1? again 2", "2? again 2", "3?"]);
    expect(source.retransmitAtMs).toBe(5400);
  });

  it("repeats a large window in bursts, since the peer may have most of it, and the connection may break soon again (R-WCF-REBIND-2)", () => {
    const { source, send, open, taken } = sourceOf({ maxTransferWindowSize: 100 });
    open(100);
    send(100);
    taken();
    source.linkLost();
    source.linkUp(1000);
    const again = (from: number, to: number): string[] =>
      Array.from({ length: to - from + 1 }, (_, index) => `${from + index}${from + index === to ? "?" : ""} again 2`);
    // The last one filled the window, so it asked already.
    expect(taken()).toEqual(again(101, 108));
    source.acknowledge(upTo(160), undefined, 1001);
    expect(taken()).toEqual(again(161, 176));
    source.linkLost();
    source.linkUp(2000);
    expect(taken()).toHaveLength(8);
    source.acknowledge(upTo(200), undefined, 2001);
    expect(source.isIdle).toBe(true);
    send(1);
    expect(taken()).toEqual(["201"]);
  });

  it("gives up after maxRetryCount repetitions by the timer", () => {
    const { source, send, taken } = sourceOf({ maxRetryCount: 2 });
    send(1);
    expect(source.retransmitDue(400)).toBe(true);
    expect(source.retransmitDue(1200)).toBe(true);
    expect(source.retransmitDue(2800)).toBe(false);
    expect(taken()).toEqual(["1?", "1? again 2", "1? again 3"]);
  });

  it("says when maxQueuedMessageCount messages wait", () => {
    const { source, send } = sourceOf({ maxTransferWindowSize: 1, maxQueuedMessageCount: 2 });
    send(2);
    expect(source.canQueue).toBe(true);
    send(1);
    expect(source.canQueue).toBe(false);
    source.acknowledge(upTo(1), undefined, 0);
    expect(source.canQueue).toBe(true);
  });

  it("opens the window with each acknowledgement, halves it for a loss and closes it for a time-out (R-WCF-CONGESTION-1)", () => {
    const { source, send, open, taken } = sourceOf({ maxTransferWindowSize: 1000 }, 10);
    open(32);
    send(200);
    expect(taken()).toHaveLength(40);
    // 33 to 35 are missing.
    source.acknowledge([...upTo(32), { lower: 36, upper: 40 }], undefined, 100);
    expect(taken()).toEqual(["33 again 2", "34 again 2", "35 again 2"]);
    source.acknowledge(upTo(40), undefined, 120);
    // Of 35 in flight half are allowed; 32 still are.
    expect(taken()).toEqual([]);
    source.acknowledge(upTo(72), undefined, 140);
    expect(source.unacknowledgedCount).toBe(19);
    const dueAtMs = source.retransmitAtMs!;
    taken();
    source.retransmitDue(dueAtMs);
    expect(taken()).toHaveLength(1);
    source.acknowledge(upTo(91), undefined, dueAtMs + 10);
    expect(source.unacknowledgedCount).toBe(20);
  });

  it("keeps no more bytes in flight than maxTransferWindowByteLength, but always one message, and asks when it is full (R-WCF-CONGESTION-2)", () => {
    const { source, send, taken } = sourceOf({ maxTransferWindowByteLength: 350 });
    send(5);
    expect(taken()).toEqual(["1?", "2", "3?"]);
    source.acknowledge(upTo(2), undefined, 0);
    expect(taken()).toEqual(["4", "5?"]);
    const small = sourceOf({ maxTransferWindowByteLength: 50 });
    small.send(2);
    expect(small.taken()).toEqual(["1?"]);
    small.source.acknowledge(upTo(1), undefined, 0);
    expect(small.taken()).toEqual(["2?"]);
  });

  it("lets as many bytes wait as maxQueuedByteLength says", () => {
    const { source, send } = sourceOf({ maxTransferWindowSize: 1, maxQueuedByteLength: 150 });
    send(2);
    expect(source.canQueue).toBe(true);
    send(1);
    expect(source.canQueue).toBe(false);
    source.acknowledge(upTo(1), undefined, 0);
    expect(source.canQueue).toBe(true);
  });

  it("keeps thousands of messages in order through the window", () => {
    const { source, send, taken } = sourceOf({ maxTransferWindowSize: 4096 });
    send(8);
    source.acknowledge(upTo(8), undefined, 0);
    send(10_000);
    for (let number = 9; number <= 10_008; number += 7) source.acknowledge(upTo(number), undefined, 0);
    source.acknowledge(upTo(10_008), undefined, 0);
    expect(taken().map((text) => Number.parseInt(text, 10))).toEqual(
      Array.from({ length: 10_008 }, (_, index) => index + 1),
    );
    expect(source.isIdle).toBe(true);
  });

  it("brings every message over a bad network once and in order, whatever is lost (R-WCF-ORDER-1)", () => {
    const losses = fc.array(fc.boolean(), { maxLength: 300 });
    fc.assert(
      fc.property(
        losses,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 60 }),
        (lost, windowSize, count) => {
          const options = reliableSessionOptions({
            maxTransferWindowSize: windowSize,
            maxRetryCount: 1000,
            maxAckRangeCount: 4,
          });
          const delivered: unknown[] = [];
          const destination = new RmDestination<unknown>(
            options,
            (message) => delivered.push(message),
            (message) => message,
          );
          const isLost = (): boolean => lost.pop() ?? false;
          const arriving: (() => void)[] = [];
          const source = new RmSource(options, 10, ({ messageNumber, message }) => {
            if (isLost()) return;
            arriving.push(() => {
              destination.receive(messageNumber, message.body, 100);
              const { ranges, bufferRemaining } = destination;
              if (!isLost())
                arriving.push(() => expect(source.acknowledge(ranges, bufferRemaining, nowMs)).toBeUndefined());
            });
          });
          let nowMs = 0;
          source.linkUp(nowMs);
          for (let index = 0; index < count; index++)
            source.send({ addressing: { action: "a" }, body: index, byteLength: 100 }, false, nowMs);
          for (let step = 0; step < 5000 && !source.isIdle; step++) {
            const arrive = arriving.shift();
            if (arrive !== undefined) {
              nowMs += 5;
              arrive();
            } else {
              nowMs = Math.max(nowMs, source.retransmitAtMs ?? nowMs);
              expect(source.retransmitDue(nowMs)).toBe(true);
            }
          }
          expect(source.isIdle).toBe(true);
          expect(delivered).toEqual(Array.from({ length: count }, (_, index) => index));
        },
      ),
    );
  });
});
