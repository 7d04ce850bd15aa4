import { getEventListeners, once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { systemClock } from "./clock.ts";
import { netHttp } from "./net-http.ts";
import { dialWebSocket } from "./websocket-client.ts";
import type { LinkOwner, Wire } from "./wire.ts";

const owner: LinkOwner = { received: () => undefined, receivedAll: () => undefined, closed: () => undefined };

function dial(port: number, signal: AbortSignal): Promise<Wire> {
  const endpoint = netHttp(`ws://127.0.0.1:${port}/desk`);
  if (endpoint.transport !== "websocket") throw new Error("ws:// makes a WebSocket endpoint");
  return dialWebSocket(endpoint, owner, systemClock, signal);
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A session gives all its attempts one signal, and may make them for days. */
describe("dialWebSocket leaves nothing at its signal", () => {
  it("when nobody listens", async () => {
    const { signal } = new AbortController();
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));

    await expect(dial(port, signal)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("when the server has another answer", async () => {
    const { signal } = new AbortController();
    const port = await listening(createServer((_request, response) => response.writeHead(503).end()));

    await expect(dial(port, signal)).rejects.toMatchObject({ code: "LINK_SERVER_TOO_BUSY" });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("when it is there", async () => {
    const { signal } = new AbortController();
    const server = createServer();
    new WebSocketServer({ server, handleProtocols: () => "soap" });
    const wire = await dial(await listening(server), signal);

    expect(getEventListeners(signal, "abort")).toEqual([]);
    wire.close(false);
  });

  it("when it is given up", async () => {
    const aborting = new AbortController();
    const server = createServer();
    server.on("upgrade", () => aborting.abort(new Error("enough")));

    await expect(dial(await listening(server), aborting.signal)).rejects.toThrow("enough");
    expect(getEventListeners(aborting.signal, "abort")).toEqual([]);
  });
});
