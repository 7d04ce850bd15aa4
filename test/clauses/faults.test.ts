import type { RmVersion, SequenceFaultName } from "@bowline/protocol/reliable-messaging";
import { describe, expect, it } from "vitest";
import { RawPeer, textIn } from "../session/raw-peer.ts";
import { World } from "../session/world.ts";
import { nameOf, RawSession, rangesIn } from "./raw-session.ts";

// Each fault of both versions: what calls it forth, how it looks, what becomes of the session on both sides.

const versions = ["1.0", "1.1"] as const;
const namespaces = {
  "1.0": "http://schemas.xmlsoap.org/ws/2005/02/rm",
  "1.1": "http://docs.oasis-open.org/ws-rx/wsrm/200702",
} as const;
const actions = {
  "1.0": "http://www.w3.org/2005/08/addressing/soap/fault",
  "1.1": "http://docs.oasis-open.org/ws-rx/wsrm/200702/fault",
} as const;

interface FaultParts {
  readonly action: string;
  readonly code: string;
  /** Namespace and name of the first subcode. */
  readonly subcode: string;
  readonly reason: string;
  /** Text of the Identifier in the detail, or "(no r:Identifier)". */
  readonly identifier: string;
}

/** The parts of a fault that are fixed by its definition. */
function partsOf(xml: string): FaultParts {
  const fault = /<s:Fault>.*<\/s:Fault>/.exec(xml)?.[0] ?? "";
  const [, code] = /<s:Code><s:Value>s:([^<]*)</.exec(fault) ?? [];
  const [, declarations = "", prefix, name] = /<s:Subcode><s:Value([^>]*)>([^:<]*):([^<]*)</.exec(fault) ?? [];
  const declared = new RegExp(`xmlns:${prefix}="([^"]*)"`);
  const namespaceUri = (declared.exec(declarations) ?? declared.exec(xml))?.[1];
  const detail = /<s:Detail>.*<\/s:Detail>/.exec(fault)?.[0] ?? "";
  return {
    action: textIn(xml, "a:Action"),
    code: code ?? "(no code)",
    subcode: `${namespaceUri} ${name}`,
    reason: textIn(fault, "s:Text"),
    identifier: textIn(detail, "r:Identifier"),
  };
}

/** The fault that the session sent last, checked for what all faults of a version share. */
function faultOf(session: RawSession, name: string, code = "Sender"): FaultParts {
  const xml = session.hear().at(-1) ?? "";
  const parts = partsOf(xml);
  const { version } = session;
  expect(parts).toMatchObject({ action: actions[version], code, subcode: `${namespaces[version]} ${name}` });
  expect(parts.reason.length).toBeGreaterThan(10);
  return parts;
}

describe.each(versions)("version %s", (version) => {
  it("R-WSRM-FAULT-TERMINATED: SequenceTerminated names the sequence; Sender when the peer broke the protocol, Receiver when we cannot go on", () => {
    const bad = new RawSession(version).say(0);
    expect(faultOf(bad, "SequenceTerminated").identifier).toBe(`${bad.theirs}`);
    expect(bad.state).toBe("faulted");

    const aborted = new RawSession(version);
    aborted.service.dispatch({ type: "abort", reason: undefined });
    expect(faultOf(aborted, "SequenceTerminated", "Receiver").identifier).toBe(`${aborted.theirs}`);
  });

  it("R-WSRM-FAULT-UNKNOWN: UnknownSequence names the sequence that is unknown, within a session and as first message", () => {
    const within = new RawSession(version);
    const stranger = within.world.nextId();
    within.ask(stranger);
    expect(faultOf(within, "UnknownSequence").identifier).toBe(`${stranger}`);
    expect(within.state).toBe("faulted");

    const first = new RawSession(version).reconnect().ask(stranger);
    expect(faultOf(first, "UnknownSequence").identifier).toBe(`${stranger}`);
    expect(first.state).toBe("open");
  });

  it("R-WSRM-FAULT-INVALIDACK: InvalidAcknowledgement carries the acknowledgement that was wrong", () => {
    const session = new RawSession(version);
    session.service.notify("1");
    session.hear();
    session.acknowledge([[1, 2]]);
    const xml = session.raw.last;
    faultOf(session, "InvalidAcknowledgement");
    const detail = /<s:Detail>.*<\/s:Detail>/.exec(xml)?.[0] ?? "";
    expect(rangesIn(detail)).toBe("1-2");
    expect(textIn(detail, "r:Identifier")).toBe(`${session.ours}`);
    expect(session.state).toBe("faulted");
  });

  it("R-WSRM-FAULT-ROLLOVER: MessageNumberRollover is understood and never said: numbers above 2^53-1 cannot be read", () => {
    const session = new RawSession(version).sayHuge(2n ** 53n);
    expect(faultOf(session, "SequenceTerminated").reason).toMatch(/9007199254740992|2\^53/);

    const told = new RawSession(version).tell("MessageNumberRollover");
    expect(told.hear()).toEqual([]);
    expect(told.service.fault).toMatchObject({ isRemote: true, fault: { name: "MessageNumberRollover" } });
  });

  it("R-WSRM-FAULT-REFUSED: CreateSequenceRefused relates to the CreateSequence and leaves no session behind", () => {
    const world = new World({ server: { version } });
    const raw = new RawPeer(world, version, "client");
    const messageId = world.nextId();
    raw.send({
      action: raw.dialect.createSequence,
      addressing: { action: raw.dialect.createSequence, messageId },
      content: {
        type: "protocol",
        body: { type: "create-sequence", acksTo: "http://elsewhere/", expires: undefined, offer: undefined },
      },
    });
    expect(partsOf(raw.last)).toMatchObject({
      action: actions[version],
      code: "Sender",
      subcode: `${namespaces[version]} CreateSequenceRefused`,
      identifier: "(no r:Identifier)",
    });
    expect(textIn(raw.last, "a:RelatesTo")).toBe(`${messageId}`);
    expect(world.acceptor.sessionCount).toBe(0);
  });

  it("R-WSRM-FAULT-EFFECT: any fault outside the sequence ends the session of who gets it, without an answer", () => {
    for (const name of faultNames(version)) {
      const session = new RawSession(version).tell(name);
      expect(session.hear()).toEqual([]);
      expect(session.service.fault).toMatchObject({ isRemote: true, fault: { name } });
      expect(session.raw.isEnded).toBe(true);
      expect(session.world.acceptor.sessionCount).toBe(0);
    }
  });

  it("R-WSRM-FAULT-INSIDE: a fault inside the sequence is a message of the application", () => {
    const session = new RawSession(version);
    const call = session.service.call("to the client");
    session.hear();
    session.send({
      action: "http://www.w3.org/2005/08/addressing/soap/fault",
      addressing: { action: "http://www.w3.org/2005/08/addressing/soap/fault", relatesTo: call.messageId },
      sequenceId: session.theirs,
      messageNumber: 1,
      content: { type: "fault", fault: { name: "ActionNotSupported", code: "Sender", reason: "no such operation" } },
    });
    expect(call.error).toBeDefined();
    expect(session.state).toBe("open");
  });
});

describe("version 1.1 only", () => {
  it("R-WSRM11-FAULT-CLOSED: SequenceClosed names the sequence, brings the final acknowledgement and ends nothing here", () => {
    const session = new RawSession("1.1").say(1).close(1).say(2);
    expect(rangesIn(session.raw.last)).toBe("1-1 Final");
    expect(faultOf(session, "SequenceClosed").identifier).toBe(`${session.theirs}`);
    expect(session.state).toBe("open");
  });

  it("R-WSRM11-FAULT-REQUIRED: WSRMRequired answers a plain message, within a session and as first message", () => {
    const within = new RawSession("1.1").say(0, { sequenceId: undefined });
    expect(faultOf(within, "WSRMRequired").identifier).toBe("(no r:Identifier)");
    const first = new RawSession("1.1").reconnect().say(0, { sequenceId: undefined });
    expect(faultOf(first, "WSRMRequired").identifier).toBe("(no r:Identifier)");
    expect(first.state).toBe("open");
  });
});

describe("version 1.0 only", () => {
  it("R-WSRM10-FAULT-LAST: LastMessageNumberExceeded names the sequence and ends it", () => {
    const session = new RawSession("1.0").say(1).sayLast(2).say(3);
    expect(faultOf(session, "LastMessageNumberExceeded").identifier).toBe(`${session.theirs}`);
    expect(session.state).toBe("faulted");
  });

  it("R-WSRM10-FAULT-PLAIN: a plain message is answered with ActionNotSupported of WS-Addressing, for want of WSRMRequired", () => {
    for (const session of [new RawSession("1.0"), new RawSession("1.0").reconnect()]) {
      session.say(0, { sequenceId: undefined });
      expect(nameOf(session.raw.last)).toBe("ActionNotSupported");
      expect(partsOf(session.raw.last)).toMatchObject({
        code: "Sender",
        subcode: "http://www.w3.org/2005/08/addressing ActionNotSupported",
      });
    }
  });

  it("R-WSRM10-FAULT-OTHER: a name of version 1.1 in the namespace of 1.0 counts as what it says, and ends the session", () => {
    const session = new RawSession("1.0").tell("SequenceClosed");
    expect(session.service.fault).toMatchObject({ code: "SESSION_TERMINATED_BY_PEER", isRemote: true });
  });
});

function faultNames(version: RmVersion): readonly SequenceFaultName[] {
  const both = [
    "SequenceTerminated",
    "UnknownSequence",
    "InvalidAcknowledgement",
    "MessageNumberRollover",
    "CreateSequenceRefused",
    "EndpointUnavailable",
    "ActionNotSupported",
  ] as const;
  return version === "1.0" ? [...both, "LastMessageNumberExceeded"] : [...both, "SequenceClosed", "WsrmRequired"];
}
