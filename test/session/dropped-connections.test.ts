import { describe, expect, it } from "vitest";
import { address, World } from "./world.ts";

/** The service's machine accepts connections and drops each one before it has answered, as a host that knows no rebinding. */
function dropEachConnectionFor(world: World, forMs: number): void {
  const endMs = world.nowMs + forMs;
  let dropped = world.client.count("reconnected");
  while (world.nowMs < endMs) {
    world.run(1);
    const reconnected = world.client.count("reconnected");
    if (reconnected === dropped) continue;
    dropped = reconnected;
    world.network.cut();
  }
}

describe("a service that drops each connection on which the session comes back", () => {
  it("is dialled with growing pauses, since a preamble alone is no sign that it is back", () => {
    const world = new World({ latencyMs: 5 }).open();
    world.network.cut();
    const call = world.client.call("a");
    dropEachConnectionFor(world, 3000);
    expect(world.client.count("reconnected")).toBeLessThan(10);
    expect(world.client.session.state).toBe("open");
    world.run(10_000);
    expect(call.reply).toBe("a!");
    expect(world.server.texts).toEqual(["a"]);
  });

  it("uses up none of maxRetryCount, which counts what the timer repeats on a connection that stays", () => {
    const world = new World({ client: { maxRetryCount: 1 }, latencyMs: 5 }).open();
    world.network.cut();
    const call = world.client.call("a");
    dropEachConnectionFor(world, 8000);
    world.run(10_000);
    expect(world.client.fault).toBeUndefined();
    expect(call.reply).toBe("a!");
  });
});

it("a client whose opening is refused ends its connection politely, as WCF's does", () => {
  const world = new World({ shape: "one-way", serverShape: "duplex" }).open();
  expect(world.client.fault).toMatchObject({ code: "SESSION_REFUSED" });
  expect(world.client.effect("close-link")).toMatchObject({ isGraceful: true });
});

it("replies to a service's own requests are sent to the address that the client called, replies to a client's to nowhere", () => {
  const world = new World().open();
  expect(world.server.session.replyTo.value).toBe(address);
  expect(world.client.session.replyTo.value).toBe("http://www.w3.org/2005/08/addressing/anonymous");
});
