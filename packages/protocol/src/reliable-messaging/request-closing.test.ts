import { describe, expect, it } from "vitest";
import { MessageHeaders } from "../soap/index.ts";
import { UniqueId } from "../xml/index.ts";
import type { AckRange } from "./ack-ranges.ts";
import { dialects, type RmVersion } from "./dialect.ts";
import { type IncomingMessage, type RmBody, RmHeaders } from "./index.ts";
import { RequestClosing } from "./request-closing.ts";

const id = (name: string): UniqueId => UniqueId.parse(`urn:${name}`);
const outputId = id("to-service");

/** A handshake alone, and what it asked of its session. */
function handshakeOf(version: RmVersion, { lastNumber = 0, isIdle = true, isOneWay = false } = {}) {
  const asked: unknown[] = [];
  let idCount = 0;
  const context = {
    outputId,
    isIdle,
    lastNumber,
    sendLastMessage: (nowMs: number) => asked.push(`LastMessage at ${nowMs}`),
    sendProtocol: (action: { readonly value: string }, body: RmBody, messageId: UniqueId | undefined) =>
      asked.push({ action: action.value, body, messageId }),
    nextId: () => id(`${++idCount}`),
  };
  return {
    closing: new RequestClosing(dialects[version], context, isOneWay),
    context,
    /** What was asked since the last call. */
    asked: (): unknown[] => asked.splice(0),
  };
}

interface Answer {
  readonly body?: RmBody;
  readonly relatesTo?: UniqueId;
  readonly ranges?: readonly AckRange[];
  readonly isFinal?: boolean;
}

function answer(version: RmVersion, { body, relatesTo, ranges, isFinal = true }: Answer): IncomingMessage {
  const acknowledgement =
    ranges === undefined ? undefined : { identifier: outputId, ranges, isFinal, bufferRemaining: undefined };
  return {
    headers: Object.assign(new MessageHeaders(), { relatesTo }),
    rm: Object.assign(new RmHeaders(dialects[version]), { acknowledgement }),
    kind: body?.type ?? "application",
    byteLength: 0,
    body,
    isFault: false,
    soapFault: undefined,
    sequenceFault: undefined,
  };
}

describe("the end of a session of requests in version 1.0 (R-HTTP-CLOSE10-1)", () => {
  const terminate = (messageId: UniqueId | undefined) => ({
    action: dialects["1.0"].terminateSequence.value,
    body: { type: "terminate-sequence", identifier: outputId, lastMessageNumber: undefined },
    messageId,
  });

  it("begins with LastMessage, once, and goes on when all requests have their answers", () => {
    const { closing, context, asked } = handshakeOf("1.0", { isIdle: false, lastNumber: 3 });
    closing.start(7);
    closing.start(8);
    closing.advance();
    expect(asked()).toEqual(["LastMessage at 7"]);
    closing.send();
    expect(asked()).toEqual([]);
    context.isIdle = true;
    closing.advance();
    closing.advance();
    expect(asked()).toEqual([terminate(id("1"))]);
    closing.send();
    expect(asked()).toEqual([terminate(id("1"))]);
    expect([closing.isDone, closing.isFinal]).toEqual([false, false]);
  });

  it("asks for no answer where there is no sequence of replies", () => {
    const { closing, asked } = handshakeOf("1.0", { isOneWay: true });
    closing.start(0);
    expect(asked()).toEqual(["LastMessage at 0", terminate(undefined)]);
  });

  it("is done with whatever answers TerminateSequence, and with nothing that comes before", () => {
    const ofService = {
      body: { type: "terminate-sequence", identifier: id("to-client"), lastMessageNumber: undefined },
    } as const;
    for (const last of [undefined, answer("1.0", ofService)]) {
      const { closing, context } = handshakeOf("1.0", { isIdle: false });
      closing.start(0);
      expect(closing.answered(undefined)).toBeUndefined();
      expect([closing.isDone, closing.acceptsUnknownSequence]).toEqual([false, false]);
      context.isIdle = true;
      closing.advance();
      expect(closing.acceptsUnknownSequence).toBe(true);
      expect(closing.answered(last)).toBeUndefined();
      expect([closing.isDone, closing.acceptsUnknownSequence]).toEqual([true, false]);
    }
  });

  it("does nothing before it is asked for", () => {
    const { closing, asked } = handshakeOf("1.0");
    closing.advance();
    closing.send();
    closing.answered(undefined);
    expect([asked(), closing.isDone]).toEqual([[], false]);
  });

  it("is over when the session says so", () => {
    const { closing, asked } = handshakeOf("1.0");
    closing.start(0);
    asked();
    closing.finish();
    closing.send();
    closing.advance();
    expect([asked(), closing.isDone]).toEqual([[], true]);
  });
});

describe("the end of a session of requests in version 1.1 (R-HTTP-CLOSE11-1)", () => {
  const version = "1.1";
  const request = (type: "close-sequence" | "terminate-sequence", messageId: UniqueId, lastMessageNumber?: number) => ({
    action: dialects[version][type === "close-sequence" ? "closeSequence" : "terminateSequence"].value,
    body: { type, identifier: outputId, lastMessageNumber },
    messageId,
  });
  const closed = { body: { type: "close-sequence-response", identifier: outputId }, relatesTo: id("1") } as const;
  const terminated = { body: { type: "terminate-sequence-response", identifier: outputId } } as const;

  it("closes, then terminates, each answered, the acknowledgements of replies being final meanwhile", () => {
    const { closing, asked } = handshakeOf(version, { lastNumber: 3 });
    expect(closing.isFinal).toBe(false);
    closing.start(0);
    expect(asked()).toEqual([request("close-sequence", id("1"), 3)]);
    expect([closing.isFinal, closing.acceptsUnknownSequence]).toEqual([true, false]);
    closing.send();
    expect(asked()).toEqual([request("close-sequence", id("1"), 3)]);
    closing.answered(answer(version, { ...closed, ranges: [{ lower: 1, upper: 3 }] }));
    expect(asked()).toEqual([request("terminate-sequence", id("2"), 3)]);
    closing.send();
    expect(asked()).toEqual([request("terminate-sequence", id("2"), 3)]);
    expect([closing.isFinal, closing.acceptsUnknownSequence, closing.isDone]).toEqual([true, true, false]);
    closing.answered(answer(version, terminated));
    expect([closing.isFinal, closing.acceptsUnknownSequence, closing.isDone]).toEqual([false, false, true]);
  });

  it("waits for the answers of all requests, its acknowledgements not final before", () => {
    const { closing, context, asked } = handshakeOf(version, { isIdle: false, lastNumber: 1 });
    closing.start(0);
    expect([asked(), closing.isFinal]).toEqual([[], false]);
    context.isIdle = true;
    closing.advance();
    expect(asked()).toEqual([request("close-sequence", id("1"), 1)]);
  });

  it("names no last message where none was sent, and has a MessageID without a sequence of replies, too", () => {
    const { closing, asked } = handshakeOf(version, { isOneWay: true });
    closing.start(0);
    closing.answered(answer(version, { ...closed, ranges: [] }));
    expect(asked()).toEqual([request("close-sequence", id("1")), request("terminate-sequence", id("2"))]);
  });

  it("goes no further with an answer that is not the one to its request", () => {
    const { closing, asked } = handshakeOf(version);
    closing.start(0);
    asked();
    const empty = { ...answer(version, {}), headers: new MessageHeaders() };
    const others = [
      undefined,
      empty,
      answer(version, { ...terminated, relatesTo: id("1"), ranges: [] }),
      answer(version, { ...closed, relatesTo: id("other"), ranges: [] }),
      { ...answer(version, { ...closed, ranges: [] }), headers: new MessageHeaders() },
    ];
    for (const other of others) expect(closing.answered(other)).toBeUndefined();
    expect([asked(), closing.isDone, closing.acceptsUnknownSequence]).toEqual([[], false, false]);
    closing.answered(answer(version, { ...closed, ranges: [] }));
    expect(asked()).toHaveLength(1);
    for (const other of [undefined, empty, answer(version, { ...closed, ranges: [] })]) closing.answered(other);
    expect([asked(), closing.isDone]).toEqual([[], false]);
  });

  it("takes no response to a request that it did not make", () => {
    const { closing, asked } = handshakeOf(version, { isIdle: false });
    const early = { ...closed, relatesTo: undefined, ranges: [{ lower: 1, upper: 9 }] };
    expect(closing.answered({ ...answer(version, {}), body: early.body })).toBeUndefined();
    closing.start(0);
    expect(closing.answered(answer(version, closed))).toBeUndefined();
    expect(asked()).toEqual([]);
  });

  it("ends with a violation without a final acknowledgement", () => {
    const fault = {
      name: "SequenceTerminated",
      code: "Sender",
      reason: "CloseSequenceResponse carries no final acknowledgement.",
      identifier: outputId,
    };
    for (const parts of [closed, { ...closed, ranges: [], isFinal: false }]) {
      const { closing } = handshakeOf(version);
      closing.start(0);
      expect(closing.answered(answer(version, parts))).toEqual(fault);
      expect(closing.acceptsUnknownSequence).toBe(false);
    }
  });

  it("ends with a violation when the final acknowledgement is not of exactly what was sent", () => {
    const wrong: (readonly AckRange[])[] = [
      [],
      [{ lower: 1, upper: 2 }],
      [{ lower: 2, upper: 3 }],
      [
        { lower: 1, upper: 3 },
        { lower: 5, upper: 5 },
      ],
      [
        { lower: 1, upper: 1 },
        { lower: 3, upper: 3 },
      ],
    ];
    for (const ranges of wrong) {
      const { closing } = handshakeOf(version, { lastNumber: 3 });
      closing.start(0);
      expect(closing.answered(answer(version, { ...closed, ranges }))).toEqual({
        name: "InvalidAcknowledgement",
        code: "Sender",
        reason: "The final acknowledgement does not cover messages 1 to 3.",
        identifier: outputId,
        acknowledgement: { identifier: outputId, ranges, isFinal: true, bufferRemaining: undefined },
      });
    }
    const { closing } = handshakeOf(version);
    closing.start(0);
    expect(closing.answered(answer(version, { ...closed, ranges: [{ lower: 1, upper: 1 }] }))).toMatchObject({
      reason: "The final acknowledgement does not cover messages 1 to 0.",
    });
  });
});
