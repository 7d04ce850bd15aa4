import { describe, expect, it } from "vitest";
import { World, type WorldOptions } from "./world.ts";

const variants: readonly [string, WorldOptions][] = (["1.0", "1.1"] as const).flatMap((version) =>
  [true, false].map((ordered): [string, WorldOptions] => {
    const options = { version, ordered };
    return [`${version} ${ordered ? "ordered" : "unordered"}`, { client: options, server: options, latencyMs: 5 }];
  }),
);

describe.each(variants)("a session of version %s", (_name, options) => {
  it("opens, answers calls in order and closes on both sides (R-WCF-CS-1, R-WCF-CS-3)", () => {
    const world = new World(options).open();
    expect(world.client.session.state).toBe("open");
    expect(world.server.session.id?.key).toBe(world.client.session.id?.key);
    expect(world.server.session.offeredId?.key).toBe(world.client.session.offeredId?.key);

    const calls = ["a", "b", "c"].map((text) => world.client.call(text));
    world.run(20);
    expect(calls.map((call) => call.reply)).toEqual(["a!", "b!", "c!"]);

    world.client.dispatch({ type: "close" });
    world.run(100);
    expect([world.client.session.state, world.server.session.state]).toEqual(["closed", "closed"]);
    expect(world.client.count("closed")).toBe(1);
    expect(world.acceptor.sessionCount).toBe(0);
    expect(world.run(3_600_000).sightings.at(-1)!.atMs).toBeLessThan(200);
    expect(world.client.nextDeadlineMs).toBeUndefined();
    expect(world.server.nextDeadlineMs).toBeUndefined();
  });

  it("carries callbacks of the service while a call waits", () => {
    const world = new World(options).open();
    world.server.echoes = false;
    const call = world.client.call("subscribe");
    world.run(10);
    const callback = world.server.call("are you there");
    for (const price of ["1", "2", "3"]) world.server.notify(price);
    world.run(20);
    expect(callback.reply).toBe("are you there!");
    expect(world.client.texts).toEqual(["are you there", "1", "2", "3"]);

    const { messageId } = world.server.effect("message")!.message;
    const addressing = { action: "urn:echo/EchoResponse", relatesTo: messageId };
    world.server.dispatch({ type: "send", addressing, body: world.server.body("late") });
    world.run(10);
    expect(call.reply).toBe("late");
  });

  it("sends more messages than the window takes, each once and in order", () => {
    const world = new World(options).open();
    const texts = Array.from({ length: 100 }, (_, index) => `m${index}`);
    for (const text of texts) world.client.notify(text);
    world.run(1000);
    expect(world.server.texts).toEqual(texts);
    expect(world.client.session.unacknowledgedCount).toBe(0);
    expect(world.sent("client").filter((name) => name.startsWith("Note"))).toHaveLength(100);
    const accepted = world.client.log.flatMap(({ effect }) => (effect.type === "acknowledged" ? [effect.upTo] : []));
    expect(accepted.at(-1)).toBe(100);
    expect(accepted).toEqual([...accepted].sort((a, b) => a - b));
  });
});

describe("the messages of a session, one after the other", () => {
  it("are WCF's in version 1.0, with one call and the client's close (R-WCF-CLOSE10-1)", () => {
    const world = new World({ latencyMs: 5 }).open();
    world.client.call("a");
    world.run(100);
    world.client.dispatch({ type: "close" });
    world.run(100);
    expect(world.sent("client")).toEqual([
      "CreateSequence",
      "Echo 1",
      "SequenceAcknowledgement",
      "LastMessage 2",
      "TerminateSequence",
      "SequenceAcknowledgement",
    ]);
    expect(world.sent("server")).toEqual([
      "CreateSequenceResponse",
      "EchoResponse 1",
      "LastMessage 2",
      "TerminateSequence",
    ]);
  });

  it("are WCF's in version 1.1, with one call and the client's close (R-WCF-CLOSE11-1)", () => {
    const options = { version: "1.1" } as const;
    const world = new World({ client: options, server: options, latencyMs: 5 }).open();
    world.client.call("a");
    world.run(100);
    world.client.dispatch({ type: "close" });
    world.run(100);
    expect(world.sent("client")).toEqual([
      "CreateSequence",
      "Echo 1",
      "SequenceAcknowledgement",
      "CloseSequence",
      "TerminateSequence",
      "CloseSequenceResponse",
      "TerminateSequenceResponse",
    ]);
    expect(world.sent("server")).toEqual([
      "CreateSequenceResponse",
      "EchoResponse 1",
      "CloseSequenceResponse",
      "CloseSequence",
      "TerminateSequenceResponse",
      "TerminateSequence",
    ]);
  });

  it("tell application messages (ALM) from infrastructure (ILM)", () => {
    const world = new World().open();
    world.client.call("a");
    world.run(0);
    const levels = new Set(world.sightings.map(({ level, name }) => `${level} ${name}`));
    expect([...levels].sort()).toEqual([
      "ALM Echo",
      "ALM EchoResponse",
      "ILM CreateSequence",
      "ILM CreateSequenceResponse",
      "ILM SequenceAcknowledgement",
    ]);
  });
});

describe.each(["1.0", "1.1"] as const)("a contract of one-way operations only, version %s", (version) => {
  const options: WorldOptions = { client: { version }, server: { version }, shape: "one-way", latencyMs: 5 };

  it("has one sequence, which the client opens without an offer and closes alone (R-WCF-SHAPE-1)", () => {
    const world = new World(options).open();
    expect(world.client.session.state).toBe("open");
    expect(world.client.session.offeredId).toBeUndefined();
    for (const text of ["a", "b"]) world.client.notify(text);
    world.run(100);
    expect(world.server.texts).toEqual(["a", "b"]);

    world.client.dispatch({ type: "close" });
    world.run(100);
    expect([world.client.session.state, world.server.session.state]).toEqual(["closed", "closed"]);
    expect(world.sent("server").filter((name) => name.includes("Echo"))).toEqual([]);
    expect(world.sent("client").filter((name) => name === "SequenceAcknowledgement")).toEqual([]);
  });

  it("keeps its session over a cut connection", () => {
    const world = new World(options).open();
    world.client.notify("a");
    world.network.cut();
    world.client.notify("b");
    world.run(1000);
    expect(world.server.texts).toEqual(["a", "b"]);
    expect(world.servers).toHaveLength(1);
  });
});
