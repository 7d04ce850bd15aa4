import { describe, expect, it } from "vitest";
import { UniqueId } from "../xml/index.ts";
import { Replies } from "./replies.ts";

const messageId = (number: number): UniqueId => UniqueId.parse(`urn:request:${number}`);
const reply = (name: string) => ({ addressing: { action: `urn:${name}` }, body: name, byteLength: 1 });

/** Requests 1 to `count`, each with a MessageID and one exchange of its own. */
function withRequests(count: number) {
  const replies = new Replies();
  const exchanges = Array.from({ length: count }, (_, index) => ({ of: index + 1 }));
  const requests = exchanges.map((exchange, index) => replies.add(index + 1, messageId(index + 1), exchange));
  return { replies, exchanges, requests };
}

describe("the replies of a session", () => {
  it("have numbers in the order in which they come, and are kept in that order (R-HTTP-REPLY-1)", () => {
    const { replies, requests } = withRequests(3);
    replies.reply(requests[2]!, reply("third"));
    replies.reply(requests[0]!, reply("first"));
    expect(replies.kept).toEqual([
      { messageNumber: 1, message: reply("third") },
      { messageNumber: 2, message: reply("first") },
    ]);
    expect(requests.map((request) => request.reply?.messageNumber)).toEqual([2, undefined, 1]);
    expect([replies.keptCount, replies.openCount, replies.lastNumber]).toEqual([2, 1, 2]);
  });

  it("share their numbers with what is not kept", () => {
    const { replies, requests } = withRequests(1);
    expect(replies.takeNumber()).toBe(1);
    replies.reply(requests[0]!, reply("a"));
    expect(replies.kept.map(({ messageNumber }) => messageNumber)).toEqual([2]);
    expect([replies.takeNumber(), replies.lastNumber, replies.keptCount]).toEqual([3, 3, 1]);
  });

  it("are forgotten with their requests when they are acknowledged, each by its own number", () => {
    const { replies, requests } = withRequests(5);
    for (const request of requests) replies.reply(request, reply("a"));
    replies.acknowledged([
      { lower: 2, upper: 3 },
      { lower: 5, upper: 5 },
    ]);
    expect(replies.kept.map(({ messageNumber }) => messageNumber)).toEqual([1, 4]);
    expect([1, 2, 3, 4, 5].map((number) => replies.find(number) !== undefined)).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
    expect(replies.findByMessageId(messageId(2))).toBeUndefined();
    expect(replies.findByMessageId(messageId(4))).toBe(requests[3]);
    expect(replies.acknowledgedUpTo).toBe(0);
    replies.acknowledged([{ lower: 1, upper: 3 }]);
    expect([replies.acknowledgedUpTo, replies.keptCount, replies.openCount]).toEqual([3, 1, 0]);
  });
});

describe("the requests of a session", () => {
  it("want a reply when they have a MessageID, by which they are found", () => {
    const replies = new Replies();
    const question = replies.add(1, messageId(1), {});
    const notice = replies.add(2, undefined, {});
    expect([question.wantsReply, notice.wantsReply]).toEqual([true, false]);
    expect([replies.find(1), replies.find(2), replies.find(3)]).toEqual([question, notice, undefined]);
    expect(replies.findByMessageId(messageId(1))).toBe(question);
    expect(replies.findByMessageId(messageId(2))).toBeUndefined();
    expect(replies.openCount).toBe(2);
  });

  it("are not known any more once there is nothing to repeat", () => {
    const replies = new Replies();
    const question = replies.add(1, messageId(1), {});
    const notice = replies.add(2, undefined, {});
    replies.forget(question);
    replies.forget(notice);
    expect([replies.find(1), replies.find(2), replies.findByMessageId(messageId(1))]).toEqual(Array(3).fill(undefined));
    expect([replies.openCount, replies.keptCount]).toEqual([0, 0]);
  });

  it("give out the exchanges that wait once, without those that were lost", () => {
    const { replies, exchanges, requests } = withRequests(3);
    const repetition = { of: 2 };
    requests[1]!.exchanges.push(repetition);
    replies.lost(exchanges[0]!);
    replies.lost(repetition);
    expect(requests.map((request) => request.exchanges)).toEqual([[], [exchanges[1]], [exchanges[2]]]);
    const waiting = replies.takeWaiting();
    expect(waiting).toHaveLength(2);
    expect([waiting[0] === exchanges[1], waiting[1] === exchanges[2]]).toEqual([true, true]);
    expect(replies.takeWaiting()).toEqual([]);
  });
});
