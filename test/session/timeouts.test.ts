import { describe, expect, it } from "vitest";
import { World } from "./world.ts";

const minuteMs = 60_000;

/** Times at which the client sent keep-alives. */
function keepAlives(world: World): number[] {
  return world.sightings
    .filter(({ side, direction, name }) => side === "client" && direction === "sent" && name === "AckRequested")
    .map(({ atMs }) => atMs);
}

describe.each(["1.0", "1.1"] as const)("timers of version %s", (version) => {
  it("let a client with inactivityTimeout 60 s send a keep-alive every 30 s, each answered (R-WCF-KEEPALIVE-1)", () => {
    const world = new World({ client: { version, inactivityTimeoutMs: minuteMs }, server: { version } }).open();
    world.run(1000);
    const call = world.client.call("a");
    world.run(0);
    expect(call.reply).toBe("a!");
    const lastAtMs = world.nowMs;
    world.run(29_999);
    expect(keepAlives(world)).toEqual([]);
    world.run(1);
    expect(keepAlives(world)).toEqual([lastAtMs + 30_000]);
    world.run(5 * minuteMs);
    expect(keepAlives(world).map((atMs) => atMs - lastAtMs)).toEqual(
      Array.from({ length: 11 }, (_, index) => (index + 1) * 30_000),
    );
    expect(world.client.session.keepAliveCount).toBe(11);
    expect(world.sightings.at(-1)).toMatchObject({
      side: "client",
      direction: "received",
      name: "SequenceAcknowledgement",
    });
    expect([world.client.session.state, world.server.session.state]).toEqual(["open", "open"]);
  });

  it("end the session at receiveTimeout 20 min after the last application message, whatever the keep-alives (R-SEED-RECEIVE-1, R-SEED-FAULT-1)", () => {
    const world = new World({
      client: { version, inactivityTimeoutMs: minuteMs },
      server: { version, inactivityTimeoutMs: 10 * minuteMs },
      receiveTimeoutMs: 20 * minuteMs,
    }).open();
    world.run(7_000);
    world.client.call("last");
    world.run(0);
    const lastAtMs = world.nowMs;
    world.run(20 * minuteMs - 1);
    expect([world.client.session.state, world.server.session.state]).toEqual(["open", "open"]);
    expect(keepAlives(world)).toHaveLength(39);

    world.run(1);
    expect(keepAlives(world).length).toBeGreaterThanOrEqual(39);
    expect(keepAlives(world).length).toBeLessThanOrEqual(40);
    const atMs = lastAtMs + 20 * minuteMs;
    const timer = { name: "receiveTimeoutMs", limitMs: 20 * minuteMs };
    expect(world.server.fault).toMatchObject({ code: "SESSION_RECEIVE_TIMEOUT", isRemote: false, timer, atMs });
    expect(world.client.fault).toMatchObject({
      code: "SESSION_RECEIVE_TIMEOUT",
      isRemote: true,
      timer,
      atMs,
      lastApplicationMessageAtMs: lastAtMs,
      reason: expect.stringContaining("receiveTimeoutMs 1200000"),
    });
    // R-WCF-FAULT-2: it is about the client's sequence.
    expect(world.client.fault?.fault?.identifier?.key).toBe(world.client.session.id?.key);
    for (const fault of [world.client.fault!, world.server.fault!]) {
      expect(fault.lastApplicationMessageAtMs).toBe(lastAtMs);
      expect(fault.lastInfrastructureMessageAtMs).toBeGreaterThanOrEqual(atMs - 30_000);
    }
    expect(world.acceptor.sessionCount).toBe(0);
    expect([world.client.nextDeadlineMs, world.server.nextDeadlineMs]).toEqual([undefined, undefined]);
  });

  it("end the session of a client that is connected and silent at inactivityTimeout (R-SEED-INACTIVITY-1)", () => {
    const world = new World({
      client: { version, inactivityTimeoutMs: Number.POSITIVE_INFINITY },
      server: { version, inactivityTimeoutMs: 10 * minuteMs },
      receiveTimeoutMs: 20 * minuteMs,
    }).open();
    world.client.notify("a");
    world.run(10 * minuteMs - 1);
    expect(world.server.session.state).toBe("open");
    world.run(1);
    const timer = { name: "inactivityTimeoutMs", limitMs: 10 * minuteMs };
    expect(world.server.fault).toMatchObject({ code: "SESSION_INACTIVITY_TIMEOUT", isRemote: false, timer });
    expect(world.client.fault).toMatchObject({
      code: "SESSION_INACTIVITY_TIMEOUT",
      isRemote: true,
      timer,
      atMs: 10 * minuteMs,
      lastApplicationMessageAtMs: 0,
      lastInfrastructureMessageAtMs: 0,
    });
  });

  it("end the session on both sides when nothing gets through any more, and leave nobody waiting (R-SEED-INACTIVITY-1)", () => {
    const world = new World({
      client: { version, inactivityTimeoutMs: minuteMs },
      server: { version, inactivityTimeoutMs: 2 * minuteMs },
    }).open();
    world.network.hold("client");
    world.network.hold("server");
    const call = world.client.call("a");
    world.run(3 * minuteMs);
    expect(world.client.fault).toMatchObject({ code: "SESSION_INACTIVITY_TIMEOUT", atMs: minuteMs, isRemote: false });
    expect(world.server.fault).toMatchObject({
      code: "SESSION_INACTIVITY_TIMEOUT",
      atMs: 2 * minuteMs,
      isRemote: false,
    });
    expect(call.error).toMatchObject({ code: "CALL_SESSION_ENDED" });
  });

  it("let a client whose keep-alive stays unanswered ask maxRetryCount times more often (R-WCF-KEEPALIVE-2)", () => {
    const world = new World({
      client: { version, inactivityTimeoutMs: minuteMs, maxRetryCount: 4 },
      server: { version },
    }).open();
    world.network.hold("server");
    world.run(minuteMs);
    expect(keepAlives(world)).toEqual([30_000, 37_500, 45_000, 52_500]);
    expect(world.client.session.state).toBe("faulted");
  });
});

describe("a loop that was blocked", () => {
  it.each(["inactivityTimeout", "receiveTimeout"])("does not bring %s about (R-WCF-LATE-2)", (timeout) => {
    const isInactivity = timeout === "inactivityTimeout";
    const world = new World({
      server: { inactivityTimeoutMs: isInactivity ? minuteMs : Number.POSITIVE_INFINITY },
      receiveTimeoutMs: isInactivity ? Number.POSITIVE_INFINITY : minuteMs,
    }).open();
    world.run(minuteMs - 1);

    world.server.dispatch({ type: "blocked", forMs: minuteMs / 2 });
    world.run(minuteMs / 2);
    expect(world.server.session.state).toBe("open");

    world.run(1);
    expect(world.server.fault?.timer?.name).toBe(`${timeout}Ms`);
  });
});

describe("receiveTimeout", () => {
  it("waits for a running operation, and counts anew from its end", () => {
    const world = new World({ receiveTimeoutMs: minuteMs }).open();
    world.server.echoes = false;
    world.client.call("long");
    world.run(0);
    world.server.dispatch({ type: "running", count: 1 });
    world.run(10 * minuteMs);
    expect(world.server.session.state).toBe("open");
    world.server.dispatch({ type: "running", count: 0 });
    world.run(minuteMs - 1);
    expect(world.server.session.state).toBe("open");
    world.run(1);
    expect(world.server.fault).toMatchObject({ code: "SESSION_RECEIVE_TIMEOUT" });
  });

  it("counts from the opening when no application message ever came", () => {
    const world = new World({ receiveTimeoutMs: minuteMs }).open();
    world.run(minuteMs - 1);
    expect(world.server.session.state).toBe("open");
    world.run(1);
    expect(world.server.fault).toMatchObject({
      code: "SESSION_RECEIVE_TIMEOUT",
      lastApplicationMessageAtMs: undefined,
    });
  });

  it("starts over when a callback is answered", () => {
    const world = new World({ receiveTimeoutMs: minuteMs }).open();
    world.run(minuteMs - 1);
    world.server.call("still there");
    world.run(minuteMs - 1);
    expect(world.server.session.state).toBe("open");
    world.run(1);
    expect(world.server.session.state).toBe("faulted");
  });

  it("never ends a session when it is Infinity", () => {
    const infinite = { inactivityTimeoutMs: Number.POSITIVE_INFINITY };
    const world = new World({ client: infinite, server: infinite, receiveTimeoutMs: Number.POSITIVE_INFINITY }).open();
    world.run(1e9);
    expect([world.client.session.state, world.server.session.state]).toEqual(["open", "open"]);
    expect(world.client.nextDeadlineMs).toBeUndefined();
  });
});

describe("a call's own time-out", () => {
  it("fails the call and leaves the session alone; a late reply goes nowhere (R-WCF-CALL-1)", () => {
    const world = new World().open();
    world.server.echoes = false;
    const call = world.client.call("slow", 500);
    world.run(499);
    expect(call.error).toBeUndefined();
    world.run(1);
    expect(call.error).toMatchObject({ code: "CALL_TIMEOUT" });
    const { messageId } = world.server.effect("message")!.message;
    const addressing = { action: "urn:echo/EchoResponse", relatesTo: messageId };
    world.server.dispatch({ type: "send", addressing, body: world.server.body("late") });
    world.run(1000);
    expect(call.reply).toBeUndefined();
    world.server.echoes = true;
    const next = world.client.call("next", 500);
    world.run(1000);
    expect(next.reply).toBe("next!");
    expect(next.error).toBeUndefined();
  });

  it("is forgotten with its call", () => {
    const world = new World().open();
    world.server.echoes = false;
    const call = world.client.call("given up", 500);
    world.client.dispatch({ type: "forget", call });
    world.run(1000);
    expect(call.error).toBeUndefined();
    expect(world.client.session.pendingCallCount).toBe(0);
  });
});
