import { describe, expect, it } from "vitest";
import { faultOf, openStage, type StageOptions } from "./stage.ts";

const never = (): Promise<never> => new Promise(() => undefined);
const isFirst = (args: unknown): boolean => (args as { number: number }).number === 1;

/** Each extension point, stuck for the first call. The name is what the fault must say. */
const stuckPoints: readonly (readonly [string, StageOptions])[] = [
  ["use[0] audit", { use: [{ name: "audit", run: (call, next) => (isFirst(call.args) ? never() : next()) }] }],
  ["authenticate", { authenticate: (call) => (isFirst(call.args) ? never() : "somebody") }],
  ["authorize policy", { authorize: { name: "policy", run: (call) => (isFirst(call.args) ? never() : true) } }],
  [
    "messageInspectors[0] log",
    { messageInspectors: [{ name: "log", afterReceiveRequest: (call) => (isFirst(call.args) ? never() : undefined) }] },
  ],
  [
    "messageInspectors[0].beforeSendReply",
    { messageInspectors: [{ beforeSendReply: (call) => (isFirst(call.args) ? never() : undefined) }] },
  ],
  ["operationSelector", { operationSelector: (call) => (call.incomingHeaders.length > 0 ? never() : undefined) }],
  ["callContexts[0]", { callContexts: [(call, next) => (isFirst(call.args) ? never() : next())] }],
  [
    "parameterInspectors[0]",
    { parameterInspectors: [{ beforeCall: (call) => (isFirst(call.args) ? never() : undefined) }] },
  ],
  ["operationInvoker", { operationInvoker: (call, run) => (isFirst(call.args) ? never() : run()) }],
  ["the operation Work", { handlers: { Work: ({ number }) => (number === 1 ? never() : number) } }],
];

describe.each(stuckPoints)("stuck in %s (R-HOST-DEADLINE-2)", (name, options) => {
  it.each(["orderedStart", "serial"] as const)(
    "a call ends at its deadline with a fault that says so, and its session and others go on (%s)",
    async (order) => {
      const stage = await openStage(() => ({ ...options, order, operationTimeoutMs: 1000, workMs: 700 }));
      const [client, other] = [await stage.client(), await stage.client()];
      // The selector, which knows no arguments yet, tells the call by its header.
      const headers = [{ namespaceUri: "urn:test", localName: "Stuck", value: "yes" }];
      const stuck = faultOf(client.Work({ number: 1 }, { headers }));
      await stage.clock.pass(10);
      const others = [client.Work({ number: 2 }), other.Work({ number: 3 })];
      await stage.clock.pass(988);
      // Behind it in order, though their own time is as short: it stands still meanwhile.
      expect(stage.host.counters.snapshot().calls.timedOut).toBe(0);
      await stage.clock.pass(10);
      await stage.clock.pass(700);

      const fault = await stuck;
      expect(fault).toMatchObject({ code: "SOAP_FAULT", subcode: "DeadlineExceeded" });
      expect(fault.message).toContain("within 1000 ms");
      expect(fault.message).toContain(name);
      expect(await Promise.all(others)).toEqual([2, 3]);
      expect(stage.errors).toMatchObject([{ error: { code: "SERVER_CALL_DEADLINE" } }]);
      expect(stage.host.counters.snapshot()).toMatchObject({
        calls: { calls: 3, outstanding: 0, faulted: 1, timedOut: 1 },
        throttles: { maxConcurrentCalls: { inUse: 0 } },
      });
    },
  );
});

it("a hook that is stuck and wants one message at a time holds up its session no longer than its deadline (R-HOST-DEADLINE-2)", async () => {
  const stage = await openStage(() => ({
    operationTimeoutMs: 1000,
    authorize: { concurrency: "perSession", run: (call) => (isFirst(call.args) ? never() : true) },
  }));
  const client = await stage.client();
  const stuck = faultOf(client.Work({ number: 1 }));
  await stage.clock.pass(500);
  const later = client.Work({ number: 2 });
  await stage.clock.pass(600);
  expect((await stuck).subcode).toBe("DeadlineExceeded");
  expect(await later).toBe(2);
});

describe("the caller's own deadline (R-HOST-DEADLINE-1)", () => {
  it("ends its call, and the operation hears of it by its signal and knows what is left", async () => {
    const reasons: unknown[] = [];
    const left: number[] = [];
    const stage = await openStage((clock) => ({
      handlers: {
        Work: async (_args, context) => {
          left.push(context.remainingMs);
          await clock.sleep(100_000, context.signal).catch((reason) => reasons.push(reason));
          return 0;
        },
      },
    }));
    const client = await stage.client();
    const call = faultOf(client.Work({ number: 1 }, { timeoutMs: 3000, sendsDeadline: true }));
    await stage.clock.pass(2999);
    expect(reasons).toEqual([]);
    await stage.clock.pass(1);
    expect((await call).subcode).toBe("DeadlineExceeded");
    expect(reasons).toMatchObject([{ code: "SERVER_CALL_DEADLINE" }]);
    expect(left).toEqual([3000]);
  });

  it("is nobody's matter unless it is sent", async () => {
    const stage = await openStage(() => ({ workMs: 5000 }));
    const client = await stage.client();
    const call = client.Work({ number: 1 }, { timeoutMs: 3000 });
    await stage.clock.pass(5001);
    expect(await call).toBe(1);
  });
});

describe("the signal of a call (R-HOST-SIGNAL-1)", () => {
  it("fires when the session is gone, and its place is free at once", async () => {
    const reasons: unknown[] = [];
    const stage = await openStage(() => ({
      handlers: {
        Work: async (_args, { signal }) => {
          signal.addEventListener("abort", () => reasons.push(signal.reason));
          return never();
        },
      },
    }));
    const client = await stage.client();
    void client.Work({ number: 1 }).catch(() => undefined);
    await stage.clock.pass(1);
    expect(stage.host.counters.snapshot().throttles.maxConcurrentCalls.inUse).toBe(1);
    client.abort();
    await stage.clock.pass(1);
    expect(reasons).toMatchObject([{ code: "SERVER_CALLER_GONE" }]);
    expect(stage.host.counters.snapshot()).toMatchObject({
      calls: { outstanding: 0 },
      throttles: { maxConcurrentCalls: { inUse: 0 } },
    });
  });

  it("does not fire for a one-way message whose session is gone: it was taken over, and is handled", async () => {
    let aborted = false;
    let isDone = false;
    const stage = await openStage((clock) => ({
      handlers: {
        Note: async (_args, { signal }) => {
          signal.addEventListener("abort", () => (aborted = true));
          await clock.sleep(50);
          isDone = true;
        },
      },
    }));
    const client = await stage.client();
    await client.Note({ number: 1 });
    await stage.clock.pass(1);
    client.abort();
    await stage.clock.pass(60);
    expect([aborted, isDone]).toEqual([false, true]);
  });

  it("fires when the host stops", async () => {
    const reasons: unknown[] = [];
    const stage = await openStage(() => ({
      handlers: {
        Work: (_args, { signal }) =>
          new Promise((_, reject) => signal.addEventListener("abort", () => reject(reasons.push(signal.reason)))),
      },
    }));
    const client = await stage.client();
    void client.Work({ number: 1 }).catch(() => undefined);
    await stage.clock.pass(1);
    stage.host.abort();
    await stage.clock.pass(1);
    expect(reasons).toMatchObject([{ code: "SERVER_STOPPING" }]);
  });
});

describe("receiveTimeoutMs while an operation runs (R-SEED-RECEIVE-1, R-WCF-RECEIVE-2)", () => {
  const short = { receiveTimeoutMs: 1000, reliableSession: { inactivityTimeoutMs: 60_000 } };

  it("waits for the operation, and counts from its end", async () => {
    const stage = await openStage(() => ({ endpoint: short, workMs: 3000 }));
    const client = await stage.client();
    const call = client.Work({ number: 1 });
    await stage.clock.pass(3900);
    expect(await call).toBe(1);
    expect(stage.host.sessions).toHaveLength(1);
    await stage.clock.pass(200);
    expect(await client.session.ended).toMatchObject({ code: "SESSION_RECEIVE_TIMEOUT" });
  });

  it("ends the session under the operation in the mode wcf, unless its callbacks keep it", async () => {
    const reasons: unknown[] = [];
    const stage = await openStage((clock) => ({
      endpoint: { ...short, receiveTimeoutMode: "wcf" },
      handlers: {
        Work: async ({ number }, { callback, signal }) => {
          signal.addEventListener("abort", () => reasons.push(signal.reason));
          for (let second = 0; second < 3; second++) {
            await clock.sleep(900);
            if (number === 1) await callback.Tell({ number: second });
          }
          return number;
        },
      },
    }));
    const [talking, silent] = [await stage.client(), await stage.client()];
    const calls = [talking.Work({ number: 1 }), silent.Work({ number: 2 }).catch((error: unknown) => error)];
    await stage.clock.pass(2750);
    expect(await calls[0]).toBe(1);
    expect(await calls[1]).toMatchObject({ code: "CALL_SESSION_ENDED" });
    expect(reasons).toMatchObject([{ code: "SERVER_CALLER_GONE", cause: { code: "SESSION_RECEIVE_TIMEOUT" } }]);
  });
});
