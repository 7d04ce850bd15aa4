import type { Dialect, RmBody, RmVersion } from "@bowline/protocol/reliable-messaging";
import { describe, expect, it } from "vitest";
import { type RawMessage, RawPeer, textIn } from "../session/raw-peer.ts";
import { World } from "../session/world.ts";
import { acknowledgementOf, nameOf, RawSession } from "./raw-session.ts";

// The cells of the RM Source's table, version 1.1, that no other test has; spec-notes/ws-rm-states.md has the whole table.

const versions = ["1.0", "1.1"] as const;

/** State Creating, which both versions have: our client has sent CreateSequence. */
function creating(version: RmVersion) {
  const world = new World({ client: { version } });
  const raw = new RawPeer(world, version, "server");
  world.open();
  return { world, raw, client: world.client };
}

/** State Created: messages 1 to `count` are sent. */
function created(count = 1): RawSession {
  const session = new RawSession("1.1");
  for (let messageNumber = 1; messageNumber <= count; messageNumber++) session.service.notify(`${messageNumber}`);
  session.hear();
  return session;
}

/** State Closing: message 1 is acknowledged and CloseSequence sent. */
function closing(): RawSession {
  const session = created().acknowledge([[1, 1]]);
  session.service.dispatch({ type: "close" });
  expect(session.hearNames()).toEqual(["CloseSequence"]);
  return session;
}

/** State Terminating: CloseSequence is answered and TerminateSequence sent. */
function terminating(): RawSession {
  const session = closing().answerClose([[1, 1]]);
  expect(session.hearNames()).toEqual(["TerminateSequence"]);
  return session;
}

const states = [
  ["Created", created],
  ["Closing", closing],
  ["Terminating", terminating],
] as const;
const ending = states.slice(1);

describe("a source of version 1.1 in state None", () => {
  it("R-WSRM11-RMS-NONE-CREATE: sends CreateSequence when the session is opened", () => {
    const { raw, client } = creating("1.1");
    expect(raw.envelopes.map(nameOf)).toEqual(["CreateSequence"]);
    expect(client.session.state).toBe("opening");
  });

  it("R-WSRM11-RMS-NONE-CSR: has no use for a CreateSequenceResponse; as first message it opens nothing", () => {
    const session = created();
    session.reconnect().answerCreate();
    expect(session.hearNames()).toEqual(["WSRMRequired"]);
    expect(session.world.acceptor.sessionCount).toBe(1);
  });
});

describe.each(versions)("a source of version %s in state Creating", (version) => {
  it("R-WSRM11-RMS-CREATING-SEND: takes no message before the session is open", () => {
    expect(creating(version).client.session.refusal()).toMatchObject({ code: "CALL_SESSION_NOT_OPEN" });
  });

  it("R-WSRM11-RMS-CREATING-ABANDON: is abandoned without a word when the application closes", () => {
    const { world, raw, client } = creating(version);
    client.dispatch({ type: "close" });
    world.run(60_000);
    expect(client.session.state).toBe("closed");
    expect(raw.envelopes).toHaveLength(1);
  });

  it("R-WSRM11-RMS-CREATING-OTHER: fails to open when anything but the answer comes, and answers nothing", () => {
    const identifier = new World().nextId();
    const acknowledgement = acknowledgementOf(identifier, [[1, 1]]);
    const lastMessageNumber = undefined;
    const endings: [keyof Dialect, RmBody][] = [
      ["closeSequence", { type: "close-sequence", identifier, lastMessageNumber }],
      ["closeSequenceResponse", { type: "close-sequence-response", identifier }],
      ["terminateSequence", { type: "terminate-sequence", identifier, lastMessageNumber }],
      ["terminateSequenceResponse", { type: "terminate-sequence-response", identifier }],
    ];
    const strangers: [keyof Dialect, Partial<RawMessage>][] = [
      ["ackRequested", { ackRequestedId: identifier }],
      ["sequenceAcknowledgement", { acknowledgement }],
      ["sequenceAcknowledgement", { acknowledgement: { ...acknowledgement, isFinal: true } }],
      ...endings.map(([name, body]): [keyof Dialect, Partial<RawMessage>] => [
        name,
        { content: { type: "protocol", body } },
      ]),
    ];
    for (const [name, parts] of strangers) {
      const { raw, client } = creating(version);
      raw.send({ action: raw.dialect[name], ...parts });
      expect(client.fault).toMatchObject({
        code: "SESSION_PROTOCOL_VIOLATION",
        isRemote: false,
        reason: expect.stringContaining("expected CreateSequenceResponse"),
      });
      expect(raw.envelopes).toHaveLength(1);
    }
  });

  it("R-WSRM11-RMS-CREATING-FAULT: takes any fault for a refusal", () => {
    for (const name of [
      "UnknownSequence",
      "SequenceTerminated",
      "SequenceClosed",
      "InvalidAcknowledgement",
      "MessageNumberRollover",
      "LastMessageNumberExceeded",
    ] as const) {
      const { raw, client } = creating(version);
      raw.send({
        action: raw.dialect.fault,
        content: { type: "fault", fault: { name, code: "Sender", reason: "because" } },
      });
      expect(client.fault).toMatchObject({ code: "SESSION_REFUSED", isRemote: true, fault: { name } });
    }
  });
});

describe("a source of version 1.1 in state Created", () => {
  it("R-WSRM11-RMS-CREATED-ACK: forgets what is acknowledged and repeats only the rest", () => {
    const session = created(3).acknowledge([[1, 2]]);
    session.hear();
    expect(session.service.session.unacknowledgedCount).toBe(1);
    session.world.run(15_000);
    expect([...new Set(session.hearNames())]).toEqual(["Note 3"]);
  });

  it("R-WSRM11-RMS-CREATED-FINAL: takes a final acknowledgement for an acknowledgement, and goes on sending", () => {
    const session = created().acknowledge([[1, 1]], { isFinal: true });
    session.service.notify("2");
    expect(session.hearNames()).toEqual(["Note 2"]);
    expect(session.state).toBe("open");
  });

  it("R-WSRM11-RMS-CREATED-NACK: does nothing for a Nack at once; the timer repeats", () => {
    const session = created(3).refuseNumbers(2);
    expect(session.hear()).toEqual([]);
    expect(session.service.session.unacknowledgedCount).toBe(3);
    session.world.run(10_000);
    expect(session.hearNames()[0]).toBe("Note 1");
    expect(session.state).toBe("open");
  });

  it("R-WSRM11-RMS-CREATED-CLOSE: on close refuses messages, asks what arrived, and sends CloseSequence when all has", () => {
    const session = created(2);
    session.service.dispatch({ type: "close" });
    expect(session.service.session.refusal()).toMatchObject({ code: "CALL_SESSION_NOT_OPEN" });
    expect(session.hearNames()).toEqual(["AckRequested"]);
    expect(session.acknowledge([[1, 1]]).hear()).toEqual([]);
    const [close] = session.acknowledge([[1, 2]]).hear();
    expect([nameOf(close!), textIn(close!, "LastMsgNumber")]).toEqual(["CloseSequence", "2"]);
  });

  it("R-WSRM11-RMS-CREATED-DRAIN: still repeats what is not acknowledged while it waits to close", () => {
    const session = created(2);
    session.service.dispatch({ type: "close" });
    session.hear();
    session.acknowledge([[2, 2]]);
    session.world.run(10_000);
    expect(session.hearNames()[0]).toBe("Note 1");
  });
});

describe.each(states)("a source of version 1.1 in state %s", (state, enter) => {
  it("R-WSRM11-RMS-CSR: passes over a second CreateSequenceResponse", () => {
    const session = enter().answerCreate();
    expect(session.hear()).toEqual([]);
    expect(session.service.fault).toBeUndefined();
  });

  it("R-WSRM11-RMS-RESPONSE: passes over a response to what it did not ask", () => {
    const session = enter();
    const asked = session.raw.last;
    const stranger = session.world.nextId();
    session.answerClose([[1, 1]], stranger).answerTerminate(stranger);
    if (state === "Closing") session.answerTerminate();
    if (state === "Terminating") session.answerClose([[1, 1]]);
    expect(session.hear()).toEqual([]);
    expect(session.service.fault).toBeUndefined();
    // What it did ask still waits for its answer.
    session.world.run(10_000);
    expect(session.hear()).toEqual(state === "Created" ? [] : [asked]);
  });

  it("R-WSRM11-RMS-INVALID: answers an acknowledgement of what was never sent with InvalidAcknowledgement, and ends", () => {
    const session = enter().acknowledge([[1, 9]]);
    expect(session.hearNames()).toEqual(["InvalidAcknowledgement"]);
    expect(session.state).toBe("faulted");
  });

  it("R-WSRM11-RMS-RMDENDS: refuses that the receiver of its sequence closes or terminates it, as WCF does", () => {
    for (const end of ["close", "terminate"] as const) {
      const session = enter();
      session[end](1, session.ours);
      expect(session.hearNames()).toEqual(["SequenceTerminated"]);
      expect(session.service.fault?.reason).toContain("only the sender of a sequence may end it");
    }
  });

  it("R-WSRM11-RMS-FAULT: ends without an answer when SequenceClosed or SequenceTerminated comes", () => {
    for (const name of ["SequenceClosed", "SequenceTerminated", "MessageNumberRollover"] as const) {
      const session = enter().tell(name);
      expect(session.hear()).toEqual([]);
      expect(session.service.fault).toMatchObject({ isRemote: true, fault: { name } });
    }
  });
});

describe.each(ending)("a source of version 1.1 in state %s", (_state, enter) => {
  it("R-WSRM11-RMS-ENDING-SEND: takes no message, and has none to repeat", () => {
    const session = enter();
    expect(session.service.session.refusal()).toMatchObject({ code: "CALL_SESSION_NOT_OPEN" });
    session.service.notify("late");
    session.world.run(9_000);
    expect(session.hear()).toEqual([]);
  });

  it("R-WSRM11-RMS-ENDING-ACK: takes acknowledgements and passes over a Nack", () => {
    const session = enter()
      .acknowledge([[1, 1]])
      .acknowledge([[1, 1]], { isFinal: true })
      .refuseNumbers(1);
    expect(session.hear()).toEqual([]);
    expect(session.state).toBe("closing");
  });

  it("R-WSRM11-RMS-ENDING-RETRY: repeats its request every 10 s with the same MessageID until it is answered", () => {
    const session = enter();
    const asked = session.raw.last;
    session.world.run(25_000);
    expect(session.hear()).toEqual([asked, asked]);
  });
});

describe("a source of version 1.1 that ends", () => {
  it("R-WSRM11-RMS-CLOSING-CLOSERESPONSE: sends TerminateSequence once its CloseSequence is answered", () => {
    const session = closing().answerClose([[1, 1]]);
    const [request] = session.hear();
    expect([nameOf(request!), textIn(request!, "LastMsgNumber")]).toEqual(["TerminateSequence", "1"]);
  });

  it("R-WSRM11-RMS-CLOSING-UNKNOWN: takes UnknownSequence for a failure while CloseSequence waits", () => {
    const session = closing().tell("UnknownSequence");
    expect(session.service.fault).toMatchObject({ code: "SESSION_UNKNOWN_TO_PEER" });
  });

  it("R-WSRM11-RMS-TERMINATING-RESPONSE: is done when TerminateSequence is answered, and repeats nothing", () => {
    const session = terminating().answerTerminate();
    session.world.run(50_000);
    expect(session.hear()).toEqual([]);
    expect(session.state).toBe("closing");
    session.close().terminate();
    expect(session.state).toBe("closed");
  });

  it("R-WSRM11-RMS-TERMINATING-UNKNOWN: takes UnknownSequence for the answer to TerminateSequence", () => {
    const session = terminating().tell("UnknownSequence");
    session.close().terminate();
    expect(session.hearNames()).toEqual(["CloseSequenceResponse", "TerminateSequenceResponse"]);
    expect(session.state).toBe("closed");
  });
});
