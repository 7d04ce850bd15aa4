import { describe, expect, it } from "vitest";
import { MessageHeaders } from "../soap/index.ts";
import { UniqueId } from "../xml/index.ts";
import { dialects } from "./dialect.ts";
import {
  type AckRange,
  type ExchangeEffect,
  type IncomingMessage,
  type ReliableSessionEffect,
  type ReliableSessionOptions,
  RequestSession,
  type RequestSessionSetup,
  RmHeaders,
  reliableSessionOptions,
  type SessionFailure,
  type Transmission,
} from "./index.ts";

const id = (name: string): UniqueId => UniqueId.parse(`urn:${name}`);
const outputId = id("to-service");
const inputId = id("to-client");
const createMessageId = id("create");
const address = "http://host/service";

type Effect = ReliableSessionEffect<IncomingMessage> | ExchangeEffect;
interface Given extends Partial<ReliableSessionOptions> {
  readonly shape?: "duplex" | "one-way";
  readonly openTimeoutMs?: number;
}

/** A client whose timers are those that a test asks for. */
function clientOf({ shape = "duplex", openTimeoutMs = Number.POSITIVE_INFINITY, ...options }: Given = {}) {
  const names = ["create", "to-client"];
  let count = 0;
  const setup: RequestSessionSetup<IncomingMessage> = {
    role: "initiator",
    shape,
    address,
    openTimeoutMs,
    closeTimeoutMs: Number.POSITIVE_INFINITY,
    maxRequestCount: 100,
    nextId: () => id(names[count++] ?? `id:${count}`),
    retain: (kept) => kept,
    options: reliableSessionOptions({ inactivityTimeoutMs: Number.POSITIVE_INFINITY, ...options }),
  };
  const session = new RequestSession<IncomingMessage>(setup);
  return {
    session,
    send: (nowMs: number): readonly Effect[] => session.handle({ type: "send", message: application }, nowMs),
    answer: (request: Transmission, parts: Parts, nowMs: number): readonly Effect[] =>
      session.handle({ type: "response", message: message(parts), request }, nowMs),
    answerNothing: (request: Transmission, nowMs: number): readonly Effect[] =>
      session.handle({ type: "no-response", request, failure: undefined, isLasting: false }, nowMs),
    at: (nowMs: number): readonly Effect[] => session.handle({ type: "timeout" }, nowMs),
  };
}

/** The same, opened at 0. */
function openedClient(given: Given = {}) {
  const client = clientOf(given);
  client.session.handle({ type: "open" }, 0);
  const [create] = requestsOf(client.session.handle({ type: "link-up" }, 0));
  client.answer(create!, given.shape === "one-way" ? created({ acceptAcksTo: undefined }) : created(), 0);
  return client;
}

interface Parts extends Partial<Omit<IncomingMessage, "headers" | "rm">> {
  readonly rm?: Partial<RmHeaders>;
  readonly headers?: Partial<MessageHeaders>;
}

function message({ rm, headers, ...parts }: Parts): IncomingMessage {
  return {
    headers: Object.assign(new MessageHeaders(), headers),
    rm: Object.assign(new RmHeaders(dialects["1.0"]), rm),
    kind: parts.body?.type ?? "application",
    byteLength: 1,
    body: undefined,
    isFault: false,
    soapFault: undefined,
    sequenceFault: undefined,
    ...parts,
  };
}

const application = { addressing: { action: "urn:a", messageId: id("question") }, body: "", byteLength: 1 };
const created = (given: { acceptAcksTo?: string | undefined } = {}): Parts => ({
  headers: { relatesTo: createMessageId },
  body: {
    type: "create-sequence-response",
    identifier: outputId,
    expires: undefined,
    incompleteSequenceBehavior: undefined,
    acceptAcksTo: address,
    ...given,
  },
});
const upTo = (upper: number): readonly AckRange[] => (upper === 0 ? [] : [{ lower: 1, upper }]);
const acknowledgement = (ranges: readonly AckRange[], bufferRemaining?: number) => ({
  acknowledgement: { identifier: outputId, ranges, isFinal: false, bufferRemaining },
});
/** A reply, with the acknowledgement of the requests in `ranges`. */
const reply = (messageNumber: number, ranges: readonly AckRange[]): Parts => ({
  rm: { sequenceId: inputId, messageNumber, ...acknowledgement(ranges) },
});
const acknowledged = (ranges: readonly AckRange[], bufferRemaining?: number): Parts => ({
  kind: "sequence-acknowledgement",
  rm: acknowledgement(ranges, bufferRemaining),
});

const requestsOf = (effects: readonly Effect[]): Transmission[] =>
  effects.flatMap((effect) => (effect.type === "transmit" ? [effect.transmission] : []));
const failureOf = (effects: readonly Effect[]): SessionFailure | undefined =>
  effects.flatMap((effect) => (effect.type === "faulted" ? [effect.failure] : []))[0];
const faultsSent = (effects: readonly Effect[]) =>
  requestsOf(effects).flatMap(({ content }) => (content.type === "fault" ? [content.fault] : []));
/** Numbers of replies that were delivered. */
const delivered = (effects: readonly Effect[]): number[] =>
  effects.flatMap((effect) => (effect.type === "deliver" ? [effect.messageNumber] : []));

describe("the opening of a session of requests", () => {
  it("asks when it can, offering a sequence for the replies, and again every 10 s in place of the first", () => {
    const { session, answer, at } = clientOf();
    expect([session.state, session.inputId, session.outputId]).toEqual(["created", inputId, undefined]);
    expect(session.handle({ type: "link-up" }, 0)).toEqual([]);
    expect(session.handle({ type: "open" }, 0)).toEqual([]);
    expect([session.state, session.nextDeadlineMs]).toEqual(["opening", undefined]);
    const [create] = requestsOf(session.handle({ type: "link-up" }, 5));
    const offer = { identifier: inputId, endpoint: undefined, incompleteSequenceBehavior: undefined };
    expect(create).toMatchObject({
      addressing: { action: dialects["1.0"].createSequence, messageId: createMessageId },
      content: { type: "protocol", body: { type: "create-sequence", offer } },
      sequenceId: undefined,
      isLastMessage: false,
    });
    expect(session.nextDeadlineMs).toBe(10_005);
    const again = at(10_005);
    expect(again[0]).toEqual({ type: "abandon", request: create });
    const [repetition] = requestsOf(again);
    expect(repetition).toEqual(create);
    expect(session.nextDeadlineMs).toBe(20_005);
    expect(answer(repetition!, created(), 10_100)).toEqual([{ type: "opened" }]);
    expect([session.state, session.outputId, session.nextDeadlineMs]).toEqual(["open", outputId, undefined]);
    expect(session.handle({ type: "link-up" }, 10_200)).toEqual([]);
  });

  it("offers nothing for a contract of one-way operations", () => {
    const { session } = clientOf({ shape: "one-way" });
    session.handle({ type: "open" }, 0);
    const [create] = requestsOf(session.handle({ type: "link-up" }, 0));
    expect([create?.content, session.inputId]).toMatchObject([{ body: { offer: undefined } }, undefined]);
    expect(openedClient({ shape: "one-way" }).session.state).toBe("open");
  });

  it("measures the first round trip, before which no request is repeated", () => {
    const { session, answer, send } = clientOf();
    session.handle({ type: "open" }, 0);
    const [create] = requestsOf(session.handle({ type: "link-up" }, 1000));
    answer(create!, created(), 3000);
    send(3000);
    // A mean of 2000 ms and four deviations of 1000 ms.
    expect(session.nextDeadlineMs).toBe(9000);
  });

  it("fails as its exchange does, and tells nobody", () => {
    const { session } = clientOf();
    session.handle({ type: "open" }, 0);
    const [request] = requestsOf(session.handle({ type: "link-up" }, 0));
    const failure: SessionFailure = { code: "SESSION_CONNECTION_LOST", reason: "refused", isRemote: false };
    const effects = session.handle({ type: "no-response", request: request!, failure, isLasting: true }, 10);
    expect(effects).toStrictEqual([{ type: "faulted", failure }]);
    expect([session.state, session.nextDeadlineMs]).toEqual(["faulted", undefined]);
  });

  it("fails with an empty answer, which no service of reliable sessions gives", () => {
    const { session, answerNothing } = clientOf();
    session.handle({ type: "open" }, 0);
    const [request] = requestsOf(session.handle({ type: "link-up" }, 0));
    const reason =
      "The service at http://host/service answered CreateSequence with an empty message; does it speak WS-ReliableMessaging?";
    expect(answerNothing(request!, 10)).toEqual([
      { type: "faulted", failure: { code: "SESSION_REFUSED", reason, isRemote: true } },
    ]);
  });

  it("fails with another answer, and tells a service that declined the offer (R-WCF-CS-3)", () => {
    const answers: readonly [Parts, string, number][] = [
      [{ headers: { relatesTo: id("other") }, body: created().body }, "SESSION_PROTOCOL_VIOLATION", 0],
      [{ isFault: true }, "SESSION_REFUSED", 0],
      [created({ acceptAcksTo: undefined }), "SESSION_PROTOCOL_VIOLATION", 1],
    ];
    for (const [parts, code, faultCount] of answers) {
      const { session, answer } = clientOf();
      session.handle({ type: "open" }, 0);
      const [request] = requestsOf(session.handle({ type: "link-up" }, 0));
      const effects = answer(request!, parts, 10);
      expect([failureOf(effects)?.code, faultsSent(effects).length]).toEqual([code, faultCount]);
      expect(session.state).toBe("faulted");
    }
  });

  it("fails when it takes too long", () => {
    const { session, at } = clientOf({ openTimeoutMs: 5000 });
    session.handle({ type: "open" }, 1000);
    session.handle({ type: "link-up" }, 1000);
    expect(session.nextDeadlineMs).toBe(6000);
    expect(at(5999)).toEqual([]);
    const effects = at(6000);
    expect(failureOf(effects)).toMatchObject({ code: "SESSION_OPEN_TIMEOUT", isRemote: false });
    expect(requestsOf(effects)).toEqual([]);
    const opened = openedClient({ openTimeoutMs: 5000 });
    expect([opened.session.state, opened.session.nextDeadlineMs]).toEqual(["open", undefined]);
  });

  it("may be given up, before it starts and while it waits", () => {
    const { session } = clientOf();
    expect(session.handle({ type: "close" }, 0)).toEqual([{ type: "closed" }]);
    expect(session.state).toBe("closed");
    const opening = clientOf({ openTimeoutMs: 5000 });
    opening.session.handle({ type: "open" }, 0);
    opening.session.handle({ type: "link-up" }, 0);
    expect(opening.session.handle({ type: "close" }, 0)).toEqual([{ type: "closed" }]);
    expect([opening.session.state, opening.session.nextDeadlineMs]).toEqual(["closed", undefined]);
    expect(opening.at(10_000)).toEqual([]);
  });

  it("comes before the first message", () => {
    expect(() => clientOf().send(0)).toThrow("messages are sent on an open session");
  });
});

describe("a message of the client", () => {
  it("is a request with a number and no acknowledgement while there is no reply (R-HTTP-SHAPE-1)", () => {
    const effects = openedClient().send(10);
    expect(effects).toEqual([
      {
        type: "transmit",
        transmission: {
          addressing: application.addressing,
          sequenceId: outputId,
          messageNumber: 1,
          isLastMessage: false,
          ackRequestedId: undefined,
          acknowledgement: undefined,
          content: { type: "application", body: "" },
          attempt: 1,
        },
      },
      { type: "accepted", upTo: 1 },
    ]);
  });

  it("is done with its own reply, whose acknowledgement rides on the next one (R-HTTP-REQ-1)", () => {
    const { send, answer, session } = openedClient();
    const [first] = requestsOf(send(10));
    send(10);
    // The acknowledgement of the second one is no answer to it.
    const effects = answer(first!, reply(1, upTo(2)), 20);
    expect(delivered(effects)).toEqual([1]);
    expect(effects.at(-1)).toEqual({ type: "acknowledged", upTo: 1 });
    expect(session.output?.pendingCount).toBe(1);
    const third = send(30);
    expect(requestsOf(third)[0]?.acknowledgement).toEqual({
      identifier: inputId,
      ranges: [{ lower: 1, upper: 1 }],
      isFinal: false,
      bufferRemaining: undefined,
    });
    expect(third.filter(({ type }) => type !== "transmit")).toEqual([{ type: "accepted", upTo: 3 }]);
  });

  it("is done with an acknowledgement that covers it, or an answer without one", () => {
    const ranges = [
      { lower: 1, upper: 1 },
      { lower: 3, upper: 4 },
    ];
    for (const [number, isDone] of [
      [1, true],
      [2, false],
      [3, true],
      [4, true],
      [5, false],
    ] as const) {
      const { send, answer, session } = openedClient();
      const requests = [1, 2, 3, 4, 5].flatMap(() => requestsOf(send(10)));
      answer(requests[number - 1]!, acknowledged(ranges), 20);
      expect(session.output?.pendingCount).toBe(isDone ? 4 : 5);
      expect(session.nextDeadlineMs).toBe(isDone ? 3010 : 40);
    }
    const { send, answer, session } = openedClient();
    const [request] = requestsOf(send(10));
    answer(request!, { kind: "sequence-acknowledgement" }, 20);
    expect(session.output?.isIdle).toBe(true);
  });

  it("comes again after an empty answer, under its number and with the acknowledgement of now (R-HTTP-ACK-1)", () => {
    const { send, answer, answerNothing, at, session } = openedClient();
    const [first] = requestsOf(send(10));
    const [second] = requestsOf(send(10));
    expect(answerNothing(first!, 20)).toEqual([]);
    expect(session.nextDeadlineMs).toBe(40);
    answer(second!, reply(1, [{ lower: 2, upper: 2 }]), 30);
    const [again] = requestsOf(at(40));
    expect(again).toMatchObject({ messageNumber: 1, attempt: 2, acknowledgement: { ranges: upTo(1) } });
  });

  it("has no acknowledgement of replies where there is no sequence of them", () => {
    const { send, answer } = openedClient({ shape: "one-way" });
    const [first] = requestsOf(send(10));
    expect(answer(first!, acknowledged(upTo(1)), 20)).toEqual([{ type: "acknowledged", upTo: 1 }]);
    expect(requestsOf(send(30))[0]?.acknowledgement).toBeUndefined();
  });

  it("waits for the room that the service tells of", () => {
    const { send, answer, session } = openedClient();
    const [first] = requestsOf(send(10));
    const [second] = requestsOf(send(10));
    answer(first!, acknowledged(upTo(2), 1), 20);
    expect(send(30)).toEqual([]);
    // An answer that says nothing of room leaves it as it is.
    const effects = answer(second!, { kind: "sequence-acknowledgement" }, 40);
    expect(effects).toEqual([{ type: "acknowledged", upTo: 2 }]);
    expect(session.nextDeadlineMs).toBe(540);
  });
});

describe("a reply", () => {
  it("is delivered once, however often it comes, and answers its request each time (R-HTTP-REPLY-1)", () => {
    const { send, answer, session } = openedClient({ maxAckRangeCount: 1 });
    const [first] = requestsOf(send(10));
    const [second] = requestsOf(send(10));
    expect(delivered(answer(first!, reply(1, upTo(1)), 20))).toEqual([1]);
    expect(delivered(answer(second!, reply(1, upTo(2)), 30))).toEqual([]);
    expect(session.output?.isIdle).toBe(true);
  });

  it("is the answer to its request without an acknowledgement of it, too", () => {
    const { send, answer, session } = openedClient();
    const [first] = requestsOf(send(10));
    expect(delivered(answer(first!, { rm: { sequenceId: inputId, messageNumber: 1 } }, 20))).toEqual([1]);
    const [second] = requestsOf(send(30));
    expect(delivered(answer(second!, reply(2, upTo(1)), 40))).toEqual([2]);
    expect(session.output?.isIdle).toBe(true);
  });

  it("is taken again later when it would make one range too many to acknowledge", () => {
    const { send, answer, session } = openedClient({ maxAckRangeCount: 2 });
    const requests = Array.from({ length: 7 }, () => requestsOf(send(10))[0]!);
    const arrive = (number: number): number[] => delivered(answer(requests[number - 1]!, reply(number, upTo(7)), 20));
    expect([2, 5].map(arrive)).toEqual([[2], [5]]);
    expect(arrive(7)).toEqual([]);
    expect(session.nextDeadlineMs).toBe(40);
    // These join a range.
    expect([6, 4, 1].map(arrive)).toEqual([[6], [4], [1]]);
    expect(session.output?.pendingCount).toBe(2);
  });

  it("is acknowledged and not delivered when it is the last message of 1.0", () => {
    const { send, answer } = openedClient();
    const [first] = requestsOf(send(10));
    expect(delivered(answer(first!, { ...reply(1, upTo(1)), kind: "last-message" }, 20))).toEqual([]);
    expect(requestsOf(send(30))[0]?.acknowledgement?.ranges).toEqual(upTo(1));
  });

  it("may be a fault, which is delivered like any", () => {
    const { send, answer } = openedClient();
    const [first] = requestsOf(send(10));
    expect(delivered(answer(first!, { ...reply(1, upTo(1)), isFault: true }, 20))).toEqual([1]);
  });
});

describe("an answer that breaks the protocol", () => {
  it("ends the session and is told to the service", () => {
    const cases: readonly [Parts, string][] = [
      [{ rm: { sequenceId: id("other"), messageNumber: 1 } }, "UnknownSequence"],
      [reply(1, upTo(2)), "InvalidAcknowledgement"],
      [
        acknowledged([
          { lower: 1, upper: 1 },
          { lower: 7, upper: 7 },
        ]),
        "InvalidAcknowledgement",
      ],
    ];
    for (const [parts, name] of cases) {
      const { send, answer, session } = openedClient();
      const [first] = requestsOf(send(10));
      const effects = answer(first!, parts, 20);
      expect(faultsSent(effects)).toMatchObject([{ name }]);
      if (parts.rm?.acknowledgement !== undefined)
        expect(faultsSent(effects)[0]?.reason).toContain("but 1 is the last one sent");
      expect(requestsOf(effects)).toHaveLength(1);
      expect(failureOf(effects)).toMatchObject({ code: "SESSION_PROTOCOL_VIOLATION", fault: { name } });
      expect(delivered(effects)).toEqual([]);
      expect([session.state, session.nextDeadlineMs]).toEqual(["faulted", undefined]);
    }
  });
});
