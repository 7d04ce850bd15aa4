import { describe, expect, it } from "vitest";
import { nameOf, RawSession, rangesIn } from "./raw-session.ts";

// The cells of both tables of version 1.0 that no other test has; spec-notes/ws-rm-states.md has the whole tables.

/** RMS Created: messages 1 to `count` are sent. */
function created(count = 1): RawSession {
  const session = new RawSession("1.0");
  for (let messageNumber = 1; messageNumber <= count; messageNumber++) session.service.notify(`${messageNumber}`);
  session.hear();
  return session;
}

/** RMS LastSent: message 1 is sent, LastMessage 2 too; nothing is acknowledged. */
function lastSent(): RawSession {
  const session = created();
  session.service.dispatch({ type: "close" });
  session.hear();
  return session;
}

/** RMD LastSeen: message 1 came, and LastMessage `last`. */
function lastSeen(last: number): RawSession {
  const session = new RawSession("1.0").say(1).sayLast(last);
  session.hear();
  return session;
}

describe("a source of version 1.0 in state Created", () => {
  it("R-WSRM10-RMS-CREATED-CLOSE: ends with an empty LastMessage of the next number, without waiting for acknowledgements", () => {
    const session = created();
    session.service.dispatch({ type: "close" });
    const [last, ...more] = session.hear();
    expect([nameOf(last!), more]).toEqual(["LastMessage 2", []]);
    expect(last).toContain("<r:LastMessage></r:LastMessage>");
    expect(last).toContain("<s:Body></s:Body>");
  });

  it("R-WSRM10-RMS-ACK: forgets what is acknowledged and repeats only the rest", () => {
    const session = created(3).acknowledge([[1, 2]]);
    session.hear();
    session.world.run(15_000);
    expect([...new Set(session.hearNames())]).toEqual(["Note 3"]);
  });

  it("R-WSRM10-RMS-NACK: does nothing for a Nack at once; the timer repeats, LastMessage too", () => {
    for (const [session, count] of [
      [created(2), 2],
      [lastSent(), 2],
    ] as const) {
      session.refuseNumbers(1, 2);
      expect(session.hear()).toEqual([]);
      expect(session.service.session.unacknowledgedCount).toBe(count);
      session.world.run(10_000);
      expect(session.hearNames()[0]).toBe("Note 1");
    }
  });

  it("R-WSRM10-RMS-FAULT: ends when a fault about its sequence comes, before and after LastMessage", () => {
    for (const name of [
      "SequenceTerminated",
      "UnknownSequence",
      "MessageNumberRollover",
      "LastMessageNumberExceeded",
    ] as const) {
      for (const session of [created(), lastSent()]) {
        session.tell(name);
        expect(session.hear()).toEqual([]);
        expect(session.service.fault).toMatchObject({ isRemote: true, fault: { name } });
      }
    }
  });
});

describe("a source of version 1.0 in state LastSent", () => {
  it("R-WSRM10-RMS-LASTSENT-SEND: refuses messages", () => {
    const session = lastSent();
    expect(session.service.session.refusal()).toMatchObject({ code: "CALL_SESSION_NOT_OPEN" });
    session.service.notify("late");
    expect(session.hear()).toEqual([]);
  });

  it("R-WSRM10-RMS-LASTSENT-ACK: sends TerminateSequence when everything up to LastMessage is acknowledged, and not before", () => {
    const session = lastSent().acknowledge([[1, 1]]);
    expect(session.hear()).toEqual([]);
    session.acknowledge([[1, 2]]);
    const [terminate, ...more] = session.hear();
    expect([nameOf(terminate!), more]).toEqual(["TerminateSequence", []]);
    expect(terminate).not.toContain("a:MessageID");
    expect(terminate).not.toContain("LastMsgNumber");
  });

  it("R-WSRM10-RMS-LASTSENT-RETRANSMIT: repeats LastMessage as any message, with its number and its mark", () => {
    const session = lastSent().acknowledge([[1, 1]]);
    session.hear();
    session.world.run(10_000);
    const repeated = session.hear();
    expect(nameOf(repeated[0]!)).toBe("LastMessage 2");
    expect(repeated[0]).toContain("<r:LastMessage></r:LastMessage>");
  });

  it("R-WSRM10-RMS-TERMINATED-UNKNOWN: takes UnknownSequence after TerminateSequence for the end of the session", () => {
    const session = lastSent().acknowledge([[1, 2]]);
    session.tell("UnknownSequence");
    expect(session.service.fault).toBeUndefined();
    expect(session.state).toBe("closed");
  });

  it("R-WSRM10-RMS-TERMINATED-FAULT: takes any other fault after TerminateSequence for what it says", () => {
    for (const name of ["SequenceTerminated", "LastMessageNumberExceeded"] as const) {
      const session = lastSent().acknowledge([[1, 2]]);
      session.tell(name);
      expect(session.service.fault).toMatchObject({ isRemote: true, fault: { name } });
    }
  });

  it("R-WSRM10-RMS-TERMINATED-LINK: repeats TerminateSequence on a new connection, for nothing answers it", () => {
    const session = lastSent().acknowledge([[1, 2]]);
    session.hear();
    session.reconnect().ask();
    expect(session.hearNames()).toContain("TerminateSequence");
  });
});

describe("a destination of version 1.0 in state None", () => {
  it("R-WSRM10-RMD-NONE: answers whatever names an unknown sequence with UnknownSequence", () => {
    for (const say of [
      (session: RawSession) => session.say(1),
      (session: RawSession) => session.sayLast(1),
      (session: RawSession) => session.ask(),
      (session: RawSession) => session.terminate(),
      (session: RawSession) => session.acknowledge([]),
    ]) {
      const session = new RawSession("1.0");
      session.service.dispatch({ type: "abort", reason: undefined });
      say(session.reconnect());
      expect(session.hearNames()).toEqual(["UnknownSequence"]);
      expect(session.raw.isEnded).toBe(true);
    }
  });
});

describe("a destination of version 1.0 in state Created", () => {
  it("R-WSRM10-RMD-CREATED-ASK: answers AckRequested at once, with 0-0 when nothing came", () => {
    const session = new RawSession("1.0").ask();
    expect(session.hear().map(rangesIn)).toEqual(["0-0"]);
    session.say(1).say(3).ask();
    expect(session.hear().map(rangesIn)).toEqual(["1-1 3-3"]);
  });

  it("R-WSRM10-RMD-CREATED-LAST: acknowledges LastMessage at once, delivers nothing for it, and ends the input when nothing is missing", () => {
    const session = new RawSession("1.0").say(1).sayLast(2);
    expect(session.hear().map(rangesIn)).toEqual(["1-2"]);
    expect(session.service.texts).toEqual(["1"]);
    expect(session.service.count("input-ended")).toBe(1);
  });
});

describe("a destination of version 1.0 in state LastSeen", () => {
  it("R-WSRM10-RMD-LASTSEEN-MESSAGE: takes a number below the last one and acknowledges at once", () => {
    const session = lastSeen(3);
    expect(session.service.count("input-ended")).toBe(0);
    session.say(2);
    expect(session.hear().map(rangesIn)).toEqual(["1-3"]);
    expect(session.service.texts).toEqual(["1", "2"]);
    expect(session.service.count("input-ended")).toBe(1);
  });

  it("R-WSRM10-RMD-LASTSEEN-DUPLICATE: acknowledges a repeated message and a repeated LastMessage at once", () => {
    const session = lastSeen(2).sayLast(2);
    expect(session.hear().map(rangesIn)).toEqual(["1-2"]);
    session.say(1);
    expect(session.hear().map(rangesIn)).toEqual(["1-2"]);
    expect(session.service.texts).toEqual(["1"]);
    expect(session.service.count("input-ended")).toBe(1);
  });

  it("R-WSRM10-RMD-LASTSEEN-ASK: answers AckRequested at once", () => {
    expect(lastSeen(2).ask().hear().map(rangesIn)).toEqual(["1-2"]);
  });

  it("R-WSRM10-RMD-LASTSEEN-TERMINATE: lets go of the sequence and answers nothing", () => {
    const session = lastSeen(2).terminate();
    expect(session.hear()).toEqual([]);
    expect(session.state).toBe("open");
    session.service.dispatch({ type: "close" });
    expect(session.hearNames()).toEqual(["LastMessage 1"]);
    session.acknowledge([[1, 1]]);
    expect(session.hearNames()).toEqual(["TerminateSequence"]);
    expect(session.state).toBe("closed");
    expect(session.world.acceptor.sessionCount).toBe(0);
  });

  it("R-WSRM10-RMD-LASTSEEN-SILENCE: lets go by inactivityTimeout when TerminateSequence never comes", () => {
    const session = new RawSession("1.0", { server: { inactivityTimeoutMs: 60_000 } }).say(1).sayLast(2);
    session.world.run(60_000);
    expect(session.service.fault).toMatchObject({ code: "SESSION_INACTIVITY_TIMEOUT" });
    expect(session.world.acceptor.sessionCount).toBe(0);
  });
});
