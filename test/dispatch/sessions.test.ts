import { describe, expect, it } from "vitest";
import { settled } from "./manual-clock.ts";
import { openStage } from "./stage.ts";

const wait = { maxConcurrentSessions: 2, whenSessionsFull: "wait" } as const;

describe.each(["reliable", "plain"])("sessions past maxConcurrentSessions (%s, R-HOST-THROTTLE-4)", (kind) => {
  const isPlain = kind === "plain";

  it("wait when they are told to, and are served in the order in which they came", async () => {
    const stage = await openStage(() => ({ host: wait, isPlain }));
    const [first, second] = [await stage.client(), await stage.client()];
    const served: number[] = [];
    const waiting = [3, 4].map(async (number) => {
      const client = await stage.client();
      // Of a plain session the client does not know that it waits: its first call does.
      const reply = await client.Work({ number });
      served.push(reply);
      return client;
    });
    await settled();
    expect(stage.host.counters.snapshot()).toMatchObject({
      sessions: { sessions: 2, sessionsRefused: 0 },
      throttles: { maxConcurrentSessions: { inUse: 2, waiting: 2 } },
    });
    first.abort();
    await stage.clock.pass(10);
    expect(served).toEqual([3]);
    second.abort();
    await stage.clock.pass(10);
    expect(served).toEqual([3, 4]);
    const [third] = await Promise.all(waiting);
    const call = third!.Work({ number: 5 });
    await stage.clock.pass(10);
    expect(await call).toBe(5);
    expect(stage.warnings.map(({ throttle, level }) => `${throttle} ${level}`)).toEqual([
      "maxConcurrentSessions seventyPercent",
      "maxConcurrentSessions limitReached",
    ]);
  });

  it("give up their turn when they leave", async () => {
    const stage = await openStage(() => ({
      host: { ...wait, maxConcurrentSessions: 1 },
      endpoint: { openTimeoutMs: 5000 },
      isPlain,
    }));
    const first = await stage.client();
    const ends = [1, 2].map(() =>
      stage.client().then(
        ({ session }) => session.ended,
        (error: unknown) => error,
      ),
    );
    await settled();
    stage.network.cut();
    void first;
    await settled();
    expect(stage.host.counters.snapshot().throttles.maxConcurrentSessions.waiting).toBe(0);
    await Promise.all(ends);
  });

  it("are refused past maxPendingSessions, and counted", async () => {
    const stage = await openStage(() => ({
      host: { ...wait, maxConcurrentSessions: 1, maxPendingSessions: 1 },
      endpoint: { openTimeoutMs: 5000 },
      isPlain,
    }));
    await stage.client();
    const end = (): Promise<unknown> =>
      stage.client().then(
        ({ session }) => session.ended,
        (error: unknown) => error,
      );
    const second = end();
    await settled();
    const third = end();
    await settled();
    expect(await third).toMatchObject({ code: "SESSION_SERVER_TOO_BUSY" });
    expect(stage.host.counters.snapshot().sessions.sessionsRefused).toBe(1);
    await stage.clock.pass(5001);
    expect(await second).toMatchObject({ code: "SESSION_SERVER_TOO_BUSY" });
    expect(stage.errors.map(({ error }) => String(error)).join()).toContain("within openTimeoutMs 5000");
  });
});

it("a session that comes back over another connection does not wait (R-HOST-THROTTLE-4)", async () => {
  const stage = await openStage(() => ({ host: { ...wait, maxConcurrentSessions: 1 } }));
  const client = await stage.client();
  void stage.client().catch(() => undefined);
  await settled();
  stage.network.cut();
  await settled();
  const call = client.Work({ number: 1 });
  for (let turn = 0; turn < 50 && client.session.reconnectCount === 0; turn++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  await stage.clock.pass(10);
  expect(await call).toBe(1);
});
