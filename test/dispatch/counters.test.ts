import { expect, it } from "vitest";
import { openStage } from "./stage.ts";

it("a host counts calls by operation, endpoint and service, and each once (R-HOST-COUNTER-1)", async () => {
  const stage = await openStage(() => ({
    workMs: 100,
    handlers: {
      Note: () => {
        throw new Error("one way, and nobody hears");
      },
    },
  }));
  const client = await stage.client();
  const before = stage.host.counters.snapshot();
  const calls = [1, 2, 3].map((number) => client.Work({ number }));
  await client.Note({ number: 1 });
  await stage.clock.pass(50);
  expect(stage.host.counters.snapshot().calls).toMatchObject({ calls: 4, outstanding: 3, failed: 1 });
  await stage.clock.pass(1950);
  await Promise.all(calls);

  const now = stage.host.counters.snapshot();
  expect(now.services.IWorks?.operations.Work).toEqual({
    calls: 3,
    outstanding: 0,
    faulted: 0,
    failed: 0,
    notAuthorized: 0,
    timedOut: 0,
    refused: 0,
    durationMs: 300,
    maxDurationMs: 100,
  });
  expect(now.endpoints).toMatchObject([{ address: "memory://network/works", service: "IWorks", calls: { calls: 4 } }]);
  expect(now.sessions).toMatchObject({ sessions: 1, sessionsOpened: 1, sessionsFaulted: 0 });
  expect(before.calls.calls).toBe(0);
  expect(stage.host.counters.perSecondSince(before)).toEqual({
    calls: 2,
    faulted: 0.5,
    failed: 0.5,
    notAuthorized: 0,
    instancesCreated: 0,
    sessionsOpened: 0,
    meanDurationMs: 75,
  });

  client.abort();
  await stage.clock.pass(1);
  expect(stage.host.counters.snapshot().sessions).toMatchObject({ sessions: 0, sessionsFaulted: 1 });
});

it("no count of what is outstanding falls to zero while a call is (R-HOST-COUNTER-1)", async () => {
  const stage = await openStage((clock) => ({
    workMs: 5,
    authorize: async () => {
      await clock.sleep(50);
      return true;
    },
  }));
  const client = await stage.client();
  let left = 300;
  const calls = Array.from({ length: left }, (_, number) =>
    client.Work({ number }).then(() => {
      left -= 1;
    }),
  );
  await stage.clock.pass(0);
  const rates: number[] = [];
  while (left > 0) {
    const before = stage.host.counters.snapshot();
    expect(before.calls.outstanding).toBeGreaterThan(0);
    await stage.clock.pass(60);
    rates.push(stage.host.counters.snapshot().calls.calls - stage.host.counters.snapshot().calls.outstanding);
  }
  await Promise.all(calls);
  // 100 of a session at once, each 55 ms: answers come in every interval.
  expect(rates.length).toBeLessThanOrEqual(4);
  for (const [index, rate] of rates.entries()) if (index > 0) expect(rate).toBeGreaterThan(rates[index - 1]!);
});
