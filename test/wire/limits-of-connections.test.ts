import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import { CallError, connect, netTcp } from "@bowline/client";
import { describe, expect, it, onTestFinished } from "vitest";
import { connectDesk, Desk, rejection, serveDesk, sessionError, twoFlavours, until } from "./loopback.ts";
import { Relay } from "./relay.ts";

async function rawSocket(port: number): Promise<{ socket: Socket; isClosed: () => boolean }> {
  const socket = connectSocket({ host: "127.0.0.1", port });
  let isClosed = false;
  socket.on("error", () => undefined);
  socket.on("close", () => {
    isClosed = true;
  });
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  socket.resume();
  return { socket, isClosed: () => isClosed };
}

describe("preambleTimeoutMs", () => {
  it("drops a connection that does not say which endpoint it wants, and no other", async () => {
    const { port, errors, endpoint } = await serveDesk({}, {}, { preambleTimeoutMs: 60 });
    const client = await connectDesk(endpoint());
    const from = performance.now();
    const silent = await rawSocket(port);
    const slow = await rawSocket(port);
    // A good beginning, which does not stop the clock.
    slow.socket.write(Uint8Array.of(0, 1, 0, 1, 2));

    await until(() => silent.isClosed() && slow.isClosed(), "both are dropped");

    expect(performance.now() - from).toBeGreaterThanOrEqual(59);
    expect(errors).toHaveLength(2);
    for (const { error, remoteAddress } of errors) {
      expect(error).toMatchObject({ code: "FRAMING_PREAMBLE_TIMEOUT" });
      expect(String(error)).toContain("60");
      expect(remoteAddress).toBe("127.0.0.1");
    }
    expect(await client.Add({ a: 1, b: 2 })).toBe(3);
  });

  it("does not end where a reliable session's first message is waited for: openTimeoutMs takes over", async () => {
    const { port, errors } = await serveDesk({ reliableSession: {}, openTimeoutMs: 60 });
    const { socket, isClosed } = await rawSocket(port);
    const via = new TextEncoder().encode(`net.tcp://127.0.0.1:${port}/desk`);
    socket.write(Uint8Array.of(0, 1, 0, 1, 2, 2, via.length, ...via, 3, 8, 12));
    const from = performance.now();

    await until(isClosed, "the connection is dropped");

    expect(performance.now() - from).toBeGreaterThanOrEqual(50);
    expect(errors).toHaveLength(1);
    expect(String(errors[0]?.error)).toContain("openTimeoutMs 60");
  });
});

describe("maxConnections", () => {
  it("drops the connection that is one too many, and the others stay", async () => {
    const { port, errors, endpoint } = await serveDesk({}, {}, { maxConnections: 2 });
    const first = await connectDesk(endpoint());
    const second = await connectDesk(endpoint());

    const third = await sessionError(connect(Desk, endpoint()));

    expect(third.code).toBe("SESSION_CONNECTION_LOST");
    await until(() => errors.length === 1, "the host hears of it");
    expect(errors[0]?.error).toMatchObject({ code: "SERVER_TOO_MANY_CONNECTIONS" });
    expect(String(errors[0]?.error)).toContain("2 are open (maxConnections)");
    expect(await first.Add({ a: 1, b: 2 })).toBe(3);
    await second.close();
    // Its place is free once the socket is gone.
    const fourth = await eventually(() => connect(Desk, netTcp(`net.tcp://127.0.0.1:${port}/desk`)));
    expect(await fourth.Add({ a: 3, b: 4 })).toBe(7);
    fourth.abort();
  });
});

describe.each(twoFlavours)("maxConcurrentSessions (%s)", (_name, options) => {
  it("refuses the session that is one too many as too busy, and the others stay", async () => {
    const { endpoint } = await serveDesk(options, {}, { maxConcurrentSessions: 2 });
    const first = await connectDesk(endpoint());
    const second = await connectDesk(endpoint());

    // A plain session is open as soon as the connection is; it hears of the refusal then.
    const refused = await connect(Desk, endpoint()).then(
      (client) => client.session.ended,
      (error: unknown) => error,
    );

    expect(refused).toMatchObject({ name: "SessionError", code: "SESSION_SERVER_TOO_BUSY", isRemote: true });
    expect(String(refused)).toMatch(/later/);
    expect(await first.Add({ a: 1, b: 2 })).toBe(3);
    await second.close();
    const third = await eventually(async () => {
      const client = await connect(Desk, endpoint());
      await client.Add({ a: 1, b: 1 });
      return client;
    });
    expect(await third.Add({ a: 3, b: 4 })).toBe(7);
    third.abort();
  });
});

describe("maxQueuedMessageCount", () => {
  it("refuses the message that is one too many for the queue, and loses none of the others", async () => {
    const numbers: number[] = [];
    const options = { reliableSession: { maxTransferWindowSize: 2, maxQueuedMessageCount: 3 } };
    const served = await serveDesk(options, { Note: ({ number }) => void numbers.push(number) });
    const relay = await Relay.to(served.port);
    const client = await connectDesk(netTcp(`net.tcp://127.0.0.1:${relay.port}/desk`, options));
    await client.Note({ number: 0 });
    await client.session.acknowledged();
    relay.hold();

    // Two in the window, three behind it.
    const sent = [1, 2, 3, 4, 5].map((number) => client.Note({ number }));
    const note = await rejection(client.Note({ number: 6 }));
    const call = await rejection(client.Add({ a: 1, b: 2 }));
    relay.release();
    await Promise.all(sent);
    await client.session.acknowledged();

    for (const error of [note, call]) {
      expect(error).toBeInstanceOf(CallError);
      expect(error.code).toBe("CALL_QUEUE_FULL");
      expect(error.message).toContain("3 messages (maxQueuedMessageCount)");
    }
    expect(numbers).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await client.Add({ a: 1, b: 2 })).toBe(3);
  });
});

/** Tries until it works: the peer hears of the end of a connection a moment later. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (count === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
