import { describe, expect, it } from "vitest";
import { Silence } from "../machine/index.ts";
import { MessageHeaders } from "../soap/index.ts";
import { UniqueId } from "../xml/index.ts";
import { dialects } from "./dialect.ts";
import {
  type IncomingMessage,
  ReliableSession,
  type ReliableSessionOptions,
  ReplySession,
  RequestSession,
  RmHeaders,
  RmSource,
  reliableSessionOptions,
  type Transmission,
} from "./index.ts";
import { RequestWindow } from "./request-window.ts";

const id = (name: string): UniqueId => UniqueId.parse(`urn:${name}`);
const address = "http://host/service";
const application = { addressing: { action: "urn:a" }, body: "", byteLength: 1 };
const upTo = (upper: number) => [{ lower: 1, upper }];

function setupOf(role: "initiator" | "acceptor", options: Partial<ReliableSessionOptions>) {
  let count = 0;
  return {
    role,
    shape: "duplex" as const,
    options: reliableSessionOptions(options),
    address,
    openTimeoutMs: Number.POSITIVE_INFINITY,
    closeTimeoutMs: Number.POSITIVE_INFINITY,
    maxRequestCount: 8,
    nextId: () => id(`id:${++count}`),
    retain: (kept: IncomingMessage) => kept,
    accepted:
      role === "initiator"
        ? undefined
        : {
            opening: { messageId: id("create"), offeredId: id("to-client"), expires: undefined, address },
            inputId: id("to-service"),
          },
  };
}

/** What answers the CreateSequence that a client with `setupOf` sends. */
function opened(): IncomingMessage {
  const body = {
    type: "create-sequence-response",
    identifier: id("to-service"),
    expires: undefined,
    incompleteSequenceBehavior: undefined,
    acceptAcksTo: address,
  } as const;
  return {
    headers: Object.assign(new MessageHeaders(), { relatesTo: id("id:1") }),
    rm: new RmHeaders(dialects["1.0"]),
    kind: body.type,
    byteLength: 1,
    body,
    isFault: false,
    soapFault: undefined,
    sequenceFault: undefined,
  };
}

function openClient(options: Partial<ReliableSessionOptions>, blockedMs = 0): ReliableSession<IncomingMessage> {
  const session = new ReliableSession<IncomingMessage>(setupOf("initiator", options), 0);
  session.handle({ type: "open" }, 0);
  session.handle({ type: "link-up" }, 0);
  session.handle({ type: "blocked", forMs: blockedMs }, blockedMs);
  session.handle({ type: "received", message: opened() }, blockedMs);
  return session;
}

function openAsking(options: Partial<ReliableSessionOptions>, blockedMs = 0): RequestSession<IncomingMessage> {
  const session = new RequestSession<IncomingMessage>(setupOf("initiator", options));
  session.handle({ type: "open" }, 0);
  const request = session
    .handle({ type: "link-up" }, 0)
    .flatMap((effect) => (effect.type === "transmit" ? [effect.transmission] : []))[0]!;
  session.handle({ type: "blocked", forMs: blockedMs }, blockedMs);
  session.handle({ type: "response", message: opened(), request }, blockedMs);
  return session;
}

describe("silence (R-WCF-LATE-2)", () => {
  it("counts from what was heard last, and may last for ever", () => {
    const silence = new Silence(1_000);
    silence.blocked(500, 500);
    expect([silence.deadlineMs, silence.isTooLong(5_000)]).toEqual([undefined, false]);
    silence.heard(100);
    silence.heard(200);
    expect(silence.deadlineMs).toBe(1_200);
    expect([silence.isTooLong(1_199), silence.isTooLong(1_200)]).toEqual([false, true]);
    const endless = new Silence(Number.POSITIVE_INFINITY);
    endless.heard(0);
    expect([endless.deadlineMs, endless.isTooLong(Number.MAX_SAFE_INTEGER)]).toEqual([undefined, false]);
  });

  it("does not count time in which nobody could listen, each time of it once", () => {
    const silence = new Silence(1_000);
    silence.heard(0);
    silence.blocked(5_000, 5_400);
    expect(silence.deadlineMs).toBe(6_000);
    silence.blocked(300, 5_800);
    expect(silence.deadlineMs).toBe(6_300);
  });

  it("is never put off by more than its limit from now, so that a peer that is gone is found", () => {
    const silence = new Silence(1_000);
    silence.heard(4_900);
    silence.blocked(5_000, 5_000);
    expect(silence.deadlineMs).toBe(6_000);
  });
});

describe("a loop that was blocked (R-WCF-LATE-2)", () => {
  const options = { inactivityTimeoutMs: 2_000 };
  const sessions = {
    "a client": () => openClient(options),
    "a service": () => new ReliableSession<IncomingMessage>(setupOf("acceptor", options), 0),
    "a client over exchanges": () => openAsking(options),
    "a service over exchanges": () => new ReplySession<IncomingMessage>(setupOf("acceptor", options), 0),
  };

  it.each(Object.entries(sessions))("ends no session of %s, whose peer has what was left of its time", (_who, make) => {
    const session = make();

    // Silent for 500 ms when the loop is blocked for 5 s.
    session.handle({ type: "blocked", forMs: 5_000 }, 5_500);
    session.handle({ type: "timeout" }, 5_500);
    session.handle({ type: "timeout" }, 6_999);
    expect(session.state).toBe("open");

    const effects = session.handle({ type: "timeout" }, 7_000);
    expect(effects.at(-1)).toMatchObject({ type: "faulted", failure: { code: "SESSION_INACTIVITY_TIMEOUT" } });
  });

  it("puts a sign of life off by nothing: the peer waits for it", () => {
    for (const session of [openClient(options), openAsking(options)]) {
      session.handle({ type: "blocked", forMs: 5_000 }, 5_500);
      session.handle({ type: "timeout" }, 5_500);
      expect(session.keepAliveCount).toBe(1);
    }
  });
});

describe("what was sent before the loop was blocked (R-WCF-LATE-2)", () => {
  it("says nothing about the round trip when it was CreateSequence", () => {
    for (const [session, pauseMs] of [
      [openClient({}, 60_000), 400],
      [openAsking({}, 60_000), 3_000],
    ] as const) {
      session.handle({ type: "send", message: application }, 60_000);
      expect(session.nextDeadlineMs).toBe(60_000 + pauseMs);
    }
  });

  function sourceOf(options: Partial<ReliableSessionOptions> = {}) {
    const sentAtMs: number[] = [];
    const source = new RmSource(reliableSessionOptions(options), 100, (_sent, nowMs) => {
      sentAtMs.push(nowMs);
    });
    source.linkUp(0);
    source.send(application, false, 0);
    return { source, sentAtMs };
  }

  it("is not repeated for that time, nor does it use up the repetitions that are allowed", () => {
    const { source, sentAtMs } = sourceOf({ maxRetryCount: 1 });
    expect(source.retransmitAtMs).toBe(500);
    for (let nowMs = 5_000; nowMs <= 50_000; nowMs += 5_000) {
      source.blocked(5_000, nowMs);
      expect(source.retransmitDue(nowMs)).toBe(true);
    }
    expect(sentAtMs).toEqual([0]);
    expect(source.retransmitAtMs).toBe(50_500);

    expect([source.retransmitDue(50_500), sentAtMs.length]).toEqual([true, 2]);
    expect(source.retransmitDue(source.retransmitAtMs!)).toBe(false);
  });

  it("waits no longer than for what is sent now", () => {
    const { source } = sourceOf();
    source.blocked(5_000, 10);
    expect(source.retransmitAtMs).toBe(510);
    source.acknowledge(upTo(1), undefined, 10);
    source.blocked(5_000, 10_000);
    expect(source.retransmitAtMs).toBeUndefined();
  });

  it("says nothing about the round trip", () => {
    const { source } = sourceOf();
    source.blocked(5_000, 5_000);
    source.acknowledge(upTo(1), undefined, 5_001);
    source.send(application, false, 6_000);
    expect(source.retransmitAtMs).toBe(6_500);
    // What is sent afterwards does.
    source.acknowledge(upTo(2), undefined, 7_000);
    source.send(application, false, 8_000);
    expect(source.retransmitAtMs).toBeGreaterThan(8_600);
  });

  function windowOf(options: Partial<ReliableSessionOptions> = {}) {
    const sentAtMs: number[] = [];
    const exchanges: Transmission[] = [];
    const abandoned: Transmission[] = [];
    const window = new RequestWindow({
      options: reliableSessionOptions(options),
      maxRequestCount: 8,
      roundTripMs: 100,
      transmit: ({ messageNumber }, nowMs) => {
        sentAtMs.push(nowMs);
        const exchange = { messageNumber } as Transmission;
        exchanges.push(exchange);
        return exchange;
      },
      abandon: (exchange) => void abandoned.push(exchange),
    });
    window.send(application, false, 0);
    return { window, sentAtMs, exchanges, abandoned };
  }

  it("keeps its exchange, over exchanges", () => {
    const { window, sentAtMs, abandoned } = windowOf({ maxRetryCount: 1 });
    expect(window.dueAtMs).toBe(3_000);
    for (let nowMs = 5_000; nowMs <= 50_000; nowMs += 5_000) {
      window.blocked(5_000, nowMs);
      expect(window.repeatDue(0, nowMs)).toEqual({ unansweredCount: 0 });
    }
    expect([sentAtMs, abandoned, window.dueAtMs]).toEqual([[0], [], 53_000]);

    expect(window.repeatDue(0, 53_000)).toEqual({ unansweredCount: 1 });
    expect(window.repeatDue(0, window.dueAtMs!)).toBe("exhausted");
  });

  it("is sent again all the same where its exchange has failed", () => {
    const { window, exchanges } = windowOf();
    window.ended(exchanges[0]!);
    window.failed(1, 50);

    window.blocked(5_000, 10);

    expect(window.dueAtMs).toBe(50);
  });

  it("says nothing about the round trip, over exchanges", () => {
    const { window } = windowOf();
    window.blocked(60_000, 60_000);
    window.answered(1, 60_001);
    window.send(application, false, 70_000);
    expect(window.dueAtMs).toBe(73_000);
    window.answered(2, 90_000);
    window.send(application, false, 90_000);
    expect(window.dueAtMs).toBeGreaterThan(93_500);
  });
});
