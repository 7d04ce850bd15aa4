import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { request } from "node:https";
import { type AddressInfo, createConnection } from "node:net";
import {
  basicHttp,
  connect,
  contract,
  type EndpointOptions,
  netHttp,
  oneWay,
  operation,
  wsHttp,
  xs,
} from "@bowline/client";
import { type PeerIdentity, ServiceHost, type ServiceHostOptions } from "@bowline/server";
import { generate } from "selfsigned";
import { describe, expect, it, onTestFinished } from "vitest";
import { newAuthority } from "./certificates.ts";

const Desk = contract("http://tempuri.org/", "IDesk", {
  Echo: operation({ request: { text: xs.string }, reply: xs.string }),
  Slow: operation({ request: { delayMs: xs.int }, reply: xs.int }),
  Note: oneWay({ text: xs.string }),
});

const soap12 = "application/soap+xml; charset=utf-8";

async function openHost(
  endpoint: Parameters<ServiceHost["addService"]>[2]["endpoints"][number],
  options: ServiceHostOptions = {},
): Promise<{ readonly host: ServiceHost; readonly notes: string[]; readonly port: number }> {
  const host = new ServiceHost(options);
  const notes: string[] = [];
  host.addService(
    Desk,
    {
      Echo: ({ text }) => text,
      Slow: ({ delayMs }) => new Promise((resolve) => setTimeout(resolve, delayMs, delayMs)),
      Note: ({ text }) => void notes.push(text),
    },
    { endpoints: [endpoint] },
  );
  await host.open();
  onTestFinished(() => host.abort());
  return { host, notes, port: host.ports[0] ?? 0 };
}

interface Rejection {
  readonly code?: string;
  readonly cause?: { readonly code?: string };
}

async function rejection(promise: PromiseLike<unknown>): Promise<Rejection> {
  return promise.then(
    () => ({}),
    (error: Rejection) => error,
  );
}

describe("a host over HTTP requests", () => {
  const post = (port: number, path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", headers: { "content-type": soap12 }, ...init });

  it("answers what is no message for it by HTTP's status (R-HTTP-STATUS-1)", async () => {
    const { port } = await openHost(wsHttp("http://127.0.0.1:0/desk", { maxReceivedMessageSize: 1000 }));
    const status = async (answer: Promise<Response>): Promise<number> => (await answer).status;
    expect(await status(post(port, "/nobody", { body: "x" }))).toBe(404);
    expect(await status(fetch(`http://127.0.0.1:${port}/desk`))).toBe(405);
    expect(await status(post(port, "/desk", { body: "x", headers: { "content-type": "text/plain" } }))).toBe(415);
    expect(await status(post(port, "/desk", { body: "x".repeat(2000) }))).toBe(413);
    expect(await status(post(port, "/desk", { body: "<no/>" }))).toBe(400);
    expect(await status(post(port, "/desk"))).toBe(400);
  });

  it("tells nothing of an error of its own that a request met (R-HTTP-STATUS-1)", async () => {
    const host = new ServiceHost();
    const errors: unknown[] = [];
    host.onError(({ error }) => errors.push(error));
    const failing = (): never => {
      throw new Error("the database is at db.internal");
    };
    host.addService(Desk, failing, { endpoints: [basicHttp("http://127.0.0.1:0/desk")] });
    await host.open();
    onTestFinished(() => host.abort());
    const headers = { "content-type": "text/xml; charset=utf-8", soapaction: '"urn:x"' };
    const answer = await post(host.ports[0]!, "/desk", { headers, body: "<x/>" });
    expect([answer.status, await answer.text()]).toEqual([
      500,
      "the service did not take the request; its log says why\n",
    ]);
    expect(String(errors[0])).toContain("db.internal");
  });

  it("is too busy beyond its sessions, and says so", async () => {
    const endpoint = netHttp("http://127.0.0.1:0/desk");
    const { port } = await openHost(endpoint, { maxConcurrentSessions: 1 });
    const desk = await connect(Desk, netHttp(`http://127.0.0.1:${port}/desk`));
    const slow = desk.Slow({ delayMs: 200 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const error = await rejection(desk.Echo({ text: "a" }));
    expect([error.code, error.cause?.code]).toEqual(["CALL_EXCHANGE_FAILED", "LINK_SERVER_TOO_BUSY"]);
    expect(await slow).toBe(200);
    await desk.close();
  });

  it("serves within the HTTP server of somebody else, beside what that has of its own", async () => {
    const host = new ServiceHost({ mountHttp: true });
    host.addService(
      Desk,
      { Echo: ({ text }) => text, Slow: () => 0, Note: () => undefined },
      { endpoints: [netHttp("http://localhost/desk", { reliableSession: {} }), netHttp("ws://localhost/socket")] },
    );
    await host.open();
    const server = createServer((request, response) => {
      if (!host.httpHandler.request(request, response)) response.end("mine");
    });
    server.on("upgrade", (request, socket, head) => {
      if (!host.httpHandler.upgrade(request, socket, head)) socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    onTestFinished(() => host.abort());
    const { port } = server.address() as AddressInfo;
    expect(await (await fetch(`http://127.0.0.1:${port}/other`)).text()).toBe("mine");
    for (const endpoint of [
      netHttp(`http://127.0.0.1:${port}/desk`, { reliableSession: {} }),
      netHttp(`ws://127.0.0.1:${port}/socket`),
    ]) {
      const desk = await connect(Desk, endpoint);
      expect(await desk.Echo({ text: "through" })).toBe("through");
      await desk.close();
    }
  });

  it("says nothing to a request that breaks off (R-LIVE-HTTP-1)", async () => {
    const { port } = await openHost(wsHttp("http://127.0.0.1:0/desk"));
    for (const cutAt of [20, 130]) {
      const socket = createConnection({ port, host: "127.0.0.1", allowHalfOpen: true });
      const head = `POST /desk HTTP/1.1\r\nhost: x\r\ncontent-type: ${soap12}\r\ncontent-length: 100\r\n\r\n`;
      socket.end(`${head}${"x".repeat(50)}`.slice(0, cutAt));
      let said = "";
      for await (const chunk of socket) said += String(chunk);
      expect(said).toBe("");
    }
  });

  it("closes in order: sessions that are there may end, new ones are refused", async () => {
    const { host, port } = await openHost(netHttp("http://127.0.0.1:0/desk", { reliableSession: {} }));
    const address = `http://127.0.0.1:${port}/desk` as const;
    const desk = await connect(Desk, netHttp(address, { reliableSession: {} }));
    expect(await desk.Echo({ text: "a" })).toBe("a");
    const closing = host.close();
    expect((await rejection(connect(Desk, netHttp(address, { reliableSession: {} })))).code).toBe(
      "SESSION_SERVER_TOO_BUSY",
    );
    await desk.close();
    await closing;
  });
});

describe("a client over HTTP requests", () => {
  /** A server that answers everything alike. */
  async function answering(status: number, headers: Record<string, string>, body: string): Promise<`http://${string}`> {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(status, headers).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/desk`;
  }

  it.each([
    [404, {}, "SESSION_ENDPOINT_NOT_FOUND"],
    [401, {}, "SESSION_REFUSED"],
    [415, {}, "SESSION_REFUSED"],
    [413, {}, "SESSION_MESSAGE_TOO_LARGE"],
    [503, {}, "SESSION_SERVER_TOO_BUSY"],
    [502, {}, "SESSION_CONNECTION_LOST"],
    [400, {}, "SESSION_CONNECTION_LOST"],
    [200, { "content-type": "text/html" }, "SESSION_REFUSED"],
  ])("tells what the status %i means when its session is opened (R-HTTP-STATUS-1)", async (status, headers, code) => {
    const address = await answering(status, headers, "words");
    expect((await rejection(connect(Desk, netHttp(address, { reliableSession: {} })))).code).toBe(code);
  });

  it("tells of an empty answer where there should be a reply, and takes it for a one-way message", async () => {
    const desk = await connect(Desk, netHttp(await answering(202, {}, "")));
    await desk.Note({ text: "a" });
    expect((await rejection(desk.Echo({ text: "a" }))).code).toBe("CALL_EXCHANGE_FAILED");
    await desk.close();
  });

  it("finds a service that is not there by the first message of plain HTTP", async () => {
    const desk = await connect(Desk, netHttp(await answering(404, {}, "")));
    expect((await rejection(desk.Note({ text: "a" }))).cause?.code).toBe("LINK_ENDPOINT_NOT_FOUND");
    await desk.close();
  });

  it("names the operation by SOAPAction where SOAP 1.1 does not (R-HTTP-SOAP11-1)", async () => {
    const { host, notes, port } = await openHost(basicHttp("http://127.0.0.1:0/desk"));
    const desk = await connect(Desk, basicHttp(`http://127.0.0.1:${port}/desk`));
    expect(await desk.Echo({ text: "a" })).toBe("a");
    await desk.Note({ text: "b" });
    expect(notes).toEqual(["b"]);
    const address = `http://127.0.0.1:${port}/desk`;
    const init = { method: "POST", headers: { "content-type": "text/xml; charset=utf-8" }, body: "<x/>" };
    expect((await fetch(address, init)).status).toBe(400);
    await desk.close();
    await host.close();
  });

  it("speaks over TLS", async () => {
    const pems = await generate([{ name: "commonName", value: "localhost" }], {});
    const tls = { cert: pems.cert, key: pems.private };
    const options: EndpointOptions = { reliableSession: {} };
    const { port } = await openHost(netHttp("https://127.0.0.1:0/desk", { ...options, tls }));
    const trusting = { ca: pems.cert, serverName: "localhost" };
    const address = `https://127.0.0.1:${port}/desk` as const;
    const desk = await connect(Desk, netHttp(address, { ...options, tls: trusting }));
    expect(await desk.Echo({ text: "secret" })).toBe("secret");
    await desk.close();
    expect((await rejection(connect(Desk, netHttp(address, options)))).code).toBe("SESSION_SECURITY_FAILED");
  });

  it("is known by its certificate, and no other may go on with its session (R-TLS-4, R-TLS-5)", async () => {
    const authority = await newAuthority();
    const host = new ServiceHost();
    const errors: unknown[] = [];
    host.onError(({ error }) => errors.push((error as Rejection).code));
    const tls = { ...authority.service, ca: authority.ca, requestCert: true };
    host.addService(
      Desk,
      { Echo: (_args, { identity }) => (identity as PeerIdentity).subject, Slow: () => 0, Note: () => undefined },
      { endpoints: [wsHttp("https://127.0.0.1:0/desk", { reliableSession: { version: "1.0" }, tls })] },
    );
    await host.open();
    onTestFinished(() => host.abort());
    const port = host.ports[0]!;
    const shown = { ca: authority.ca, ...authority.alice };
    const address = `https://127.0.0.1:${port}/desk` as const;
    const desk = await connect(Desk, wsHttp(address, { reliableSession: { version: "1.0" }, tls: shown }));
    expect(await desk.Echo({ text: "" })).toBe("alice");

    const headers = { "content-type": soap12 };
    const stolen = request(address, { method: "POST", headers, ca: authority.ca, ...authority.bob });
    stolen.end(
      `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing" xmlns:r="http://schemas.xmlsoap.org/ws/2005/02/rm"><s:Header><r:Sequence><r:Identifier>${host.sessions[0]!.id}</r:Identifier><r:MessageNumber>2</r:MessageNumber></r:Sequence><a:Action>http://tempuri.org/IDesk/Note</a:Action></s:Header><s:Body/></s:Envelope>`,
    );
    const [answer] = (await once(stolen, "response")) as [IncomingMessage];
    let said = "";
    for await (const chunk of answer) said += String(chunk);
    expect([answer.statusCode, said]).toEqual([403, "the service did not take the request; its log says why\n"]);
    expect(errors).toEqual(["SERVER_IDENTITY_CHANGED"]);
    expect(await desk.Echo({ text: "" })).toBe("alice");
    await desk.close();
  });

  it("refuses contracts with callbacks, and options that no HTTP endpoint can have", async () => {
    const Feed = contract("http://tempuri.org/", "IFeed", {}, { callback: { Tick: oneWay({ number: xs.int }) } });
    const callbacks = { Tick: () => undefined };
    const error = await rejection(connect(Feed, netHttp("http://127.0.0.1:1/feed"), { callbacks }));
    expect(error.code).toBe("CLIENT_CALLBACKS_NEED_CONNECTION");
    const host = new ServiceHost();
    expect(() => host.addService(Feed, {}, { endpoints: [netHttp("http://127.0.0.1:0/feed")] })).toThrow(/callbacks/);
    expect(() => netHttp("http://host/desk", { maxConnections: 0 })).toThrow(/maxConnections/);
    expect(() => netHttp("ftp://host/desk")).toThrow(/ws or wss address/);
    expect(() => netHttp("http://host/desk", { tls: {} })).toThrow(/https/);
    expect(() => basicHttp("http://host/desk", { reliableSession: {} } as object)).toThrow(/reliableSession/);
  });
});
