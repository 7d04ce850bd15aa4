import { once } from "node:events";
import { type AddressInfo, createServer, type LookupFunction } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { connectTcp } from "./tcp.ts";

const forever = new AbortController().signal;

describe("connectTcp", () => {
  it("resolves with a connected socket without Nagle's delay", async () => {
    const port = await listen();

    const socket = await connectTcp("127.0.0.1", port, forever);

    expect(socket.remotePort).toBe(port);
    expect(socket.listenerCount("error")).toBe(0);
    socket.destroy();
  });

  it("rejects with the socket's error", async () => {
    await expect(connectTcp("127.0.0.1", await closedPort(), forever)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("names every address that it tried for a name with several", async () => {
    const lookup: LookupFunction = (_host, _options, found) =>
      found(null, [
        { address: "127.0.0.1", family: 4 },
        { address: "127.0.0.2", family: 4 },
      ]);
    const port = await closedPort();

    const attempt = connectTcp("two.test", port, forever, lookup);

    await expect(attempt).rejects.toMatchObject({
      code: "ECONNREFUSED",
      message: `connect ECONNREFUSED 127.0.0.1:${port}; connect ECONNREFUSED 127.0.0.2:${port}`,
    });
  });

  it("does nothing but reject when the signal is aborted already", async () => {
    const reason = new Error("no");

    await expect(connectTcp("127.0.0.1", 1, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it("rejects with the signal's reason when it fires while connecting", async () => {
    const controller = new AbortController();
    const attempt = connectTcp("127.0.0.1", await listen(), controller.signal);

    controller.abort(new Error("too long"));

    await expect(attempt).rejects.toBe(controller.signal.reason);
  });

  it("leaves the socket alone when the signal fires afterwards", async () => {
    const controller = new AbortController();
    const socket = await connectTcp("127.0.0.1", await listen(), controller.signal);

    controller.abort();

    expect(socket.destroyed).toBe(false);
    socket.destroy();
  });
});

async function listen(): Promise<number> {
  const server = createServer((socket) => socket.on("error", () => undefined));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function closedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
