import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Reception, type ReliableSessionOptions, RmDestination, reliableSessionOptions } from "./index.ts";

function destinationOf(options: Partial<ReliableSessionOptions> = {}, byteLength = 100) {
  const delivered: string[] = [];
  let retainedCount = 0;
  const destination = new RmDestination<string>(
    reliableSessionOptions(options),
    (message, messageNumber) => {
      expect(message).toContain(`${messageNumber}`);
      delivered.push(message);
    },
    (message) => {
      retainedCount += 1;
      return `${message} kept`;
    },
  );
  const receive = (messageNumber: number, isLast = false): Reception =>
    destination.receive(messageNumber, `m${messageNumber}`, byteLength, isLast);
  return { destination, delivered, receive, retained: () => retainedCount };
}

/** A sender that repeats everything until it is recorded, in an order of chance. */
const arrivals = fc.record({
  count: fc.integer({ min: 1, max: 30 }),
  picks: fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 400 }),
  windowSize: fc.integer({ min: 1, max: 12 }),
  maxAckRangeCount: fc.integer({ min: 1, max: 8 }),
});

describe("RmDestination", () => {
  it("delivers each message once and in order, whatever comes when, and never keeps more than its buffer (R-WCF-ORDER-1)", () => {
    fc.assert(
      fc.property(arrivals, ({ count, picks, windowSize, maxAckRangeCount }) => {
        const { destination, delivered, receive } = destinationOf({
          maxTransferWindowSize: windowSize,
          maxAckRangeCount,
        });
        const recorded = new Set<number>();
        for (const pick of picks) {
          const messageNumber = (pick % count) + 1;
          const reception = receive(messageNumber);
          expect(reception === "duplicate").toBe(recorded.has(messageNumber));
          if (reception === "stored") recorded.add(messageNumber);
          expect(recorded.size - delivered.length).toBeLessThan(windowSize);
          expect(destination.bufferRemaining).toBe(windowSize - (recorded.size - delivered.length));
          expect(destination.ranges.length).toBeLessThanOrEqual(maxAckRangeCount);
        }
        for (let messageNumber = 1; messageNumber <= count; messageNumber++) receive(messageNumber);
        expect(delivered.map((message) => message.split(" ")[0])).toEqual(
          Array.from({ length: count }, (_, index) => `m${index + 1}`),
        );
        expect(destination.ranges).toEqual([{ lower: 1, upper: count }]);
      }),
    );
  });

  it("delivers each message once and at once when it is not ordered (R-WCF-ORDER-2)", () => {
    fc.assert(
      fc.property(arrivals, ({ count, picks, maxAckRangeCount }) => {
        const { destination, delivered, receive } = destinationOf({ ordered: false, maxAckRangeCount });
        const recorded: string[] = [];
        for (const pick of picks) {
          const messageNumber = (pick % count) + 1;
          if (receive(messageNumber) === "stored") recorded.push(`m${messageNumber}`);
          expect(delivered).toEqual(recorded);
          expect(destination.ranges.length).toBeLessThanOrEqual(maxAckRangeCount);
        }
        for (let messageNumber = 1; messageNumber <= count; messageNumber++) receive(messageNumber);
        expect(new Set(delivered).size).toBe(count);
        expect(delivered).toHaveLength(count);
      }),
    );
  });

  it("copies a message only when it has to wait", () => {
    const { delivered, receive, retained } = destinationOf();
    for (const messageNumber of [1, 3, 4, 2, 5]) receive(messageNumber);
    expect(delivered).toEqual(["m1", "m2", "m3 kept", "m4 kept", "m5"]);
    expect(retained()).toBe(2);
  });

  it("takes nothing while the application holds a full buffer, and does not record what it drops (R-WCF-ORDER-3)", () => {
    for (const ordered of [true, false]) {
      const { destination, receive } = destinationOf({ ordered, maxTransferWindowSize: 2 });
      expect(destination.bufferRemaining).toBe(2);
      destination.heldCount = 1;
      expect(receive(1)).toBe("stored");
      destination.heldCount = 2;
      expect(destination.bufferRemaining).toBe(0);
      expect(receive(2)).toBe("dropped");
      expect(destination.ranges).toEqual([{ lower: 1, upper: 1 }]);
      destination.heldCount = 0;
      expect(receive(2)).toBe("stored");
    }
  });

  it("takes numbers as far ahead as the buffer reaches, and the missing one always", () => {
    const { receive } = destinationOf({ maxTransferWindowSize: 3 });
    expect(receive(4)).toBe("dropped");
    expect(receive(3)).toBe("stored");
    expect(receive(2)).toBe("stored");
    expect(receive(1)).toBe("stored");
  });

  it("keeps no more bytes out of order than maxTransferWindowByteLength, and always takes the next one (R-WCF-ORDER-4)", () => {
    const { destination, receive } = destinationOf({ maxTransferWindowByteLength: 250 });
    expect(destination.bufferRemaining).toBe(250);
    expect(receive(3)).toBe("stored");
    expect(receive(4)).toBe("stored");
    expect(receive(5)).toBe("dropped");
    expect(receive(2)).toBe("dropped");
    expect(receive(1)).toBe("stored");
    expect(receive(2)).toBe("stored");
    expect(destination.ranges).toEqual([{ lower: 1, upper: 4 }]);
    expect(receive(5)).toBe("stored");
  });

  it("offers room by what messages weigh, never none while nothing is kept (R-WCF-ORDER-4)", () => {
    const { destination, receive } = destinationOf({ maxTransferWindowByteLength: 10_000 }, 1000);
    for (let messageNumber = 1; messageNumber <= 100; messageNumber++) receive(messageNumber);
    expect(destination.bufferRemaining).toBe(10);
    destination.heldCount = 6;
    expect(destination.bufferRemaining).toBe(4);
    destination.heldCount = 11;
    expect(destination.bufferRemaining).toBe(0);
    expect(receive(101)).toBe("dropped");
    const huge = destinationOf({ maxTransferWindowByteLength: 500 }, 1000);
    for (let messageNumber = 1; messageNumber <= 100; messageNumber++)
      expect(huge.receive(messageNumber)).toBe("stored");
    expect(huge.destination.bufferRemaining).toBe(1);
  });

  it("takes what it told of, twice the window at most, although the application has fallen behind (R-WCF-CREDIT-4)", () => {
    for (const ordered of [true, false]) {
      const { destination, receive } = destinationOf({ maxTransferWindowSize: 4, ordered });
      expect(destination.tellRoom()).toBe(4);
      destination.heldCount = 4;
      expect(destination.tellRoom()).toBe(0);
      expect([1, 2, 3].map((number) => receive(number))).toEqual(["stored", "stored", "stored"]);
      destination.heldCount = 8;
      expect(receive(4)).toBe("dropped");
      destination.heldCount = 7;
      expect(receive(4)).toBe("stored");
      // Nobody was told of a fifth.
      destination.heldCount = 4;
      expect(receive(5)).toBe("dropped");
    }
  });

  it("takes twice the bytes at most of what it told of (R-WCF-CREDIT-4)", () => {
    const { destination, receive } = destinationOf({ maxTransferWindowByteLength: 1000 }, 800);
    receive(1);
    // 100 bytes each, as far as is known.
    expect(destination.tellRoom()).toBe(10);
    destination.heldCount = 19;
    expect(receive(2)).toBe("stored");
    // 187.5 now.
    destination.heldCount = 11;
    expect(receive(3)).toBe("dropped");
    destination.heldCount = 10;
    expect(receive(3)).toBe("stored");
  });

  it("acknowledges what is handled without a gap when that is what counts, and all that came at the end (R-WCF-ACK-3)", () => {
    const { destination, delivered, receive } = destinationOf({ ackOn: "processed" });
    for (const messageNumber of [1, 2, 3]) receive(messageNumber);
    expect(delivered).toHaveLength(3);
    expect(destination.ranges).toEqual([]);
    destination.processed(2);
    expect(destination.ranges).toEqual([]);
    destination.processed(1);
    expect(destination.ranges).toEqual([{ lower: 1, upper: 2 }]);
    expect(receive(3)).toBe("duplicate");
    expect(destination.receiveLastMessage(4)).toBe("stored");
    expect(destination.isComplete).toBe(true);
    expect(destination.ranges).toEqual([{ lower: 1, upper: 2 }]);
    expect(destination.finalRanges).toEqual([{ lower: 1, upper: 4 }]);
    destination.processed(3);
    expect(destination.ranges).toEqual([{ lower: 1, upper: 4 }]);
  });

  it("keeps maxAckRangeCount ranges and not one more, in whatever order (R-WCF-LIMIT-1)", () => {
    const { destination, receive } = destinationOf({ ordered: false, maxAckRangeCount: 3 });
    for (const messageNumber of [1, 3, 5]) expect(receive(messageNumber)).toBe("stored");
    expect(receive(7)).toBe("dropped");
    expect(receive(6)).toBe("stored");
    expect(receive(2)).toBe("stored");
    expect(receive(8)).toBe("stored");
    expect(destination.ranges).toHaveLength(3);
    expect(destination.receiveLastMessage(20)).toBe("dropped");
    expect(destination.lastNumber).toBeUndefined();
    expect(receive(4)).toBe("stored");
    expect(destination.receiveLastMessage(20)).toBe("stored");
  });

  it("knows when a sequence is complete, and takes no number above its last (R-WSRM10-LAST-1)", () => {
    const { destination, receive } = destinationOf();
    receive(1);
    expect(destination.receiveLastMessage(3)).toBe("stored");
    expect(destination.receiveLastMessage(3)).toBe("duplicate");
    expect(destination.receiveLastMessage(4)).toBe("beyond-last");
    expect(destination.isComplete).toBe(false);
    expect(destination.hasGaps).toBe(true);
    expect(receive(4)).toBe("beyond-last");
    expect(receive(2)).toBe("stored");
    expect([destination.isComplete, destination.hasGaps, destination.lastNumber]).toEqual([true, false, 3]);
  });

  it("refuses a last message below what came already", () => {
    const { destination, receive } = destinationOf();
    receive(2);
    expect(destination.receiveLastMessage(1)).toBe("beyond-last");
    expect(receive(1, true)).toBe("beyond-last");
    expect(receive(3, true)).toBe("stored");
    expect(destination.lastNumber).toBe(3);
  });

  it("throws away what lies behind a gap when the sequence is closed with one (R-WCF-CLOSE11-8)", () => {
    const { destination, delivered, receive } = destinationOf({ maxTransferWindowSize: 8 });
    receive(1);
    receive(3);
    destination.endAt(3);
    destination.discardAhead();
    expect(delivered).toEqual(["m1"]);
    expect(destination.bufferRemaining).toBe(8);
    expect(destination.ranges).toHaveLength(2);
  });
});
