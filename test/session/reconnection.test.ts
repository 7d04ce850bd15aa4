import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RawPeer } from "./raw-peer.ts";
import { World, type WorldOptions } from "./world.ts";

const versions = ["1.0", "1.1"] as const;
const bothOf = (version: (typeof versions)[number]): WorldOptions => ({
  client: { version },
  server: { version },
  latencyMs: 5,
});

describe.each(versions)("a cut connection, version %s", (version) => {
  it("is replaced at once; the first message on the new one asks what arrived (R-WCF-REBIND-1)", () => {
    const world = new World(bothOf(version)).open();
    world.client.call("a");
    world.run(100);
    const cutAtMs = world.nowMs;
    world.network.cut();
    world.run(50);
    expect(world.client.effect("reconnecting")).toBeDefined();
    expect(world.client.count("reconnected")).toBe(1);
    expect(world.server.count("reconnected")).toBe(1);
    expect(world.sent("client", cutAtMs)).toEqual(["AckRequested", "SequenceAcknowledgement"]);
    expect(world.servers).toHaveLength(1);
    expect(world.client.session.state).toBe("open");
  });

  it("loses no message and doubles none, whenever it happens", () => {
    for (let cutAfterMs = 0; cutAfterMs <= 40; cutAfterMs++) {
      const world = new World(bothOf(version)).open();
      const calls = ["a", "b", "c"].map((text) => world.client.call(text));
      world.run(cutAfterMs);
      world.network.cut();
      calls.push(world.client.call("d"));
      world.run(1000);
      expect(world.server.texts, `cut after ${cutAfterMs} ms`).toEqual(["a", "b", "c", "d"]);
      expect(calls.map((call) => call.reply)).toEqual(["a!", "b!", "c!", "d!"]);
    }
  });

  it("has its unacknowledged messages repeated without a pause, written anew for the new string table (R-WCF-REBIND-2)", () => {
    const world = new World(bothOf(version)).open();
    world.network.hold("client");
    world.client.notify("a");
    const body = world.client.body("written before the cut");
    world.run(10);
    world.network.cut();
    world.network.release();
    world.client.dispatch({ type: "send", addressing: { action: "urn:echo/Note" }, body });
    world.run(40);
    expect(world.server.texts).toEqual(["a", "written before the cut"]);
    const again = world.sightings.filter(
      ({ side, name, attempt }) => side === "client" && name === "Note" && attempt === 2,
    );
    expect(again.map(({ messageNumber }) => messageNumber)).toEqual([1]);
  });

  it("is tried again with growing pauses while the service cannot be reached, and messages wait meanwhile", () => {
    const world = new World(bothOf(version)).open();
    world.isUnreachable = true;
    world.network.cut();
    const cutAtMs = world.nowMs;
    const call = world.client.call("waits");
    world.run(1000);
    const attempts = world.client.log.flatMap(({ atMs, effect }) =>
      effect.type === "open-link" && atMs >= cutAtMs ? [{ atMs: atMs - cutAtMs, delayMs: effect.delayMs }] : [],
    );
    expect(attempts.slice(0, 5)).toEqual([
      { atMs: 0, delayMs: 0 },
      { atMs: 0, delayMs: 50 },
      { atMs: 50, delayMs: 100 },
      { atMs: 150, delayMs: 200 },
      { atMs: 350, delayMs: 400 },
    ]);
    expect(world.client.count("reconnecting")).toBe(1);
    world.isUnreachable = false;
    world.run(10_000);
    expect(call.reply).toBe("waits!");
  });

  it("that only the client noticed is taken from the service's hands by the new one (R-WCF-REBIND-3)", () => {
    const world = new World(bothOf(version)).open();
    world.client.call("a");
    world.run(100);
    world.network.cut("server");
    const call = world.client.call("b");
    world.run(100);
    expect(call.reply).toBe("b!");
    expect(world.servers).toHaveLength(1);
    expect(world.server.log.filter(({ effect }) => effect.type === "close-link")).toHaveLength(1);
  });

  it("that stays away ends the session by inactivityTimeout on both sides", () => {
    const world = new World({ ...bothOf(version), receiveTimeoutMs: Number.POSITIVE_INFINITY }).open();
    world.isUnreachable = true;
    world.network.cut();
    world.run(600_020);
    expect(world.client.fault).toMatchObject({ code: "SESSION_INACTIVITY_TIMEOUT", isRemote: false });
    expect(world.server.fault).toMatchObject({ code: "SESSION_INACTIVITY_TIMEOUT", isRemote: false });
    const attempts = world.client.count("open-link");
    world.run(600_000);
    expect(world.client.count("open-link")).toBe(attempts);
  });

  it("leads to UnknownSequence when the service does not know the session any more", () => {
    const world = new World(bothOf(version)).open();
    world.acceptor.remove(world.server.session);
    world.network.cut();
    world.run(100);
    expect(world.client.fault).toMatchObject({ code: "SESSION_UNKNOWN_TO_PEER", isRemote: true });
  });

  it("ends the session at once while it opens", () => {
    const world = new World(bothOf(version));
    world.client.dispatch({ type: "open" });
    world.run(5);
    world.network.cut();
    world.run(100);
    expect(world.client.fault).toMatchObject({ code: "SESSION_CONNECTION_LOST" });
    expect(world.client.count("open-link")).toBe(1);
  });

  it("is survived any number of times, in any moment, in both directions (R-WCF-ORDER-1)", () => {
    const step = fc.record({
      pauseMs: fc.nat({ max: 60 }),
      act: fc.constantFrom("call", "notify", "callback", "cut", "cut unseen by server", "cut unseen by client"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), fc.nat({ max: 12 }), fc.boolean(), (steps, latencyMs, ordered) => {
        const world = new World({ client: { version, ordered }, server: { version, ordered }, latencyMs }).open();
        const calls: { readonly text: string; readonly call: ReturnType<typeof world.client.call> }[] = [];
        const toServer: string[] = [];
        const toClient: string[] = [];
        steps.forEach(({ act, pauseMs }, index) => {
          const text = `${index}`;
          if (act === "notify") world.client.notify(text);
          else if (act === "call") calls.push({ text, call: world.client.call(text) });
          else if (act === "callback") calls.push({ text, call: world.server.call(text) });
          else world.network.cut(act === "cut" ? undefined : act === "cut unseen by server" ? "server" : "client");
          if (act === "notify" || act === "call") toServer.push(text);
          if (act === "callback") toClient.push(text);
          world.run(pauseMs);
        });
        world.network.cut();
        world.run(120_000);
        const sorted = (texts: readonly string[]): string[] => [...texts].sort((a, b) => Number(a) - Number(b));
        expect(ordered ? world.server.texts : sorted(world.server.texts)).toEqual(toServer);
        expect(ordered ? world.client.texts : sorted(world.client.texts)).toEqual(toClient);
        for (const { text, call } of calls) expect(call.reply).toBe(`${text}!`);
        expect([world.client.session.state, world.server.session.state]).toEqual(["open", "open"]);
        expect([world.client.session.unacknowledgedCount, world.server.session.unacknowledgedCount]).toEqual([0, 0]);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a session that somebody else names", () => {
  it("is answered with UnknownSequence on a new connection, and the connection ends (R-WCF-ROUTE-1, R-WCF-ROUTE-2)", () => {
    const world = new World();
    const raw = new RawPeer(world, "1.0", "client");
    raw.send({ action: raw.dialect.ackRequested, ackRequestedId: world.nextId() });
    expect(raw.last).toContain(":UnknownSequence</s:Value>");
    expect(raw.last).toContain("<s:Value>s:Sender</s:Value>");
    expect(raw.isEnded).toBe(true);
    expect(world.servers).toHaveLength(0);
  });
});
