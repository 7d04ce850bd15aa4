import { describe, expect, it } from "vitest";
import { MessageHeaders } from "../soap/index.ts";
import { UniqueId } from "../xml/index.ts";
import { dialects, type RmVersion } from "./dialect.ts";
import {
  type Exchange,
  type IncomingMessage,
  type ReliableSessionOptions,
  type RmBody,
  RmDestination,
  RmHeaders,
  reliableSessionOptions,
} from "./index.ts";
import { Replies } from "./replies.ts";
import { ReplyClosing } from "./reply-closing.ts";
import { ReplyMessages } from "./reply-messages.ts";

const id = (name: string): UniqueId => UniqueId.parse(`urn:${name}`);
const inputId = id("to-service");
const outputId = id("to-client");

/** Exchanges by their names, as the tests call them. */
interface Named extends Exchange {
  readonly name: string;
}
const nameOf = (exchange: Exchange): string => (exchange as Named).name;

interface Given extends Partial<ReliableSessionOptions> {
  readonly isOneWay?: boolean;
}

/** The service's end of a session alone; what it asked of its session, and the answers that it gave. */
function closingOf(version: RmVersion, { isOneWay = false, ...given }: Given = {}) {
  const options = reliableSessionOptions({ version, ...given });
  const exchanges: Named[] = [];
  const exchangeOf = (name: string): Exchange => {
    if (!exchanges.some((exchange) => exchange.name === name)) exchanges.push({ name });
    return exchanges.find((exchange) => exchange.name === name)!;
  };
  const asked: unknown[] = [];
  const destination = new RmDestination<string>(
    options,
    () => undefined,
    (kept) => kept,
  );
  const replies = new Replies();
  const sequenceOfReplies = isOneWay ? undefined : outputId;
  const out = new ReplyMessages(options, dialects[version], destination, inputId, sequenceOfReplies, (answer) => {
    const { transmission } = answer;
    const exchange = nameOf(answer.exchange);
    if (transmission === undefined) return asked.push({ exchange });
    const { addressing, content, messageNumber, isLastMessage, sequenceId } = transmission;
    const sequence = sequenceId === undefined ? {} : { sequenceId, messageNumber, isLastMessage };
    const action = typeof addressing.action === "string" ? addressing.action : addressing.action.value;
    const { relatesTo } = addressing;
    return asked.push({
      exchange,
      answer: action.split(/[/:]/).at(-1),
      ...(relatesTo === undefined ? {} : { relatesTo }),
      ...(content.type === "protocol" ? { identifier: (content.body as { identifier: UniqueId }).identifier } : {}),
      ...sequence,
    });
  });
  const closing = new ReplyClosing({
    dialect: dialects[version],
    destination,
    replies,
    out,
    inputId,
    outputId: sequenceOfReplies,
    endInput: () => asked.push("input ended"),
    violate: (fault, exchange) => asked.push({ exchange: nameOf(exchange), fault }),
  });
  return {
    closing,
    destination,
    replies,
    /** What was asked since the last call. */
    asked: (): unknown[] => asked.splice(0),
    arrive: (...messageNumbers: number[]): void => {
      for (const messageNumber of messageNumbers) destination.receive(messageNumber, "", 1);
    },
    receive: (parts: Parts, exchange: string): boolean =>
      closing.receive(message(version, parts), exchangeOf(exchange)),
    lose: (exchange: string): void => closing.lost(exchangeOf(exchange)),
    takeWaiting: (): string[] => closing.takeWaiting().map(nameOf),
  };
}

interface Parts {
  readonly kind?: IncomingMessage["kind"];
  readonly body?: RmBody;
  readonly rm?: Partial<RmHeaders>;
  readonly messageId?: UniqueId;
}

function message(version: RmVersion, { kind, body, rm = {}, messageId }: Parts): IncomingMessage {
  return {
    headers: Object.assign(new MessageHeaders(), { messageId }),
    rm: Object.assign(new RmHeaders(dialects[version]), rm),
    kind: kind ?? body?.type ?? "application",
    byteLength: 0,
    body,
    isFault: false,
    soapFault: undefined,
    sequenceFault: undefined,
  };
}

const lastMessage = (messageNumber: number): Parts => ({
  kind: "last-message",
  rm: { sequenceId: inputId, messageNumber },
});
const ending = (
  type: "close-sequence" | "terminate-sequence",
  lastMessageNumber?: number,
  messageId?: UniqueId,
): Parts => ({
  body: { type, identifier: inputId, lastMessageNumber },
  ...(messageId === undefined ? {} : { messageId }),
});
const fault = (reason: string, name: string = "SequenceTerminated") => ({
  name,
  code: "Sender",
  reason,
  identifier: inputId,
});

describe("a service's end of a session of version 1.0 (R-HTTP-CLOSE10-1)", () => {
  it("answers LastMessage by the last message of the replies, when all came and the application has closed", () => {
    const { closing, receive, arrive, replies, asked } = closingOf("1.0");
    replies.takeNumber();
    arrive(1);
    receive(lastMessage(3), "a");
    closing.advance(true);
    expect([asked(), closing.isInputClosed]).toEqual([[], true]);
    arrive(2);
    closing.advance(false);
    closing.advance(false);
    expect(asked()).toEqual(["input ended"]);
    closing.advance(true);
    const last = { answer: "LastMessage", sequenceId: outputId, messageNumber: 2, isLastMessage: true };
    expect(asked()).toEqual([{ exchange: "a", ...last }]);
    // A repetition has the same answer under the same number.
    receive(lastMessage(3), "b");
    closing.advance(true);
    expect(asked()).toEqual([{ exchange: "b", ...last }]);
    expect(closing.isDone).toBe(false);
  });

  it("waits for the replies to all requests, however often LastMessage comes", () => {
    const { closing, receive, arrive, replies, asked } = closingOf("1.0");
    const request = replies.add(1, id("request"), {});
    arrive(1);
    for (const exchange of ["a", "b"]) expect(receive(lastMessage(2), exchange)).toBe(true);
    closing.advance(true);
    expect(asked()).toEqual(["input ended"]);
    replies.reply(request, { addressing: { action: "urn:reply" }, body: "", byteLength: 1 });
    closing.advance(true);
    expect(asked()).toMatchObject([
      { exchange: "a", messageNumber: 2 },
      { exchange: "b", messageNumber: 2 },
    ]);
  });

  it("acknowledges LastMessage where there is no sequence of replies, and answers TerminateSequence by nothing", () => {
    const { closing, receive, asked } = closingOf("1.0", { isOneWay: true });
    receive(lastMessage(1), "a");
    closing.advance(true);
    expect(asked()).toEqual(["input ended", { exchange: "a", answer: "SequenceAcknowledgement" }]);
    expect(receive(ending("terminate-sequence"), "b")).toBe(true);
    expect([asked(), closing.isDone]).toEqual([[{ exchange: "b" }], true]);
  });

  it("answers TerminateSequence by the one of the replies", () => {
    const { closing, receive, arrive, asked } = closingOf("1.0");
    arrive(1);
    receive(lastMessage(2), "a");
    expect(receive(ending("terminate-sequence", undefined, id("terminate")), "b")).toBe(true);
    expect(asked()).toEqual([{ exchange: "b", answer: "TerminateSequence", identifier: outputId }]);
    expect(closing.isDone).toBe(true);
  });

  it("is refused to a LastMessage that is none", () => {
    const { closing, receive, arrive, asked } = closingOf("1.0");
    receive({ kind: "last-message" }, "a");
    expect(asked()).toEqual([{ exchange: "a", fault: fault("A LastMessage came without a Sequence header.") }]);
    arrive(1, 2, 3);
    expect(receive(lastMessage(2), "b")).toBe(true);
    // A number that was received is a repetition, whatever it says.
    expect(asked()).toEqual([]);
    arrive(5);
    receive(lastMessage(4), "c");
    const reason = "Message 4 claims to be the last, but message 5 was received.";
    expect(asked()).toEqual([{ exchange: "c", fault: fault(reason, "LastMessageNumberExceeded") }]);
    expect([closing.isInputClosed, closing.isDone]).toEqual([false, false]);
  });

  it("is put off for a LastMessage that there is no room to note", () => {
    const { closing, receive, asked } = closingOf("1.0", { maxAckRangeCount: 1 });
    receive(lastMessage(3), "a");
    expect([asked(), closing.isInputClosed]).toEqual([[{ exchange: "a" }], false]);
  });

  it("is refused to a TerminateSequence before all messages came", () => {
    for (const prepare of [() => [], () => [1], () => [1, 3]]) {
      const { closing, receive, arrive, asked } = closingOf("1.0");
      arrive(...prepare());
      receive(ending("terminate-sequence"), "a");
      expect(asked()).toEqual([{ exchange: "a", fault: fault("TerminateSequence came before all messages.") }]);
      expect(closing.isDone).toBe(false);
    }
  });
});

describe("a service's end of a session of version 1.1 (R-HTTP-CLOSE11-1)", () => {
  const closed = (exchange: string, messageId: UniqueId) => ({
    exchange,
    answer: "CloseSequenceResponse",
    relatesTo: messageId,
    identifier: inputId,
  });

  it("answers CloseSequence when the application has closed, and TerminateSequence at once", () => {
    const { closing, receive, arrive, asked } = closingOf("1.1");
    arrive(1, 2);
    expect(receive(ending("close-sequence", 2, id("c1")), "a")).toBe(true);
    expect(receive(ending("close-sequence", 2, id("c2")), "b")).toBe(true);
    closing.advance(false);
    expect([asked(), closing.isInputClosed]).toEqual([["input ended"], true]);
    closing.advance(true);
    expect(asked()).toEqual([closed("a", id("c1")), closed("b", id("c2"))]);
    receive(ending("close-sequence", 2, id("c3")), "c");
    expect(asked()).toEqual([closed("c", id("c3"))]);
    expect(closing.isDone).toBe(false);
    expect(receive(ending("terminate-sequence", 2, id("t")), "d")).toBe(true);
    const terminated = { exchange: "d", answer: "TerminateSequenceResponse", relatesTo: id("t"), identifier: inputId };
    expect([asked(), closing.isDone]).toEqual([[terminated], true]);
  });

  it("ends the input whatever is missing, and delivers nothing behind the first gap any more", () => {
    const { closing, destination, receive, arrive, asked } = closingOf("1.1");
    arrive(1, 3);
    receive(ending("close-sequence", 4), "a");
    closing.advance(false);
    expect([asked(), destination.lastNumber]).toEqual([["input ended"], 4]);
    const all = destination.bufferRemaining;
    arrive(2);
    expect(destination.bufferRemaining).toBe(all);
  });

  it("takes what arrived for all when no last number is named, then and later", () => {
    for (const last of [undefined, 3]) {
      const { closing, destination, receive, arrive, asked } = closingOf("1.1");
      arrive(1, 2, 3);
      receive(ending("close-sequence"), "a");
      expect(destination.lastNumber).toBe(3);
      receive(ending("close-sequence", last), "b");
      receive(ending("terminate-sequence", last), "c");
      expect(asked()).toMatchObject([{ exchange: "c", answer: "TerminateSequenceResponse" }]);
      expect([destination.lastNumber, closing.isDone]).toEqual([3, true]);
    }
  });

  it("keeps the number that CloseSequence named when none is named later, though nothing came up to it", () => {
    const { closing, destination, receive, arrive } = closingOf("1.1");
    arrive(1, 2);
    receive(ending("close-sequence", 5), "a");
    receive(ending("close-sequence"), "b");
    receive(ending("terminate-sequence"), "c");
    expect([destination.lastNumber, closing.isDone]).toEqual([5, true]);
  });

  it("takes a TerminateSequence without a CloseSequence before it", () => {
    for (const last of [undefined, 0, 2]) {
      const { closing, destination, receive, arrive, asked } = closingOf("1.1");
      if (last !== 0) arrive(1, 2);
      receive(ending("terminate-sequence", last), "a");
      expect(asked()).toMatchObject([{ exchange: "a", answer: "TerminateSequenceResponse" }]);
      expect([closing.isDone, closing.isInputClosed]).toEqual([true, true]);
      expect(destination.lastNumber).toBe(last ?? 2);
    }
  });

  it("is refused to a TerminateSequence that comes over a gap", () => {
    const { closing, receive, arrive, asked } = closingOf("1.1");
    arrive(1, 3);
    receive(ending("terminate-sequence", 3), "a");
    expect(asked()).toEqual([{ exchange: "a", fault: fault("TerminateSequence came before all messages.") }]);
    expect(closing.isDone).toBe(false);
  });

  it("is refused to a last number that contradicts what came before (R-WCF-CLOSE11-5)", () => {
    const cases = [
      ["close-sequence", "CloseSequence"],
      ["terminate-sequence", "TerminateSequence"],
    ] as const;
    for (const [type, element] of cases) {
      const { closing, destination, receive, arrive, asked } = closingOf("1.1");
      arrive(1, 2, 3);
      expect(receive(ending(type, 2), "a")).toBe(true);
      const early = `${element} names 2 as last message, but message 3 was received.`;
      expect(asked()).toEqual([{ exchange: "a", fault: fault(early) }]);
      expect(destination.lastNumber).toBeUndefined();
      receive(ending("close-sequence", 4), "b");
      receive(ending(type, 5), "c");
      receive(ending(type, 3), "d");
      closing.advance(true);
      const late = (number: number) =>
        fault(`${element} names ${number} as last message, but the sequence was closed at 4.`);
      expect(asked()).toMatchObject([
        { exchange: "c", fault: late(5) },
        { exchange: "d", fault: late(3) },
        "input ended",
        { exchange: "b", answer: "CloseSequenceResponse" },
      ]);
      expect([destination.lastNumber, closing.isDone]).toEqual([4, false]);
    }
  });
});

describe("a service's end of a session", () => {
  it("is no business of other messages", () => {
    for (const version of ["1.0", "1.1"] as const) {
      const { receive, asked } = closingOf(version);
      expect(receive({}, "a")).toBe(false);
      expect(receive({ kind: "ack-requested" }, "a")).toBe(false);
      expect(receive({ body: { type: "close-sequence-response", identifier: outputId } }, "a")).toBe(false);
      expect(asked()).toEqual([]);
    }
  });

  it("answers nobody whose exchange was lost, and gives out once those that wait", () => {
    const { closing, receive, lose, takeWaiting, asked } = closingOf("1.1");
    for (const exchange of ["a", "b", "c"]) receive(ending("close-sequence"), exchange);
    lose("b");
    expect(takeWaiting()).toEqual(["a", "c"]);
    expect(takeWaiting()).toEqual([]);
    closing.advance(true);
    expect(asked()).toEqual(["input ended"]);
  });

  it("is over when the session says so", () => {
    const { closing } = closingOf("1.0");
    expect(closing.isDone).toBe(false);
    closing.finish();
    expect(closing.isDone).toBe(true);
  });
});
