import { describe, expect, it } from "vitest";
import { MessageHeaders } from "../soap/index.ts";
import { UniqueId } from "../xml/index.ts";
import { dialects } from "./dialect.ts";
import {
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
const address = "http://host/service";

type Effect = ReliableSessionEffect<IncomingMessage> | ExchangeEffect;

const upTo = (upper: number) => (upper === 0 ? [] : [{ lower: 1, upper }]);

function nameOf(answer: Transmission | undefined): string {
  if (answer === undefined) return "nothing";
  if (answer.content.type !== "fault") return answer.content.type === "empty" ? "ack" : "reply";
  const ranges = answer.acknowledgement?.ranges.map(({ lower, upper }) => `${lower}-${upper}`);
  return `fault that tells of ${ranges}`;
}

/** A service's session, whose application answers each request at once unless it is told not to. */
function sessionOf(options: Partial<ReliableSessionOptions> = {}) {
  const opening = { messageId: id("create"), offeredId: id("to-client"), expires: undefined, address };
  const session = new ReplySession<IncomingMessage>(
    {
      role: "acceptor",
      shape: "duplex",
      options: reliableSessionOptions({ inactivityTimeoutMs: Number.POSITIVE_INFINITY, ...options }),
      address,
      openTimeoutMs: Number.POSITIVE_INFINITY,
      closeTimeoutMs: 60_000,
      nextId: () => id("next"),
      retain: (kept) => kept,
      accepted: { opening, inputId: id("to-service") },
    },
    0,
  );
  const delivered: number[] = [];
  /** What was answered, by the number of the request. */
  const answers: string[] = [];
  const exchanges = new Map<object, number>();
  let isAnswering = true;
  let acknowledgedUpTo = 0;
  const perform = (effects: readonly Effect[]): void => {
    for (const effect of effects) {
      if (effect.type === "answer") answers.push(`${exchanges.get(effect.exchange)} ${nameOf(effect.transmission)}`);
      if (effect.type !== "deliver") continue;
      delivered.push(effect.messageNumber);
      if (isAnswering && effect.message.headers.messageId !== undefined) reply(effect.messageNumber);
    }
  };
  const reply = (number: number): void => {
    const addressing = { action: "urn:reply", relatesTo: id(`call-${number}`) };
    perform(session.handle({ type: "send", message: { addressing, body: "", byteLength: 1 } }, 0));
  };
  /** A request comes, with the number of its message; it wants a reply or is one-way. */
  const ask = (number: number, wantsReply: boolean): void => {
    const exchange = {};
    exchanges.set(exchange, number);
    const messageId = wantsReply ? id(`call-${number}`) : undefined;
    const message: IncomingMessage = {
      headers: Object.assign(new MessageHeaders(), { messageId }),
      rm: Object.assign(new RmHeaders(dialects["1.0"]), {
        sequenceId: id("to-service"),
        messageNumber: number,
        acknowledgement: { identifier: id("to-client"), ranges: upTo(acknowledgedUpTo), isFinal: false },
      }),
      kind: "application",
      byteLength: 1,
      body: undefined,
      isFault: false,
      soapFault: undefined,
      sequenceFault: undefined,
    };
    perform(session.handle({ type: "request", message, exchange }, 0));
  };
  return {
    session,
    delivered,
    reply,
    tell: (number: number) => ask(number, false),
    call: (number: number) => ask(number, true),
    close: () => perform(session.handle({ type: "close" }, 0)),
    /** What comes from now on acknowledges the replies up to this one. */
    acknowledged: (upTo: number) => {
      acknowledgedUpTo = upTo;
    },
    answerLater: () => {
      isAnswering = false;
    },
    /** Answers since it was last asked. */
    answered: () => answers.splice(0),
  };
}

describe("a service that closes a session while acknowledged messages wait for earlier ones (R-HTTP-CLOSE-2)", () => {
  it("handles those first, and what they wait for; nothing behind them", () => {
    const { session, delivered, tell, call, close, acknowledged, answered } = sessionOf();
    tell(1);
    tell(4);
    expect([delivered, answered()]).toEqual([[1], ["1 ack", "4 ack"]]);

    close();
    tell(5);
    expect([session.state, answered()]).toEqual(["open", ["5 nothing"]]);
    call(3);
    tell(2);
    expect([delivered, answered()]).toEqual([
      [1, 2, 3, 4],
      ["3 reply", "2 ack"],
    ]);
    expect(session.state).toBe("closing");

    acknowledged(1);
    tell(5);
    expect([session.state, delivered, answered()]).toEqual(["closed", [1, 2, 3, 4], ["5 fault that tells of 1-4"]]);
  });

  it("ends the session only when the client has all replies, lest one comes behind the end (R-HTTP-CLOSE-3)", () => {
    const { session, call, tell, close, acknowledged, answered } = sessionOf();
    call(1);
    call(2);
    close();
    tell(3);
    acknowledged(1);
    tell(3);
    expect([session.state, answered()]).toEqual(["closing", ["1 reply", "2 reply", "3 nothing", "3 nothing"]]);

    acknowledged(2);
    tell(3);
    expect([session.state, answered()]).toEqual(["closed", ["3 fault that tells of 1-2"]]);
  });

  it("waits for the replies to what filled the gap, too", () => {
    const { session, delivered, reply, tell, call, close, answerLater, answered } = sessionOf();
    answerLater();
    tell(2);
    close();
    call(1);
    expect([session.state, delivered, answered()]).toEqual(["open", [1, 2], ["2 ack"]]);

    reply(1);
    expect([session.state, answered()]).toEqual(["closing", ["1 reply"]]);
  });

  it("waits no longer than closeTimeout", () => {
    const { session, tell, close } = sessionOf();
    tell(2);
    close();
    close();
    expect(session.nextDeadlineMs).toBe(60_000);
    const effects = session.handle({ type: "timeout" }, 60_000);
    expect(effects.at(-1)).toMatchObject({ type: "faulted", failure: { code: "SESSION_CLOSE_TIMEOUT" } });
  });

  it("waits for none when they are handled as they come", () => {
    const { session, delivered, tell, close } = sessionOf({ ordered: false });
    tell(2);
    close();
    expect([session.state, delivered]).toEqual(["closing", [2]]);
  });
});
