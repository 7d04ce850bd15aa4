import { describe, expect, it } from "vitest";
import { MessageHeaders } from "../soap/index.ts";
import { UniqueId } from "../xml/index.ts";
import { dialects, type RmVersion } from "./dialect.ts";
import {
  type Exchange,
  type ExchangeEffect,
  type IncomingMessage,
  type ReliableSessionEffect,
  type ReliableSessionOptions,
  ReplySession,
  type RmBody,
  RmHeaders,
  reliableSessionOptions,
  type SequenceFault,
  type SessionFailure,
} from "./index.ts";

const id = (name: string): UniqueId => UniqueId.parse(`urn:${name}`);
const inputId = id("to-service");
const outputId = id("to-client");

type Effect = ReliableSessionEffect<IncomingMessage> | ExchangeEffect;
interface Given extends Partial<ReliableSessionOptions> {
  readonly isOneWay?: boolean;
  readonly closeTimeoutMs?: number;
}

/** Exchanges by their names, as the tests call them. */
interface Named extends Exchange {
  readonly name: string;
}
const nameOf = (exchange: Exchange): string => (exchange as Named).name;

/** A service, opened at 0, whose timers are those that a test asks for. */
function serviceOf({ isOneWay = false, closeTimeoutMs = Number.POSITIVE_INFINITY, ...given }: Given = {}) {
  const options = reliableSessionOptions({ inactivityTimeoutMs: Number.POSITIVE_INFINITY, ...given });
  const { version } = options;
  const address = "http://host/service";
  const offeredId = isOneWay ? undefined : outputId;
  const opening = { messageId: id("create"), offeredId, expires: undefined, address };
  const session = new ReplySession<IncomingMessage>(
    {
      role: "acceptor",
      shape: isOneWay ? "one-way" : "duplex",
      address,
      openTimeoutMs: Number.POSITIVE_INFINITY,
      closeTimeoutMs,
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
  const receive = (parts: Parts, exchange: string, nowMs: number = 0): readonly Effect[] =>
    session.handle({ type: "request", message: message(version, parts), exchange: exchangeOf(exchange) }, nowMs);
  return {
    session,
    receive,
    /** Request `number` of the application, which wants a reply. */
    ask: (number: number, exchange: string, nowMs: number = 0): readonly Effect[] =>
      receive({ messageId: questionId(number), rm: { sequenceId: inputId, messageNumber: number } }, exchange, nowMs),
    reply: (number: number): readonly Effect[] => session.handle({ type: "send", message: replyTo(number) }, 0),
    close: (nowMs: number = 0): readonly Effect[] => session.handle({ type: "close" }, nowMs),
    lose: (exchange: string): readonly Effect[] =>
      session.handle({ type: "exchange-lost", exchange: exchangeOf(exchange) }, 0),
    at: (nowMs: number): readonly Effect[] => session.handle({ type: "timeout" }, nowMs),
  };
}

interface Parts extends Partial<Omit<IncomingMessage, "headers" | "rm">> {
  readonly rm?: Partial<RmHeaders>;
  readonly messageId?: UniqueId;
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
const lastMessage = (messageNumber: number): Parts => ({
  kind: "last-message",
  rm: { sequenceId: inputId, messageNumber },
});
const ending = (type: "close-sequence" | "terminate-sequence", lastMessageNumber?: number): Parts => ({
  body: { type, identifier: inputId, lastMessageNumber } satisfies RmBody,
});
const ackRequested: Parts = { kind: "ack-requested", rm: { ackRequestedId: inputId } };
const closedHere = {
  name: "SequenceTerminated",
  code: "Receiver",
  reason: "The service has closed this session; open a new one.",
  identifier: inputId,
};

/** What was answered, by exchange and action or fault; the other effects as they are, failures by their codes. */
const summary = (effects: readonly Effect[]): unknown[] =>
  effects.map((effect) => {
    if (effect.type === "faulted") return `failed with ${effect.failure.code}`;
    if (effect.type !== "answer") return effect.type;
    const { exchange, transmission } = effect;
    if (transmission === undefined) return `${nameOf(exchange)}: nothing`;
    const { content, addressing } = transmission;
    if (content.type === "fault") return `${nameOf(exchange)}: ${content.fault.name}`;
    const { action } = addressing;
    return `${nameOf(exchange)}: ${(typeof action === "string" ? action : action.value).split(/[/:]/).at(-1)}`;
  });
const faultsAnswered = (effects: readonly Effect[]): SequenceFault[] =>
  effects.flatMap((effect) => {
    const content = effect.type === "answer" ? effect.transmission?.content : undefined;
    return content?.type === "fault" ? [content.fault] : [];
  });
const failureOf = (effects: readonly Effect[]): SessionFailure | undefined =>
  effects.flatMap((effect) => (effect.type === "faulted" ? [effect.failure] : []))[0];

describe("a message that is no request of the application", () => {
  it("is answered by an acknowledgement when it asks for one, and by nothing otherwise (R-HTTP-SHAPE-1)", () => {
    const { receive } = serviceOf();
    expect(summary(receive(ackRequested, "a"))).toEqual(["a: SequenceAcknowledgement"]);
    expect(summary(receive({ kind: "sequence-acknowledgement" }, "b"))).toEqual(["b: nothing"]);
  });

  it("breaks the protocol without a Sequence header", () => {
    for (const [version, name] of [
      ["1.0", "ActionNotSupported"],
      ["1.1", "WsrmRequired"],
    ] as const) {
      const { receive, session } = serviceOf({ version });
      const effects = receive({}, "a");
      expect(summary(effects)).toEqual([`a: ${name}`, "failed with SESSION_PROTOCOL_VIOLATION"]);
      expect(effects[0]).toMatchObject({
        transmission: { addressing: { action: dialects[version].fault, isFault: true }, acknowledgement: undefined },
      });
      expect([session.state, failureOf(effects)?.fault?.name]).toEqual(["faulted", name]);
    }
  });

  it("breaks the protocol when it is a LastMessage without a Sequence header", () => {
    const effects = serviceOf().receive({ kind: "last-message" }, "a");
    expect(summary(effects)).toEqual(["a: SequenceTerminated", "failed with SESSION_PROTOCOL_VIOLATION"]);
  });

  it("ends the session before anything else that it says is told of", () => {
    const { ask, reply, receive } = serviceOf();
    ask(1, "a");
    reply(1);
    const acknowledgement = {
      identifier: outputId,
      ranges: [{ lower: 1, upper: 1 }],
      isFinal: false,
      bufferRemaining: undefined,
    };
    expect(summary(receive({ rm: { acknowledgement } }, "b"))).toEqual([
      "b: ActionNotSupported",
      "failed with SESSION_PROTOCOL_VIOLATION",
    ]);
  });

  it("breaks the protocol when it names another sequence, and does not count as a sign of life", () => {
    const { receive, session } = serviceOf({ inactivityTimeoutMs: 60_000 });
    const effects = receive({ rm: { sequenceId: id("other"), messageNumber: 1 } }, "a", 10_000);
    expect(summary(effects)).toEqual(["a: UnknownSequence", "failed with SESSION_PROTOCOL_VIOLATION"]);
    expect(session.nextDeadlineMs).toBeUndefined();
  });

  it("ends the session when it is a fault, which is answered by nothing", () => {
    const { receive, ask } = serviceOf();
    ask(1, "a");
    const sequenceFault = { name: "UnknownSequence", code: "Sender", reason: "gone" } as const;
    const effects = receive({ isFault: true, sequenceFault }, "b");
    expect(summary(effects)).toEqual(["b: nothing", "a: nothing", "failed with SESSION_UNKNOWN_TO_PEER"]);
    const soapFault = { code: "Receiver", subcodes: [], reason: "broken", reasonLanguage: "" } as const;
    const stray = serviceOf().receive({ isFault: true, soapFault }, "c");
    expect(summary(stray)).toEqual(["c: nothing", "failed with SESSION_TERMINATED_BY_PEER"]);
    expect(failureOf(stray)?.reason).toContain("broken");
    const numbered = { isFault: true, rm: { sequenceId: inputId, messageNumber: 1 } };
    expect(summary(serviceOf().receive(numbered, "d"))).toEqual(["deliver", "d: SequenceAcknowledgement"]);
  });

  it("of connections says nothing to it", () => {
    const { session } = serviceOf();
    for (const input of [{ type: "link-lost" }, { type: "link-up" }] as const)
      expect(session.handle(input, 0)).toEqual([]);
    expect([session.state, session.keepAliveCount]).toEqual(["open", 0]);
  });
});

describe("a request after the end of its sequence", () => {
  it("ends a session of version 1.0 when its number is above the last one, while those before may still come", () => {
    const { receive, ask, session } = serviceOf();
    receive(lastMessage(2), "a");
    expect(summary(ask(1, "b"))).toEqual(["deliver", "input-ended"]);
    const effects = ask(3, "c");
    expect(faultsAnswered(effects)[0]).toMatchObject({
      name: "LastMessageNumberExceeded",
      reason: "Message 3 came after the last message 2.",
      identifier: inputId,
    });
    expect(summary(effects)).toEqual([
      "c: LastMessageNumberExceeded",
      "b: LastMessageNumberExceeded",
      "a: LastMessageNumberExceeded",
      "failed with SESSION_PROTOCOL_VIOLATION",
    ]);
    expect(session.state).toBe("faulted");
  });

  it("is refused in version 1.1 with the final acknowledgement, and the session goes on", () => {
    const { receive, ask, session } = serviceOf({ version: "1.1" });
    ask(1, "a");
    receive(ending("close-sequence", 3), "b");
    for (const number of [2, 4]) {
      const effects = ask(number, "c");
      const reason = `The sequence is closed and takes no message ${number}.`;
      expect(effects).toMatchObject([
        {
          type: "answer",
          transmission: {
            content: { fault: { name: "SequenceClosed", reason } },
            acknowledgement: { ranges: [{ lower: 1, upper: 1 }], isFinal: true, bufferRemaining: undefined },
          },
        },
      ]);
    }
    expect(session.state).toBe("open");
  });
});

describe("the timers of a session of replies", () => {
  it("end it when nothing came for too long, and tell whoever waits (R-WCF-FAULT-2)", () => {
    const { ask, at, session } = serviceOf({ inactivityTimeoutMs: 60_000 });
    expect(session.nextDeadlineMs).toBe(60_000);
    ask(1, "a", 10_000);
    expect(session.nextDeadlineMs).toBe(70_000);
    expect(at(69_999)).toEqual([]);
    const effects = at(70_000);
    expect(summary(effects)).toEqual(["a: SequenceTerminated", "failed with SESSION_INACTIVITY_TIMEOUT"]);
    expect(faultsAnswered(effects)).toMatchObject([{ code: "Receiver", identifier: inputId }]);
    expect(failureOf(effects)?.reason).toContain("came from the client for 60 s");
    expect(failureOf(effects)?.fault).toEqual(faultsAnswered(effects)[0]);
    expect([session.state, session.nextDeadlineMs]).toEqual(["faulted", undefined]);
  });

  it("count a repeated CreateSequence as a sign of life", () => {
    const { receive, session } = serviceOf({ inactivityTimeoutMs: 60_000 });
    const body = { type: "create-sequence", acksTo: "", expires: undefined, offer: undefined } as const;
    receive({ messageId: id("create"), body }, "a", 5000);
    expect(session.nextDeadlineMs).toBe(65_000);
  });

  it("bound the close once, however often it is asked for, and say what is not acknowledged", () => {
    const { ask, reply, close, at, session } = serviceOf({ closeTimeoutMs: 2000 });
    ask(1, "a");
    reply(1);
    ask(2, "b");
    expect(close(100)).toEqual([]);
    close(500);
    expect(session.nextDeadlineMs).toBe(2100);
    const effects = at(2100);
    expect(summary(effects)).toEqual(["b: SequenceTerminated", "failed with SESSION_CLOSE_TIMEOUT"]);
    expect(failureOf(effects)?.reason).toContain("; 1 messages are not acknowledged");
  });

  it("are none where none is asked for", () => {
    const { close, session } = serviceOf();
    close();
    expect([session.state, session.nextDeadlineMs]).toEqual(["closing", undefined]);
  });
});

describe("the end of a session of replies", () => {
  it("follows the client's LastMessage and TerminateSequence in version 1.0 (R-HTTP-CLOSE10-1)", () => {
    const { ask, reply, receive, close, session } = serviceOf({ inactivityTimeoutMs: 60_000 });
    ask(1, "a");
    expect(summary(receive(lastMessage(2), "b"))).toEqual(["input-ended"]);
    expect(summary(close())).toEqual([]);
    // The reply of the last request goes first.
    const effects = reply(1);
    expect(summary(effects)).toEqual(["a: reply", "b: LastMessage"]);
    expect(effects[1]).toMatchObject({
      transmission: {
        content: { type: "empty" },
        sequenceId: outputId,
        messageNumber: 2,
        isLastMessage: true,
        acknowledgement: { ranges: [{ lower: 1, upper: 2 }], isFinal: false },
      },
    });
    expect(summary(receive(ending("terminate-sequence"), "c"))).toEqual(["c: TerminateSequence", "closed"]);
    expect([session.state, session.nextDeadlineMs]).toEqual(["closed", undefined]);
    expect(receive(ending("terminate-sequence"), "d")).toEqual([]);
  });

  it("follows the client's CloseSequence and TerminateSequence in version 1.1 (R-HTTP-CLOSE11-1)", () => {
    const { ask, receive, reply, close, session } = serviceOf({ version: "1.1" });
    ask(1, "a");
    reply(1);
    expect(summary(receive(ending("close-sequence", 1), "b"))).toEqual(["input-ended"]);
    const effects = close();
    expect(summary(effects)).toEqual(["b: CloseSequenceResponse"]);
    expect(effects[0]).toMatchObject({ transmission: { acknowledgement: { isFinal: true } } });
    expect(summary(receive(ending("terminate-sequence", 1), "c"))).toEqual(["c: TerminateSequenceResponse", "closed"]);
    expect(session.state).toBe("closed");
  });

  it("cannot begin with the service: what comes when it has closed is for another session (R-HTTP-CLOSE-1)", () => {
    const ranges = [{ lower: 1, upper: 1 }];
    const acknowledgement = { identifier: outputId, ranges, isFinal: false, bufferRemaining: undefined };
    for (const { rm, ...parts } of [{ rm: { sequenceId: inputId, messageNumber: 2 } }, ackRequested]) {
      const { ask, reply, receive, close } = serviceOf();
      ask(1, "a");
      reply(1);
      close();
      // What was handled before has its reply again.
      expect(summary(ask(1, "b"))).toEqual(["b: reply"]);
      const effects = receive({ ...parts, rm: { ...rm, acknowledgement } }, "c");
      expect(faultsAnswered(effects)).toEqual([closedHere]);
      expect(summary(effects)).toEqual(["c: SequenceTerminated", "acknowledged", "closed"]);
    }
  });

  it("may be the client's after the service has closed (R-HTTP-CLOSE-1)", () => {
    const { receive, close, session } = serviceOf({ version: "1.1" });
    close();
    expect(summary(receive(ending("close-sequence"), "a"))).toEqual(["input-ended", "a: CloseSequenceResponse"]);
    expect(summary(receive(ackRequested, "b"))).toEqual(["b: SequenceAcknowledgement"]);
    expect(session.state).toBe("closing");
  });

  it("answers nobody whose exchange was lost", () => {
    const { receive, close, lose } = serviceOf({ version: "1.1" });
    receive(ending("close-sequence"), "a");
    receive(ending("close-sequence"), "b");
    lose("a");
    expect(summary(close())).toEqual(["b: CloseSequenceResponse"]);
  });
});

describe("the failure of a session of replies", () => {
  const failure: SessionFailure = { code: "SESSION_ABORTED", reason: "enough", isRemote: false };

  it("is told to everybody who waits, for a reply or for the end", () => {
    const { ask, receive, session } = serviceOf({ version: "1.1" });
    ask(1, "a");
    ask(1, "b");
    receive(ending("close-sequence"), "c");
    const fault = { name: "SequenceTerminated", code: "Receiver", reason: "enough" } as const;
    const effects = session.handle({ type: "fail", failure, fault }, 0);
    expect(faultsAnswered(effects)).toEqual([fault, fault, fault]);
    expect(summary(effects).slice(0, 3)).toEqual(["a", "b", "c"].map((name) => `${name}: SequenceTerminated`));
    expect(effects.at(-1)).toStrictEqual({ type: "faulted", failure: { fault, ...failure } });
    expect([session.state, session.nextDeadlineMs]).toEqual(["faulted", undefined]);
  });

  it("answers them by nothing where there is nothing to tell, and is the last thing that happens", () => {
    const { ask, receive, close, at, session } = serviceOf({ inactivityTimeoutMs: 60_000 });
    ask(1, "a");
    const effects = session.handle({ type: "fail", failure, fault: undefined }, 0);
    expect(summary(effects)).toEqual(["a: nothing", "failed with SESSION_ABORTED"]);
    expect(effects.at(-1)).toStrictEqual({ type: "faulted", failure });
    expect([session.nextDeadlineMs, receive(ackRequested, "b"), close(), at(60_000)]).toEqual([undefined, [], [], []]);
    expect(session.state).toBe("faulted");
  });
});

it("a session of replies needs the CreateSequence that it answers", () => {
  const options = reliableSessionOptions({});
  const setup = {
    role: "acceptor",
    shape: "duplex",
    address: "",
    openTimeoutMs: 1,
    closeTimeoutMs: 1,
    options,
  } as const;
  const make = () => new ReplySession({ ...setup, nextId: () => inputId, retain: (kept) => kept }, 0);
  expect(make).toThrow("a session of replies is made from an accepted CreateSequence");
});
