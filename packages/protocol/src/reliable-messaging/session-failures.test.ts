import { describe, expect, it } from "vitest";
import { UniqueId } from "../xml/index.ts";
import type { SequenceFault } from "./sequence-fault.ts";
import { failureOfRefusal, failureOfRemoteFault } from "./session-failure.ts";
import {
  aborted,
  broken,
  closeTimedOut,
  inactive,
  notReceiving,
  openTimedOut,
  retriesExhausted,
  terminatedBy,
  violated,
} from "./session-failures.ts";

const identifier = UniqueId.parse("urn:uuid:00000000-0000-0000-0000-0000000000aa");

describe("a timer that ends a session", () => {
  it("tells a client of a silent service the limit and which option to raise (R-SEED-INACTIVITY-1)", () => {
    expect(inactive(600_000, "initiator")).toEqual({
      code: "SESSION_INACTIVITY_TIMEOUT",
      reason:
        "No message of any kind came from the service for 600 s (inactivityTimeoutMs 600000): the service or the network is gone; raise inactivityTimeoutMs if it may be silent for longer.",
      isRemote: false,
      timer: { name: "inactivityTimeoutMs", limitMs: 600_000 },
    });
  });

  it("tells a service of a silent client that the limits of both sides may not fit (R-SEED-INACTIVITY-1)", () => {
    expect(inactive(250, "acceptor")).toEqual({
      code: "SESSION_INACTIVITY_TIMEOUT",
      reason:
        "No message of any kind came from the client for 250 ms (inactivityTimeoutMs 250): the client is gone, or its inactivityTimeout is more than twice this one (a client sends a keep-alive at half of its own).",
      isRemote: false,
      timer: { name: "inactivityTimeoutMs", limitMs: 250 },
    });
  });

  it("says how many keep-alives came where no application message did", () => {
    expect(notReceiving(90_000, 3)).toEqual({
      code: "SESSION_RECEIVE_TIMEOUT",
      reason:
        "No application message came from the client for 90 s (receiveTimeoutMs 90000); its 3 infrastructure messages since do not count. Raise receiveTimeoutMs on the server, or send application messages more often.",
      isRemote: false,
      timer: { name: "receiveTimeoutMs", limitMs: 90_000 },
    });
  });

  it("says which address did not open, or how much was not acknowledged at the close", () => {
    expect(openTimedOut(5000, "net.tcp://host/a")).toEqual({
      code: "SESSION_OPEN_TIMEOUT",
      reason:
        "The session with net.tcp://host/a did not open within 5 s (openTimeoutMs 5000); is the service running and reachable?",
      isRemote: false,
    });
    expect(closeTimedOut(1500, 7)).toEqual({
      code: "SESSION_CLOSE_TIMEOUT",
      reason: "The close handshake did not finish within 1.5 s (closeTimeoutMs 1500); 7 messages are not acknowledged.",
      isRemote: false,
    });
  });

  it.each([
    [1, "1 ms"],
    [999, "999 ms"],
    [1000, "1 s"],
    [1001, "1.001 s"],
  ])("of %d ms is written as %s", (limitMs, text) => {
    expect(closeTimedOut(limitMs, 0).reason).toContain(`within ${text} (closeTimeoutMs ${limitMs})`);
  });
});

describe("a failure that a session finds by itself", () => {
  it("tells how often a message was repeated", () => {
    expect(retriesExhausted(8)).toEqual({
      code: "SESSION_RETRIES_EXHAUSTED",
      reason:
        "A message was sent again 8 times (maxRetryCount) and never acknowledged; the peer is connected but does not answer.",
      isRemote: false,
    });
  });

  it("carries the application's reason for an abort, and one of its own without any", () => {
    expect(aborted("the user left")).toEqual({ code: "SESSION_ABORTED", reason: "the user left", isRemote: false });
    expect(aborted(undefined)).toEqual({
      code: "SESSION_ABORTED",
      reason: "The session was aborted by the application.",
      isRemote: false,
    });
  });

  it("keeps the cause of an error of Bowline's own, and says what to report", () => {
    const cause = new TypeError("x is not a function");
    expect(broken(cause)).toEqual({
      code: "SESSION_INTERNAL_ERROR",
      reason:
        "Bowline met an error of its own and gave this session up: x is not a function. Other sessions go on. Please report it with the cause's stack.",
      isRemote: false,
      cause,
    });
    expect(broken("thrown text")).toMatchObject({
      reason: expect.stringContaining("gave this session up: thrown text. Other sessions go on."),
      cause: "thrown text",
    });
  });

  it("says which rule the peer broke, in the words of the fault that the peer gets", () => {
    const fault: SequenceFault = { name: "SequenceClosed", code: "Sender", reason: "It is closed.", identifier };
    expect(violated(fault)).toEqual({
      code: "SESSION_PROTOCOL_VIOLATION",
      reason: "The peer broke WS-ReliableMessaging: It is closed.",
      isRemote: false,
      fault,
    });
  });

  it("reaches the peer with the timer that fired (R-SEED-FAULT-1)", () => {
    const failure = notReceiving(1000, 0);
    expect(terminatedBy(failure, identifier)).toEqual({
      name: "SequenceTerminated",
      code: "Receiver",
      reason: failure.reason,
      identifier,
      expiredTimer: { name: "receiveTimeoutMs", limitMs: 1000 },
    });
  });
});

describe("a fault from the peer", () => {
  it("of a sequence that it does not know asks for a new session", () => {
    const fault: SequenceFault = { name: "UnknownSequence", code: "Sender", reason: "Never heard of it.", identifier };
    expect(failureOfRemoteFault(fault)).toEqual({
      code: "SESSION_UNKNOWN_TO_PEER",
      reason:
        "The peer does not know this session any more (it was restarted, or ended the session before); open a new one; the peer said: Never heard of it.",
      isRemote: true,
      fault,
    });
  });

  it("is told by its name and code, even when it gives no reason", () => {
    const fault: SequenceFault = { name: "SequenceTerminated", code: "Receiver", reason: "", identifier };
    expect(failureOfRemoteFault(fault)).toEqual({
      code: "SESSION_TERMINATED_BY_PEER",
      reason: "The peer ended the session with SequenceTerminated (Receiver); the peer said: (no reason)",
      isRemote: true,
      fault,
    });
  });

  it.each<[string, Pick<SequenceFault, "name" | "isConnectionLimitReached">, string, string]>([
    [
      "too many sessions wait",
      { name: "CreateSequenceRefused", isConnectionLimitReached: true },
      "SESSION_SERVER_TOO_BUSY",
      "The service is too busy to open a session now (its maxPendingChannels is reached); try again later; the peer said: why",
    ],
    [
      "it does not want one",
      { name: "CreateSequenceRefused" },
      "SESSION_REFUSED",
      "The service refused the session (Receiver): why",
    ],
    [
      "nobody is there",
      { name: "EndpointUnavailable" },
      "SESSION_ENDPOINT_NOT_FOUND",
      "No endpoint serves this address: why",
    ],
    [
      "it speaks otherwise",
      { name: "ActionNotSupported" },
      "SESSION_REFUSED",
      "The service answered CreateSequence with ActionNotSupported: why; check that both sides use the same reliableSession.version",
    ],
  ])("refuses a session because %s (R-WCF-CS-7)", (_name, parts, code, reason) => {
    const fault: SequenceFault = { code: "Receiver", reason: "why", ...parts };
    expect(failureOfRefusal(fault)).toEqual({ code, reason, isRemote: true, fault });
  });
});
