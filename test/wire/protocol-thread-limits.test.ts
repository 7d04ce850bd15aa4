import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { netHttp, netTcp } from "@bowline/client";
import { type Endpoint, MemoryNetwork, ServerError, ServiceHost } from "@bowline/server";
import { systemClock } from "@bowline/transport";
import { describe, expect, it } from "vitest";
import { connectDesk, Desk, deskHandlers, gate, rejection, serveDesk, until } from "./loopback.ts";

const protocolThread = true;

/** The next protocol thread that a host starts. */
function nextThread(): Promise<Worker> {
  return new Promise((resolve) => {
    process.once("worker", resolve);
  });
}

describe("what cannot be in a protocol thread (R-HOST-THREAD-4)", () => {
  const unsupported = (attempt: () => unknown): string => {
    try {
      attempt();
    } catch (error) {
      expect(error).toBeInstanceOf(ServerError);
      expect((error as ServerError).code).toBe("SERVER_PROTOCOL_THREAD_UNSUPPORTED");
      return (error as Error).message;
    }
    throw new Error("nothing was refused");
  };
  const adding = (endpoint: Endpoint) => () =>
    new ServiceHost({ protocolThread }).addService(Desk, deskHandlers, { endpoints: [endpoint] });

  it.each([
    ["a clock", () => new ServiceHost({ protocolThread, clock: systemClock }), "clock"],
    ["an HTTP server of somebody else", () => new ServiceHost({ protocolThread, mountHttp: true }), "mountHttp"],
    ["a memory network", adding(new MemoryNetwork().endpoint("/desk")), "memory://"],
    ["HTTP requests", adding(netHttp("http://127.0.0.1:0/desk")), "use a net.tcp or ws address"],
    [
      "a function in an endpoint's options",
      adding(
        netTcp("net.tcp://127.0.0.1:0/desk", { tls: { cert: "c", key: "k", SNICallback: () => undefined } as object }),
      ),
      "tls.SNICallback",
    ],
  ])("%s is refused, and what to do instead is said", (_what, attempt, named) => {
    expect(unsupported(attempt)).toContain(named);
  });

  it("what cannot be in any host is refused as ever", async () => {
    const host = new ServiceHost({ protocolThread });
    const endpoints = [netTcp("net.tcp://127.0.0.1:0/desk")];
    host.addService(Desk, deskHandlers, { endpoints });
    expect(() => host.addService(Desk, deskHandlers, { endpoints })).toThrow("give each a path of its own");
    const { port } = await serveDesk({});
    const other = new ServiceHost({ protocolThread });
    other.addService(Desk, deskHandlers, { endpoints: [netTcp(`net.tcp://127.0.0.1:${port}/desk`)] });
    expect(await rejection(other.open())).toMatchObject({ name: "ServerError", code: "SERVER_LISTEN_FAILED" });
  });
});

describe("the end of a protocol thread (R-HOST-THREAD-5)", () => {
  it("comes when the host has closed, after its operations", async () => {
    const thread = nextThread();
    const started = gate();
    const held = gate();
    const served = await serveDesk(
      { reliableSession: { ackOn: "processed" } },
      {
        Add: async ({ a, b }) => {
          started.open();
          await held.promise;
          return a + b;
        },
      },
      { protocolThread },
    );
    const exited = once(await thread, "exit");
    const client = await connectDesk(served.endpoint());
    const sum = client.Add({ a: 1, b: 2 });
    await started.promise;
    const closing = served.host.close({ drainTimeoutMs: 5_000 });
    held.open();
    expect(await sum).toBe(3);
    expect(await closing).toMatchObject({ closedCount: 1, cut: [] });
    expect(await exited).toEqual([0]);
  });

  it("comes when the host has cut what took too long", async () => {
    const thread = nextThread();
    const started = gate();
    const served = await serveDesk(
      { reliableSession: {} },
      {
        Add: () => {
          started.open();
          return new Promise(() => undefined);
        },
      },
      { protocolThread },
    );
    const exited = once(await thread, "exit");
    const client = await connectDesk(served.endpoint());
    const call = rejection(client.Add({ a: 1, b: 2 }));
    await started.promise;
    const { cut } = await served.host.close({ drainTimeoutMs: 50 });
    expect(cut.map(({ runningOperations }) => runningOperations)).toEqual([["Add (in the operation Add)"]]);
    expect((await call).message).toContain("session ended");
    expect(await exited).toEqual([0]);
  });

  it("comes when the host is aborted, whose clients hear of it", async () => {
    const thread = nextThread();
    const served = await serveDesk({ reliableSession: {} }, {}, { protocolThread });
    const exited = once(await thread, "exit");
    const client = await connectDesk(served.endpoint());
    served.host.abort();
    expect(served.ends.map(({ error }) => error?.code)).toEqual(["SESSION_ABORTED"]);
    expect((await client.session.ended)?.isRemote).toBe(true);
    expect(await exited).toEqual([0]);
  });

  it("before its time is told once by the host, and by each session", async () => {
    const thread = nextThread();
    const served = await serveDesk(
      { reliableSession: {} },
      { Add: () => new Promise(() => undefined) },
      { protocolThread },
    );
    const worker = await thread;
    const client = await connectDesk(served.endpoint({ reliableSession: { inactivityTimeoutMs: 500 } }));
    const call = rejection(client.Add({ a: 1, b: 2 }));
    await until(() => served.host.sessions[0]?.runningCount === 1, "the operation runs");
    const acknowledged = rejection(served.host.sessions[0]!.close());

    await worker.terminate();

    await until(() => served.errors.length === 1, "the host hears of it");
    expect(served.errors[0]!.error).toMatchObject({ name: "ServerError", code: "SERVER_PROTOCOL_THREAD_DIED" });
    expect(served.ends.map(({ error }) => error?.code)).toEqual(["SESSION_INTERNAL_ERROR"]);
    expect(served.ends[0]!.error!.cause).toBe(served.errors[0]!.error);
    expect((await acknowledged).message).toContain("the protocol thread of the host ended before its time");
    expect(served.host.health).toMatchObject({ state: "faulted", status: "down" });
    await call;
    expect(await served.host.close()).toEqual({ closedCount: 0, cut: [] });
  });
});
