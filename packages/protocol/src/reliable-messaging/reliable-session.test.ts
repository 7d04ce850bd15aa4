import { describe, expect, it } from "vitest";
import { MessageHeaders } from "../soap/index.ts";
import { UniqueId } from "../xml/index.ts";
import { dialects, type RmVersion } from "./dialect.ts";
import {
  type IncomingMessage,
  ReliableSession,
  type ReliableSessionEffect,
  type ReliableSessionOptions,
  type ReliableSessionSetup,
  RmHeaders,
  reliableSessionOptions,
  type SessionFailure,
} from "./index.ts";

const id = (name: string): UniqueId => UniqueId.parse(`urn:${name}`);
const serviceSequence = id("to-service");
const clientSequence = id("to-client");
const createMessageId = id("create");
const address = "net.tcp://host/service";

type Effect = ReliableSessionEffect<IncomingMessage>;
type Given = Partial<Omit<ReliableSessionSetup<IncomingMessage>, "options">> & {
  readonly options?: Partial<ReliableSessionOptions>;
};

/** No timer runs but those that a test asks for. */
const untimed = { inactivityTimeoutMs: Number.POSITIVE_INFINITY };

function sessionOf({ options = {}, ...given }: Given, nowMs: number = 0): ReliableSession<IncomingMessage> {
  const names = ["create", "to-client"];
  let count = 0;
  return new ReliableSession<IncomingMessage>(
    {
      role: "initiator",
      shape: "duplex",
      address,
      openTimeoutMs: Number.POSITIVE_INFINITY,
      closeTimeoutMs: Number.POSITIVE_INFINITY,
      nextId: () => id(names[count++] ?? `id:${count}`),
      retain: (kept) => kept,
      ...given,
      options: reliableSessionOptions({ ...untimed, ...options }),
    },
    nowMs,
  );
}

interface Parts extends Partial<Omit<IncomingMessage, "headers" | "rm">> {
  readonly rm?: Partial<RmHeaders>;
  readonly headers?: Partial<MessageHeaders>;
  readonly version?: RmVersion;
}

function message({ rm, headers, version = "1.0", ...parts }: Parts): IncomingMessage {
  return {
    headers: Object.assign(new MessageHeaders(), headers),
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

const opened = (given: Partial<{ acceptAcksTo: string | undefined }> = {}): IncomingMessage =>
  message({
    headers: { relatesTo: createMessageId },
    body: {
      type: "create-sequence-response",
      identifier: serviceSequence,
      expires: undefined,
      incompleteSequenceBehavior: undefined,
      acceptAcksTo: address,
      ...given,
    },
  });

const application = { addressing: { action: "urn:a" }, body: "", byteLength: 1 };
const acknowledgement = (identifier: UniqueId, upTo: number) => ({
  identifier,
  ranges: upTo === 0 ? [] : [{ lower: 1, upper: upTo }],
  isFinal: false,
  bufferRemaining: undefined,
});
/** What left, by action, and the other effects as they are. */
const summary = (effects: readonly Effect[]): unknown[] =>
  effects.map((effect) => {
    if (effect.type !== "transmit") return effect;
    const action = effect.transmission.addressing.action;
    return (typeof action === "string" ? action : action.value).split(/[/:]/).at(-1);
  });
const failureOf = (effects: readonly Effect[]): SessionFailure | undefined =>
  effects.flatMap((effect) => (effect.type === "faulted" ? [effect.failure] : []))[0];
const faultsSent = (effects: readonly Effect[]) =>
  effects.flatMap((effect) =>
    effect.type === "transmit" && effect.transmission.content.type === "fault"
      ? [effect.transmission.content.fault]
      : [],
  );

function openInitiator(given: Given = {}): ReliableSession<IncomingMessage> {
  const session = sessionOf(given);
  session.handle({ type: "open" }, 0);
  session.handle({ type: "link-up" }, 0);
  session.handle(
    { type: "received", message: opened(given.shape === "one-way" ? { acceptAcksTo: undefined } : {}) },
    100,
  );
  return session;
}

function acceptor(given: Given = {}): ReliableSession<IncomingMessage> {
  const offeredId = given.shape === "one-way" ? undefined : clientSequence;
  const opening = { messageId: createMessageId, offeredId, expires: undefined, address };
  const session = sessionOf({ role: "acceptor", accepted: { opening, inputId: serviceSequence }, ...given });
  session.handle({ type: "link-up" }, 0);
  return session;
}

const create = (messageId: UniqueId | undefined, offeredId: UniqueId | undefined): IncomingMessage =>
  message({
    headers: { messageId },
    body: {
      type: "create-sequence",
      acksTo: "",
      expires: undefined,
      offer:
        offeredId === undefined
          ? undefined
          : { identifier: offeredId, endpoint: undefined, incompleteSequenceBehavior: undefined },
    },
  });

describe("the opening of a session", () => {
  it("asks on each connection and every 10 s, and never without one", () => {
    const session = sessionOf({});
    expect(session.state).toBe("created");
    expect(session.handle({ type: "open" }, 0)).toEqual([]);
    expect(session.state).toBe("opening");
    expect(session.nextDeadlineMs).toBeUndefined();
    expect(summary(session.handle({ type: "link-up" }, 5))).toEqual(["CreateSequence"]);
    expect(session.nextDeadlineMs).toBe(10_005);
    expect(summary(session.handle({ type: "timeout" }, 10_005))).toEqual(["CreateSequence"]);
    session.handle({ type: "link-lost" }, 11_000);
    expect(session.nextDeadlineMs).toBeUndefined();
    expect(summary(session.handle({ type: "link-up" }, 12_000))).toEqual(["CreateSequence"]);
    expect(session.handle({ type: "received", message: opened() }, 12_500)).toEqual([{ type: "opened" }]);
    expect([session.state, session.nextDeadlineMs]).toEqual(["open", undefined]);
  });

  it("measures the first round trip, from which the first retransmission is timed", () => {
    const session = sessionOf({});
    session.handle({ type: "open" }, 0);
    session.handle({ type: "link-up" }, 1000);
    session.handle({ type: "received", message: opened() }, 2000);
    session.handle({ type: "send", message: application }, 2000);
    // A mean of 1000 ms and four deviations of 500 ms.
    expect(session.nextDeadlineMs).toBe(5000);
  });

  it("may be given up, before it starts and while it waits", () => {
    const created = sessionOf({});
    expect(created.handle({ type: "close" }, 0)).toEqual([{ type: "closed" }]);
    expect(created.state).toBe("closed");
    const opening = sessionOf({ openTimeoutMs: 1000 });
    opening.handle({ type: "open" }, 0);
    expect(opening.nextDeadlineMs).toBe(1000);
    expect(opening.handle({ type: "close" }, 1)).toEqual([{ type: "closed" }]);
    expect([opening.state, opening.nextDeadlineMs]).toEqual(["closed", undefined]);
  });

  it("is answered again when CreateSequence is repeated, known by its MessageID or its offer", () => {
    for (const repetition of [create(createMessageId, undefined), create(undefined, clientSequence)]) {
      expect(summary(acceptor().handle({ type: "received", message: repetition }, 0))).toEqual([
        "CreateSequenceResponse",
      ]);
    }
  });

  it("is a violation when another one comes, or when the service asks for one", () => {
    const reason = "A second CreateSequence with another offer came within a session.";
    for (const [session, second] of [
      [acceptor({ shape: "one-way" }), create(id("other"), undefined)],
      [acceptor(), create(undefined, id("other"))],
      [openInitiator(), create(undefined, clientSequence)],
      [openInitiator(), create(createMessageId, undefined)],
    ] as const) {
      expect(faultsSent(session.handle({ type: "received", message: second }, 200))).toMatchObject([{ reason }]);
      expect(session.state).toBe("faulted");
    }
  });

  it("of an acceptor needs the CreateSequence that it answers", () => {
    expect(() => sessionOf({ role: "acceptor" })).toThrow("an acceptor is made from an accepted CreateSequence");
  });
});

describe("an open session", () => {
  it("tells once of each message that leaves and that arrived", () => {
    const session = openInitiator();
    expect(summary(session.handle({ type: "send", message: application }, 200))).toEqual([
      "a",
      { type: "accepted", upTo: 1 },
    ]);
    expect(session.handle({ type: "held", count: 0 }, 210)).toEqual([]);
    const acknowledged = message({
      kind: "sequence-acknowledgement",
      rm: { acknowledgement: acknowledgement(serviceSequence, 1) },
    });
    expect(session.handle({ type: "received", message: acknowledged }, 220)).toEqual([
      { type: "acknowledged", upTo: 1 },
    ]);
    expect(session.handle({ type: "received", message: acknowledged }, 230)).toEqual([]);
  });

  it("sends nothing where it has no sequence to send", () => {
    const reason = "messages are sent on an open session with an output sequence";
    for (const session of [sessionOf({}), acceptor({ shape: "one-way" })]) {
      expect(() => session.handle({ type: "send", message: application }, 0)).toThrow(reason);
    }
  });

  it("says nothing once its connection is lost, not even why it fails", () => {
    const session = openInitiator();
    const received = message({ rm: { sequenceId: clientSequence, messageNumber: 1, ackRequestedId: clientSequence } });
    session.handle({ type: "received", message: received }, 200);
    expect(session.nextDeadlineMs).toBe(200);
    session.handle({ type: "link-lost" }, 200);
    expect(session.nextDeadlineMs).toBeUndefined();
    const failure: SessionFailure = { code: "SESSION_ABORTED", reason: "", isRemote: false };
    const fault = { name: "SequenceTerminated", code: "Receiver", reason: "" } as const;
    expect(session.handle({ type: "fail", failure, fault }, 300)).toEqual([
      { type: "faulted", failure: { ...failure, fault } },
    ]);
  });

  it("fails with what it was given, and nothing added, where the peer is told nothing", () => {
    const session = openInitiator();
    const failure: SessionFailure = { code: "SESSION_ABORTED", reason: "", isRemote: false };
    const effects = session.handle({ type: "fail", failure, fault: undefined }, 200);
    expect(effects).toStrictEqual([{ type: "faulted", failure }]);
    expect(session.handle({ type: "close" }, 200)).toEqual([]);
  });

  it("counts the messages that there was no room for", () => {
    const session = acceptor({ options: { maxTransferWindowSize: 1 } });
    expect([sessionOf({}).droppedCount, session.droppedCount]).toEqual([0, 0]);
    session.handle({ type: "held", count: 1 }, 0);
    const received = message({ rm: { sequenceId: serviceSequence, messageNumber: 1 } });
    expect(session.handle({ type: "received", message: received }, 0)).toEqual([]);
    expect([session.droppedCount, openInitiator({ shape: "one-way" }).droppedCount]).toEqual([1, 0]);
  });

  it("delivers a fault that has a number like any message", () => {
    const fault = message({ isFault: true, rm: { sequenceId: clientSequence, messageNumber: 1 } });
    expect(openInitiator().handle({ type: "received", message: fault }, 200)).toEqual([
      { type: "deliver", message: fault, messageNumber: 1 },
    ]);
  });

  it("does not deliver a message whose acknowledgement is refused", () => {
    const session = openInitiator();
    const wrong = message({
      rm: { sequenceId: clientSequence, messageNumber: 1, acknowledgement: acknowledgement(serviceSequence, 1) },
    });
    expect(summary(session.handle({ type: "received", message: wrong }, 200))).toMatchObject([
      "fault",
      { type: "faulted", failure: { code: "SESSION_PROTOCOL_VIOLATION" } },
    ]);
  });

  it("takes nothing after its end", () => {
    const session = openInitiator();
    const failure: SessionFailure = { code: "SESSION_ABORTED", reason: "", isRemote: false };
    session.handle({ type: "fail", failure, fault: undefined }, 200);
    const received = message({ rm: { sequenceId: clientSequence, messageNumber: 1 } });
    expect(session.handle({ type: "received", message: received }, 210)).toEqual([]);
    expect(session.handle({ type: "send", message: application }, 220)).toEqual([]);
    expect([session.state, session.nextDeadlineMs]).toEqual(["faulted", undefined]);
  });
});

describe("the timers of a session", () => {
  const options = { inactivityTimeoutMs: 60_000 };

  it("put the keep-alive off while messages leave, and count it for the client alone (R-WCF-KEEPALIVE-1)", () => {
    const session = openInitiator({ options });
    session.handle({ type: "send", message: application }, 30_000);
    session.handle({ type: "timeout" }, 30_100);
    expect(session.keepAliveCount).toBe(0);
    const idle = openInitiator({ options });
    idle.handle({ type: "timeout" }, 30_100);
    expect(idle.keepAliveCount).toBe(1);
    expect(acceptor({ options }).keepAliveCount).toBe(0);
  });

  it("name the sequence of the client when inactivity ends it, in either role (R-WCF-FAULT-2)", () => {
    for (const session of [openInitiator({ options }), acceptor({ options })]) {
      const effects = session.handle({ type: "timeout" }, 60_100);
      const reason = failureOf(effects)?.reason;
      expect(failureOf(effects)?.code).toBe("SESSION_INACTIVITY_TIMEOUT");
      expect(faultsSent(effects)).toEqual([
        {
          name: "SequenceTerminated",
          code: "Receiver",
          reason,
          identifier: serviceSequence,
          expiredTimer: { name: "inactivityTimeoutMs", limitMs: 60_000 },
        },
      ]);
      expect(failureOf(effects)?.fault).toEqual(faultsSent(effects)[0]);
    }
  });

  it("bound the close once, however often it is asked for, and tell what is not acknowledged", () => {
    const oneWay = acceptor({ shape: "one-way", closeTimeoutMs: 5000 });
    expect(oneWay.handle({ type: "close" }, 0)).toEqual([]);
    oneWay.handle({ type: "close" }, 1000);
    expect(oneWay.nextDeadlineMs).toBe(5000);
    expect(failureOf(oneWay.handle({ type: "timeout" }, 5000))?.reason).toContain("; 0 messages are not acknowledged");
    const duplex = openInitiator({ closeTimeoutMs: 5000, options: { version: "1.1" } });
    duplex.handle({ type: "send", message: application }, 200);
    duplex.handle({ type: "close" }, 300);
    expect(failureOf(duplex.handle({ type: "timeout" }, 5300))?.reason).toContain("; 1 messages are not acknowledged");
  });

  it("leave a close without a limit to the peer", () => {
    const session = acceptor({ shape: "one-way" });
    session.handle({ type: "close" }, 0);
    expect([session.state, session.nextDeadlineMs]).toEqual(["closing", undefined]);
  });
});

describe("the end of a session of version 1.1", () => {
  const version = "1.1";

  it("repeats no request that was answered while the peer goes on sending", () => {
    const session = openInitiator({ options: { version } });
    const answer = (type: "close-sequence-response" | "terminate-sequence-response", relatesTo: UniqueId, rm = {}) =>
      message({ version, headers: { relatesTo }, rm, body: { type, identifier: serviceSequence } });
    expect(summary(session.handle({ type: "close" }, 200))).toEqual(["CloseSequence"]);
    expect(session.nextDeadlineMs).toBe(10_200);
    const final = { acknowledgement: { ...acknowledgement(serviceSequence, 0), isFinal: true } };
    const closed = answer("close-sequence-response", id("id:3"), final);
    expect(summary(session.handle({ type: "received", message: closed }, 300))).toEqual(["TerminateSequence"]);
    expect(session.nextDeadlineMs).toBe(10_300);
    session.handle({ type: "received", message: answer("terminate-sequence-response", id("id:4")) }, 400);
    expect([session.state, session.nextDeadlineMs]).toEqual(["closing", undefined]);
  });

  it("goes no step further when the message that completes it breaks the protocol", () => {
    const session = openInitiator({ options: { version } });
    session.handle({ type: "send", message: application }, 200);
    session.handle({ type: "close" }, 300);
    const plain = message({ version, rm: { acknowledgement: acknowledgement(serviceSequence, 1) } });
    expect(summary(session.handle({ type: "received", message: plain }, 400))).toMatchObject([
      "fault",
      { type: "faulted" },
      { type: "acknowledged", upTo: 1 },
    ]);
  });
});
