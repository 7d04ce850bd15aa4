import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect, netTcp } from "@bowline/client";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  closedPort,
  connectDesk,
  Desk,
  gate,
  listenRaw,
  rejection,
  serveDesk,
  sessionError,
  twoFlavours,
} from "./loopback.ts";

describe.each(twoFlavours)("connect (%s)", (_name, options) => {
  it.each(["127.0.0.1", "localhost"])("fails at once when nobody listens on %s, naming the address", async (host) => {
    const address = `net.tcp://${host}:${await closedPort()}/desk`;
    const from = performance.now();

    const error = await sessionError(connect(Desk, netTcp(address, options)));

    expect(error.code).toBe("SESSION_CONNECTION_LOST");
    expect(error.message).toContain(address);
    expect(error.message).toContain("ECONNREFUSED");
    expect(error.message).toContain("Is the service running");
    expect(performance.now() - from).toBeLessThan(1_000);
  });

  it("names the address when the path leads nowhere", async () => {
    const { port } = await serveDesk(options);
    const address = `net.tcp://127.0.0.1:${port}/other`;

    const error = await sessionError(connect(Desk, netTcp(address, options)));

    expect(error).toMatchObject({ code: "SESSION_ENDPOINT_NOT_FOUND", isRemote: true });
    expect(error.message).toContain(address);
  });

  it("gives up a server that accepts and says nothing after openTimeoutMs", async () => {
    const port = await listenRaw(() => undefined);
    const from = performance.now();

    const error = await sessionError(
      connect(Desk, netTcp(`net.tcp://127.0.0.1:${port}/desk`, { ...options, openTimeoutMs: 60 })),
    );

    expect(error.code).toBe("SESSION_OPEN_TIMEOUT");
    expect(error.message).toContain("openTimeoutMs 60");
    expect(performance.now() - from).toBeGreaterThanOrEqual(59);
    expect(performance.now() - from).toBeLessThan(1_000);
  });

  it("says that the port speaks HTTP when it does", async () => {
    const server = createHttpServer((_request, response) => response.end("hello"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;

    const error = await sessionError(connect(Desk, netTcp(`net.tcp://127.0.0.1:${port}/desk`, options)));

    expect(error.code).toBe("SESSION_CONNECTION_LOST");
    expect(error.message).toMatch(/HTTP/);
  });

  it("does not dial when its signal is aborted already", async () => {
    let connectionCount = 0;
    const port = await listenRaw(() => {
      connectionCount += 1;
    });
    const reason = new Error("changed my mind");

    const error = await rejection(
      connect(Desk, netTcp(`net.tcp://127.0.0.1:${port}/desk`, options), { signal: AbortSignal.abort(reason) }),
    );

    expect(error).toBe(reason);
    // Long enough for a connection that was dialled all the same to arrive.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(connectionCount).toBe(0);
  });

  it("lets go of the connection when its signal fires while it opens", async () => {
    const controller = new AbortController();
    const isEnded = gate();
    const port = await listenRaw((socket) => {
      socket.on("end", () => isEnded.open());
      socket.resume();
      controller.abort(new Error("too long"));
    });
    const endpoint = netTcp(`net.tcp://127.0.0.1:${port}/desk`, options);

    const error = await rejection(connect(Desk, endpoint, { signal: controller.signal }));

    expect(error).toBe(controller.signal.reason);
    await isEnded.promise;
  });

  it("refuses a peer that closes the connection in the preamble", async () => {
    const port = await listenRaw((socket) => socket.end());

    const error = await sessionError(connect(Desk, netTcp(`net.tcp://127.0.0.1:${port}/desk`, options)));

    expect(error.code).toBe("SESSION_CONNECTION_LOST");
  });

  it("takes calls as soon as it has resolved", async () => {
    const { endpoint } = await serveDesk(options);
    const client = await connectDesk(endpoint());

    expect(client.session.state).toBe("opened");
    expect(await client.Add({ a: 2, b: 3 })).toBe(5);
    await client.close();
  });
});

describe("connect", () => {
  it("tells a client without a reliable session that the service wants one", async () => {
    const { address, errors } = await serveDesk({ reliableSession: {} });
    const client = await connectDesk(netTcp(address));

    const error = await rejection(client.Add({ a: 1, b: 1 }));

    expect(error.message).toMatch(/reliable/i);
    expect(errors).toEqual([]);
  });

  it("fails when the service speaks the other version of reliable messaging", async () => {
    const { endpoint } = await serveDesk({ reliableSession: { version: "1.1" } });

    const error = await sessionError(connectDesk(endpoint({ reliableSession: { version: "1.0" } })));

    expect(error.code).toBe("SESSION_REFUSED");
    expect(error.message).toContain("reliableSession.version");
  });

  it("fails when the service has no reliable session", async () => {
    const { endpoint } = await serveDesk({});

    const error = await sessionError(connectDesk(endpoint({ reliableSession: {}, openTimeoutMs: 500 })));

    expect(error.code).toBe("SESSION_REFUSED");
  });
});
