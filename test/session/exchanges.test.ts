import { describe, expect, it } from "vitest";
import { ExchangeWorld, type ExchangeWorldOptions, type Fate } from "./exchange-world.ts";

const versions = ["1.0", "1.1"] as const;

describe.each(versions)("a session of version %s over exchanges", (version) => {
  const options: ExchangeWorldOptions = { client: { version }, server: { version } };

  it("answers each request in its own exchange, with acknowledgements both ways (R-HTTP-SHAPE-1)", () => {
    const world = new ExchangeWorld(options).open();
    const first = world.client.call("a");
    world.run(20);
    const second = world.client.call("b");
    world.run(20);
    expect([first.reply, second.reply]).toEqual(["a!", "b!"]);
    const sent = world.sightings.filter((s) => s.direction === "sent" && s.level === "ALM");
    expect(sent.map(({ side, messageNumber, acknowledges }) => [side, messageNumber, acknowledges])).toEqual([
      ["client", 1, undefined],
      ["server", 1, "1"],
      ["client", 2, "1"],
      ["server", 2, "1-2"],
    ]);
    expect(world.sightings.some(({ requestsAcknowledgement }) => requestsAcknowledgement)).toBe(false);
  });

  it("acknowledges a one-way message alone, at once", () => {
    const world = new ExchangeWorld(options).open();
    world.client.notify("a");
    world.run(20);
    expect(world.server.texts).toEqual(["a"]);
    expect(world.sent("server").at(-1)).toBe("SequenceAcknowledgement");
    expect(world.client.session.unacknowledgedCount).toBe(0);
  });

  it("repeats a request whose answer was cut off, and gets the same reply (R-HTTP-REPLY-1)", () => {
    const world = new ExchangeWorld(options).open();
    world.fates.push("cut");
    const call = world.client.call("a");
    world.run(100);
    expect(call.reply).toBe("a!");
    expect(world.server.texts).toEqual(["a"]);
    const replies = world.sightings.filter((s) => s.side === "server" && s.direction === "sent" && s.level === "ALM");
    expect(replies.map(({ messageNumber }) => messageNumber)).toEqual([1, 1]);
    expect([world.client.count("reconnecting"), world.client.count("reconnected")]).toEqual([1, 1]);
  });

  it("goes on through a time in which nothing arrives, in order", () => {
    const world = new ExchangeWorld(options).open();
    world.fates.push(...Array.from({ length: 40 }, (_, index): Fate => (index % 2 === 0 ? "refused" : "cut")));
    for (let index = 0; index < 10; index++) world.client.notify(`${index}`);
    world.run(60_000);
    expect(world.server.texts).toEqual(Array.from({ length: 10 }, (_, index) => `${index}`));
    expect(world.client.session.state).toBe("open");
  });

  it("lets a repeated request wait for the operation that runs, which runs once (R-HTTP-HELD-1)", () => {
    const world = new ExchangeWorld(options).open();
    world.server.echoes = false;
    const call = world.client.call("slow");
    world.run(60_000);
    const requests = world.sightings.filter((s) => s.side === "client" && s.direction === "sent" && s.name === "Echo");
    expect(requests.length).toBeGreaterThan(2);
    expect(world.server.texts).toEqual(["slow"]);
    expect(world.client.session.state).toBe("open");
    const addressing = { action: "urn:echo/EchoResponse", relatesTo: call.messageId };
    world.server.dispatch({ type: "send", addressing, body: world.server.body("done") });
    world.run(20);
    expect(call.reply).toBe("done");
  });

  it("does not take the acknowledgement of another answer for its own (R-HTTP-REQ-1)", () => {
    const world = new ExchangeWorld(options).open();
    world.fates.push("silent");
    const lost = world.client.call("lost");
    world.run(20);
    const other = world.client.call("other");
    world.run(20);
    expect([lost.reply, other.reply]).toEqual([undefined, "other!"]);
    world.run(4_000);
    expect(lost.reply).toBe("lost!");
    expect(world.server.texts).toEqual(["lost", "other"]);
  });

  it("takes no more requests than it may keep replies, and loses none for that (R-HTTP-ROOM-1, R-HTTP-ACK-1)", () => {
    const world = new ExchangeWorld({ ...options, server: { version, maxTransferWindowSize: 2 } }).open();
    world.fates.push(...Array.from({ length: 6 }, () => "cut" as const));
    const calls = Array.from({ length: 6 }, (_, index) => world.client.call(`${index}`));
    world.run(10_000);
    expect(calls.map(({ reply }) => reply)).toEqual(calls.map((_, index) => `${index}!`));
    expect(world.server.texts).toEqual(calls.map((_, index) => `${index}`));
    expect(world.server.session.droppedCount).toBeGreaterThan(0);
  });

  it("has no more requests under way than the client has connections", () => {
    const world = new ExchangeWorld({ ...options, maxRequestCount: 3 }).open();
    world.server.echoes = false;
    for (let index = 0; index < 10; index++) world.client.call(`${index}`);
    world.run(100);
    expect(world.server.texts).toEqual(["0", "1", "2"]);
  });

  it("keeps an idle session alive by a question, which is answered by what arrived", () => {
    const world = new ExchangeWorld({ client: { version, inactivityTimeoutMs: 10_000 }, server: { version } }).open();
    world.run(60_000);
    expect(world.client.session.state).toBe("open");
    expect(world.client.session.keepAliveCount).toBeGreaterThan(8);
    expect(
      world
        .sent("server")
        .slice(1)
        .every((name) => name === "SequenceAcknowledgement"),
    ).toBe(true);
  });

  it("ends by retries when the service never answers, and tells it why", () => {
    const world = new ExchangeWorld({ client: { version, maxRetryCount: 2 }, server: { version } }).open();
    world.fates.push(...Array.from({ length: 100 }, () => "silent" as const));
    world.client.call("a");
    world.run(120_000);
    expect(world.client.fault?.code).toBe("SESSION_RETRIES_EXHAUSTED");
    expect(world.server.fault?.code).toBe("SESSION_TERMINATED_BY_PEER");
  });

  it("closes by the handshake of its version (R-HTTP-CLOSE10-1, R-HTTP-CLOSE11-1)", () => {
    const world = new ExchangeWorld(options).open();
    world.client.call("a");
    world.run(20);
    world.client.dispatch({ type: "close" });
    world.run(1_000);
    expect([world.client.session.state, world.server.session.state]).toEqual(["closed", "closed"]);
    const handshake =
      version === "1.0"
        ? [
            ["LastMessage", "TerminateSequence"],
            ["LastMessage", "TerminateSequence"],
          ]
        : [
            ["CloseSequence", "TerminateSequence"],
            ["CloseSequenceResponse", "TerminateSequenceResponse"],
          ];
    expect([world.sent("client").slice(-2), world.sent("server").slice(-2)]).toEqual(handshake);
  });

  it("closes also when answers of the handshake are cut off, and when nothing was ever sent", () => {
    const world = new ExchangeWorld(options).open();
    world.fates.push("cut", "answered", "cut");
    world.client.dispatch({ type: "close" });
    world.run(1_000);
    expect([world.client.session.state, world.server.session.state]).toEqual(["closed", "closed"]);
  });

  it("answers the client's end when the application has closed its side, not before", () => {
    const world = new ExchangeWorld(options).open();
    world.server.closesWithPeer = false;
    world.client.dispatch({ type: "close" });
    world.run(1_000);
    expect([world.client.session.state, world.server.session.state]).toEqual(["closing", "open"]);
    world.server.dispatch({ type: "close" });
    world.run(1_000);
    expect([world.client.session.state, world.server.session.state]).toEqual(["closed", "closed"]);
  });

  it("ends at the client's next message once the service has closed it (R-HTTP-CLOSE-1)", () => {
    const world = new ExchangeWorld(options).open();
    world.server.dispatch({ type: "close" });
    world.run(100);
    world.client.call("late");
    world.run(100);
    expect(world.server.session.state).toBe("closed");
    expect(world.client.fault?.code).toBe("SESSION_TERMINATED_BY_PEER");
    expect(world.client.effect("faulted")?.remaining).toHaveLength(1);
    expect(world.server.texts).toEqual([]);
  });

  it("of one-way operations makes no offer and gets acknowledgements alone", () => {
    const world = new ExchangeWorld({ ...options, shape: "one-way" }).open();
    for (let index = 0; index < 5; index++) world.client.notify(`${index}`);
    world.client.dispatch({ type: "close" });
    world.run(1_000);
    expect(world.server.texts).toEqual(["0", "1", "2", "3", "4"]);
    expect([world.client.session.state, world.server.session.state]).toEqual(["closed", "closed"]);
  });

  it("acknowledges what was handled, not what was received, where that is asked for", () => {
    const world = new ExchangeWorld({ client: { version }, server: { version, ackOn: "processed" } }).open();
    world.client.notify("a");
    world.run(1_000);
    expect(world.client.session.unacknowledgedCount).toBe(1);
    world.server.dispatch({ type: "processed", messageNumber: 1 });
    world.run(20);
    expect(world.client.session.unacknowledgedCount).toBe(0);
  });

  it("opens on the second try when the answer to the first was lost in silence", () => {
    const world = new ExchangeWorld(options);
    world.fates.push("silent");
    world.open();
    expect(world.client.session.state).toBe("opening");
    world.run(11_000);
    expect(world.client.session.state).toBe("open");
    expect(world.servers).toHaveLength(1);
  });
});

describe("plain exchanges", () => {
  it("stand by themselves: one fails, and the others do not (R-HTTP-PLAIN-1)", () => {
    const world = new ExchangeWorld({ isPlain: true }).open();
    world.fates.push("cut");
    const failed = world.client.call("a");
    const answered = world.client.call("b");
    world.run(100);
    expect((failed.error as { code?: string }).code).toBe("CALL_EXCHANGE_FAILED");
    expect(answered.reply).toBe("b!");
    expect(world.client.session.state).toBe("open");
    expect(world.servers.map(({ session }) => session.state)).toEqual(["closed", "closed"]);
  });

  it("close when what is under way has its answer", () => {
    const world = new ExchangeWorld({ isPlain: true }).open();
    const call = world.client.call("a");
    world.client.dispatch({ type: "close" });
    expect(world.client.session.state).toBe("closing");
    world.run(100);
    expect([call.reply, world.client.session.state]).toEqual(["a!", "closed"]);
  });
});
