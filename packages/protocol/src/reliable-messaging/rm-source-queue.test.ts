import { describe, expect, it } from "vitest";
import { type ReliableSessionOptions, RmSource, reliableSessionOptions } from "./index.ts";

const addressing = { action: "a" };
const upTo = (upper: number) => [{ lower: 1, upper }];

/** A source of 100-byte messages, and what it sent. */
function sourceOf(options: Partial<ReliableSessionOptions> = {}) {
  const sent: string[] = [];
  const source = new RmSource(reliableSessionOptions(options), 0, ({ messageNumber, requestsAck }) => {
    sent.push(`${messageNumber}${requestsAck ? "?" : ""}`);
  });
  source.linkUp(0);
  const send = (count: number): void => {
    for (let index = 0; index < count; index++) source.send({ addressing, body: index, byteLength: 100 }, false, 0);
  };
  return { source, send, taken: () => sent.splice(0) };
}

describe("what waits in an RmSource", () => {
  it("lists what is not acknowledged, in order: what was sent, then what waits, without the message that ends the sequence", () => {
    const { source, send } = sourceOf({ maxTransferWindowSize: 3 });
    send(5);
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
  });
});
