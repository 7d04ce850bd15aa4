import {
  type Acknowledgement,
  dialects,
  type RmBody,
  type SequenceFault,
  soapFaultOf,
  type Transmission,
} from "@bowline/protocol/reliable-messaging";
import { UniqueId } from "@bowline/protocol/xml";
import { describe, expect, it } from "vitest";
import { RawPeer } from "./raw-peer.ts";
import { writeText } from "./session-peer.ts";
import { World, type WorldOptions } from "./world.ts";

const versions = ["1.0", "1.1"] as const;
const note = "urn:echo/Note";

/** A raw client with an open session at the service. */
function intruder(version: (typeof versions)[number], options: WorldOptions = {}) {
  const world = new World({ server: { version }, ...options });
  const raw = new RawPeer(world, version, "client");
  const ids = raw.create();
  const say = (messageNumber: number, text = `${messageNumber}`): RawPeer =>
    raw.send({
      action: note,
      sequenceId: ids.outputId,
      messageNumber,
      content: { type: "application", body: bodyOf(world, raw, text) },
    });
  const protocol = (body: RmBody, more: Partial<Transmission> = {}): RawPeer => {
    const action = dialects[version][actionOf(body)];
    return raw.send({
      action,
      addressing: { action, messageId: world.nextId() },
      content: { type: "protocol", body },
      ...more,
    });
  };
  return { world, raw, ids, say, protocol };
}

function actionOf(body: RmBody): "closeSequence" | "terminateSequence" | "createSequence" {
  if (body.type === "close-sequence") return "closeSequence";
  return body.type === "terminate-sequence" ? "terminateSequence" : "createSequence";
}

function bodyOf(world: World, raw: RawPeer, text: string): unknown {
  return world.codec.encodeBody(raw.link!.strings, (writer) => writeText(writer, text));
}

function acknowledgement(identifier: UniqueId, ...ranges: Acknowledgement["ranges"]): Acknowledgement {
  return { identifier, ranges, isFinal: false, bufferRemaining: undefined };
}

function expectFault(raw: RawPeer, name: string, code = "Sender"): void {
  const xml = raw.envelopes.findLast((envelope) => envelope.includes("<s:Fault>")) ?? raw.last;
  expect(xml).toContain(`:${name}</s:Value>`);
  expect(xml).toContain(`<s:Value>s:${code}</s:Value>`);
}

describe.each(versions)("the service ends a session of version %s", (version) => {
  const dialect = dialects[version];

  it("with UnknownSequence when a message names a sequence that is not the session's (R-WCF-VERIFY-1)", () => {
    for (const parts of [
      (id: UniqueId) => ({ action: dialect.ackRequested, ackRequestedId: id }),
      (id: UniqueId) => ({ action: dialect.sequenceAcknowledgement, acknowledgement: acknowledgement(id) }),
      (id: UniqueId) => ({ action: note, sequenceId: id, messageNumber: 1 }),
    ]) {
      const { world, raw } = intruder(version);
      raw.send(parts(world.nextId()));
      expectFault(raw, "UnknownSequence");
      expect(raw.isEnded).toBe(true);
      expect(world.server.fault).toMatchObject({ code: "SESSION_PROTOCOL_VIOLATION", isRemote: false });
    }
  });

  it("with InvalidAcknowledgement when something is acknowledged that was never sent (R-WSRM-ACK-3)", () => {
    const { world, raw, ids } = intruder(version);
    raw.send({
      action: dialect.sequenceAcknowledgement,
      acknowledgement: acknowledgement(ids.inputId, { lower: 1, upper: 1 }),
    });
    expectFault(raw, "InvalidAcknowledgement");
    expect(raw.last).toContain('<r:AcknowledgementRange Lower="1" Upper="1">');
    expect(world.server.fault?.fault?.name).toBe("InvalidAcknowledgement");
  });

  it("with InvalidAcknowledgement when an acknowledgement forgets what an earlier one said (R-WSRM-ACK-4)", () => {
    const { world, raw, ids } = intruder(version);
    for (const text of ["1", "2", "3"]) world.server.notify(text);
    world.run(0);
    const say = (...ranges: Acknowledgement["ranges"]): RawPeer =>
      raw.send({ action: dialect.sequenceAcknowledgement, acknowledgement: acknowledgement(ids.inputId, ...ranges) });
    say({ lower: 1, upper: 2 });
    say({ lower: 1, upper: 1 });
    expect(world.server.session.state).toBe("open");
    say({ lower: 3, upper: 3 });
    expectFault(raw, "InvalidAcknowledgement");
  });

  it("with a fault about the missing Sequence header when a plain message comes (R-WCF-PLAIN-1)", () => {
    const { world, raw } = intruder(version);
    raw.send({ action: note, content: { type: "application", body: bodyOf(world, raw, "plain") } });
    expectFault(raw, version === "1.1" ? "WSRMRequired" : "ActionNotSupported");
    expect(world.server.fault).toMatchObject({ code: "SESSION_PROTOCOL_VIOLATION" });
    expect(world.server.texts).toEqual([]);
  });

  it("with SequenceTerminated when another CreateSequence comes within it (R-WCF-CS-4)", () => {
    const { raw, world } = intruder(version);
    const offer = { identifier: world.nextId(), endpoint: anonymous, incompleteSequenceBehavior: undefined };
    const { createSequence } = dialect;
    raw.send({
      action: createSequence,
      addressing: { action: createSequence, messageId: world.nextId() },
      content: {
        type: "protocol",
        body: {
          type: "create-sequence",
          acksTo: anonymous,
          expires: undefined,
          offer: version === "1.1" ? offer : { ...offer, endpoint: undefined },
        },
      },
    });
    expectFault(raw, "SequenceTerminated");
  });

  it("with SequenceTerminated when TerminateSequence comes too early (R-WCF-CLOSE10-2, R-WCF-CLOSE11-4)", () => {
    const { raw, say, protocol, ids } = intruder(version);
    say(2);
    protocol({
      type: "terminate-sequence",
      identifier: ids.outputId,
      lastMessageNumber: version === "1.1" ? 2 : undefined,
    });
    expectFault(raw, "SequenceTerminated");
  });

  it("with SequenceTerminated when TerminateSequence names a sequence that the service sends", () => {
    const { raw, protocol, ids } = intruder(version);
    protocol({ type: "terminate-sequence", identifier: ids.inputId, lastMessageNumber: undefined });
    expectFault(raw, "SequenceTerminated");
  });

  it("with SequenceTerminated when a message cannot be read (R-WCF-FAULT-3)", () => {
    const { raw, world, ids } = intruder(version);
    raw.send({ action: note, sequenceId: ids.outputId, messageNumber: 0 });
    expectFault(raw, "SequenceTerminated");
    expect(world.server.fault).toMatchObject({
      code: "SESSION_PROTOCOL_VIOLATION",
      reason: expect.stringContaining("message numbers start at 1"),
    });
  });
});

const anonymous = "http://www.w3.org/2005/08/addressing/anonymous";

describe("the service ends a session of version 1.0", () => {
  it("with LastMessageNumberExceeded when a message follows the last one (R-WSRM10-LAST-1)", () => {
    const { world, raw, say, ids } = intruder("1.0");
    world.run(0);
    raw.send({ action: raw.dialect.lastMessage, sequenceId: ids.outputId, messageNumber: 2, isLastMessage: true });
    say(3);
    expectFault(raw, "LastMessageNumberExceeded");
  });

  it("with LastMessageNumberExceeded when the last message is not the last (R-WSRM10-LAST-1)", () => {
    const { raw, say, ids } = intruder("1.0");
    say(3);
    raw.send({ action: raw.dialect.lastMessage, sequenceId: ids.outputId, messageNumber: 2, isLastMessage: true });
    expectFault(raw, "LastMessageNumberExceeded");
  });

  it("with a fault and not with a crash when a LastMessage has no Sequence header", () => {
    const { world, raw } = intruder("1.0");
    raw.send({ action: raw.dialect.lastMessage });
    expect(raw.last).toContain("<s:Fault>");
    expect(world.server.fault).toMatchObject({ code: "SESSION_PROTOCOL_VIOLATION" });
  });

  it("not at all for a LastMessage ahead of a gap: it waits for what is missing", () => {
    const { world, raw, say, ids } = intruder("1.0");
    raw.send({ action: raw.dialect.lastMessage, sequenceId: ids.outputId, messageNumber: 3, isLastMessage: true });
    say(2);
    expect(world.server.count("input-ended")).toBe(0);
    say(1);
    expect(world.server.count("input-ended")).toBe(1);
    expect(world.server.texts).toEqual(["1", "2"]);
  });
});

describe("a message that is marked as the last one, version 1.0,", () => {
  it("is delivered and ends the sequence, though WCF marks only empty ones (R-WSRM10-LAST-2)", () => {
    const { world, raw, say, ids } = intruder("1.0");
    say(1);
    raw.send({
      action: note,
      sequenceId: ids.outputId,
      messageNumber: 2,
      isLastMessage: true,
      content: { type: "application", body: bodyOf(world, raw, "2") },
    });
    expect(world.server.texts).toEqual(["1", "2"]);
    expect(world.server.count("input-ended")).toBe(1);
    expect(raw.envelopes.some((envelope) => envelope.includes('Lower="1" Upper="2"'))).toBe(true);
    say(3);
    expectFault(raw, "LastMessageNumberExceeded");
  });
});

describe("the service, in a session of version 1.1,", () => {
  it("answers a new message after CloseSequence with SequenceClosed and the final acknowledgement, and lives on (R-WSRM11-CLOSED-1)", () => {
    const { world, raw, say, protocol, ids } = intruder("1.1", {});
    say(1);
    world.server.closesWithPeer = false;
    protocol({ type: "close-sequence", identifier: ids.outputId, lastMessageNumber: 2 });
    say(2);
    expectFault(raw, "SequenceClosed");
    expect(raw.last).toContain("<r:Final></r:Final>");
    expect(raw.last).toContain('Lower="1" Upper="1"');
    expect(world.server.session.state).toBe("open");
    say(1);
    world.run(0);
    expect(raw.last).toContain("/SequenceAcknowledgement<");
    expect(world.server.texts).toEqual(["1"]);
  });

  it("refuses a CloseSequence whose last number is below what came, or differs from an earlier one (R-WCF-CLOSE11-5)", () => {
    const small = intruder("1.1");
    small.say(1);
    small.say(2);
    small.protocol({ type: "close-sequence", identifier: small.ids.outputId, lastMessageNumber: 1 });
    expectFault(small.raw, "SequenceTerminated");

    const changing = intruder("1.1");
    changing.world.server.closesWithPeer = false;
    changing.say(1);
    changing.protocol({ type: "close-sequence", identifier: changing.ids.outputId, lastMessageNumber: 1 });
    changing.protocol({ type: "close-sequence", identifier: changing.ids.outputId, lastMessageNumber: 2 });
    expectFault(changing.raw, "SequenceTerminated");
  });

  it("refuses a close response without the final acknowledgement, or with one that leaves messages out (R-WCF-CLOSE11-6)", () => {
    for (const [ranges, isFinal, fault] of [
      [[{ lower: 1, upper: 1 }], false, "SequenceTerminated"],
      [[{ lower: 1, upper: 2 }], true, "none"],
    ] as const) {
      const { world, raw, ids } = intruder("1.1");
      world.server.notify("1");
      world.server.notify("2");
      world.run(0);
      raw.send({
        action: raw.dialect.sequenceAcknowledgement,
        acknowledgement: acknowledgement(ids.inputId, { lower: 1, upper: 2 }),
      });
      world.server.dispatch({ type: "close" });
      world.run(0);
      const relatesTo = messageIdOf(raw.last);
      const action = raw.dialect.closeSequenceResponse;
      raw.send({
        action,
        addressing: { action, relatesTo },
        acknowledgement: { ...acknowledgement(ids.inputId, ...ranges), isFinal },
        content: { type: "protocol", body: { type: "close-sequence-response", identifier: ids.inputId } },
      });
      if (fault === "none") expect(raw.last).toContain("/TerminateSequence<");
      else expectFault(raw, fault);
    }
  });

  it("repeats CloseSequence with the same MessageID, and its own address as ReplyTo, until it is answered (R-WCF-CLOSE11-2, R-WCF-CLOSE11-7)", () => {
    const { world, raw } = intruder("1.1");
    world.server.dispatch({ type: "close" });
    world.run(25_000);
    const closes = raw.envelopes.filter((envelope) => envelope.includes("/CloseSequence<"));
    expect(closes).toHaveLength(3);
    expect(new Set(closes).size).toBe(1);
    expect(closes[0]).toContain("<a:ReplyTo><a:Address>net.tcp://host:808/echo</a:Address></a:ReplyTo>");
  });
});

describe.each(versions)("a fault that comes, version %s,", (version) => {
  const dialect = dialects[version];

  /** A client whose session is open at a scripted service. */
  function open() {
    const world = new World({ client: { version } });
    const raw = new RawPeer(world, version, "server");
    world.open();
    const ids = raw.accept();
    expect(world.client.session.state).toBe("open");
    const tell = (fault: SequenceFault): RawPeer =>
      raw.send({ action: dialect.fault, content: { type: "fault", fault } });
    return { world, raw, ids, tell };
  }

  const names = [
    "SequenceTerminated",
    "InvalidAcknowledgement",
    "MessageNumberRollover",
    "SequenceClosed",
    "LastMessageNumberExceeded",
    "WsrmRequired",
    "EndpointUnavailable",
    "ActionNotSupported",
  ] as const;

  it.each(names)("%s ends the session, and nothing is answered (R-WSRM-FAULT-1, R-WCF-FAULT-1)", (name) => {
    const { world, raw, ids, tell } = open();
    const envelopeCount = raw.envelopes.length;
    tell({ name, code: "Sender", reason: "because", identifier: ids.outputId });
    expect(world.client.fault).toMatchObject({
      code: "SESSION_TERMINATED_BY_PEER",
      isRemote: true,
      reason: expect.stringMatching(new RegExp(`${name}.*because`)),
      fault: { name, code: "Sender", reason: "because" },
    });
    expect(raw.envelopes).toHaveLength(envelopeCount);
    expect(raw.isEnded).toBe(true);
    expect(soapFaultOf({ name, code: "Sender", reason: "" }, dialect).subcodes).toHaveLength(1);
  });

  it("UnknownSequence says that the session is unknown to the peer", () => {
    const { world, ids, tell } = open();
    tell({ name: "UnknownSequence", code: "Sender", reason: "", identifier: ids.outputId });
    expect(world.client.fault).toMatchObject({ code: "SESSION_UNKNOWN_TO_PEER", isRemote: true });
  });

  it("SequenceTerminated in WCF's words for both timers is no more than that", () => {
    const { world, ids, tell } = open();
    const reason = "Due to a user abort the reliable session cannot continue.";
    tell({ name: "SequenceTerminated", code: "Receiver", reason, identifier: ids.outputId });
    expect(world.client.fault).toMatchObject({ code: "SESSION_TERMINATED_BY_PEER" });
    expect(world.client.fault?.timer).toBeUndefined();
  });
});

function messageIdOf(xml: string): UniqueId {
  const text = /<a:MessageID>([^<]*)</.exec(xml)?.[1] ?? "";
  return UniqueId.parse(text);
}
