import {
  basicHttp,
  connect,
  contract,
  type Endpoint,
  netHttp,
  netTcp,
  oneWay,
  operation,
  wsHttp,
  xs,
} from "@bowline/client";
import {
  type Handlers,
  type HostError,
  ServiceHost,
  type ServiceHostOptions,
  type ServiceOptions,
} from "@bowline/server";
import { describe, expect, it, onTestFinished } from "vitest";
import { until } from "./loopback.ts";

const Desk = contract("http://tempuri.org/", "IDesk", {
  Ask: operation({ request: { text: xs.string }, reply: xs.string }),
  Wait: operation({ request: { name: xs.string }, reply: xs.string }),
  Note: oneWay({ text: xs.string }),
});

type DeskHandlers = Handlers<typeof Desk>;

/** Every way to say a message: a session or none, binary or text, over requests or a connection. */
const ways: readonly (readonly [string, (port: number) => Endpoint])[] = [
  ["plain HTTP, binary", (port) => netHttp(`http://127.0.0.1:${port}/desk`)],
  ["plain HTTP, text", (port) => wsHttp(`http://127.0.0.1:${port}/desk`)],
  ["plain HTTP, SOAP 1.1", (port) => basicHttp(`http://127.0.0.1:${port}/desk`)],
  [
    "HTTP with RM 1.0, binary",
    (port) => netHttp(`http://127.0.0.1:${port}/desk`, { reliableSession: { version: "1.0" } }),
  ],
  [
    "HTTP with RM 1.1, text",
    (port) => wsHttp(`http://127.0.0.1:${port}/desk`, { reliableSession: { version: "1.1" } }),
  ],
  ["WebSocket, text", (port) => netHttp(`ws://127.0.0.1:${port}/desk`, { encoding: "text", reliableSession: {} })],
  ["net.tcp, text", (port) => netTcp(`net.tcp://127.0.0.1:${port}/desk`, { encoding: "text", reliableSession: {} })],
  ["plain net.tcp, text", (port) => netTcp(`net.tcp://127.0.0.1:${port}/desk`, { encoding: "text" })],
];
const overRequests = ways.filter(([name]) => name.includes("HTTP"));

/** Something that happens when it is let. */
class Latch {
  readonly reached: Promise<void>;
  readonly opened: Promise<void>;
  reach!: () => void;
  open!: () => void;

  constructor() {
    this.reached = new Promise((resolve) => {
      this.reach = resolve;
    });
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }

  pass(): Promise<void> {
    this.reach();
    return this.opened;
  }
}

interface Served {
  readonly host: ServiceHost;
  readonly errors: readonly HostError[];
  readonly notes: readonly string[];
  /** What Wait waits for, by name. */
  latch(name: string): Latch;
  client(): ReturnType<typeof connect<typeof Desk>>;
}

async function serve(
  way: (port: number) => Endpoint,
  options: Omit<ServiceOptions, "endpoints"> = {},
  host: ServiceHostOptions = {},
  handlers: Partial<DeskHandlers> = {},
): Promise<Served> {
  const serviceHost = new ServiceHost(host);
  const errors: HostError[] = [];
  const notes: string[] = [];
  const latches = new Map<string, Latch>();
  const latch = (name: string): Latch => {
    const known = latches.get(name) ?? new Latch();
    latches.set(name, known);
    return known;
  };
  serviceHost.onError((error) => errors.push(error));
  const own: DeskHandlers = {
    Ask: ({ text }) => text,
    Wait: async ({ name }) => {
      await latch(name).pass();
      return name;
    },
    Note: ({ text }) => void notes.push(text),
    ...handlers,
  };
  serviceHost.addService(Desk, own, { ...options, endpoints: [way(0)] });
  await serviceHost.open();
  onTestFinished(() => serviceHost.abort());
  return {
    host: serviceHost,
    errors,
    notes,
    latch,
    async client() {
      const client = await connect(Desk, way(serviceHost.ports[0]!));
      onTestFinished(() => client.abort());
      return client;
    },
  };
}

interface Failure {
  readonly code?: string;
  readonly message: string;
  readonly subcodes?: readonly { readonly localName: string }[];
  readonly cause?: { readonly code?: string };
}

function failureOf(promise: PromiseLike<unknown>): Promise<Failure> {
  return promise.then(
    () => ({ message: "nothing was thrown" }),
    (error: Failure) => error,
  ) as Promise<Failure>;
}

describe.each(ways)("a call over %s", (_name, way) => {
  it("passes hooks that know its headers, its caller and its address, and its reply has headers too (R-HOST-HEADER-1)", async () => {
    const served = await serve(
      way,
      {
        authenticate: (call) => call.incomingHeaders.find(({ localName }) => localName === "User")?.value,
        authorize: (call) => call.identity !== undefined,
      },
      {},
      {
        Ask: ({ text }, context) => {
          context.outgoingHeaders.push({ namespaceUri: "urn:desk", localName: "For", value: `<${context.identity}>` });
          return `${text} ${context.session.remoteAddress?.replace(/:\d+$/, "")}`;
        },
      },
    );
    const desk = await served.client();
    const replied: (string | undefined)[] = [];
    const headers = [{ namespaceUri: "urn:desk", localName: "User", value: "Ann & Bob" }];
    const onReplyHeaders = (blocks: readonly { readonly localName: string; readonly value: string | undefined }[]) =>
      void replied.push(blocks.find(({ localName }) => localName === "For")?.value);
    expect(await desk.Ask({ text: "from" }, { headers, onReplyHeaders })).toBe("from 127.0.0.1");
    expect(replied).toEqual(["<Ann & Bob>"]);
    expect((await failureOf(desk.Ask({ text: "from" }))).message).toBe("Access is denied.");
    await desk.close();
    await served.host.close();
    expect(served.host.counters.snapshot().calls).toMatchObject({
      calls: 2,
      outstanding: 0,
      faulted: 1,
      notAuthorized: 1,
    });
  });

  it("brings its caller's deadline, and is answered by then (R-HOST-DEADLINE-1, R-HOST-DEADLINE-2)", async () => {
    const served = await serve(way, { callContexts: [{ name: "ledger", run: () => new Promise(() => undefined) }] });
    const desk = await served.client();
    const failure = await failureOf(desk.Ask({ text: "a" }, { timeoutMs: 200, sendsDeadline: true }));
    // Whichever clock is first: the caller's own, or the fault of the service.
    expect(["CALL_TIMEOUT", "DeadlineExceeded"]).toContain(failure.subcodes?.[0]?.localName ?? failure.code);
    const ended = await failureOf(
      desk.Ask(
        { text: "a" },
        { headers: [{ namespaceUri: "urn:bowline:dispatch", localName: "RemainingMs", value: "50" }] },
      ),
    );
    expect(ended.subcodes?.[0]?.localName).toBe("DeadlineExceeded");
    expect(ended.message).toContain("callContexts[0] ledger");
  });

  it("is refused to its caller for a header that cannot be written, and the session lives on (R-WCF-TEXT-1)", async () => {
    const served = await serve(
      way,
      {},
      {},
      {
        Ask: ({ text }, context) => {
          if (text === "torn") context.outgoingHeaders.push({ namespaceUri: "urn:desk", localName: "a><b", value: "" });
          return text;
        },
      },
    );
    const desk = await served.client();
    const headers = [{ namespaceUri: "urn:desk", localName: "two words", value: "" }];
    expect((await failureOf(desk.Ask({ text: "a" }, { headers }))).message).toContain('"two words"');
    expect((await failureOf(desk.Note({ text: "a" }, { headers }))).message).toContain('"two words"');
    expect((await failureOf(desk.Ask({ text: "torn" }))).message).toContain("an error of its own");
    expect(served.errors.map(({ error }) => String(error))).toEqual([expect.stringContaining('"a><b"')]);
    expect(await desk.Ask({ text: "b" })).toBe("b");
    expect(served.notes).toEqual([]);
  });
});

it("text has no way to write some characters, in headers as in bodies (R-WCF-TEXT-1)", async () => {
  const served = await serve(ways[1]![1]);
  const desk = await served.client();
  const headers = [{ namespaceUri: "urn:desk", localName: "User", value: "\u0001" }];
  expect((await failureOf(desk.Ask({ text: "a" }, { headers }))).message).toContain("U+0001");
  expect(await desk.Ask({ text: "a" })).toBe("a");
});

describe.each(overRequests)("a service over %s", (name, way) => {
  const isReliable = name.includes("RM");

  it("answers a one-way message when it has its place, whatever its hooks take (R-HTTP-PLAIN-1, R-HOST-ORDER-1)", async () => {
    const hook = new Latch();
    const served = await serve(way, { callContexts: [async (_call, next) => hook.pass().then(next)] });
    const desk = await served.client();
    await desk.Note({ text: "a" });
    await hook.reached;
    expect(served.notes).toEqual([]);
    hook.open();
    await desk.close();
    await served.host.close();
    expect(served.notes).toEqual(["a"]);
  });

  it("answers a message that an operation selector finds to be one-way before it is handled (R-HOST-HOOK-2)", async () => {
    const handling = new Latch();
    const served = await serve(way, { operationSelector: async () => undefined }, {}, { Note: () => handling.pass() });
    const desk = await served.client();
    await desk.Note({ text: "a" });
    await handling.reached;
    expect(await desk.Ask({ text: "b" })).toBe("b");
    handling.open();
    await desk.close();
  });

  it("answers calls past its limit with a fault where it is told to (R-HOST-THROTTLE-1)", async () => {
    const served = await serve(way, {}, { maxConcurrentCalls: 1, whenCallsFull: "refuse" });
    const desk = await served.client();
    const first = desk.Wait({ name: "first" });
    await served.latch("first").reached;
    expect((await failureOf(desk.Ask({ text: "a" }))).subcodes?.[0]?.localName).toBe("ServerTooBusy");
    expect(served.host.counters.snapshot()).toMatchObject({ calls: { refused: 1, outstanding: 1 } });
    served.latch("first").open();
    expect(await first).toBe("first");
    expect(await desk.Ask({ text: "b" })).toBe("b");
  });

  it("lets calls past its limit wait, in their order (R-HOST-THROTTLE-1)", async () => {
    const served = await serve(way, {}, { maxConcurrentCalls: 1 });
    const desk = await served.client();
    const first = desk.Wait({ name: "first" });
    await served.latch("first").reached;
    const next = Promise.all([desk.Ask({ text: "a" }), desk.Note({ text: "b" })]);
    served.latch("first").open();
    expect([await first, (await next)[0]]).toEqual(["first", "a"]);
    await desk.close();
    await served.host.close();
    expect(served.notes).toEqual(["b"]);
  });

  it("tells the operation when its caller is gone (R-HOST-SIGNAL-1)", async () => {
    const told = new Latch();
    const served = await serve(
      way,
      {},
      {},
      {
        Wait: ({ name: text }, { signal }) => {
          served.latch(text).reach();
          return new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => {
              told.reach();
              reject(signal.reason);
            });
          });
        },
      },
    );
    const desk = await served.client();
    const call = failureOf(desk.Wait({ name: "gone" }));
    await served.latch("gone").reached;
    desk.abort();
    await call;
    await told.reached;
  });

  it("lets running operations finish when its host closes, and tells new ones that it does (R-HOST-CLOSE-1)", async () => {
    const served = await serve(way);
    const desk = await served.client();
    const running = desk.Wait({ name: "running" });
    await served.latch("running").reached;
    const closing = served.host.close();
    if (!isReliable) expect((await failureOf(desk.Ask({ text: "a" }))).cause?.code).toBe("LINK_SERVER_TOO_BUSY");
    served.latch("running").open();
    expect(await running).toBe("running");
    await desk.close();
    expect(await closing).toEqual({ closedCount: 1, cut: [] });
    expect(served.host.counters.snapshot().calls.outstanding).toBe(0);
  });

  it("cuts what takes longer than drainTimeoutMs, and tells what that was (R-HOST-CLOSE-1)", async () => {
    const served = await serve(way);
    const desk = await served.client();
    const running = failureOf(desk.Wait({ name: "running" }));
    await served.latch("running").reached;
    const { closedCount, cut } = await served.host.close({ drainTimeoutMs: 50 });
    expect([closedCount, cut.map(({ runningOperations }) => runningOperations)]).toEqual([
      0,
      [["Wait (in the operation Wait)"]],
    ]);
    desk.abort();
    await running;
  });
});

describe.each(["1.0", "1.1"] as const)("with ackOn processed over HTTP, RM %s", (version) => {
  it("a one-way message that cannot be read is acknowledged all the same, and the host hears of it (R-HTTP-ACK-1)", async () => {
    const way = (port: number) =>
      netHttp(`http://127.0.0.1:${port}/desk`, {
        reliableSession: { version, ackOn: "processed" },
        closeTimeoutMs: 3000,
      });
    const served = await serve(way);
    const Other = contract("http://tempuri.org/", "IDesk", {
      Ask: operation({ request: { text: xs.string }, reply: xs.string }),
      Note: oneWay({ number: xs.int }),
    });
    const desk = await connect(Other, way(served.host.ports[0]!));
    onTestFinished(() => desk.abort());
    await desk.Note({ number: 1 });
    await desk.session.acknowledged({ signal: AbortSignal.timeout(3000) });
    expect(served.errors.map(({ error }) => (error as Failure).code)).toEqual(["REQUEST_UNREADABLE"]);
    expect(await desk.Ask({ text: "a" })).toBe("a");
    await desk.close();
  });
});

describe.each(overRequests)("a session past maxConcurrentSessions over %s (R-HOST-THROTTLE-4)", (name, way) => {
  const isReliable = name.includes("RM");
  const limits = { maxConcurrentSessions: 1, whenSessionsFull: "wait" } as const;

  /** The first session is there, and another one waits. */
  async function waiting(served: Served) {
    const first = await served.client();
    const held = first.Wait({ name: "held" });
    await served.latch("held").reached;
    const second = served.client().then(async (client) => {
      const answer = await client.Ask({ text: "second" });
      await client.close();
      return answer;
    });
    const { counters } = served.host;
    const waits = (): boolean => counters.snapshot().throttles.maxConcurrentSessions.waiting === 1;
    await until(waits, "the second session waits");
    return { first, held, second };
  }

  it("waits for a place where it is told to", async () => {
    const served = await serve(way, {}, limits);
    const { first, held, second } = await waiting(served);
    served.latch("held").open();
    expect(await held).toBe("held");
    await first.close();
    expect(await second).toBe("second");
  });

  it("is refused when the host closes meanwhile (R-HOST-CLOSE-1)", async () => {
    const served = await serve(way, {}, limits);
    const { first, held, second } = await waiting(served);
    const refused = failureOf(second);
    const closing = served.host.close();
    served.latch("held").open();
    expect(await held).toBe("held");
    await first.close();
    const { code, cause } = await refused;
    expect([code, cause?.code]).toEqual(
      isReliable
        ? ["SESSION_SERVER_TOO_BUSY", "LINK_SERVER_TOO_BUSY"]
        : ["CALL_EXCHANGE_FAILED", "LINK_SERVER_TOO_BUSY"],
    );
    expect(await closing).toEqual({ closedCount: 1, cut: [] });
  });
});
