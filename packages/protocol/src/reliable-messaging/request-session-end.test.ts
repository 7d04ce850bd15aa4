import { describe, expect, it } from "vitest";
import { MessageHeaders } from "../soap/index.ts";
import { UniqueId } from "../xml/index.ts";
import { dialects, type RmVersion } from "./dialect.ts";
import {
  type ExchangeEffect,
  type IncomingMessage,
  type ReliableSessionEffect,
  type ReliableSessionOptions,
  RequestSession,
  RmHeaders,
  reliableSessionOptions,
  type SequenceFault,
  type SessionFailure,
  type Transmission,
} from "./index.ts";

const id = (name: string): UniqueId => UniqueId.parse(`urn:${name}`);
const outputId = id("to-service");
const inputId = id("to-client");

type Effect = ReliableSessionEffect<IncomingMessage> | ExchangeEffect;
interface Given extends Partial<ReliableSessionOptions> {
  readonly shape?: "duplex" | "one-way";
  readonly closeTimeoutMs?: number;
}

/** A client, opened at 0, whose timers are those that a test asks for. */
function clientOf({ shape = "duplex", closeTimeoutMs = Number.POSITIVE_INFINITY, ...given }: Given = {}) {
  const options = reliableSessionOptions({ inactivityTimeoutMs: Number.POSITIVE_INFINITY, ...given });
  const { version } = options;
  const names = shape === "duplex" ? ["create", "to-client"] : ["create"];
  let count = 0;
  const session = new RequestSession<IncomingMessage>({
    role: "initiator",
    shape,
    address: "http://host/service",
    openTimeoutMs: Number.POSITIVE_INFINITY,
    closeTimeoutMs,
    maxRequestCount: 100,
    nextId: () => id(names[count++] ?? `id:${count - names.length}`),
    retain: (kept) => kept,
    options,
  });
  const answer = (request: Transmission, parts: Parts, nowMs: number): readonly Effect[] =>
    session.handle({ type: "response", message: message(version, parts), request }, nowMs);
  session.handle({ type: "open" }, 0);
  const acceptAcksTo = shape === "duplex" ? "http://host/service" : undefined;
  answer(requestsOf(session.handle({ type: "link-up" }, 0))[0]!, created(acceptAcksTo), 0);
  return {
    session,
    answer,
    send: (nowMs: number): Transmission =>
      requestsOf(session.handle({ type: "send", message: application }, nowMs))[0]!,
    close: (nowMs: number): readonly Effect[] => session.handle({ type: "close" }, nowMs),
    answerNothing: (request: Transmission, nowMs: number): readonly Effect[] =>
      session.handle({ type: "no-response", request, failure: undefined, isLasting: false }, nowMs),
    fail: (request: Transmission, nowMs: number): readonly Effect[] =>
      session.handle({ type: "no-response", request, failure: lost, isLasting: false }, nowMs),
    at: (nowMs: number): readonly Effect[] => session.handle({ type: "timeout" }, nowMs),
  };
}

interface Parts extends Partial<Omit<IncomingMessage, "headers" | "rm">> {
  readonly rm?: Partial<RmHeaders>;
  readonly relatesTo?: UniqueId;
}

function message(version: RmVersion, { rm, relatesTo, ...parts }: Parts): IncomingMessage {
  return {
    headers: Object.assign(new MessageHeaders(), { relatesTo }),
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

const application = { addressing: { action: "urn:a" }, body: "", byteLength: 1 };
const lost: SessionFailure = { code: "SESSION_CONNECTION_LOST", reason: "reset", isRemote: false };
const created = (acceptAcksTo: string | undefined): Parts => ({
  relatesTo: id("create"),
  body: {
    type: "create-sequence-response",
    identifier: outputId,
    expires: undefined,
    incompleteSequenceBehavior: undefined,
    acceptAcksTo,
  },
});
const acknowledged = (upper: number, isFinal = false) => ({
  acknowledgement: {
    identifier: outputId,
    ranges: upper === 0 ? [] : [{ lower: 1, upper }],
    isFinal,
    bufferRemaining: undefined,
  },
});
const faultOf = (sequenceFault: SequenceFault): Parts => ({ isFault: true, sequenceFault });
const unknownSequence: SequenceFault = { name: "UnknownSequence", code: "Sender", reason: "gone" };

const requestsOf = (effects: readonly Effect[]): Transmission[] =>
  effects.flatMap((effect) => (effect.type === "transmit" ? [effect.transmission] : []));
const actionOf = ({ addressing: { action } }: Transmission): string =>
  (typeof action === "string" ? action : action.value).split(/[/:]/).at(-1)!;
/** What left, by action; which requests were given up; and the other effects as they are. */
const summary = (effects: readonly Effect[]): unknown[] =>
  effects.map((effect) => {
    if (effect.type === "transmit") return actionOf(effect.transmission);
    return effect.type === "abandon" ? `not ${actionOf(effect.request)}` : effect;
  });
const failureOf = (effects: readonly Effect[]): SessionFailure | undefined =>
  effects.flatMap((effect) => (effect.type === "faulted" ? [effect.failure] : []))[0];

describe("the end of a session of requests", () => {
  it("takes LastMessage and TerminateSequence in version 1.0, and leaves nothing behind (R-HTTP-CLOSE10-1)", () => {
    const { send, close, answer, session } = clientOf({ inactivityTimeoutMs: 60_000 });
    const first = send(0);
    const [last] = requestsOf(close(10));
    expect(last).toMatchObject({ messageNumber: 2, isLastMessage: true, content: { type: "empty" }, attempt: 1 });
    expect(session.output?.unacknowledged.map(({ messageNumber }) => messageNumber)).toEqual([1]);
    expect(close(20)).toEqual([]);
    expect(session.nextDeadlineMs).toBe(3000);
    answer(first, { rm: acknowledged(2) }, 30);
    const lastReply = {
      kind: "last-message",
      rm: { sequenceId: inputId, messageNumber: 1, ...acknowledged(2) },
    } as const;
    const effects = answer(last!, lastReply, 40);
    const [terminate] = requestsOf(effects);
    expect(terminate).toMatchObject({
      addressing: { action: dialects["1.0"].terminateSequence, messageId: id("id:1") },
      content: { body: { type: "terminate-sequence", identifier: outputId, lastMessageNumber: undefined } },
      acknowledgement: { identifier: inputId, ranges: [{ lower: 1, upper: 1 }], isFinal: false },
    });
    expect(session.state).toBe("closing");
    const body = { type: "terminate-sequence", identifier: inputId, lastMessageNumber: undefined } as const;
    expect(answer(terminate!, { body }, 50)).toEqual([{ type: "closed" }]);
    expect([session.state, session.nextDeadlineMs]).toEqual(["closed", undefined]);
    expect([close(60), session.handle({ type: "send", message: application }, 60)]).toEqual([[], []]);
  });

  it("takes CloseSequence and TerminateSequence in version 1.1, and tells the last word on the replies (R-HTTP-CLOSE11-1)", () => {
    const { send, close, answer } = clientOf({ version: "1.1" });
    const first = send(0);
    expect(close(10)).toEqual([]);
    const [closing] = requestsOf(answer(first, { rm: acknowledged(1) }, 20));
    expect(closing).toMatchObject({
      addressing: { action: dialects["1.1"].closeSequence, messageId: id("id:1") },
      content: { body: { type: "close-sequence", lastMessageNumber: 1 } },
      acknowledgement: { identifier: inputId, ranges: [], isFinal: true, bufferRemaining: undefined },
    });
    const closed = { type: "close-sequence-response", identifier: outputId } as const;
    const [terminate] = requestsOf(
      answer(closing!, { body: closed, relatesTo: id("id:1"), rm: acknowledged(1, true) }, 30),
    );
    expect(terminate).toMatchObject({
      content: { body: { type: "terminate-sequence", lastMessageNumber: 1 } },
      acknowledgement: { isFinal: true },
    });
    const terminated = { type: "terminate-sequence-response", identifier: outputId } as const;
    expect(answer(terminate!, { body: terminated, rm: acknowledged(1, true) }, 40)).toEqual([{ type: "closed" }]);
  });

  it("acknowledges no replies where there is no sequence of them, and takes an empty answer in 1.0", () => {
    const { close, answer, answerNothing, session } = clientOf({ shape: "one-way" });
    const [last] = requestsOf(close(0));
    const [terminate] = requestsOf(answer(last!, { rm: acknowledged(1) }, 10));
    expect([terminate?.addressing.messageId, terminate?.acknowledgement]).toEqual([undefined, undefined]);
    expect(answerNothing(terminate!, 20)).toEqual([{ type: "closed" }]);
    expect(session.state).toBe("closed");
  });

  it("repeats its request every 10 s in place of the one under way, and at once when that failed", () => {
    const { close, fail, at, session } = clientOf({ version: "1.1" });
    close(0);
    expect(session.nextDeadlineMs).toBe(10_000);
    const repeated = at(10_000);
    expect(summary(repeated)).toEqual(["not CloseSequence", "CloseSequence"]);
    expect(session.nextDeadlineMs).toBe(20_000);
    fail(requestsOf(repeated)[0]!, 12_000);
    expect(session.nextDeadlineMs).toBe(12_000);
    expect(summary(at(12_000))).toEqual(["CloseSequence"]);
    expect(session.nextDeadlineMs).toBe(22_000);
    expect(summary(at(22_000))).toEqual(["not CloseSequence", "CloseSequence"]);
  });

  it("leaves its request under way when another exchange failed", () => {
    const { close, fail, at, session } = clientOf({ version: "1.1", inactivityTimeoutMs: 18_000 });
    const [question] = requestsOf(at(9000));
    close(9000);
    fail(question!, 9500);
    expect(session.nextDeadlineMs).toBe(9500);
    expect(at(9500)).toEqual([]);
  });

  it("repeats no request of the handshake while the session is open", () => {
    const { send, fail, at, answer, session } = clientOf();
    fail(send(0), 10);
    const [again] = requestsOf(at(10));
    answer(again!, { rm: acknowledged(1) }, 20);
    expect(session.nextDeadlineMs).toBeUndefined();
  });

  it("is not taken from the answer to another request", () => {
    const { close, at, answer, answerNothing, session } = clientOf({ inactivityTimeoutMs: 18_000 });
    const [question] = requestsOf(at(9000));
    const [last] = requestsOf(close(9000));
    answer(last!, { rm: acknowledged(1) }, 9100);
    answer(question!, { kind: "sequence-acknowledgement", rm: acknowledged(1) }, 9200);
    answerNothing(question!, 9300);
    expect(session.state).toBe("closing");
  });

  it("is reached when the service has forgotten the sequence, but only after all else is done", () => {
    const { close, answer, session } = clientOf();
    const [last] = requestsOf(close(0));
    const [terminate] = requestsOf(answer(last!, { rm: acknowledged(1) }, 10));
    expect(answer(terminate!, faultOf(unknownSequence), 20)).toEqual([{ type: "closed" }]);
    expect(session.state).toBe("closed");
    const early = clientOf();
    const [request] = requestsOf(early.close(0));
    expect(failureOf(early.answer(request!, faultOf(unknownSequence), 10))?.code).toBe("SESSION_UNKNOWN_TO_PEER");
    const other = clientOf();
    const [another] = requestsOf(other.answer(requestsOf(other.close(0))[0]!, { rm: acknowledged(1) }, 10));
    const effects = other.answer(another!, faultOf({ ...unknownSequence, name: "SequenceTerminated" }), 20);
    expect(failureOf(effects)?.code).toBe("SESSION_TERMINATED_BY_PEER");
  });

  it("is a failure when the final acknowledgement is wrong", () => {
    const body = { type: "close-sequence-response", identifier: outputId } as const;
    for (const rm of [acknowledged(0), acknowledged(1, true)]) {
      const { close, answer } = clientOf({ version: "1.1" });
      const [closing] = requestsOf(close(0));
      const effects = answer(closing!, { body, relatesTo: id("id:1"), rm }, 10);
      expect(summary(effects)).toMatchObject([
        "fault",
        { type: "faulted", failure: { code: "SESSION_PROTOCOL_VIOLATION" } },
      ]);
    }
  });

  it("has a limit, and says how much is not acknowledged", () => {
    const { send, close, at, session } = clientOf({ version: "1.1", closeTimeoutMs: 2000 });
    send(0);
    send(0);
    close(100);
    close(500);
    expect(session.nextDeadlineMs).toBe(2100);
    const effects = at(2100);
    expect(summary(effects)).toMatchObject(["fault", { failure: { code: "SESSION_CLOSE_TIMEOUT" } }]);
    expect(failureOf(effects)?.reason).toContain("; 2 messages are not acknowledged");
  });
});

describe("the failure of a session of requests", () => {
  const failure: SessionFailure = { code: "SESSION_ABORTED", reason: "enough", isRemote: false };

  it("is told to the service when there is something to tell", () => {
    const fault = { name: "SequenceTerminated", code: "Receiver", reason: "enough" } as const;
    const told = clientOf().session.handle({ type: "fail", failure, fault }, 10);
    expect(told.at(-1)).toStrictEqual({ type: "faulted", failure: { fault, ...failure } });
    expect(requestsOf(told).map(({ content }) => content)).toEqual([{ type: "fault", fault }]);
    const { session } = clientOf({ inactivityTimeoutMs: 60_000 });
    const effects = session.handle({ type: "fail", failure, fault: undefined }, 10);
    expect(effects).toStrictEqual([{ type: "faulted", failure }]);
    expect([session.state, session.nextDeadlineMs]).toEqual(["faulted", undefined]);
    expect(session.handle({ type: "close" }, 20)).toEqual([]);
  });

  it("comes with a fault of the service, of whatever kind", () => {
    const { send, answer } = clientOf();
    const soapFault = { code: "Receiver", subcodes: [], reason: "broken", reasonLanguage: "" } as const;
    expect(answer(send(0), { isFault: true, soapFault }, 10)).toMatchObject([
      { type: "faulted", failure: { code: "SESSION_TERMINATED_BY_PEER", isRemote: true } },
    ]);
  });

  it("knows nothing of connections", () => {
    const { session } = clientOf();
    for (const input of [{ type: "link-lost" }, { type: "held", count: 3 }] as const) {
      expect(session.handle(input, 10)).toEqual([]);
    }
    expect([session.state, session.droppedCount]).toEqual(["open", 0]);
  });
});
