import { describe, expect, it } from "vitest";
import { MessageHeaders } from "../soap/index.ts";
import { UniqueId } from "../xml/index.ts";
import { dialects, type RmVersion } from "./dialect.ts";
import {
  type AckRange,
  type Exchange,
  type ExchangeEffect,
  type IncomingMessage,
  type ReliableSessionEffect,
  type ReliableSessionOptions,
  ReplySession,
  RmHeaders,
  reliableSessionOptions,
  type Transmission,
} from "./index.ts";

const id = (name: string): UniqueId => UniqueId.parse(`urn:${name}`);
const inputId = id("to-service");
const outputId = id("to-client");
const address = "http://host/service";

type Effect = ReliableSessionEffect<IncomingMessage> | ExchangeEffect;
interface Given extends Partial<ReliableSessionOptions> {
  readonly isOneWay?: boolean;
}

/** Exchanges by their names, as the tests call them. */
interface Named extends Exchange {
  readonly name: string;
}
const nameOf = (exchange: Exchange): string => (exchange as Named).name;

/** A service, opened at 0, whose timers are those that a test asks for. */
function serviceOf({ isOneWay = false, ...given }: Given = {}) {
  const options = reliableSessionOptions({ inactivityTimeoutMs: Number.POSITIVE_INFINITY, ...given });
  const { version } = options;
  const offeredId = isOneWay ? undefined : outputId;
  const opening = { messageId: id("create"), offeredId, expires: undefined, address };
  const session = new ReplySession<IncomingMessage>(
    {
      role: "acceptor",
      shape: isOneWay ? "one-way" : "duplex",
      address,
      openTimeoutMs: Number.POSITIVE_INFINITY,
      closeTimeoutMs: Number.POSITIVE_INFINITY,
      nextId: () => id("unused"),
      retain: (kept) => kept,
      accepted: { opening, inputId },
      options,
    },
    0,
  );
  const exchanges = new Map<string, Named>();
  const exchangeOf = (name: string): Exchange => {
    const exchange = exchanges.get(name) ?? { name };
    exchanges.set(name, exchange);
    return exchange;
  };
  const receive = (parts: Parts, exchange: string): readonly Effect[] =>
    session.handle({ type: "request", message: message(version, parts), exchange: exchangeOf(exchange) }, 10);
  return {
    session,
    receive,
    /** Request `number` of the application, with the MessageID by which `reply` finds it. */
    ask: (number: number, exchange: string, parts: Parts = {}): readonly Effect[] =>
      receive(
        { messageId: questionId(number), ...parts, rm: { sequenceId: inputId, messageNumber: number, ...parts.rm } },
        exchange,
      ),
    /** The application's reply to that request. */
    reply: (number: number): readonly Effect[] => session.handle({ type: "send", message: replyTo(number) }, 10),
    processed: (messageNumber: number): readonly Effect[] => session.handle({ type: "processed", messageNumber }, 10),
    unanswered: (messageNumber: number): readonly Effect[] =>
      session.handle({ type: "unanswered", messageNumber, messageId: questionId(messageNumber) }, 10),
    lose: (exchange: string): readonly Effect[] =>
      session.handle({ type: "exchange-lost", exchange: exchangeOf(exchange) }, 10),
  };
}

interface Parts extends Partial<Omit<IncomingMessage, "headers" | "rm">> {
  readonly rm?: Partial<RmHeaders>;
  readonly messageId?: UniqueId | undefined;
}

function message(version: RmVersion, { rm, messageId, ...parts }: Parts): IncomingMessage {
  return {
    headers: Object.assign(new MessageHeaders(), { messageId }),
    rm: Object.assign(new RmHeaders(dialects[version]), rm),
    kind: parts.body?.type ?? "application",
    byteLength: 1,
    body: undefined,
    isFault: false,
    soapFault: undefined,
    sequenceFault: undefined,
    ...parts,
  };
}

const questionId = (number: number): UniqueId => id(`question:${number}`);
const replyTo = (number: number) => ({
  addressing: { action: "urn:reply", relatesTo: questionId(number) },
  body: number,
  byteLength: 1,
});
const acknowledgement = (ranges: readonly AckRange[]) => ({
  acknowledgement: { identifier: outputId, ranges, isFinal: false, bufferRemaining: undefined },
});
const create = (messageId: UniqueId | undefined, offeredId: UniqueId | undefined): Parts => ({
  messageId,
  body: {
    type: "create-sequence",
    acksTo: address,
    expires: undefined,
    offer:
      offeredId === undefined
        ? undefined
        : { identifier: offeredId, endpoint: undefined, incompleteSequenceBehavior: undefined },
  },
});

/** What was answered: the exchange, what the answer is, and the ranges of requests that it acknowledges. */
const answers = (effects: readonly Effect[]): unknown[] =>
  effects.flatMap((effect) => {
    if (effect.type !== "answer") return [];
    const { transmission } = effect;
    return [[nameOf(effect.exchange), transmission === undefined ? "nothing" : meaningOf(transmission)]];
  });
const meaningOf = ({ content, messageNumber, acknowledgement, addressing }: Transmission): string => {
  if (content.type === "fault") return content.fault.name;
  const said = acknowledgement?.ranges.map(({ lower, upper }) => `${lower}-${upper}`).join(" ");
  const { action } = addressing;
  const name =
    messageNumber > 0
      ? `reply ${messageNumber}`
      : typeof action === "string"
        ? action
        : action.value.split(/[/:]/).at(-1);
  return said === undefined ? `${name}` : `${name} of ${said}`;
};
const acknowledged = (ranges: string): string => `SequenceAcknowledgement of ${ranges}`;
const others = (effects: readonly Effect[]): Effect[] => effects.filter(({ type }) => type !== "answer");
const deliveries = (effects: readonly Effect[]): number[] =>
  effects.flatMap((effect) => (effect.type === "deliver" ? [effect.messageNumber] : []));

describe("the opening of a session of replies", () => {
  it("is answered again when CreateSequence is repeated, known by its MessageID or its offer", () => {
    for (const repetition of [create(id("create"), undefined), create(undefined, outputId)]) {
      const { session, receive } = serviceOf();
      expect(receive(repetition, "a")).toMatchObject([
        {
          type: "answer",
          transmission: {
            addressing: { action: dialects["1.0"].createSequenceResponse },
            content: { body: { type: "create-sequence-response", identifier: inputId, acceptAcksTo: address } },
            sequenceId: undefined,
            isLastMessage: false,
            acknowledgement: undefined,
          },
        },
      ]);
      expect([session.state, session.inputId, session.outputId]).toEqual(["open", inputId, outputId]);
    }
  });

  it("is a violation when another one comes within the session", () => {
    const seconds = [create(id("other"), undefined), create(undefined, id("other")), create(undefined, undefined)];
    for (const second of seconds) {
      const { session, receive } = serviceOf();
      expect(answers(receive(second, "a"))).toEqual([["a", "SequenceTerminated"]]);
      expect(session.state).toBe("faulted");
    }
    expect(serviceOf({ isOneWay: true }).receive(create(undefined, outputId), "a")).toMatchObject([
      { type: "answer" },
      { type: "faulted" },
    ]);
  });
});

describe("a request", () => {
  it("is delivered, and answered by its reply with an acknowledgement that covers it (R-HTTP-ACK-1)", () => {
    const { ask, reply } = serviceOf({ maxTransferWindowSize: 8 });
    const effects = ask(1, "a");
    expect(effects).toMatchObject([{ type: "deliver", messageNumber: 1 }]);
    const [answer] = reply(1);
    expect(answer).toEqual({
      type: "answer",
      exchange: { name: "a" },
      transmission: {
        addressing: { action: "urn:reply", relatesTo: questionId(1) },
        content: { type: "application", body: 1 },
        sequenceId: outputId,
        messageNumber: 1,
        isLastMessage: false,
        ackRequestedId: undefined,
        acknowledgement: { identifier: inputId, ranges: [{ lower: 1, upper: 1 }], isFinal: false, bufferRemaining: 8 },
        attempt: 1,
      },
    });
  });

  it("is answered by an acknowledgement alone when it wants no reply, with no room in it without flow control", () => {
    const { receive } = serviceOf({ flowControlEnabled: false });
    expect(receive({ rm: { sequenceId: inputId, messageNumber: 1 } }, "a")[1]).toMatchObject({
      type: "answer",
      transmission: {
        addressing: { action: dialects["1.0"].sequenceAcknowledgement },
        content: { type: "empty" },
        sequenceId: undefined,
        messageNumber: 0,
        isLastMessage: false,
        acknowledgement: { ranges: [{ lower: 1, upper: 1 }], isFinal: false, bufferRemaining: undefined },
      },
    });
  });

  it("has its reply numbered as the application answers, and delivered in the order of requests", () => {
    const { ask, reply, session } = serviceOf();
    expect(deliveries(ask(2, "b"))).toEqual([]);
    expect(deliveries(ask(1, "a"))).toEqual([1, 2]);
    expect(answers(reply(2))).toEqual([["b", "reply 1 of 1-2"]]);
    expect(answers(reply(1))).toEqual([["a", "reply 2 of 1-2"]]);
    // What answers nothing, or nothing any more, is no reply.
    const stray = { ...replyTo(3), addressing: { action: "urn:reply" } };
    expect([reply(1), reply(3), session.handle({ type: "send", message: stray }, 10)]).toEqual([[], [], []]);
    expect(session.output.pendingCount).toBe(2);
  });

  it("that is repeated meanwhile waits for the same reply, and has it again later (R-HTTP-REPLY-1)", () => {
    const { ask, reply } = serviceOf();
    ask(1, "a");
    expect(ask(1, "b")).toEqual([]);
    expect(answers(reply(1))).toEqual([
      ["a", "reply 1 of 1-1"],
      ["b", "reply 1 of 1-1"],
    ]);
    const again = ask(1, "c");
    expect([answers(again), others(again)]).toEqual([[["c", "reply 1 of 1-1"]], []]);
    ask(2, "d", { rm: acknowledgement([{ lower: 1, upper: 1 }]) });
    // The reply is not kept any more.
    expect(answers(ask(1, "e"))).toEqual([["e", acknowledged("1-2")]]);
  });

  it("is answered where somebody still listens only", () => {
    const { ask, reply, lose } = serviceOf();
    ask(1, "a");
    ask(1, "b");
    expect(lose("a")).toEqual([]);
    expect(answers(reply(1))).toEqual([["b", "reply 1 of 1-1"]]);
  });

  it("gets nothing while there is no room for its reply, and comes again (R-HTTP-ROOM-1)", () => {
    const { ask, reply, session } = serviceOf({ maxTransferWindowSize: 2 });
    for (const number of [1, 2]) {
      ask(number, "a");
      reply(number);
    }
    expect(ask(3, "b")).toMatchObject([{ type: "answer", transmission: undefined }]);
    expect(session.droppedCount).toBe(1);
    expect(deliveries(ask(3, "c", { rm: acknowledgement([{ lower: 1, upper: 1 }]) }))).toEqual([3]);
  });

  it("gets nothing while the application holds as much as it may, and comes again (R-HTTP-ACK-1)", () => {
    const { ask, reply, session } = serviceOf({ maxTransferWindowSize: 1 });
    session.handle({ type: "held", count: 1 }, 10);
    expect(answers(ask(1, "a"))).toEqual([["a", "nothing"]]);
    expect([session.state, session.droppedCount]).toEqual(["open", 1]);
    session.handle({ type: "held", count: 0 }, 10);
    expect(deliveries(ask(1, "b"))).toEqual([1]);
    expect(answers(reply(1))).toEqual([["b", "reply 1 of 1-1"]]);
  });

  it("needs no reply in a session without a sequence of them, where a reply is an acknowledgement", () => {
    const { ask } = serviceOf({ isOneWay: true });
    expect(answers(ask(1, "a"))).toEqual([["a", acknowledged("1-1")]]);
    const processed = serviceOf({ isOneWay: true, ackOn: "processed" });
    processed.ask(1, "b");
    expect(answers(processed.reply(1))).toEqual([["b", acknowledged("1-1")]]);
  });

  it("is acknowledged when it is known that there is no reply", () => {
    const { ask, reply, unanswered } = serviceOf();
    ask(1, "a");
    ask(2, "b");
    expect(answers(unanswered(1))).toEqual([["a", acknowledged("1-2")]]);
    reply(2);
    expect([unanswered(1), unanswered(2), unanswered(3), reply(1)]).toEqual([[], [], [], []]);
    expect(answers(ask(2, "c"))).toEqual([["c", "reply 1 of 1-2"]]);
  });
});

describe("a request that is acknowledged when its operation has returned", () => {
  const ackOn = "processed";

  it("waits for that without a reply, and for the reply otherwise", () => {
    const { ask, receive, reply, processed } = serviceOf({ ackOn });
    expect(answers(receive({ rm: { sequenceId: inputId, messageNumber: 1 } }, "a"))).toEqual([]);
    ask(2, "b");
    expect(answers(processed(1))).toEqual([["a", acknowledged("1-1")]]);
    expect([processed(1), processed(2)]).toEqual([[], []]);
    expect(answers(reply(2))).toEqual([["b", "reply 1 of 1-2"]]);
  });

  it("waits for it when there is no reply after all", () => {
    const { ask, unanswered, processed } = serviceOf({ ackOn });
    ask(1, "a");
    expect(unanswered(1)).toEqual([]);
    expect(answers(processed(1))).toEqual([["a", acknowledged("1-1")]]);
  });

  it("is acknowledged by its reply, and keeps one that comes nevertheless (R-HTTP-ACK-1)", () => {
    const { ask, reply, unanswered, processed, session } = serviceOf({ ackOn });
    ask(1, "a");
    unanswered(1);
    expect(answers(reply(1))).toEqual([["a", "reply 1 of 1-1"]]);
    expect([processed(1), session.output.pendingCount]).toEqual([[], 1]);
    expect(answers(ask(1, "b"))).toEqual([["b", "reply 1 of 1-1"]]);
  });
});

describe("the acknowledgement of replies", () => {
  it("is told of once, as far as it reaches without a gap", () => {
    const { ask, reply, receive, session } = serviceOf();
    for (const number of [1, 2, 3]) {
      ask(number, "a");
      reply(number);
    }
    expect(session.output).toEqual({
      pendingCount: 3,
      canQueue: true,
      unacknowledged: [1, 2, 3].map((number) => ({
        messageNumber: number,
        message: replyTo(number),
        wasSent: true,
      })),
    });
    const told = (ranges: readonly AckRange[]): Effect[] =>
      others(receive({ kind: "sequence-acknowledgement", rm: acknowledgement(ranges) }, "b"));
    expect(told([])).toEqual([]);
    expect(told([{ lower: 2, upper: 2 }])).toEqual([]);
    expect(told([{ lower: 1, upper: 2 }])).toEqual([{ type: "acknowledged", upTo: 2 }]);
    expect(told([{ lower: 1, upper: 2 }])).toEqual([]);
    expect(session.output.pendingCount).toBe(1);
  });

  it("is refused beyond the last reply", () => {
    const ranges = [
      { lower: 1, upper: 1 },
      { lower: 3, upper: 3 },
    ];
    for (const wrong of [ranges, [{ lower: 1, upper: 2 }]]) {
      const { ask, reply, receive, session } = serviceOf();
      ask(1, "a");
      reply(1);
      const effects = receive({ kind: "sequence-acknowledgement", rm: acknowledgement(wrong) }, "b");
      expect(answers(effects)).toEqual([["b", "InvalidAcknowledgement"]]);
      expect(others(effects)).toMatchObject([{ type: "faulted", failure: { code: "SESSION_PROTOCOL_VIOLATION" } }]);
      const reason = `The acknowledgement covers message ${wrong.at(-1)?.upper}, but 1 is the last one sent.`;
      expect(effects[0]).toMatchObject({ transmission: { content: { fault: { reason } } } });
      expect([session.state, session.output.pendingCount]).toEqual(["faulted", 1]);
    }
  });
});
