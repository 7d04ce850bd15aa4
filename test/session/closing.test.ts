import { describe, expect, it } from "vitest";
import { World, type WorldOptions } from "./world.ts";

const versions = ["1.0", "1.1"] as const;

describe.each(versions)("the end of a session of version %s", (version) => {
  const options: WorldOptions = { client: { version }, server: { version }, latencyMs: 5 };
  const states = (world: World): string[] => [world.client.session.state, world.server.session.state];

  it("comes after everything that was sent has arrived, in both directions", () => {
    const world = new World(options).open();
    for (let index = 0; index < 30; index++) world.client.notify(`${index}`);
    for (let index = 0; index < 30; index++) world.server.notify(`${index}`);
    world.client.dispatch({ type: "close" });
    world.run(2000);
    expect(states(world)).toEqual(["closed", "closed"]);
    expect(world.server.texts).toHaveLength(30);
    expect(world.client.texts).toHaveLength(30);
  });

  it("may be begun by the service", () => {
    const world = new World(options).open();
    world.client.call("a");
    world.run(100);
    world.server.dispatch({ type: "close" });
    world.run(1000);
    expect(states(world)).toEqual(["closed", "closed"]);
  });

  it("may be begun by both sides in the same instant", () => {
    const world = new World(options).open();
    world.client.notify("a");
    world.server.notify("b");
    world.client.dispatch({ type: "close" });
    world.server.dispatch({ type: "close" });
    world.run(1000);
    expect(states(world)).toEqual(["closed", "closed"]);
    expect([world.server.texts, world.client.texts]).toEqual([["a"], ["b"]]);
  });

  it("of a session without a message is clean too (R-WCF-CLOSE11-3)", () => {
    const world = new World(options).open();
    world.client.dispatch({ type: "close" });
    world.run(1000);
    expect(states(world)).toEqual(["closed", "closed"]);
  });

  it("of one side lets the other go on until it closes (R-WCF-CLOSE-1)", () => {
    const world = new World(options).open();
    world.client.call("a");
    world.run(100);
    world.server.closesWithPeer = false;
    world.client.dispatch({ type: "close" });
    world.run(1000);
    expect(states(world)).toEqual(["closing", "open"]);
    expect(world.server.count("input-ended")).toBe(1);
    world.server.notify("still here");
    world.run(100);
    expect(world.client.texts).toEqual(["still here"]);
    expect(world.client.session.refusal()).toMatchObject({ code: "CALL_SESSION_NOT_OPEN" });
    world.server.dispatch({ type: "close" });
    world.run(1000);
    expect(states(world)).toEqual(["closed", "closed"]);
  });

  it("that does not come within closeTimeoutMs is a failure that says how many messages are in doubt", () => {
    const world = new World({ ...options, closeTimeoutMs: 5000 }).open();
    world.client.call("a");
    world.run(100);
    world.network.hold("server");
    world.client.notify("b");
    world.client.dispatch({ type: "close" });
    world.run(4999);
    expect(world.client.session.state).toBe("closing");
    world.run(1);
    expect(world.client.fault).toMatchObject({
      code: "SESSION_CLOSE_TIMEOUT",
      reason: expect.stringMatching(/closeTimeoutMs 5000.*not acknowledged/),
    });
  });

  it("survives a cut at any moment of the handshake: both sides end, and the one that asked ends cleanly", () => {
    for (let cutAfterMs = 0; cutAfterMs <= 60; cutAfterMs++) {
      const world = new World(options).open();
      world.client.call("a");
      world.run(100);
      world.client.dispatch({ type: "close" });
      world.run(cutAfterMs);
      world.network.cut();
      world.run(200_000);
      const label = `cut after ${cutAfterMs} ms`;
      expect(world.client.session.state, label).toBe("closed");
      // The last word cannot be acknowledged: who sent it is done, and the other may have to wait for its time-out.
      expect(["closed", "faulted"], label).toContain(world.server.session.state);
      if (world.server.fault !== undefined) expect(world.server.fault.code, label).toBe("SESSION_CLOSE_TIMEOUT");
      expect(world.acceptor.sessionCount, label).toBe(0);
    }
  });

  it("fails the calls that still wait", () => {
    const world = new World(options).open();
    world.server.echoes = false;
    const call = world.client.call("unanswered");
    world.run(100);
    world.client.dispatch({ type: "close" });
    world.run(1000);
    expect(call.error).toMatchObject({ code: "CALL_SESSION_ENDED" });
  });

  it("by abort tells the peer SequenceTerminated in WCF's words, and both are done at once (R-WCF-ABORT-1)", () => {
    for (const side of ["client", "server"] as const) {
      const world = new World(options).open();
      const call = world.client.call("a");
      world[side].dispatch({ type: "abort", reason: undefined });
      world.run(100);
      const other = side === "client" ? world.server : world.client;
      expect(world[side].fault).toMatchObject({ code: "SESSION_ABORTED", isRemote: false });
      expect(other.fault).toMatchObject({
        code: "SESSION_TERMINATED_BY_PEER",
        isRemote: true,
        fault: {
          name: "SequenceTerminated",
          code: "Receiver",
          reason: "Due to a user abort the reliable session cannot continue.",
          identifier: { key: (side === "client" ? world.client.session.offeredId : world.client.session.id)!.key },
        },
      });
      expect(call.error).toMatchObject({ code: "CALL_SESSION_ENDED" });
      expect(world.acceptor.sessionCount).toBe(0);
    }
  });
});
