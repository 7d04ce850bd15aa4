import { describe, expect, it } from "vitest";
import { MessageHeaders } from "../soap/index.ts";
import { UniqueId } from "../xml/index.ts";
import { dialects } from "./dialect.ts";
import {
  type ExchangeEffect,
  type IncomingMessage,
  type ReliableSessionEffect,
  type ReliableSessionOptions,
  RequestSession,
  RmHeaders,
  reliableSessionOptions,
  type SessionFailure,
  type Transmission,
} from "./index.ts";

const id = (name: string): UniqueId => UniqueId.parse(`urn:${name}`);
const outputId = id("to-service");

type Effect = ReliableSessionEffect<IncomingMessage> | ExchangeEffect;

/** A client, opened at 0, whose timers are those that a test asks for. */
function clientOf(options: Partial<ReliableSessionOptions> = {}) {
  const session = new RequestSession<IncomingMessage>({
    role: "initiator",
    shape: "one-way",
    address: "http://host/service",
    openTimeoutMs: Number.POSITIVE_INFINITY,
    closeTimeoutMs: Number.POSITIVE_INFINITY,
    maxRequestCount: 100,
    nextId: () => id("create"),
    retain: (kept) => kept,
    options: reliableSessionOptions({ inactivityTimeoutMs: Number.POSITIVE_INFINITY, ...options }),
  });
  const answer = (request: Transmission, given: Partial<IncomingMessage>, nowMs: number): readonly Effect[] =>
    session.handle({ type: "response", message: { ...empty, ...given }, request }, nowMs);
  session.handle({ type: "open" }, 0);
  answer(requestsOf(session.handle({ type: "link-up" }, 0))[0]!, created, 0);
  return {
    session,
    /** The answer without a reply, which acknowledges requests 1 to `upper`. */
    acknowledge: (request: Transmission, upper: number, nowMs: number, bufferRemaining?: number): readonly Effect[] => {
      const ranges = upper === 0 ? [] : [{ lower: 1, upper }];
      const acknowledgement = { identifier: outputId, ranges, isFinal: false, bufferRemaining };
      const rm = Object.assign(new RmHeaders(dialects["1.0"]), { acknowledgement });
      return answer(request, { kind: "sequence-acknowledgement", rm }, nowMs);
    },
    send: (nowMs: number): Transmission =>
      requestsOf(session.handle({ type: "send", message: application }, nowMs))[0]!,
    answerNothing: (request: Transmission, nowMs: number): readonly Effect[] =>
      session.handle({ type: "no-response", request, failure: undefined, isLasting: false }, nowMs),
    fail: (request: Transmission, nowMs: number, isLasting: boolean = false): readonly Effect[] =>
      session.handle({ type: "no-response", request, failure: lost, isLasting }, nowMs),
    at: (nowMs: number): readonly Effect[] => session.handle({ type: "timeout" }, nowMs),
  };
}

const application = { addressing: { action: "urn:a" }, body: "", byteLength: 1 };
const lost: SessionFailure = {
  code: "SESSION_CONNECTION_LOST",
  reason: "reset",
  isRemote: false,
  cause: new Error("reset"),
};
const empty: IncomingMessage = {
  headers: new MessageHeaders(),
  rm: new RmHeaders(dialects["1.0"]),
  kind: "application",
  byteLength: 1,
  body: undefined,
  isFault: false,
  soapFault: undefined,
  sequenceFault: undefined,
};
const created: Partial<IncomingMessage> = {
  headers: Object.assign(new MessageHeaders(), { relatesTo: id("create") }),
  kind: "create-sequence-response",
  body: {
    type: "create-sequence-response",
    identifier: outputId,
    expires: undefined,
    incompleteSequenceBehavior: undefined,
    acceptAcksTo: undefined,
  },
};

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

describe("an exchange that fails", () => {
  it("is told of once and tried again at once, then after pauses, with all that failed meanwhile", () => {
    const { send, fail, at, session } = clientOf();
    const [first, second, third] = [send(0), send(0), send(0)];
    expect(fail(first, 10)).toEqual([{ type: "reconnecting", cause: lost.cause }]);
    expect(fail(second, 10)).toEqual([]);
    expect(session.nextDeadlineMs).toBe(10);
    const again = requestsOf(at(10));
    expect(again.map(({ messageNumber, attempt }) => [messageNumber, attempt])).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(fail(again[0]!, 20)).toEqual([]);
    expect(session.nextDeadlineMs).toBe(70);
    // One more does not put it off.
    fail(again[1]!, 60);
    fail(third, 60);
    expect(session.nextDeadlineMs).toBe(70);
    expect(at(69)).toEqual([]);
    expect(requestsOf(at(70)).map(({ messageNumber }) => messageNumber)).toEqual([1, 2, 3]);
    expect(session.nextDeadlineMs).toBe(3070);
  });

  it("is made good by any acknowledge, even an empty one, which is told of once", () => {
    const { send, fail, answerNothing, acknowledge } = clientOf();
    const [first, second, third] = [send(0), send(0), send(0)];
    fail(first, 10);
    expect(answerNothing(second, 20)).toEqual([{ type: "reconnected" }]);
    expect(acknowledge(third, 0, 20)).toEqual([]);
    const other = clientOf();
    const [fourth, fifth] = [other.send(0), other.send(0)];
    other.fail(fourth, 10);
    expect(other.acknowledge(fifth, 0, 20)).toEqual([{ type: "reconnected" }]);
  });

  it("ends the session when it will not get better, and tells the service what can be told", () => {
    const { send, fail, session } = clientOf();
    const effects = fail(send(0), 10, true);
    expect(summary(effects)).toMatchObject([
      "fault",
      { type: "faulted", failure: { code: "SESSION_CONNECTION_LOST", fault: { name: "SequenceTerminated" } } },
    ]);
    expect(requestsOf(effects)[0]?.content).toMatchObject({ fault: { identifier: outputId, reason: "reset" } });
    expect(session.state).toBe("faulted");
  });
});

describe("the timers of a session of requests", () => {
  const options = { inactivityTimeoutMs: 60_000, maxRetryCount: 3 };

  it("ask for a sign of life at half of the inactivity timeout, put off by requests (R-WCF-KEEPALIVE-1)", () => {
    const { send, at, acknowledge, session } = clientOf(options);
    expect(session.nextDeadlineMs).toBe(30_000);
    acknowledge(send(10_000), 1, 10_000);
    send(12_000);
    expect(requestsOf(at(15_000)).map(actionOf)).toEqual(["a", "AckRequested"]);
    expect(session.keepAliveCount).toBe(0);
    const idle = clientOf(options);
    const [question] = requestsOf(idle.at(30_000));
    expect(question).toMatchObject({
      addressing: { action: dialects["1.0"].ackRequested },
      ackRequestedId: outputId,
      acknowledgement: undefined,
      content: { type: "empty" },
      messageNumber: 0,
      attempt: 0,
    });
    expect(idle.session.keepAliveCount).toBe(1);
    idle.answerNothing(question!, 30_100);
    idle.acknowledge(question!, 0, 31_000);
    expect(idle.session.nextDeadlineMs).toBe(61_000);
  });

  it("end the session when nothing came for too long, and tell the service which sequence that is (R-WCF-FAULT-2)", () => {
    const { at, session } = clientOf({ inactivityTimeoutMs: 60_000, maxRetryCount: 1 });
    at(30_000);
    expect(session.nextDeadlineMs).toBe(60_000);
    const effects = at(60_000);
    expect(failureOf(effects)).toMatchObject({ code: "SESSION_INACTIVITY_TIMEOUT", isRemote: false });
    expect(failureOf(effects)?.reason).toContain("came from the service for 60 s");
    const [told] = requestsOf(effects);
    expect(told).toMatchObject({
      addressing: { action: dialects["1.0"].fault },
      content: { type: "fault", fault: { identifier: outputId, expiredTimer: { limitMs: 60_000 } } },
    });
    expect([requestsOf(effects).length, session.state, session.nextDeadlineMs]).toEqual([1, "faulted", undefined]);
  });

  it("repeat what is under way for long, with one question for all, which the service can answer at once (R-HTTP-HELD-1)", () => {
    const { send, at, session } = clientOf();
    const [first] = [send(0), send(0)];
    expect(at(2999)).toEqual([]);
    const effects = at(3000);
    expect(summary(effects)).toEqual(["not a", "a", "not a", "a", "AckRequested"]);
    expect(effects[0]).toEqual({ type: "abandon", request: first });
    expect(session.nextDeadlineMs).toBe(9000);
  });

  it("ask nothing when only what was refused is repeated", () => {
    const { send, answerNothing, at } = clientOf();
    answerNothing(send(0), 0);
    expect(summary(at(20))).toEqual(["a"]);
  });

  it("give up after maxRetryCount repetitions while nothing at all comes (R-HTTP-HELD-1)", () => {
    const { send, at, session, acknowledge } = clientOf({ maxRetryCount: 1 });
    send(0);
    const [, question] = requestsOf(at(3000));
    acknowledge(question!, 0, 3001);
    expect(requestsOf(at(9000)).map(actionOf)).toEqual(["a", "AckRequested"]);
    const effects = at(session.nextDeadlineMs!);
    expect(summary(effects)).toMatchObject([
      "fault",
      { type: "faulted", failure: { code: "SESSION_RETRIES_EXHAUSTED" } },
    ]);
    expect(session.state).toBe("faulted");
  });

  it("ask for room after 500 ms, when messages wait for it and nothing is under way (R-WCF-CREDIT-1)", () => {
    const { send, at, acknowledge, session } = clientOf();
    acknowledge(send(0), 1, 10, 0);
    session.handle({ type: "send", message: application }, 20);
    expect(session.nextDeadlineMs).toBe(520);
    const [question] = requestsOf(at(520));
    expect([actionOf(question!), session.keepAliveCount]).toEqual(["AckRequested", 0]);
    expect(requestsOf(acknowledge(question!, 1, 600, 1)).map(actionOf)).toEqual(["a"]);
  });
});
