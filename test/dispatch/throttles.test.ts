import { instanceProvider } from "@bowline/server";
import { describe, expect, it } from "vitest";
import { faultOf, openStage, type WorksHandlers } from "./stage.ts";

const count = (length: number): number[] => Array.from({ length }, (_, index) => index);

describe("maxConcurrentCalls (R-HOST-THROTTLE-1, R-HOST-THROTTLE-2)", () => {
  it("16 places, operations of 2 s and 200 callers: nobody waits past its deadline without an answer, nobody starves", async () => {
    const stage = await openStage(() => ({ host: { maxConcurrentCalls: 16 }, workMs: 2000 }));
    const clients = await Promise.all(count(20).map(() => stage.client()));
    const answeredMs: number[] = [];
    const perClient = clients.map(() => 0);
    let refusedCount = 0;
    const fromMs = stage.clock.nowMs();
    const calls = count(200).map(async (number) => {
      const index = number % clients.length;
      try {
        await clients[index]!.Work({ number }, { timeoutMs: 20_000, sendsDeadline: true });
        perClient[index]! += 1;
      } catch (error) {
        refusedCount += 1;
        expect(error).toMatchObject({ code: "SOAP_FAULT" });
      }
      answeredMs.push(stage.clock.nowMs() - fromMs);
    });
    await stage.clock.pass(1);
    expect(stage.host.counters.snapshot()).toMatchObject({
      calls: { outstanding: 200 },
      throttles: { maxConcurrentCalls: { inUse: 16, limit: 16, percent: 100, waiting: 184 } },
    });
    expect(stage.host.health).toMatchObject({ status: "strained", callsOutstanding: 200, callsWaiting: 184 });
    for (let second = 0; second < 21; second++) {
      // While calls are outstanding, some of them always run.
      if (stage.host.counters.snapshot().calls.outstanding > 0)
        expect(stage.host.counters.snapshot().throttles.maxConcurrentCalls.inUse).toBeGreaterThan(0);
      await stage.clock.pass(1000);
    }
    await Promise.all(calls);

    expect(answeredMs).toHaveLength(200);
    expect(Math.max(...answeredMs)).toBeLessThanOrEqual(20_001);
    // Ten rounds of 16 fit into 20 s, the last of which ends as the deadlines pass.
    expect(200 - refusedCount).toBeGreaterThanOrEqual(144);
    // Who came first to empty places had several of them; from then on all had their turns.
    expect(Math.min(...perClient)).toBeGreaterThanOrEqual(6);
    expect(stage.warnings.map(({ throttle, level, inUse }) => [throttle, level, inUse])).toEqual([
      ["maxConcurrentCalls", "seventyPercent", 12],
      ["maxConcurrentCalls", "limitReached", 16],
    ]);
    const { calls: counts, throttles } = stage.host.counters.snapshot();
    expect(counts).toMatchObject({ calls: 200, outstanding: 0 });
    expect(counts.refused + counts.timedOut).toBe(refusedCount);
    expect(throttles.maxConcurrentCalls).toMatchObject({ inUse: 0, waiting: 0 });
  });

  it("a session with many calls does not keep another from its turn", async () => {
    const stage = await openStage(() => ({ host: { maxConcurrentCalls: 2 }, workMs: 100 }));
    const [noisy, quiet] = [await stage.client(), await stage.client()];
    const many = count(50).map((number) => noisy.Work({ number }));
    await stage.clock.pass(1);
    const one = quiet.Work({ number: 1000 });
    expect(await stage.timeOf([one], 10_000)).toBeLessThanOrEqual(300);
    await stage.timeOf(many, 10_000);
  });

  it("closes the client's window by what waits: a reliable session holds its messages back", async () => {
    const stage = await openStage(() => ({
      host: { maxConcurrentCalls: 1 },
      endpoint: { reliableSession: { maxTransferWindowSize: 8 } },
      workMs: 100,
    }));
    const client = await stage.client();
    const calls = count(40).map((number) => client.Work({ number }));
    await stage.clock.pass(1);
    expect(stage.host.counters.snapshot().calls.outstanding).toBeLessThanOrEqual(9);
    expect(stage.host.sessions[0]?.waitingCount).toBeLessThanOrEqual(8);
    await stage.clock.pass(5000);
    expect(await Promise.all(calls)).toEqual(count(40));
  });

  it("refuses at once when it is told to, and says which limit it was", async () => {
    const stage = await openStage(() => ({ host: { maxConcurrentCalls: 1, whenCallsFull: "refuse" } }));
    const client = await stage.client();
    const calls = [client.Work({ number: 1 }), faultOf(client.Work({ number: 2 }))];
    await stage.clock.pass(1);
    expect(await calls[1]).toMatchObject({
      subcode: "ServerTooBusy",
      message: expect.stringContaining("all 1 places for calls of the host (maxConcurrentCalls)"),
    });
    await stage.clock.pass(10);
    expect(await calls[0]).toBe(1);
  });

  it("lets one-way messages wait all the same, since nobody could be told that they were not handled", async () => {
    const stage = await openStage(() => ({
      host: { maxConcurrentCallsPerSession: 1, whenCallsFull: "refuse", maxThrottleWaitMs: 5 },
      workMs: 20,
    }));
    const client = await stage.client();
    for (const number of [1, 2, 3]) await client.Note({ number });
    await stage.clock.pass(100);
    expect(stage.started).toEqual([1, 2, 3]);
    expect(stage.errors).toEqual([]);
  });

  it("refuses a call that waited for maxThrottleWaitMs, and one behind maxQueuedCallsPerSession others", async () => {
    const host = { maxConcurrentCallsPerSession: 1, maxThrottleWaitMs: 50, maxQueuedCallsPerSession: 2 };
    const stage = await openStage(() => ({ host, workMs: 100 }));
    const client = await stage.client();
    const first = client.Work({ number: 1 });
    const others = [2, 3, 4].map((number) => faultOf(client.Work({ number })));
    await stage.clock.pass(1);
    expect((await others[2])?.message).toContain("2 messages of this session wait already (maxQueuedCallsPerSession)");
    await stage.clock.pass(50);
    expect((await others[0])?.message).toContain("were in use for the 50 ms that it could wait");
    expect((await others[1])?.subcode).toBe("ServerTooBusy");
    await stage.clock.pass(100);
    expect(await first).toBe(1);
    expect(stage.host.counters.snapshot().calls).toMatchObject({ refused: 3, outstanding: 0 });
  });
});

describe("maxConcurrentInstances (R-HOST-INSTANCE-1)", () => {
  it("lets calls wait for an instance, and gives each back when its call is over", async () => {
    let alive = 0;
    let most = 0;
    const released: unknown[] = [];
    const stage = await openStage((clock) => ({
      host: { maxConcurrentInstances: 2 },
      instancing: "perCall",
      service: instanceProvider<WorksHandlers>({
        get: () => {
          alive += 1;
          most = Math.max(most, alive);
          return {
            Work: async ({ number }) => {
              await clock.sleep(10);
              return number;
            },
            Note: () => undefined,
          };
        },
        release: (instance) => {
          alive -= 1;
          released.push(instance);
        },
      }),
    }));
    const client = await stage.client();
    const calls = count(6).map((number) => client.Work({ number }));
    await stage.clock.pass(5);
    expect(stage.host.counters.snapshot()).toMatchObject({
      sessions: { instances: 2 },
      throttles: { maxConcurrentInstances: { inUse: 2, waiting: 4 } },
    });
    await stage.clock.pass(50);
    expect(await Promise.all(calls)).toEqual(count(6));
    expect([most, alive, new Set(released).size]).toEqual([2, 0, 6]);
    expect(stage.host.counters.snapshot().sessions).toMatchObject({ instances: 0, instancesCreated: 6 });
  });
});
