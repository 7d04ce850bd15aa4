import { describe, expect, it } from "vitest";
import { nameOf, RawSession, rangesIn } from "./raw-session.ts";

// The cells of the RM Destination's table, version 1.1, that no other test has; spec-notes/ws-rm-states.md has the whole table.

function open(): RawSession {
  return new RawSession("1.1");
}

/** Message 1 came, and CloseSequence; `last` is what it names. */
function closed(last: number | undefined = 1): RawSession {
  const session = open();
  session.say(1).close(last).hear();
  return session;
}

/** As `closed`, and TerminateSequence came too; our own sequence is still open. */
function done(): RawSession {
  const session = closed();
  session.terminate(1).hear();
  return session;
}

describe("a destination of version 1.1 in state None", () => {
  const strangers: [string, (session: RawSession) => void][] = [
    ["a message", (session) => session.say(1)],
    ["AckRequested", (session) => session.ask()],
    ["CloseSequence", (session) => session.close(1)],
    ["TerminateSequence", (session) => session.terminate(1)],
    ["CloseSequenceResponse", (session) => session.answerClose([], session.world.nextId())],
    ["TerminateSequenceResponse", (session) => session.answerTerminate(session.world.nextId())],
    ["an acknowledgement", (session) => session.acknowledge([])],
    ["a fault", (session) => session.tell("SequenceTerminated")],
  ];

  it.each(strangers)("R-WSRM11-RMD-NONE: answers %s with UnknownSequence", (_name, say) => {
    const session = open();
    session.service.dispatch({ type: "abort", reason: undefined });
    session.reconnect();
    say(session);
    expect(session.hearNames()).toEqual(["UnknownSequence"]);
    expect(session.raw.isEnded).toBe(true);
  });
});

describe("a destination of version 1.1 in state Created", () => {
  it("R-WSRM11-RMD-CREATED-MESSAGE: takes a new number and acknowledges it later, together with those before", () => {
    const session = open().say(1).say(2);
    expect(session.service.texts).toEqual(["1", "2"]);
    expect(session.hear()).toEqual([]);
    session.world.run(200);
    expect(session.hear().map(rangesIn)).toEqual(["1-2"]);
  });

  it("R-WSRM11-RMD-CREATED-DUPLICATE: discards a number that came before and acknowledges at once", () => {
    const session = open().say(1);
    session.world.run(200);
    session.hear();
    session.say(1);
    expect(session.hear().map(rangesIn)).toEqual(["1-1"]);
    expect(session.service.texts).toEqual(["1"]);
  });

  it("R-WSRM11-RMD-CREATED-BEYOND: drops a number far ahead without a word; one above 2^53-1 ends the session", () => {
    const session = open().say(1).say(Number.MAX_SAFE_INTEGER).ask();
    expect(session.hear().map(rangesIn)).toEqual(["1-1"]);
    expect(session.state).toBe("open");
    session.sayHuge(2n ** 63n - 1n);
    expect(session.hearNames()).toEqual(["SequenceTerminated"]);
    expect(session.service.fault).toMatchObject({ code: "SESSION_PROTOCOL_VIOLATION", isRemote: false });
  });

  it("R-WSRM11-RMD-CREATED-LASTMESSAGE: passes over LastMessage, which is of version 1.0", () => {
    const session = open().say(1, { isLastMessage: true }).say(2);
    expect([session.state, session.service.texts]).toEqual(["open", ["1", "2"]]);
  });

  it("R-WSRM11-RMD-CREATED-ASK: answers AckRequested at once, with None when nothing came", () => {
    const session = open().ask();
    expect(session.hear().map(rangesIn)).toEqual(["None"]);
    session.say(1).say(3).ask();
    expect(session.hear().map(rangesIn)).toEqual(["1-1 3-3"]);
  });

  it("R-WSRM11-RMD-CREATED-CLOSE: answers CloseSequence with the final acknowledgement, gaps and all, and ends the input", () => {
    const session = open().say(1).say(3).close(4);
    const [answer, ...more] = session.hear();
    expect([nameOf(answer!), rangesIn(answer!), more]).toEqual(["CloseSequenceResponse", "1-1 3-3 Final", []]);
    expect(session.service.count("input-ended")).toBe(1);
    expect(session.service.texts).toEqual(["1"]);
    expect(session.state).toBe("open");
  });

  it("R-WSRM11-RMD-CREATED-TERMINATE: answers a TerminateSequence that leaves nothing out, and ends the input", () => {
    const session = open().say(1).terminate(1);
    const [answer] = session.hear();
    expect([nameOf(answer!), rangesIn(answer!)]).toEqual(["TerminateSequenceResponse", "1-1 Final"]);
    expect(session.service.count("input-ended")).toBe(1);
    expect(session.state).toBe("open");
  });

  it("R-WSRM11-RMD-RESPONSES: takes no response about a sequence for which it asked nothing", () => {
    for (const answer of [
      (session: RawSession) => session.answerClose([], session.world.nextId(), session.theirs),
      (session: RawSession) => session.answerTerminate(session.world.nextId(), session.theirs),
    ]) {
      for (const session of [open(), closed()]) {
        answer(session);
        expect(session.hearNames()).toEqual(["UnknownSequence"]);
        expect(session.state).toBe("faulted");
      }
    }
  });

  it("R-WSRM11-RMD-FAULT: ends without an answer when a fault about its sequence comes, in each state", () => {
    for (const name of ["UnknownSequence", "SequenceTerminated", "InvalidAcknowledgement"] as const) {
      for (const session of [open(), closed(), done()]) {
        session.tell(name, session.theirs);
        expect(session.hear()).toEqual([]);
        expect(session.service.fault).toMatchObject({ isRemote: true, fault: { name } });
      }
    }
  });
});

describe("a destination of version 1.1 in state Closed", () => {
  it("R-WSRM11-RMD-CLOSED-DUPLICATE: discards a number that came before; the acknowledgement is final", () => {
    const session = closed().say(1);
    const [answer] = session.hear();
    expect([nameOf(answer!), rangesIn(answer!)]).toEqual(["SequenceAcknowledgement", "1-1 Final"]);
    expect(session.service.texts).toEqual(["1"]);
  });

  it("R-WSRM11-RMD-CLOSED-MESSAGE: answers any new number, below LastMsgNumber or above, with SequenceClosed and the final acknowledgement", () => {
    const session = closed(3);
    for (const messageNumber of [2, 3, 4, Number.MAX_SAFE_INTEGER]) {
      session.say(messageNumber);
      const [answer, ...more] = session.hear();
      expect([nameOf(answer!), rangesIn(answer!), more]).toEqual(["SequenceClosed", "1-1 Final", []]);
    }
    expect([session.state, session.service.texts]).toEqual(["open", ["1"]]);
  });

  it("R-WSRM11-RMD-CLOSED-ASK: answers AckRequested with the final acknowledgement", () => {
    expect(closed().ask().hear().map(rangesIn)).toEqual(["1-1 Final"]);
  });

  it("R-WSRM11-RMD-CLOSED-CLOSE: answers a repeated CloseSequence again, and ends the input once", () => {
    const session = closed().close(1);
    expect(session.hearNames()).toEqual(["CloseSequenceResponse"]);
    expect(session.service.count("input-ended")).toBe(1);
  });

  it("R-WSRM11-RMD-CLOSED-TERMINATE: answers TerminateSequence with the final acknowledgement, also when numbers are missing", () => {
    for (const last of [3, undefined]) {
      const session = closed(3).terminate(last);
      const [answer] = session.hear();
      expect([nameOf(answer!), rangesIn(answer!)]).toEqual(["TerminateSequenceResponse", "1-1 Final"]);
      expect(session.state).toBe("open");
    }
  });

  it("R-WSRM11-RMD-CLOSED-LAST: refuses a TerminateSequence that names another last message than CloseSequence did (R-WCF-CLOSE11-5)", () => {
    for (const [named, then] of [
      [3, 2],
      [3, 4],
      [1, 2],
      [undefined, 2],
    ] as const) {
      const session = closed(named).terminate(then);
      expect(session.hearNames()).toEqual(["SequenceTerminated"]);
      expect(session.service.fault?.reason).toContain(`TerminateSequence names ${then} as last message`);
    }
  });

  it("R-WSRM11-RMD-CLOSED-RIDE: says Final also on an acknowledgement that rides on a message", () => {
    const session = closed().say(1);
    session.hear();
    // The second duplicate in a row is answered after a pause, and our message leaves before.
    session.say(1);
    session.service.notify("a");
    const [message, ...more] = session.hear();
    expect([nameOf(message!), rangesIn(message!), more]).toEqual(["Note 1", "1-1 Final", []]);
  });

  it("R-WSRM11-RMD-CLOSED-PLAIN: answers a plain message with WSRMRequired and the final acknowledgement", () => {
    const session = closed().say(0, { sequenceId: undefined });
    const [answer] = session.hear();
    expect([nameOf(answer!), rangesIn(answer!)]).toEqual(["WSRMRequired", "1-1 Final"]);
    expect(session.state).toBe("faulted");
  });
});

describe("a destination of version 1.1 whose sequence is terminated while the session lives on", () => {
  it("R-WSRM11-RMD-DONE-TERMINATE: answers a repeated TerminateSequence again", () => {
    const session = done().terminate(1);
    expect(session.hearNames()).toEqual(["TerminateSequenceResponse"]);
    expect(session.service.count("input-ended")).toBe(1);
  });

  it("R-WSRM11-RMD-DONE-REST: answers as a closed one does, for it still knows the sequence", () => {
    expect(done().say(2).hearNames()).toEqual(["SequenceClosed"]);
    expect(done().ask().hear().map(rangesIn)).toEqual(["1-1 Final"]);
    expect(done().close(1).hearNames()).toEqual(["CloseSequenceResponse"]);
  });
});
