import { describe, expect, it } from "vitest";
import { World } from "./world.ts";

describe("maxQueuedMessageCount", () => {
  it("lets that many messages wait for the window, and refuses the next one with a sentence", () => {
    const world = new World({ client: { maxTransferWindowSize: 2, maxQueuedMessageCount: 3 } }).open();
    world.network.hold("server");
    for (let index = 0; index < 2 + 2; index++) world.client.notify(`${index}`);
    expect(world.client.session.refusal()).toBeUndefined();
    world.client.notify("last");
    expect(world.client.session.refusal()).toMatchObject({
      code: "CALL_QUEUE_FULL",
      message: expect.stringContaining("3 messages (maxQueuedMessageCount)"),
    });
    world.network.release();
    world.run(1000);
    expect(world.client.session.refusal()).toBeUndefined();
    expect(world.server.texts).toHaveLength(5);
  });

  it("counts bytes as well, by maxQueuedByteLength", () => {
    const world = new World({ client: { maxTransferWindowSize: 1, maxQueuedByteLength: 1000 } }).open();
    world.network.hold("server");
    for (let index = 0; index < 2; index++) world.client.notify("x".repeat(600));
    expect(world.client.session.refusal()).toBeUndefined();
    world.client.notify("x".repeat(600));
    expect(world.client.session.refusal()).toMatchObject({
      code: "CALL_QUEUE_FULL",
      message: expect.stringContaining("1000 bytes (maxQueuedByteLength)"),
    });
    world.network.release();
    world.run(1000);
    expect(world.client.session.refusal()).toBeUndefined();
    expect(world.server.texts).toHaveLength(3);
  });
});

describe("maxReceivedMessageSize", () => {
  const text = "x".repeat(500);

  /** Sends one message to a service with this limit. Returns the size of the message. */
  function send(maxReceivedMessageSize: number) {
    const world = new World({ maxReceivedMessageSize }).open();
    world.client.notify(text);
    world.run(1000);
    const { byteLength } = world.sightings.find(({ name }) => name === "Note")!;
    return { world, byteLength };
  }

  it("takes a message of that size, and ends the session for one byte more: it would come again for ever (R-WCF-QUOTA-1)", () => {
    const { byteLength } = send(65_536);
    expect(byteLength).toBeGreaterThan(500);
    const fits = send(byteLength).world;
    expect(fits.server.texts).toEqual([text]);
    expect(fits.client.session.state).toBe("open");

    const { world } = send(byteLength - 1);
    expect(world.server.texts).toEqual([]);
    expect(world.server.fault).toMatchObject({ code: "SESSION_MESSAGE_TOO_LARGE", isRemote: false });
    expect(world.client.fault).toMatchObject({ code: "SESSION_MESSAGE_TOO_LARGE" });
    expect(world.client.fault?.reason).toContain("maxReceivedMessageSize");
    expect(world.client.count("open-link")).toBe(1);
    expect(world.acceptor.sessionCount).toBe(0);
  });
});
