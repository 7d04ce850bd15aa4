import { describe, expect, it } from "vitest";
import { type ReliableSessionOptions, RmSource, reliableSessionOptions } from "./index.ts";

const addressing = { action: "a" };
const upTo = (upper: number) => [{ lower: 1, upper }];

/** A source of 100-byte messages, and what it sent. */
function sourceOf(options: Partial<ReliableSessionOptions> = {}, roundTripMs: number = 0) {
  const sent: string[] = [];
  const source = new RmSource(reliableSessionOptions(options), roundTripMs, ({ messageNumber, requestsAck }) => {
    sent.push(`${messageNumber}${requestsAck ? "?" : ""}`);
  });
  source.linkUp(0);
  const send = (count: number, nowMs: number = 0): void => {
    for (let index = 0; index < count; index++) source.send({ addressing, body: index, byteLength: 100 }, false, nowMs);
  };
  return { source, send, taken: () => sent.splice(0) };
}

describe("what waits in an RmSource", () => {
  it("lists what is not acknowledged, in order: what was sent, then what waits, without the message that ends the sequence", () => {
    const { source, send } = sourceOf({ maxTransferWindowSize: 3 });
    send(6);
    source.send({ addressing, body: "end", byteLength: 0 }, true, 0);
    source.acknowledge(upTo(1), undefined, 10);
    const listed = source.unacknowledged.map(({ messageNumber, message, wasSent }) => [
      messageNumber,
      message.body,
      wasSent,
    ]);
    expect(listed).toEqual([
      [2, 1, true],
      [3, 2, true],
      [4, 3, true],
      [5, 4, false],
      [6, 5, false],
    ]);
  });

  it("takes no more than maxQueuedMessageCount messages, or maxQueuedByteLength bytes, in its queue", () => {
    const byCount = sourceOf({ maxTransferWindowSize: 1, maxQueuedMessageCount: 2 });
    byCount.send(2);
    expect(byCount.source.canQueue).toBe(true);
    byCount.send(1);
    expect(byCount.source.canQueue).toBe(false);
    byCount.source.acknowledge(upTo(1), undefined, 0);
    expect(byCount.source.canQueue).toBe(true);
    const byBytes = sourceOf({ maxTransferWindowSize: 1, maxQueuedByteLength: 200 });
    byBytes.send(2);
    expect(byBytes.source.canQueue).toBe(true);
    byBytes.send(1);
    expect(byBytes.source.canQueue).toBe(false);
  });

  it("keeps no more bytes in flight than maxTransferWindowByteLength, but one message of any size", () => {
    const { source, send, taken } = sourceOf({ maxTransferWindowByteLength: 300 });
    send(4);
    expect(taken()).toEqual(["1?", "2", "3?"]);
    source.acknowledge(upTo(1), undefined, 0);
    expect(taken()).toEqual(["4?"]);
    source.acknowledge(upTo(4), undefined, 0);
    source.send({ addressing, body: "large", byteLength: 1000 }, false, 0);
    expect(taken()).toEqual(["5?"]);
  });

  it("asks its peer for room only while something waits for it", () => {
    const { source, send } = sourceOf();
    send(2);
    source.acknowledge(upTo(1), 1, 0);
    expect([source.waitingCount, source.needsProbe]).toEqual([0, false]);
    send(1);
    expect([source.waitingCount, source.needsProbe]).toEqual([1, true]);
    source.acknowledge(upTo(2), 4, 0);
    expect([source.waitingCount, source.needsProbe]).toEqual([0, false]);
    // What waits for its own window has nothing to ask for.
    const full = sourceOf({ maxTransferWindowSize: 1 });
    full.send(2);
    expect([full.source.waitingCount, full.source.needsProbe]).toEqual([1, false]);
  });
});

describe("the room that an RmSource has", () => {
  it("is that of the whole window, though what is behind a gap has arrived", () => {
    const { source, send, taken } = sourceOf({ maxTransferWindowSize: 3 });
    send(4);
    expect(taken()).toEqual(["1?", "2", "3?"]);
    source.acknowledge([{ lower: 2, upper: 3 }], undefined, 10);
    expect(taken()).toEqual(["1?"]);
    source.acknowledge(upTo(3), undefined, 20);
    expect(taken()).toEqual(["4"]);
  });

  it("is for what is repeated first, until all of it was", () => {
    const { source, send, taken } = sourceOf();
    send(4);
    source.acknowledge(upTo(4), undefined, 0);
    send(13);
    expect(source.lastNumber).toBe(16);
    source.linkLost();
    source.linkUp(100);
    taken();
    source.acknowledge(upTo(11), undefined, 110);
    expect(taken()).toEqual([]);
    source.acknowledge(upTo(12), undefined, 120);
    expect(taken()).toEqual(["13", "14", "15", "16?", "17"]);
  });

  it("is not taken away by what an older acknowledgement says, or one that says nothing of it (R-WCF-CREDIT-1)", () => {
    const { source, send, taken } = sourceOf();
    send(2);
    source.acknowledge(upTo(2), 4, 0);
    taken();
    source.acknowledge(upTo(2), 1, 0);
    send(2);
    expect(taken()).toEqual(["3", "4"]);
    source.acknowledge(upTo(3), undefined, 0);
    send(4);
    expect(taken()).toEqual(["5", "6?"]);
  });

  it("may be told of before anything was sent (R-WCF-CREDIT-1)", () => {
    const { source, send, taken } = sourceOf();
    source.acknowledge([], 1, 0);
    send(2);
    expect(taken()).toEqual(["1?"]);
  });
});

describe("the repetition of an RmSource", () => {
  it("is timed from the oldest message, or from the last news of any, and nothing else puts it off", () => {
    const { source, send } = sourceOf();
    send(1);
    send(1, 200);
    expect(source.retransmitAtMs).toBe(400);
    source.acknowledge([], undefined, 210);
    expect(source.retransmitAtMs).toBe(400);
    source.acknowledge(upTo(1), undefined, 250);
    const { retransmitAtMs } = source;
    expect(retransmitAtMs).toBeGreaterThan(640);
    source.acknowledge(upTo(1), undefined, 300);
    expect(source.retransmitAtMs).toBe(retransmitAtMs);
  });

  it("fills gaps once per round trip, those included that are told of meanwhile (R-WCF-GAP-1)", () => {
    const { source, send, taken } = sourceOf({}, 50);
    send(6);
    taken();
    const [one, three, fiveToSix] = [...upTo(1), { lower: 3, upper: 3 }, { lower: 5, upper: 6 }];
    source.acknowledge([one!, three!], undefined, 60);
    expect(taken()).toEqual(["2"]);
    source.acknowledge([one!, three!, fiveToSix!], undefined, 70);
    expect(taken()).toEqual([]);
    source.acknowledge([one!, three!, fiveToSix!], undefined, 115);
    expect(taken()).toContain("4");
  });

  it("counts it as no loss when a gap is told of sooner than an answer could come", () => {
    const { source, send, taken } = sourceOf({}, 50);
    send(3);
    taken();
    source.acknowledge([{ lower: 2, upper: 2 }], undefined, 10);
    expect(taken()).toEqual([]);
    send(5);
    expect(taken()).toHaveLength(5);
    source.acknowledge([{ lower: 2, upper: 2 }], undefined, 55);
    expect(taken()).toEqual(["1?"]);
  });
});
