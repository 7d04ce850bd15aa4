import { describe, expect, it } from "vitest";
import { World, type WorldOptions } from "./world.ts";

const ack = "SequenceAcknowledgement";

/** A session with one message behind it, which asked for its acknowledgement and got it. */
function warm(options: WorldOptions = {}): World {
  const world = new World(options).open();
  world.client.notify("first");
  world.run(1000);
  return world;
}

describe("acknowledgements (R-WCF-ACK-1)", () => {
  it("of the first message goes out at once, because the message asks for it (R-WCF-ACK-2)", () => {
    const world = new World().open();
    world.client.notify("a");
    world.run(0);
    expect(world.sightings.find(({ name }) => name === "Note")).toMatchObject({ requestsAcknowledgement: true });
    expect(world.sent("server")).toEqual(["CreateSequenceResponse", ack]);
  });

  it("of a message that does not ask waits 200 ms for a ride, to the millisecond", () => {
    const world = warm();
    const sentAtMs = world.nowMs;
    world.client.notify("a");
    world.run(199);
    expect(world.sent("server", sentAtMs)).toEqual([]);
    world.run(1);
    expect(world.sent("server", sentAtMs)).toEqual([ack]);
    expect(world.sightings.at(-1)).toMatchObject({ name: ack, acknowledges: "1-2" });
  });

  it("waits as long as acknowledgementIntervalMs says, from the first message that waits", () => {
    const world = warm({ server: { acknowledgementIntervalMs: 50 } });
    const sentAtMs = world.nowMs;
    world.client.notify("a");
    world.run(40);
    world.client.notify("b");
    world.run(9);
    expect(world.sent("server", sentAtMs)).toEqual([]);
    world.run(1);
    expect(world.sightings.at(-1)).toMatchObject({ name: ack, acknowledges: "1-3" });
  });

  it("rides on the reply, and then none goes out by itself", () => {
    const world = warm();
    const sentAtMs = world.nowMs;
    world.client.call("a");
    world.run(150);
    const reply = world.sightings.find(({ name, direction }) => name === "EchoResponse" && direction === "sent");
    expect(reply).toMatchObject({ acknowledges: "1-2" });
    world.run(1000);
    expect(world.sent("server", sentAtMs)).toEqual(["EchoResponse 1"]);
  });

  it("rides on a reply of the same instant even when the message asked for it at once", () => {
    const world = new World().open();
    world.client.call("a");
    world.run(0);
    expect(world.sent("server")).toEqual(["CreateSequenceResponse", "EchoResponse 1"]);
  });

  it("is asked for by the message that fills the window", () => {
    const world = warm({ client: { maxTransferWindowSize: 4 }, server: { maxTransferWindowSize: 4 } });
    const sentAtMs = world.nowMs;
    for (const text of ["2", "3", "4", "5", "6"]) world.client.notify(text);
    world.run(0);
    const asking = world.sightings.filter((seen) => seen.direction === "sent" && seen.requestsAcknowledgement);
    expect(asking.map(({ messageNumber }) => messageNumber)).toEqual([1, 5]);
    // The answer makes room, so the last message leaves in the same instant; its own acknowledgement waits.
    expect(world.sent("server", sentAtMs)).toEqual([ack]);
    expect(world.server.texts.at(-1)).toBe("6");
  });
});

describe("retransmission", () => {
  it("repeats the oldest message when no acknowledgement comes, doubles the pause, and nobody sees it twice (R-WCF-RTO-1)", () => {
    const world = warm();
    const sentAtMs = world.nowMs;
    world.network.hold("server");
    world.client.notify("a");
    world.run(399);
    expect(world.sent("client", sentAtMs)).toEqual(["Note 2"]);
    world.run(1);
    expect(world.sent("client", sentAtMs)).toEqual(["Note 2", "Note 2"]);
    expect(world.sightings.findLast(({ side, name }) => side === "client" && name === "Note")).toMatchObject({
      attempt: 2,
    });
    world.run(799);
    expect(world.sent("client", sentAtMs)).toHaveLength(2);
    world.run(1);
    expect(world.sent("client", sentAtMs)).toHaveLength(3);

    world.network.release();
    world.run(10_000);
    expect(world.sent("client", sentAtMs)).toHaveLength(3);
    expect(world.server.texts).toEqual(["first", "a"]);
    expect(world.client.session.unacknowledgedCount).toBe(0);
  });

  it("is answered at once: a duplicate says that the acknowledgement was lost", () => {
    const world = warm({ server: { acknowledgementIntervalMs: 10_000 } });
    const sentAtMs = world.nowMs;
    world.client.notify("a");
    world.run(399);
    expect(world.sent("server", sentAtMs)).toEqual([]);
    world.run(1);
    expect(world.sent("server", sentAtMs)).toEqual([ack]);
  });

  it("ends the session after maxRetryCount repetitions, with a fault to the peer", () => {
    const world = warm({ client: { maxRetryCount: 2 } });
    const sentAtMs = world.nowMs;
    world.network.hold("server");
    world.client.notify("a");
    world.run(400 + 800 + 1600 - 1);
    expect(world.client.session.state).toBe("open");
    expect(world.sent("client", sentAtMs)).toEqual(["Note 2", "Note 2", "Note 2"]);
    world.run(1);
    expect(world.client.fault).toMatchObject({
      code: "SESSION_RETRIES_EXHAUSTED",
      isRemote: false,
      reason: expect.stringContaining("2 times (maxRetryCount)"),
    });
    expect(world.server.fault).toMatchObject({ code: "SESSION_TERMINATED_BY_PEER", isRemote: true });
    expect(world.client.nextDeadlineMs).toBeUndefined();
    expect(world.server.nextDeadlineMs).toBeUndefined();
  });

  it("never waits longer than maxRetransmissionIntervalMs", () => {
    const world = warm({ client: { maxRetransmissionIntervalMs: 1000 } });
    const sentAtMs = world.nowMs;
    world.network.hold("server");
    world.client.notify("a");
    world.run(5000);
    const times = world.sightings.filter(
      ({ side, name, atMs }) => side === "client" && name === "Note" && atMs >= sentAtMs,
    );
    expect(times.map(({ atMs }) => atMs - sentAtMs)).toEqual([0, 400, 1200, 2200, 3200, 4200]);
  });
});

describe("flow control", () => {
  it("stops the sender at a full buffer and lets it go on when the application takes a message (R-WCF-CREDIT-1)", () => {
    const world = warm({ server: { maxTransferWindowSize: 8 } });
    const sentAtMs = world.nowMs;
    world.server.takes = false;
    for (let index = 0; index < 20; index++) world.client.notify(`m${index}`);
    world.run(400);
    expect(world.server.texts).toHaveLength(1 + 8);
    expect(world.client.session.unacknowledgedCount).toBe(12);
    const ackCount = world.sent("server", sentAtMs).length;

    world.server.take(1);
    world.run(0);
    expect(world.sent("server", sentAtMs).length).toBeGreaterThan(ackCount);
    expect(world.server.texts).toHaveLength(1 + 9);
    const last = world.sightings.findLast(({ side, name }) => side === "client" && name === "Note");
    expect(last).toMatchObject({ messageNumber: 10, requestsAcknowledgement: true });

    world.server.takes = true;
    world.server.take(8);
    world.run(2000);
    expect(world.server.texts).toHaveLength(21);
  });

  it("asks a full peer again after 500 ms, 1 s, 2 s …, for the word that reopened the window may be lost (R-WCF-CREDIT-2)", () => {
    const world = warm({ server: { maxTransferWindowSize: 8 } });
    world.server.takes = false;
    for (let index = 0; index < 9; index++) world.client.notify(`m${index}`);
    const fullAtMs = world.nowMs;
    world.run(16_000);
    const probes = world.sightings.filter(
      ({ side, name, direction }) => `${side} ${direction} ${name}` === "client sent AckRequested",
    );
    expect(probes.map(({ atMs }) => atMs - fullAtMs)).toEqual([500, 1500, 3500, 7500, 15_500]);
    expect(world.client.session.state).toBe("open");
    world.server.takes = true;
    world.server.take(8);
    world.run(1000);
    expect(world.server.texts).toHaveLength(1 + 9);
  });

  it("is not spoken of when flowControlEnabled is false", () => {
    const world = warm({
      client: { flowControlEnabled: false },
      server: { flowControlEnabled: false, maxTransferWindowSize: 8 },
    });
    world.server.takes = false;
    for (let index = 0; index < 9; index++) world.client.notify(`m${index}`);
    world.run(300);
    expect(world.sent("client").at(-1)).toBe("Note 10");
    world.server.take(1);
    world.run(60_000);
    expect(world.server.texts).toHaveLength(1 + 9);
  });
});
