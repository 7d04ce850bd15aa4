import { connect, MemoryNetwork } from "@bowline/client";
import { contract, operation, type ParameterInspector, ServiceHost, xs } from "@bowline/server";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ManualClock } from "./manual-clock.ts";
import { faultOf, openStage, type StageOptions } from "./stage.ts";

const callCount = 100;
const numbers = Array.from({ length: callCount }, (_, index) => index + 1);
const slowMs = 50;

/** Each extension point taking 50 ms, give or take: 40 to 60, so that calls overtake each other in it. */
const slowPoints: readonly (readonly [string, (clock: ManualClock) => StageOptions])[] = [
  ["use", (clock) => ({ use: [slowly(clock, (next) => next())] })],
  ["authenticate", (clock) => ({ authenticate: slowly(clock, () => "somebody") })],
  ["authorize", (clock) => ({ authorize: slowly(clock, () => true) as () => Promise<boolean> })],
  ["message inspector, request", (clock) => ({ messageInspectors: [{ afterReceiveRequest: slowly(clock) }] })],
  ["message inspector, reply", (clock) => ({ messageInspectors: [{ beforeSendReply: slowly(clock) }] })],
  ["operation selector", (clock) => ({ operationSelector: slowly(clock) as () => Promise<undefined> })],
  ["call context", (clock) => ({ callContexts: [slowly(clock, (next) => next())] })],
  [
    "parameter inspector, before",
    (clock) => ({ parameterInspectors: [{ beforeCall: slowly(clock) } as ParameterInspector] }),
  ],
  [
    "parameter inspector, after",
    (clock) => ({ parameterInspectors: [{ afterCall: slowly(clock) } as ParameterInspector] }),
  ],
  ["operation invoker", (clock) => ({ operationInvoker: slowly(clock, (next) => next()) })],
];

function slowly(
  clock: ManualClock,
  then: (next: () => Promise<unknown>) => unknown = () => undefined,
): (call: unknown, next?: unknown) => Promise<unknown> {
  let count = 0;
  return async (_call, next) => {
    count += 1;
    await clock.sleep(slowMs - 10 + ((count * 7) % 21));
    return then(next as () => Promise<unknown>);
  };
}

describe.each(slowPoints)("a slow extension point: %s (R-HOST-ORDER-1, R-HOST-ORDER-2)", (_name, slow) => {
  it("costs its own time once, not once for each message of the session, and operations start in the order of the messages", async () => {
    const stage = await openStage(slow);
    const client = await stage.client();
    const calls = numbers.map((number) => client.Work({ number }));
    expect(await stage.timeOf(calls, 10_000)).toBeLessThan(150);
    expect(await Promise.all(calls)).toEqual(numbers);
    expect(stage.started).toEqual(numbers);
    expect(stage.host.counters.snapshot().calls).toMatchObject({ calls: callCount, outstanding: 0, faulted: 0 });
  });
});

it("a hundred sessions are as quick as one (R-HOST-ORDER-1)", async () => {
  const stage = await openStage((clock) => ({ authorize: slowly(clock, () => true) as () => Promise<boolean> }));
  const clients = await Promise.all(numbers.map(() => stage.client()));
  const calls = clients.map((client, index) => client.Work({ number: index }));
  expect(await stage.timeOf(calls, 10_000)).toBeLessThan(150);
});

it("a hook that asks for it has one message of a session at a time, in order, and other sessions beside it (R-HOST-ORDER-3)", async () => {
  const seen: number[] = [];
  let inside = 0;
  let most = 0;
  const stage = await openStage((clock) => ({
    authorize: {
      name: "ledger",
      concurrency: "perSession",
      run: async (call) => {
        inside += 1;
        most = Math.max(most, inside);
        seen.push(call.messageNumber);
        await clock.sleep(10);
        inside -= 1;
        return true;
      },
    },
  }));
  const client = await stage.client();
  const calls = numbers.slice(0, 20).map((number) => client.Work({ number }));
  expect(await stage.timeOf(calls, 10_000)).toBeGreaterThanOrEqual(200);
  expect(most).toBe(1);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  const others = await Promise.all([stage.client(), stage.client()]);
  const more = [...others, client].flatMap((one) => [one.Work({ number: 1 }), one.Work({ number: 2 })]);
  expect(await stage.timeOf(more, 10_000)).toBeLessThan(40);
  expect(most).toBe(3);
});

it("in order serial each operation starts when the one before is answered, and hooks still overlap (R-HOST-ORDER-4)", async () => {
  let running = 0;
  let most = 0;
  const stage = await openStage((clock) => ({
    order: "serial",
    authorize: slowly(clock, () => true) as () => Promise<boolean>,
    handlers: {
      Work: async ({ number }) => {
        running += 1;
        most = Math.max(most, running);
        await clock.sleep(5);
        running -= 1;
        return number;
      },
    },
  }));
  const client = await stage.client();
  const calls = numbers.map((number) => client.Work({ number }));
  const takenMs = await stage.timeOf(calls, 10_000);
  expect(most).toBe(1);
  expect(takenMs).toBeGreaterThanOrEqual(500);
  expect(takenMs).toBeLessThan(600);
});

it("without an order operations start as their hooks are through (R-HOST-ORDER-4)", async () => {
  const stage = await openStage((clock) => ({
    order: "none",
    authorize: async (call) => {
      await clock.sleep((call.args as { number: number }).number === 1 ? 50 : 5);
      return true;
    },
  }));
  const client = await stage.client();
  const calls = [1, 2, 3].map((number) => client.Work({ number }));
  await stage.timeOf(calls, 1000);
  expect(stage.started).toEqual([2, 3, 1]);
});

it("the operation selector says as what a message is read (R-HOST-HOOK-2)", async () => {
  const stage = await openStage(() => ({
    operationSelector: (call) => (call.messageNumber === 2 ? "Nothing" : undefined),
  }));
  const client = await stage.client();
  const calls = [client.Work({ number: 7 }), client.Work({ number: 8 }).catch((error: Error) => error.message)];
  await stage.timeOf(calls, 1000);
  expect(await Promise.all(calls)).toEqual([7, expect.stringContaining("Nothing")]);
  expect(stage.host.counters.snapshot()).toMatchObject({
    calls: { calls: 2, outstanding: 0, faulted: 1 },
    services: { IWorks: { operations: { Work: { calls: 1, outstanding: 0, faulted: 0 } } } },
  });
});

it("a body that is not what the operation selector says is the caller's mistake, and it is told so (R-HOST-HOOK-2)", async () => {
  const Loose = contract("urn:test", "ILoose", {
    Number: operation({ request: { number: xs.int }, reply: xs.int }),
    Text: operation({ request: { text: xs.string }, reply: xs.int }),
  });
  const network = new MemoryNetwork();
  const host = new ServiceHost();
  host.addService(
    Loose,
    { Number: ({ number }) => number, Text: ({ text }) => text.length },
    { endpoints: [network.endpoint("/loose")], operationSelector: async () => "Number" },
  );
  await host.open();
  onTestFinished(() => host.abort());
  const client = await connect(Loose, network.endpoint("/loose"));
  expect(await client.Number({ number: 3 })).toBe(3);
  expect(await faultOf(client.Text({ text: "three" }))).toMatchObject({ subcode: "DeserializationFailed" });
});
