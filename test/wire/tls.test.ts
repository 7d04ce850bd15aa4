import { connect, type Endpoint, type EndpointOptions, netHttp, netTcp, type TlsOptions } from "@bowline/client";
import { type ServerError, type ServerSession, ServiceHost } from "@bowline/server";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Authority, newAuthority } from "./certificates.ts";
import { Desk, type DeskHandlers, deskHandlers, rejection, sessionError, until } from "./loopback.ts";
import { Relay } from "./relay.ts";

let authority: Authority;
beforeAll(async () => {
  authority = await newAuthority();
});

type EndpointMaker = (port: number, tls: TlsOptions | undefined, options?: EndpointOptions) => Endpoint;

const transports: readonly (readonly [string, EndpointMaker])[] = [
  [
    "net.tcp",
    (port, tls, options) =>
      netTcp(`net.tcp://127.0.0.1:${port}/desk`, { ...options, ...(tls === undefined ? {} : { tls }) }),
  ],
  [
    "wss",
    (port, tls, options) =>
      netHttp(`${tls === undefined ? "ws" : "wss"}://127.0.0.1:${port}/desk`, {
        ...options,
        ...(tls === undefined ? {} : { tls }),
      }),
  ],
];

const rows = transports.flatMap(([name, endpoint]) => [
  [name, endpoint, false] as const,
  [`a protocol thread's ${name}`, endpoint, true] as const,
]);

describe.each(rows)("%s over TLS", (_name, endpoint, protocolThread) => {
  const reliable: EndpointOptions = { reliableSession: {} };

  async function serve(
    tls: TlsOptions,
    handlers: Partial<DeskHandlers> = {},
    options: EndpointOptions = reliable,
  ): Promise<{ host: ServiceHost; port: number; errors: unknown[] }> {
    const host = new ServiceHost({ protocolThread });
    const errors: unknown[] = [];
    host.onError(({ error }) => errors.push(error));
    host.addService(Desk, { ...deskHandlers, ...handlers }, { endpoints: [endpoint(0, tls, options)] });
    await host.open();
    onTestFinished(() => host.abort());
    return { host, port: host.ports[0]!, errors };
  }

  async function call(
    port: number,
    tls: TlsOptions | undefined,
    options = reliable,
  ): ReturnType<typeof connect<typeof Desk>> {
    const client = await connect(Desk, endpoint(port, tls, options));
    onTestFinished(() => client.abort());
    return client;
  }

  it.each([
    ["plain", {}],
    ["reliable", reliable],
  ] as const)("carries a %s session (R-TLS-1)", async (_kind, options) => {
    const { port, host } = await serve(authority.service, {}, options);
    const client = await call(port, { ca: authority.ca }, options);
    const text = "x".repeat(40_000);
    expect(await client.Echo({ text })).toBe(text);
    expect(await client.Add({ a: 1, b: 2 })).toBe(3);
    expect(host.sessions[0]!.identity).toBeUndefined();
    await client.close();
    expect(client.session.state).toBe("closed");
  });

  it("gets 300 calls through cut connections, each handled exactly once (R-TLS-2)", async () => {
    const added: number[] = [];
    const { port } = await serve(authority.service, {
      Add: ({ a, b }) => {
        added.push(a);
        return a + b;
      },
    });
    const relay = await Relay.to(port);
    relay.cutsAfterByteLength.push(9_000, 12_345, 15_001);
    const client = await call(relay.port, { ca: authority.ca });
    const numbers = Array.from({ length: 300 }, (_, index) => index);

    const sums = await Promise.all(numbers.map((a) => client.Add({ a, b: 1 })));

    expect(relay.cutCount).toBe(3);
    expect(client.session.reconnectCount).toBe(3);
    expect(sums).toEqual(numbers.map((number) => number + 1));
    expect(added).toEqual(numbers);
  });

  it("is not opened with a service that no trusted authority vouches for, and says what to do (R-TLS-3)", async () => {
    const { port } = await serve(authority.service);
    const error = await sessionError(call(port, {}));
    expect(error.code).toBe("SESSION_SECURITY_FAILED");
    expect(error.message).toContain("tls.ca");
    const trusting = await call(port, { rejectUnauthorized: false });
    expect(await trusting.Add({ a: 1, b: 2 })).toBe(3);
  });

  it("is not opened with a service of another name, unless that is the name asked for (R-TLS-3)", async () => {
    const { port } = await serve(authority.service);
    const error = await sessionError(call(port, { ca: authority.ca, serverName: "elsewhere" }));
    expect(error.code).toBe("SESSION_SECURITY_FAILED");
    expect(error.message).toContain("tls.serverName");
    const named = await call(port, { ca: authority.ca, serverName: "localhost" });
    expect(await named.Add({ a: 1, b: 2 })).toBe(3);
  });

  it("tells a service who its client is, where it asks (R-TLS-4)", async () => {
    const sessions: ServerSession[] = [];
    const { port, host } = await serve({ ...authority.service, ca: authority.ca, requestCert: true });
    host.onSession((session) => sessions.push(session));
    const client = await call(port, { ca: authority.ca, ...authority.alice });
    expect(await client.Add({ a: 1, b: 2 })).toBe(3);
    expect(sessions[0]!.identity).toMatchObject({ subject: "alice" });
  });

  it("is refused to a client without a certificate, where the service asks for one (R-TLS-4)", async () => {
    const { port, host } = await serve({ ...authority.service, ca: authority.ca, requestCert: true });
    const error = await rejection(call(port, { ca: authority.ca }));
    expect(["SESSION_SECURITY_FAILED", "SESSION_CONNECTION_LOST"]).toContain(error.code);
    expect(host.sessions).toEqual([]);
  });

  it("leaves a session to the identity that opened it (R-TLS-5)", async () => {
    const { port, errors } = await serve({ ...authority.service, ca: authority.ca, requestCert: true });
    const relay = await Relay.to(port);
    const shown = { ca: authority.ca, ...authority.alice };
    const client = await call(relay.port, shown);
    expect(await client.Add({ a: 1, b: 2 })).toBe(3);

    // The options are read again for each connection: the next one is bob's.
    Object.assign(shown, authority.bob);
    relay.cut();
    await until(
      () => errors.some((error) => (error as ServerError).code === "SERVER_IDENTITY_CHANGED"),
      "bob is refused",
    );
    expect(String(errors.at(-1))).toContain("bob");

    Object.assign(shown, authority.alice);
    expect(await client.Add({ a: 2, b: 2 })).toBe(4);
  });

  it("is refused in the open, and the other way round (R-TLS-6)", async () => {
    const secure = await serve(authority.service);
    expect((await rejection(call(secure.port, undefined))).name).toBe("SessionError");
    const open = new ServiceHost();
    open.addService(Desk, deskHandlers, { endpoints: [endpoint(0, undefined, reliable)] });
    await open.open();
    onTestFinished(() => open.abort());
    expect((await rejection(call(open.ports[0]!, { ca: authority.ca }))).name).toBe("SessionError");
  });

  it("needs a certificate to be served", () => {
    const host = new ServiceHost({ protocolThread });
    expect(() => host.addService(Desk, deskHandlers, { endpoints: [endpoint(0, {})] })).toThrow("without cert and key");
  });
});

describe.each([
  ["a port", false],
  ["a protocol thread's port", true],
] as const)("%s of wss", (_name, protocolThread) => {
  const secure = (path: string, tls: TlsOptions): Endpoint =>
    netHttp(`wss://127.0.0.1:0/${path}`, { reliableSession: {}, tls });
  const add = (first: TlsOptions, second: TlsOptions): ServiceHost =>
    new ServiceHost({ protocolThread }).addService(Desk, deskHandlers, {
      endpoints: [secure("one", first), secure("two", second)],
    });

  it.each([
    ["certificate", () => authority.alice],
    ["demand for a certificate", () => ({ ...authority.service, requestCert: true })],
    ["authority", () => ({ ...authority.service, ca: authority.ca })],
  ])("takes no endpoint of another %s than the first one's (R-TLS-8)", (_what, second) => {
    expect(() => add(authority.service, second())).toThrow(/wss:\/\/127.0.0.1:0\/two has other tls options/);
  });

  it("takes endpoints whose options say the same (R-TLS-8)", async () => {
    const { cert, key } = authority.service;
    const host = add({ cert, key }, { cert: Buffer.from(cert), key: [key], rejectUnauthorized: true });
    await host.open();
    expect(host.ports).toHaveLength(1);
    host.abort();
  });
});
