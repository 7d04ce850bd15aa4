import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { connect, type NetTcpEndpoint, type NetTcpOptions, netTcp, SessionError } from "@bowline/client";
import {
  contract,
  type Handlers,
  type HostError,
  oneWay,
  operation,
  record,
  ServiceHost,
  type ServiceHostOptions,
  type SessionEnd,
  xs,
} from "@bowline/server";
import { expect, onTestFinished } from "vitest";

export const Problem = record("Problem", "urn:test:types", { Why: xs.string });

/** What most tests call. */
export const Desk = contract("http://tempuri.org/", "IDesk", {
  Add: operation({ request: { a: xs.int, b: xs.int }, reply: xs.int }),
  Echo: operation({ request: { text: xs.string }, reply: xs.string }),
  Bytes: operation({ request: { data: xs.base64Binary }, reply: xs.base64Binary }),
  Fail: operation({ request: { why: xs.string }, reply: xs.int, faults: [Problem] }),
  Note: oneWay({ number: xs.int }),
});

export type DeskHandlers = Handlers<typeof Desk>;

/** Handlers that do what the names say. */
export const deskHandlers: DeskHandlers = {
  Add: ({ a, b }) => a + b,
  Echo: ({ text }) => text,
  Bytes: ({ data }) => data,
  Fail: ({ why }) => {
    throw new Error(why);
  },
  Note: () => undefined,
};

/** Every kind of session: without WS-ReliableMessaging, and both versions of it, ordered or not. */
export const flavours: readonly (readonly [string, NetTcpOptions])[] = [
  ["plain", {}],
  ["1.0 ordered", { reliableSession: { version: "1.0" } }],
  ["1.0 unordered", { reliableSession: { version: "1.0", ordered: false } }],
  ["1.1 ordered", { reliableSession: { version: "1.1" } }],
  ["1.1 unordered", { reliableSession: { version: "1.1", ordered: false } }],
];

export const reliableFlavours: typeof flavours = flavours.slice(1);
/** One without, one with a reliable session. */
export const twoFlavours: typeof flavours = [flavours[0]!, flavours[3]!];

/** A host that listens, what it was told, and the way to it. */
export interface Served {
  readonly host: ServiceHost;
  readonly port: number;
  readonly address: string;
  readonly errors: HostError[];
  readonly ends: SessionEnd[];
  /** The served endpoint as its client names it, with options of the client's own laid over those of the service. */
  endpoint(options?: NetTcpOptions): NetTcpEndpoint;
}

/** Opens a host and aborts it after the test. `add` adds services at `net.tcp://127.0.0.1:0/…`. */
export async function open(add: (host: ServiceHost) => void, options: ServiceHostOptions = {}): Promise<Served> {
  const host = new ServiceHost(options);
  const errors: HostError[] = [];
  const ends: SessionEnd[] = [];
  host.onError((error) => errors.push(error));
  host.onSessionEnd((end) => ends.push(end));
  add(host);
  await host.open();
  onTestFinished(() => host.abort());
  const port = host.ports[0]!;
  const address = `net.tcp://127.0.0.1:${port}/desk`;
  return { host, port, address, errors, ends, endpoint: (own = {}) => netTcp(address, own) };
}

/** A host with the desk at `/desk`. */
export async function serveDesk(
  endpointOptions: NetTcpOptions,
  handlers: Partial<DeskHandlers> = {},
  hostOptions: ServiceHostOptions = {},
): Promise<Served> {
  const served = await open((host) => {
    host.addService(
      Desk,
      { ...deskHandlers, ...handlers },
      { endpoints: [netTcp("net.tcp://127.0.0.1:0/desk", endpointOptions)] },
    );
  }, hostOptions);
  return {
    ...served,
    endpoint: (own = {}) => netTcp(served.address, { ...endpointOptions, ...own }),
  };
}

/** A client of the desk, aborted after the test. */
export async function connectDesk(endpoint: NetTcpEndpoint): Promise<Awaited<ReturnType<typeof connect<typeof Desk>>>> {
  const client = await connect(Desk, endpoint);
  onTestFinished(() => client.abort());
  return client;
}

/** Listens on a free port with a handler for raw sockets; closed after the test, sockets included. */
export async function listenRaw(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    onSocket(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** What `promise` rejects with; fails the test when it does not. */
export async function rejection(promise: PromiseLike<unknown>): Promise<Error & { readonly code?: string }> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ("value" in outcome) throw new Error(`nothing was thrown; the value is ${String(outcome.value)}`);
  expect(outcome.error).toBeInstanceOf(Error);
  return outcome.error as Error;
}

/** As `rejection`, for the error of a session. */
export async function sessionError(promise: PromiseLike<unknown>): Promise<SessionError> {
  const error = await rejection(promise);
  expect(error).toBeInstanceOf(SessionError);
  return error as SessionError;
}

/** A promise with its handles: what a test holds back, or waits for. */
export interface Gate<T = void> {
  readonly promise: Promise<T>;
  readonly open: (value: T) => void;
}

export function gate<T = void>(): Gate<T> {
  let release!: (value: T) => void;
  const promise = new Promise<T>((resolve) => {
    release = resolve;
  });
  return { promise, open: release };
}

/** Resolves once `condition` holds, looking after every turn of the event loop; fails after `withinMs`. */
export async function until(condition: () => boolean, what: string, withinMs = 3_000): Promise<void> {
  const from = performance.now();
  while (!condition()) {
    if (performance.now() - from > withinMs) throw new Error(`did not happen within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
