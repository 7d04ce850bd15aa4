import { RmDestination, RmSource, reliableSessionOptions } from "@bowline/protocol/reliable-messaging";
import { describe, expect, it } from "vitest";
import { RawPeer } from "../session/raw-peer.ts";
import { World } from "../session/world.ts";
import { nameOf, RawSession, rangesIn } from "./raw-session.ts";

// What other implementations of reliable messaging get wrong, and what ours does there instead.

const versions = ["1.0", "1.1"] as const;
const windowOptions = { maxTransferWindowSize: 100 };

/** A session whose service has sent messages 1 to `count`. */
function sending(version: (typeof versions)[number], count: number): RawSession {
  const session = new RawSession(version, { server: windowOptions });
  session.service.notify("1");
  session.hear();
  session.acknowledge([[1, 1]]);
  for (let messageNumber = 2; messageNumber <= count; messageNumber++) session.service.notify(`${messageNumber}`);
  session.hear();
  return session;
}

/** Distinct numbers that the service sends in the next 20 s. */
function repeated(session: RawSession): string[] {
  session.world.run(20_000);
  return [...new Set(session.hearNames())].filter((name) => name.startsWith("Note")).toSorted();
}

describe.each(versions)("version %s", (version) => {
  it("R-WSRM-PEER-B1: what is acknowledged behind a wide gap is not sent again", () => {
    const session = sending(version, 9);
    const repeatedNames = new Set<string>();
    for (let count = 0; count < 4; count++) {
      session.acknowledge([
        [1, 2],
        [6, 6],
        [9, 9],
      ]);
      session.world.run(5000);
      for (const name of session.hearNames()) repeatedNames.add(name);
    }
    expect([...repeatedNames].toSorted()).toEqual(["Note 3", "Note 4", "Note 5", "Note 7", "Note 8"]);
  });

  it("R-WSRM-PEER-B2: a Nack acknowledges nothing", () => {
    const session = sending(version, 4).refuseNumbers(2);
    expect(session.service.session.unacknowledgedCount).toBe(3);
    session.acknowledge([[1, 1]]);
    expect(session.state).toBe("open");
    expect(session.service.session.unacknowledgedCount).toBe(3);
  });

  it("R-WSRM-PEER-B3: a number far ahead costs nothing, neither time nor memory nor a place in the acknowledgement", () => {
    const session = new RawSession(version);
    for (let back = 0; back < 100; back++) session.say(Number.MAX_SAFE_INTEGER - back);
    session.say(1).ask();
    expect(rangesIn(session.hear().at(-1)!)).toBe("1-1");
    expect(session.service.texts).toEqual(["1"]);
  });

  it("R-WSRM-PEER-B4: an acknowledgement that comes late takes nothing back, one that cannot be is refused", () => {
    const session = sending(version, 5)
      .acknowledge([[1, 4]])
      .acknowledge([[1, 2]]);
    expect(session.service.session.unacknowledgedCount).toBe(1);
    expect(repeated(session)).toEqual(["Note 5"]);
    session.acknowledge([[1, 6]]);
    expect(session.hearNames()).toEqual(["InvalidAcknowledgement"]);
  });

  it("R-WSRM-PEER-B6: a busy client does not keep the session of a silent one alive", () => {
    const world = new World({
      client: { version, inactivityTimeoutMs: Number.POSITIVE_INFINITY },
      server: { version, inactivityTimeoutMs: 60_000 },
    }).open();
    const busy = world.newClient();
    world.open(busy);
    for (let second = 0; second < 61; second++) {
      busy.notify("x");
      world.run(1000);
    }
    expect(world.servers.map(({ session }) => session.state)).toEqual(["faulted", "open"]);
    expect(world.server.fault).toMatchObject({ code: "SESSION_INACTIVITY_TIMEOUT" });
  });

  it("R-WSRM-PEER-B7: TerminateSequence for an unknown sequence is answered with UnknownSequence", () => {
    const session = new RawSession(version);
    session.reconnect().terminate(1, session.world.nextId());
    expect(session.hearNames()).toEqual(["UnknownSequence"]);
    expect(session.state).toBe("open");
  });

  it("R-WSRM-PEER-B8: the application hears that a message was given up, and which calls are in doubt", () => {
    const session = new RawSession(version, { server: { maxRetryCount: 2 } });
    const call = session.service.call("a");
    session.world.run(120_000);
    expect(session.service.fault).toMatchObject({ code: "SESSION_RETRIES_EXHAUSTED", isRemote: false });
    expect(call.error).toMatchObject({ code: "CALL_SESSION_ENDED" });
    expect(session.service.session.unacknowledgedCount).toBe(1);
  });

  it("R-WSRM-PEER-B9: AckRequested for an unknown sequence is answered with UnknownSequence", () => {
    const session = new RawSession(version);
    session.reconnect().ask(session.world.nextId());
    expect(session.hearNames()).toEqual(["UnknownSequence"]);
  });

  it("R-WSRM-PEER-B10: an Accept whose AcksTo leads nowhere declines the offer", () => {
    const world = new World({ client: { version } });
    const raw = new RawPeer(world, version, "server");
    world.open();
    raw.accept("http://www.w3.org/2005/08/addressing/none");
    expect(world.client.fault).toMatchObject({
      code: "SESSION_PROTOCOL_VIOLATION",
      reason: expect.stringContaining("did not accept the offered sequence"),
    });
    expect(nameOf(raw.last)).toBe("SequenceTerminated");
  });

  it("R-WSRM-PEER-B11: every other number leaves at most maxAckRangeCount ranges to acknowledge", () => {
    const session = new RawSession(version, { server: { ...windowOptions, ordered: false, maxAckRangeCount: 4 } });
    for (let messageNumber = 1; messageNumber < 40; messageNumber += 2) session.say(messageNumber);
    session.ask();
    expect(rangesIn(session.hear().at(-1)!)).toBe("1-1 3-3 5-5 7-7");
    expect(session.service.texts).toEqual(["1", "3", "5", "7"]);
    session.say(2).ask();
    expect(rangesIn(session.hear().at(-1)!)).toBe("1-3 5-5 7-7");
  });

  it("R-WSRM-PEER-B12: a message of the other version changes nothing for the sessions that are open, and none for those to come", () => {
    const session = new RawSession(version);
    const stranger = new RawPeer(session.world, version === "1.0" ? "1.1" : "1.0", "client");
    const { dialect } = stranger;
    stranger.send({ action: dialect.ackRequested, ackRequestedId: session.theirs });
    expect(stranger.isEnded).toBe(true);
    session.say(1).ask();
    expect(session.hear().map(rangesIn)).toEqual(["1-1"]);
    const next = new RawPeer(session.world, version, "client");
    next.create();
    expect(nameOf(next.last)).toBe("CreateSequenceResponse");
  });

  it("R-WSRM-PEER-B13: MakeConnection, which would hand a session's messages to whoever knows an address, is no message of ours", () => {
    const session = new RawSession(version);
    session.service.notify("secret");
    session.hear();
    const poll = "http://docs.oasis-open.org/ws-rx/wsmc/200702/MakeConnection";
    session.reconnect().send({ action: poll });
    expect(session.hearNames()).toEqual([version === "1.1" ? "WSRMRequired" : "ActionNotSupported"]);
    expect(session.raw.isEnded).toBe(true);
    expect(session.service.session.unacknowledgedCount).toBe(1);
  });
});

describe("the close of version 1.1", () => {
  it("R-WSRM-PEER-B5: takes no message after CloseSequence, needs no LastMsgNumber, and knows nothing of unknown sequences", () => {
    const session = new RawSession("1.1").say(1).say(2).close();
    const [answer] = session.hear().filter((xml) => nameOf(xml) === "CloseSequenceResponse");
    expect(rangesIn(answer!)).toBe("1-2 Final");
    session.close().close(2).say(3);
    expect(session.hearNames()).toEqual(["CloseSequenceResponse", "CloseSequenceResponse", "SequenceClosed"]);
    session.terminate();
    expect(session.hearNames()).toEqual(["TerminateSequenceResponse"]);
    session.reconnect().close(1, session.world.nextId());
    expect(session.hearNames()).toEqual(["UnknownSequence"]);
  });

  it("R-WSRM-PEER-B14: takes acknowledgements while it waits to close, and while it closes", () => {
    const session = sending("1.1", 3);
    session.service.dispatch({ type: "close" });
    session.hear();
    session.acknowledge([[1, 3]]);
    expect(session.hearNames()).toEqual(["CloseSequence"]);
    session.acknowledge([[1, 3]], { isFinal: true }).answerClose([[1, 3]], session.lastMessageId);
    expect(session.hearNames()).toEqual(["TerminateSequence"]);
    expect(session.state).toBe("closing");
  });
});

describe("numbers as ranges", () => {
  it("R-WSRM-PEER-B1: leave a source with what is missing, wherever the gaps are", () => {
    for (let step = 2; step < 8; step++) {
      const transmitted: number[] = [];
      const options = reliableSessionOptions(windowOptions);
      const source = new RmSource(options, 0, ({ messageNumber }) => transmitted.push(messageNumber));
      const send = (): void => source.send({ addressing: { action: "a" }, body: undefined, byteLength: 0 }, false, 0);
      source.linkUp(0);
      // One acknowledgement for each opens the window.
      const first = 50;
      for (let messageNumber = 1; messageNumber <= first; messageNumber++) {
        send();
        source.acknowledge([{ lower: 1, upper: messageNumber }], undefined, 0);
      }
      for (let count = 0; count < 50; count++) send();
      const arrived = Array.from({ length: Math.ceil(50 / step) }, (_, index) => first + 1 + index * step);
      transmitted.length = 0;
      source.acknowledge(
        [{ lower: 1, upper: first + 1 }, ...arrived.slice(1).map((lower) => ({ lower, upper: lower }))],
        undefined,
        1000,
      );
      const missing = Array.from({ length: arrived.at(-1)! - first }, (_, index) => first + 1 + index);
      expect(transmitted).toEqual(missing.filter((messageNumber) => !arrived.includes(messageNumber)));
    }
  });

  it("R-WSRM-PEER-B3: are no longer for a destination that got the highest of them", () => {
    const destination = new RmDestination<string>(
      reliableSessionOptions({ ordered: false }),
      () => {},
      (message) => message,
    );
    expect(destination.receive(Number.MAX_SAFE_INTEGER, "m", 1)).toBe("stored");
    expect(destination.ranges).toEqual([{ lower: Number.MAX_SAFE_INTEGER, upper: Number.MAX_SAFE_INTEGER }]);
  });
});
