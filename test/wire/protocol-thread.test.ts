import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { connect, netTcp } from "@bowline/client";
import type { OperationContext, TraceRecord } from "@bowline/server";
import { describe, expect, it, onTestFinished } from "vitest";
import { connectDesk, Desk, deskHandlers, open, rejection, serveDesk, sessionError, until } from "./loopback.ts";
import { Relay } from "./relay.ts";

const protocolThread = true;

function keepBusy(forMs: number): void {
  for (const untilMs = performance.now() + forMs; performance.now() < untilMs; );
}

/** Resolves when a program has started and done `what`, for which a busy machine may take its time. */
async function started(hasDone: () => boolean, what: string): Promise<void> {
  for (const untilMs = performance.now() + 20_000; !hasDone(); ) {
    if (performance.now() > untilMs) throw new Error(`did not happen within 20 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** What a program has told, and the way to end it. */
async function impatient(port: number, inactivityTimeoutMs: number, cutEveryMs = 0) {
  const program = fileURLToPath(new URL("programs/impatient.mjs", import.meta.url));
  const child = spawn(process.execPath, [program, `${port}`, `${inactivityTimeoutMs}`, `${cutEveryMs}`], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const told: Record<string, unknown>[] = [];
  child.on("message", (message) => void told.push(message as Record<string, unknown>));
  const end = async (): Promise<Record<string, unknown>> => {
    child.send("end");
    await once(child, "disconnect");
    return told.at(-1)!;
  };
  return { told, end };
}

describe("a host with a protocol thread", () => {
  it("acknowledges and answers keep-alives while its application is blocked for several inactivityTimeoutMs (R-HOST-THREAD-1)", async () => {
    const inactivityTimeoutMs = 500;
    const notes: number[] = [];
    const served = await serveDesk(
      { reliableSession: { inactivityTimeoutMs, acknowledgementIntervalMs: 10 } },
      { Note: ({ number }) => void notes.push(number) },
      { protocolThread },
    );
    const client = await impatient(served.port, inactivityTimeoutMs);
    await started(() => served.host.sessions.length === 2 && client.told.length > 5, "the client speaks");

    const fromMs = Date.now();
    keepBusy(2_000);
    const untilMs = Date.now();
    const { sum, keepAlives } = await client.end();

    await started(() => served.ends.length === 2, "the host has heard that both sessions are closed");
    expect(served.ends.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(sum).toBe(3);
    expect(keepAlives).toBeGreaterThan(3);
    const acknowledgedMeanwhile = client.told.filter(
      ({ acknowledgedAtMs }) =>
        (acknowledgedAtMs as number) > fromMs + 100 && (acknowledgedAtMs as number) < untilMs - 100,
    );
    expect(acknowledgedMeanwhile.length).toBeGreaterThan(20);
    expect(client.told.filter(({ faulted }) => faulted !== undefined)).toEqual([]);
    expect(notes).toEqual(Array.from({ length: notes.length }, (_, index) => index + 1));
  });

  it("accepts a session that comes back over another connection while its application is blocked (R-HOST-THREAD-1)", async () => {
    const inactivityTimeoutMs = 600;
    const options = { reliableSession: { inactivityTimeoutMs, acknowledgementIntervalMs: 10 } };
    const served = await serveDesk(options, {}, { protocolThread });
    const client = await impatient(served.port, inactivityTimeoutMs, 250);
    await started(() => served.host.sessions.length === 2 && client.told.length > 5, "the client speaks");

    const fromMs = Date.now();
    keepBusy(2_000);
    const untilMs = Date.now();
    const { sum } = await client.end();

    expect(sum).toBe(3);
    await started(() => served.ends.length === 2, "the host has heard that both sessions are closed");
    expect(served.ends.map(({ error }) => error)).toEqual([undefined, undefined]);
    const reconnectedMeanwhile = client.told.filter(
      ({ reconnectedAtMs }) => (reconnectedAtMs as number) > fromMs && (reconnectedAtMs as number) < untilMs,
    );
    expect(reconnectedMeanwhile.length).toBeGreaterThan(2);
  });

  it("lets no client send more than its window while the application is blocked, and loses nothing (R-HOST-THREAD-2)", async () => {
    const notes: number[] = [];
    const served = await serveDesk(
      { reliableSession: { maxTransferWindowSize: 16, acknowledgementIntervalMs: 10 } },
      { Note: ({ number }) => void notes.push(number) },
      { protocolThread },
    );
    const client = await impatient(served.port, 5_000);
    await started(() => notes.length > 5, "the client speaks");
    const before = client.told.length;
    keepBusy(1_500);
    await new Promise((resolve) => setImmediate(resolve));
    const { sum } = await client.end();

    expect(sum).toBe(3);
    expect(notes).toEqual(Array.from({ length: notes.length }, (_, index) => index + 1));
    // Some in the first 50 ms, then a window of them; 75 were there to be sent.
    const meanwhile = client.told
      .slice(before)
      .filter(({ sentAtMs, acknowledgedAtMs }) => (acknowledgedAtMs as number) - (sentAtMs as number) < 500);
    expect(meanwhile.length).toBeGreaterThan(5);
    expect(
      client.told.some(({ sentAtMs, acknowledgedAtMs }) => (acknowledgedAtMs as number) - (sentAtMs as number) > 500),
    ).toBe(true);
  });

  it("reads a plain session's connection no further than the application follows, and loses nothing (R-HOST-THREAD-2)", async () => {
    const notes: number[] = [];
    const served = await serveDesk({}, { Note: ({ number }) => void notes.push(number) }, { protocolThread });
    const program = fileURLToPath(new URL("programs/flood.mjs", import.meta.url));
    const client = spawn(process.execPath, [program, served.address, "30000"], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    onTestFinished(() => void client.kill("SIGKILL"));
    await started(() => served.host.sessions.length === 1, "the session is there");

    keepBusy(1_500);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    // What lay between the threads: 256, and what came in the same piece as the last of them.
    expect(notes.length).toBeLessThan(5_000);

    await started(() => served.ends.length === 1, "the session is over");
    expect(notes).toEqual(Array.from({ length: 30_000 }, (_, index) => index + 1));
    expect(served.ends[0]!.error).toBeUndefined();
  });

  it("keeps the order of calls, one-way messages and replies through cuts (R-HOST-THREAD-3)", async () => {
    const notes: number[] = [];
    const options = { reliableSession: { version: "1.1" } } as const;
    const served = await serveDesk(options, { Note: ({ number }) => void notes.push(number) }, { protocolThread });
    const relay = await Relay.to(served.port);
    const client = await connectDesk(netTcp(`net.tcp://127.0.0.1:${relay.port}/desk`, options));
    const answered: number[] = [];
    const work: Promise<unknown>[] = [];
    for (let number = 1; number <= 600; number++) {
      work.push(
        client.Note({ number }),
        client.Add({ a: number, b: 0 }).then((sum) => answered.push(sum)),
      );
      if (number % 150 === 0) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        relay.cut();
      }
    }
    await Promise.all(work);
    await client.close();
    expect(notes).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
    expect(answered.length).toBe(600);
    expect(relay.cutCount).toBeGreaterThan(0);
  });

  it("tells the service of headers, of messages, and of the body that an operation selector chose to read", async () => {
    const records: TraceRecord[] = [];
    const seen: string[] = [];
    const served = await open(
      (host) => {
        host.addService(
          Desk,
          {
            ...deskHandlers,
            Add: ({ a, b }, call: OperationContext<unknown>) => {
              seen.push(call.incomingHeaders.map(({ localName, value }) => `${localName}=${value}`).join());
              call.outgoingHeaders.push({ namespaceUri: "urn:test", localName: "Back", value: "there" });
              return a + b;
            },
          },
          {
            operationSelector: ({ action }) => action.slice(action.lastIndexOf("/") + 1),
            authorize: ({ operationKey }) => operationKey !== "Echo",
            endpoints: [netTcp("net.tcp://127.0.0.1:0/desk", { reliableSession: {} })],
          },
        );
      },
      { protocolThread, trace: (record) => records.push(record) },
    );
    const client = await connectDesk(served.endpoint({ reliableSession: {} }));
    const back: string[] = [];
    const sum = await client.Add(
      { a: 1, b: 2 },
      {
        headers: [{ namespaceUri: "urn:test", localName: "Forth", value: "here" }],
        onReplyHeaders: (headers) => back.push(...headers.map(({ localName, value }) => `${localName}=${value}`)),
      },
    );
    expect([sum, seen, back]).toEqual([3, ["Forth=here"], ["Back=there"]]);
    expect((await rejection(client.Echo({ text: "no" }))).message).toContain("denied");
    const named = records.map(({ direction, name }) => `${direction} ${name}`);
    expect(named).toContain("received Add");
    expect(named).toContain("sent AddResponse");
    expect(Math.abs(records.at(-1)!.atMs - performance.now())).toBeLessThan(5_000);
  });

  it("refuses sessions past its limit, or lets them wait", async () => {
    const options = { reliableSession: {} };
    const refusing = await serveDesk(options, {}, { protocolThread, maxConcurrentSessions: 1 });
    await connectDesk(refusing.endpoint());
    const refused = await sessionError(connect(Desk, refusing.endpoint()));
    expect(refused.code).toBe("SESSION_SERVER_TOO_BUSY");
    expect(refused.message).toContain("1 sessions already (maxConcurrentSessions)");

    const waiting = await serveDesk(
      options,
      {},
      { protocolThread, maxConcurrentSessions: 1, whenSessionsFull: "wait" },
    );
    const first = await connectDesk(waiting.endpoint());
    const second = connectDesk(waiting.endpoint());
    await until(() => waiting.host.counters.snapshot().throttles.maxConcurrentSessions.waiting === 1, "one waits");
    await first.close();
    expect(await (await second).Add({ a: 1, b: 2 })).toBe(3);
  });

  it("forgets who wanted a session and went before there was one", async () => {
    const options = { reliableSession: {} };
    const served = await serveDesk(options, {}, { protocolThread, maxConcurrentSessions: 1, whenSessionsFull: "wait" });
    await connectDesk(served.endpoint());
    const controller = new AbortController();
    const attempt = rejection(connect(Desk, served.endpoint(), { signal: controller.signal }));
    const waitingCount = (): number => served.host.counters.snapshot().throttles.maxConcurrentSessions.waiting;
    await until(() => waitingCount() === 1, "one waits");
    controller.abort(new Error("enough"));
    expect((await attempt).message).toBe("enough");
    await until(() => waitingCount() === 0, "nobody waits");
    expect(served.host.sessions.length).toBe(1);
  });

  it("drops a client whose handlers cannot be made, and the host hears why", async () => {
    const served = await open(
      (host) => {
        host.addService(
          Desk,
          () => {
            throw new Error("no handlers today");
          },
          { endpoints: [netTcp("net.tcp://127.0.0.1:0/desk", { reliableSession: {} })] },
        );
      },
      { protocolThread },
    );
    await sessionError(connect(Desk, served.endpoint({ reliableSession: {}, openTimeoutMs: 1_000 })));
    expect(served.errors.map(({ error }) => (error as Error).message)).toContain("no handlers today");
    expect(served.host.sessions).toEqual([]);
  });

  it("tells a refused connection with its own error, and from where it came", async () => {
    const { host, port, errors } = await serveDesk({ reliableSession: {} }, {}, { protocolThread });
    const lost = await sessionError(
      connect(Desk, netTcp(`net.tcp://127.0.0.1:${port}/nobody`, { reliableSession: {} })),
    );
    expect(lost.code).toBe("SESSION_ENDPOINT_NOT_FOUND");
    await until(() => errors.length > 0, "the host hears of it");
    expect(errors[0]!.error).toMatchObject({ name: "FramingError", code: "FRAMING_ENDPOINT_NOT_FOUND" });
    expect(errors[0]!.remoteAddress).toContain("127.0.0.1");
    expect(host.health.status).toBe("ok");
  });
});
