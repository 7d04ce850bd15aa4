import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { connect, type NetHttpOptions, netHttp } from "@bowline/client";
import { ServiceHost, type ServiceHostOptions } from "@bowline/server";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { Desk, deskHandlers, rejection, sessionError, until } from "./loopback.ts";

const headers = {
  "soap-content-type": "application/soap+msbinsession1",
  "microsoft-binary-transfer-mode": "Buffered",
};

interface Served {
  readonly host: ServiceHost;
  readonly port: number;
  readonly errors: unknown[];
  endpoint(options?: NetHttpOptions): ReturnType<typeof netHttp>;
}

async function serve(
  options: NetHttpOptions = { reliableSession: {} },
  hostOptions: ServiceHostOptions = {},
): Promise<Served> {
  const host = new ServiceHost(hostOptions);
  const errors: unknown[] = [];
  host.onError(({ error }) => errors.push(error));
  host.addService(Desk, deskHandlers, { endpoints: [netHttp("ws://127.0.0.1:0/desk", options)] });
  await host.open();
  onTestFinished(() => host.abort());
  const port = host.ports[0]!;
  return { host, port, errors, endpoint: (own = {}) => netHttp(`ws://127.0.0.1:${port}/desk`, { ...options, ...own }) };
}

/** The answer to a handshake with these headers; undefined for a value leaves a header out. */
async function answerTo(port: number, changes: Record<string, string | undefined>, path = "/desk"): Promise<string> {
  const socket = connectTcp(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  const lines = Object.entries({
    Host: "127.0.0.1",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "soap",
    ...headers,
    ...changes,
  }).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  let answer = "";
  socket.setEncoding("latin1").on("data", (text: string) => {
    answer += text;
  });
  await until(() => answer.includes("\r\n\r\n"), "the service answers");
  return answer.toLowerCase();
}

describe("a WebSocket handshake", () => {
  it("is answered as .NET's clients want it (R-WS-OPEN-1)", async () => {
    const { port } = await serve();
    const answer = await answerTo(port, {});
    expect(answer).toMatch(/^http\/1.1 101 /);
    expect(answer).toContain("\r\nconnection: upgrade\r\n");
    expect(answer).toContain("\r\nsec-websocket-protocol: soap\r\n");
    expect(answer).toContain("\r\nsec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n");
    expect(answer).not.toContain("sec-websocket-extensions");
  });

  it("of a page tells an unknown path by its subprotocol, and ends at once (R-WS-PAGE-2, R-WS-OPEN-3)", async () => {
    const { port, errors } = await serve();
    const page = {
      "soap-content-type": undefined,
      "microsoft-binary-transfer-mode": undefined,
      "Sec-WebSocket-Protocol": "soap, bowline.endpoint-not-found",
    };
    expect(await answerTo(port, page)).toContain("\r\nsec-websocket-protocol: soap\r\n");
    expect(errors).toEqual([]);
    const nobody = await answerTo(port, page, "/nobody");
    expect(nobody).toMatch(/^http\/1.1 101 /);
    expect(nobody).toContain("\r\nsec-websocket-protocol: bowline.endpoint-not-found\r\n");
    expect(errors).toHaveLength(1);
    expect(await answerTo(port, { ...page, "Sec-WebSocket-Protocol": "soap" }, "/nobody")).toMatch(/^http\/1.1 404 /);
  });

  it("is sent as .NET's services want it (R-WS-OPEN-1)", async () => {
    const server = createServer();
    const seen: Record<string, unknown>[] = [];
    server.on("upgrade", (request, socket) => {
      seen.push(request.headers);
      socket.end("HTTP/1.1 503 Service Unavailable\r\n\r\n");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const error = await sessionError(connect(Desk, netHttp(`ws://127.0.0.1:${port}/desk`, { reliableSession: {} })));
    expect(error.code).toBe("SESSION_SERVER_TOO_BUSY");
    expect(seen[0]).toMatchObject({ ...headers, "sec-websocket-protocol": "soap", "sec-websocket-version": "13" });
    expect(seen[0]).not.toHaveProperty("sec-websocket-extensions");
  });

  it.each([
    [
      "another encoder",
      { "soap-content-type": "application/soap+xml; charset=utf-8" },
      400,
      "application/soap+msbinsession1",
    ],
    ["another mode", { "microsoft-binary-transfer-mode": "Streamed" }, 400, "buffered"],
    ["another subprotocol", { "Sec-WebSocket-Protocol": "wamp" }, 426, "sec-websocket-protocol: soap"],
    ["no subprotocol", { "Sec-WebSocket-Protocol": undefined }, 426, "sec-websocket-protocol: soap"],
    ["another version", { "Sec-WebSocket-Version": "12" }, 400, "sec-websocket-version: 13"],
  ])("with %s is refused, with what is wanted instead (R-WS-OPEN-2)", async (_what, changes, status, hint) => {
    const { port, errors } = await serve();
    const answer = await answerTo(port, changes);
    expect(answer).toMatch(new RegExp(`^http/1.1 ${status} `));
    expect(answer).toContain(hint);
    if (status !== 400 || !("Sec-WebSocket-Version" in changes)) expect(errors).toHaveLength(1);
  });

  it("at a path of nobody, or without an upgrade, says so", async () => {
    const { port } = await serve();
    expect(await answerTo(port, {}, "/nobody")).toMatch(/^http\/1.1 404 /);
    const plain = await fetch(`http://127.0.0.1:${port}/desk`);
    expect([plain.status, await plain.text()]).toEqual([400, "this endpoint speaks WebSocket only\n"]);
  });

  it("without the headers that a browser cannot send is good (R-WS-OPEN-3)", async () => {
    const { port } = await serve();
    const none = Object.fromEntries(Object.keys(headers).map((name) => [name, undefined]));
    expect(await answerTo(port, none)).toMatch(/^http\/1.1 101 /);
  });

  it.each([
    [undefined, "http://evil.example", 403],
    [undefined, "null", 403],
    [undefined, "http://127.0.0.1", 101],
    [["https://app.example"], "https://app.example", 101],
    [["https://app.example"], "https://app.example:8443", 403],
    ["any" as const, "http://evil.example", 101],
  ])(
    "with allowedOrigins %j, of a page of %s, is answered with %i (R-WS-PAGE-4)",
    async (allowedOrigins, origin, status) => {
      const { port, errors } = await serve({ reliableSession: {} }, { ...(allowedOrigins && { allowedOrigins }) });
      expect(await answerTo(port, { Origin: origin })).toMatch(new RegExp(`^http/1.1 ${status} `));
      expect(String(errors[0] ?? "")).toContain(status === 403 ? `pages of ${origin} may not call` : "");
    },
  );

  it("that is refused tells the client what its endpoint must say", async () => {
    const server = createServer();
    server.on("upgrade", (_request, socket) => {
      socket.end("HTTP/1.1 400 Bad Request\r\nsoap-content-type: application/soap+xml; charset=utf-8\r\n\r\n");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const error = await sessionError(connect(Desk, netHttp(`ws://127.0.0.1:${port}/desk`)));
    expect(error.code).toBe("SESSION_REFUSED");
    expect(error.message).toContain("400 Bad Request");
    expect(error.message).toContain("it expects messages of type application/soap+xml; charset=utf-8");
  });
});

describe("a WebSocket", () => {
  it("to a service with all the sessions it takes is told so (R-WS-OPEN-2)", async () => {
    for (const options of [{}, { reliableSession: {} }]) {
      const { endpoint, errors } = await serve(options, { maxConcurrentSessions: 1 });
      const first = await connect(Desk, endpoint());
      onTestFinished(() => first.abort());
      expect(await first.Add({ a: 1, b: 2 })).toBe(3);
      const attempt = connect(Desk, endpoint()).then(async (second) => {
        // A plain session is open with its connection, and hears a moment later.
        const error = await second.session.ended;
        throw error;
      });
      expect((await sessionError(attempt)).code).toBe("SESSION_SERVER_TOO_BUSY");
      if (options.reliableSession === undefined) expect(errors).toHaveLength(1);
    }
  });

  it("whose session waits for a place loses nothing of what comes meanwhile", async () => {
    const handled: number[] = [];
    const host = new ServiceHost({ maxConcurrentSessions: 1, whenSessionsFull: "wait" });
    const handlers = { ...deskHandlers, Note: ({ number }: { number: number }) => void handled.push(number) };
    host.addService(Desk, handlers, { endpoints: [netHttp("ws://127.0.0.1:0/desk")] });
    await host.open();
    onTestFinished(() => host.abort());
    const endpoint = netHttp(`ws://127.0.0.1:${host.ports[0]}/desk`);
    const first = await connect(Desk, endpoint);
    expect(await first.Add({ a: 1, b: 2 })).toBe(3);
    const second = await connect(Desk, endpoint);
    onTestFinished(() => second.abort());

    for (const number of [1, 2, 3]) await second.Note({ number });
    const sum = second.Add({ a: 2, b: 3 });
    await first.close();

    expect(await sum).toBe(5);
    expect(handled).toEqual([1, 2, 3]);
  });

  it("takes a message in fragments and of either opcode, answers pings, and passes over pongs (R-WS-MESSAGE-1, R-WS-PING-1)", async () => {
    const { host, port } = await serve({});
    // What a client of ours sends is recorded, and then sent again in other frames.
    const recorder = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "soap" });
    onTestFinished(() => recorder.close());
    const recorded = once(recorder, "connection").then(
      async ([socket]) => (await once(socket as WebSocket, "message"))[0],
    );
    await once(recorder, "listening");
    const { port: recorderPort } = recorder.address() as AddressInfo;
    const recordedClient = await connect(Desk, netHttp(`ws://127.0.0.1:${recorderPort}/desk`));
    onTestFinished(() => recordedClient.abort());
    recordedClient.Add({ a: 1, b: 2 }).catch(() => undefined);
    const message = (await recorded) as Buffer;

    const raw = new WebSocket(`ws://127.0.0.1:${port}/desk`, "soap", { headers });
    onTestFinished(() => raw.terminate());
    await once(raw, "open");
    raw.pong();
    raw.ping();
    await once(raw, "pong");
    const answers: Buffer[] = [];
    raw.on("message", (data: Buffer, isBinary) => {
      expect(isBinary).toBe(true);
      answers.push(data);
    });
    raw.send(message.subarray(0, 10), { binary: true, fin: false });
    raw.send(message.subarray(10, 50), { binary: true, fin: false });
    raw.send(message.subarray(50), { binary: true, fin: true });
    await until(() => answers.length === 1, "the fragments are answered");
    expect(host.sessions).toHaveLength(1);
  });

  it("that sends an empty message is dropped", async () => {
    const { port, host } = await serve({});
    const raw = new WebSocket(`ws://127.0.0.1:${port}/desk`, "soap", { headers });
    onTestFinished(() => raw.terminate());
    await once(raw, "open");
    await until(() => host.sessions.length === 1, "the session is there");
    const ended = host.sessions[0]!.ended;
    raw.send(new Uint8Array(0));
    expect(await ended).toMatchObject({ code: "SESSION_CONNECTION_LOST" });
  });

  it("whose peer answers no ping is given up after keepAliveIntervalMs, and a reliable session goes on over another (R-WS-PING-1)", async () => {
    const { endpoint, port } = await serve();
    const silent = connectTcp(port, "127.0.0.1");
    onTestFinished(() => void silent.destroy());
    const client = await connect(Desk, endpoint({ keepAliveIntervalMs: 60 }));
    onTestFinished(() => client.abort());
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(client.session.reconnectCount).toBe(0);

    const deaf = new WebSocketServer({ port: 0, host: "127.0.0.1", autoPong: false, handleProtocols: () => "soap" });
    onTestFinished(() => deaf.close());
    await once(deaf, "listening");
    const { port: deafPort } = deaf.address() as AddressInfo;
    const lost = await connect(Desk, netHttp(`ws://127.0.0.1:${deafPort}/desk`, { keepAliveIntervalMs: 40 }));
    const error = await lost.session.ended;
    expect(error).toMatchObject({ code: "SESSION_CONNECTION_LOST" });
    expect(error?.cause).toMatchObject({ message: expect.stringContaining("keepAliveIntervalMs 40") });
  });

  it("that a message over the limit came over is closed with 1009 (R-WS-LIMIT-1)", async () => {
    const { port, host } = await serve({ maxReceivedMessageSize: 1000 });
    const raw = new WebSocket(`ws://127.0.0.1:${port}/desk`, "soap", { headers });
    onTestFinished(() => raw.terminate());
    await once(raw, "open");
    await until(() => host.sessions.length === 1, "the session is there");
    const ended = host.sessions[0]!.ended;
    raw.send(new Uint8Array(1001));
    const [code] = await once(raw, "close");
    expect(code).toBe(1009);
    expect(await ended).toMatchObject({ code: "SESSION_MESSAGE_TOO_LARGE" });
  });

  it("ends in order with code 1000 on both sides (R-WS-CLOSE-1)", async () => {
    const { port, host } = await serve({});
    const raw = new WebSocket(`ws://127.0.0.1:${port}/desk`, "soap", { headers });
    await once(raw, "open");
    await until(() => host.sessions.length === 1, "the session is there");
    const ended = host.sessions[0]!.ended;
    raw.close(1000);
    expect(await ended).toBeUndefined();
    const [code] = await once(raw, "close");
    expect(code).toBe(1000);
  });

  it("is refused by a client that is aborted meanwhile, and leaves nothing open", async () => {
    const { endpoint, host } = await serve();
    const controller = new AbortController();
    const attempt = rejection(connect(Desk, endpoint(), { signal: controller.signal }));
    controller.abort(new Error("enough"));
    expect((await attempt).message).toBe("enough");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(host.sessions).toHaveLength(0);
  });
});
