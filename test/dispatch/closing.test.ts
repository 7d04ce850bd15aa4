import { describe, expect, it } from "vitest";
import { openStage } from "./stage.ts";

describe("a host that closes (R-HOST-CLOSE-1)", () => {
  it("lets running operations finish, closes sessions in order, and has nothing to report", async () => {
    const stage = await openStage(() => ({ workMs: 500 }));
    const clients = [await stage.client(), await stage.client()];
    const calls = clients.map((client, number) => client.Work({ number }));
    await stage.clock.pass(1);
    const closing = stage.host.close({ drainTimeoutMs: 10_000 });
    expect(stage.host.close()).toBe(closing);
    await stage.clock.pass(100);
    expect(stage.host.health).toMatchObject({ state: "closing", isReady: false, status: "down", callsOutstanding: 2 });
    await stage.clock.pass(1000);
    expect(await Promise.all(calls)).toEqual([0, 1]);
    expect(await closing).toEqual({ closedCount: 2, cut: [] });
    expect(stage.host.health.state).toBe("closed");
    expect(await Promise.all(clients.map(({ session }) => session.ended))).toEqual([undefined, undefined]);
  });

  it("cuts what takes longer than drainTimeoutMs, and says what ran there", async () => {
    const reasons: unknown[] = [];
    const stage = await openStage(() => ({
      authorize: { name: "policy", run: () => true },
      handlers: {
        Work: ({ number }, { signal }) => {
          signal.addEventListener("abort", () => reasons.push(signal.reason));
          return number === 1 ? new Promise(() => undefined) : number;
        },
      },
    }));
    const [stuck, idle] = [await stage.client(), await stage.client()];
    const call = stuck.Work({ number: 1 }).catch((error: unknown) => error);
    await stage.clock.pass(1);
    const [session] = stage.host.sessions;
    const closing = stage.host.close({ drainTimeoutMs: 2000 });
    await stage.clock.pass(1999);
    expect(reasons).toEqual([]);
    await stage.clock.pass(10);
    const report = await closing;
    expect(report).toMatchObject({
      closedCount: 1,
      cut: [
        {
          sessionId: session?.id,
          runningOperations: ["Work (in the operation Work)"],
          waitingCount: 0,
          error: { code: "SESSION_ABORTED" },
        },
      ],
    });
    expect(report.cut[0]?.error.message).toContain("drainTimeoutMs 2000 is over");
    expect(reasons).toMatchObject([{ code: "SERVER_STOPPING" }]);
    expect(await call).toMatchObject({ code: "CALL_SESSION_ENDED" });
    expect(await idle.session.ended).toBeUndefined();
  });

  it("takes no new session meanwhile", async () => {
    const stage = await openStage(() => ({ workMs: 500 }));
    const client = await stage.client();
    const call = client.Work({ number: 1 });
    await stage.clock.pass(1);
    const closing = stage.host.close();
    await expect(stage.client()).rejects.toMatchObject({ code: "SESSION_ENDPOINT_NOT_FOUND" });
    await stage.clock.pass(600);
    expect(await call).toBe(1);
    await closing;
  });
});

describe("the health of a host", () => {
  it("is told from its state and its limits", async () => {
    const stage = await openStage(() => ({ host: { maxConcurrentSessions: 10 } }));
    expect(stage.host.health).toEqual({
      state: "opened",
      isReady: true,
      status: "ok",
      reasons: [],
      sessions: 0,
      callsOutstanding: 0,
      callsWaiting: 0,
    });
    await Promise.all(Array.from({ length: 10 }, () => stage.client()));
    expect(stage.host.health).toMatchObject({
      isReady: false,
      status: "strained",
      reasons: ["maxConcurrentSessions: 10 of 10 in use, 0 waiting"],
    });
  });
});
