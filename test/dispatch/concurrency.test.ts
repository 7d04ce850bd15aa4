import { instanceProvider, ServerError } from "@bowline/server";
import { describe, expect, it } from "vitest";
import type { ManualClock } from "./manual-clock.ts";
import { faultOf, openStage, type StageOptions, type WorksHandlers } from "./stage.ts";

describe("concurrency single (R-WCF-DISPATCH-1, R-WCF-DISPATCH-2)", () => {
  it("has one operation of a session at a time, and sessions beside each other", async () => {
    const stage = await openStage((clock) => ({ concurrency: "single", service: perSession(clock, 10) }));
    const [one, other] = [await stage.client(), await stage.client()];
    const calls = [one, one, other, other].map((client, number) => client.Work({ number }));
    expect(await stage.timeOf(calls, 1000)).toBe(20);
    expect(await Promise.all(calls)).toEqual([1, 1, 1, 1]);
  });

  it("has one operation of all sessions at a time where they share the instance", async () => {
    const stage = await openStage(() => ({ concurrency: "single", workMs: 10 }));
    const clients = [await stage.client(), await stage.client(), await stage.client()];
    const calls = clients.map((client, number) => client.Work({ number }));
    expect(await stage.timeOf(calls, 1000)).toBe(30);
  });

  it("refuses at once a callback that would wait for its reply, and says what to change; a one-way one goes", async () => {
    const told: number[] = [];
    const refusals: unknown[] = [];
    const stage = await openStage(() => ({
      concurrency: "single",
      handlers: {
        Work: async ({ number }, { callback }) => {
          await callback.Tell({ number });
          await callback.Ask({ number }).catch((error: unknown) => refusals.push(error));
          return number;
        },
      },
    }));
    const client = await stage.client({ callbacks: { Ask: () => 0, Tell: ({ number }) => void told.push(number) } });
    const call = client.Work({ number: 7 });
    await stage.timeOf([call], 100);
    expect(await call).toBe(7);
    expect(told).toEqual([7]);
    expect(refusals).toMatchObject([{ code: "SERVER_CALLBACK_WOULD_DEADLOCK" }]);
    expect((refusals[0] as ServerError).message).toContain('Set concurrency to "reentrant" or "multiple"');
  });
});

describe("concurrency reentrant (R-WCF-DISPATCH-3)", () => {
  it("lets the client call the service while it answers a callback, and has the instance again before it goes on", async () => {
    const log: string[] = [];
    let inside = 0;
    const stage = await openStage((clock) => ({
      concurrency: "reentrant",
      handlers: {
        Work: async ({ number }, { callback }) => {
          inside += 1;
          log.push(`${number} in ${inside}`);
          if (number < 10) {
            inside -= 1;
            await callback.Ask({ number });
            inside += 1;
            log.push(`${number} again ${inside}`);
          }
          await clock.sleep(5);
          inside -= 1;
          return number;
        },
      },
    }));
    const client = await stage.client({
      callbacks: {
        Ask: ({ number }) => client.Work({ number: number + 10 }),
        Tell: () => undefined,
      },
    });
    const calls = [client.Work({ number: 1 }), client.Work({ number: 2 })];
    await stage.timeOf(calls, 1000);
    expect(await Promise.all(calls)).toEqual([1, 2]);
    expect(log.every((line) => line.endsWith(" 1"))).toBe(true);
    expect(log).toHaveLength(6);
  });
});

describe("instances (R-WCF-DISPATCH-4, R-HOST-INSTANCE-1)", () => {
  it.each([
    ["perCall", 4],
    ["perSession", 2],
    ["single", 1],
  ] as const)("%s: two calls of two sessions have %d", async (instancing, expected) => {
    const made: object[] = [];
    const released: object[] = [];
    const stage = await openStage((clock) => ({
      instancing,
      service: instanceProvider<WorksHandlers>({
        get: async () => {
          await clock.sleep(10);
          const instance: WorksHandlers = { Work: ({ number }) => number, Note: () => undefined };
          made.push(instance);
          return instance;
        },
        release: (instance) => void released.push(instance),
      }),
    }));
    const clients = [await stage.client(), await stage.client()];
    const calls = clients.flatMap((client) => [client.Work({ number: 1 }), client.Work({ number: 2 })]);
    expect(await stage.timeOf(calls, 1000)).toBeLessThanOrEqual(11);
    expect(await Promise.all(calls)).toEqual([1, 2, 1, 2]);
    expect(made).toHaveLength(expected);
    for (const client of clients) client.abort();
    await stage.clock.pass(1);
    expect(released).toHaveLength(instancing === "single" ? 0 : expected);
    stage.host.abort();
    await stage.clock.pass(1);
    expect(new Set(released)).toEqual(new Set(made));
    expect(stage.host.counters.snapshot().sessions).toMatchObject({ instances: 0, instancesCreated: expected });
  });

  it("one that cannot be made fails the call that wanted it, and the next call tries again", async () => {
    let attempts = 0;
    const stage = await openStage(() => ({
      host: { includeExceptionDetailInFaults: true },
      service: instanceProvider<WorksHandlers>({
        get: () => {
          attempts += 1;
          if (attempts === 1) throw new Error("the database is away");
          return { Work: ({ number }) => number, Note: () => undefined };
        },
      }),
    }));
    const client = await stage.client();
    const first = faultOf(client.Work({ number: 1 }));
    await stage.clock.pass(1);
    expect((await first).message).toContain("the database is away");
    const second = client.Work({ number: 2 });
    await stage.clock.pass(1);
    expect(await second).toBe(2);
    expect(stage.host.counters.snapshot().throttles.maxConcurrentInstances.inUse).toBe(1);
  });
});

describe("options that contradict each other", () => {
  it.each([
    [{ order: "serial", concurrency: "reentrant" }, "could never be handled before it"],
    [{ instancing: "perCall" }, "one object of handlers, which all sessions share"],
    [{ order: "backwards" }, 'must be one of "serial", "orderedStart", "none"'],
    [{ operationTimeoutMs: 0 }, "operationTimeoutMs is 0; it must be above 0 ms"],
  ] as const)("are refused when the service is added: %o", async (options, message) => {
    await expect(openStage(() => options as StageOptions)).rejects.toThrow(message);
  });

  it("are refused for a function that makes handlers, too", async () => {
    await expect(openStage((clock) => ({ instancing: "perCall", service: perSession(clock, 1) }))).rejects.toThrow(
      ServerError,
    );
  });
});

/** Handlers of a session that tell how many operations were in them at most. */
function perSession(clock: ManualClock, workMs: number): () => WorksHandlers {
  return () => {
    let inside = 0;
    let most = 0;
    return {
      Work: async () => {
        inside += 1;
        most = Math.max(most, inside);
        await clock.sleep(workMs);
        inside -= 1;
        return most;
      },
      Note: () => undefined,
    };
  };
}
