import type { DispatchCall, DispatchOrder } from "@bowline/server";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { ManualClock } from "./manual-clock.ts";
import { openStage, type StageOptions } from "./stage.ts";

/** What a hook or an operation does with one message. */
type Deed = "pass" | "wait" | "throw" | "waitAndThrow" | "hang";

interface Plan {
  readonly order: DispatchOrder;
  readonly concurrency: "multiple" | "single";
  readonly perSession: boolean;
  /** For each message: what the authoriser, the parameter inspector and the operation do. */
  readonly messages: readonly { readonly deeds: readonly [Deed, Deed, Deed]; readonly isGivenUp: boolean }[];
}

const deed = fc.constantFrom<Deed>("pass", "pass", "wait", "wait", "throw", "waitAndThrow", "hang");
const plans: fc.Arbitrary<Plan> = fc
  .record({
    order: fc.constantFrom<DispatchOrder>("orderedStart", "serial", "none"),
    concurrency: fc.constantFrom("multiple" as const, "single" as const),
    perSession: fc.boolean(),
    messages: fc.array(fc.record({ deeds: fc.tuple(deed, deed, deed), isGivenUp: fc.boolean() }), {
      minLength: 1,
      maxLength: 12,
    }),
  })
  // An operation that hangs alone in its instance keeps it, as it must: the calls behind it end by their deadlines.
  .filter(
    ({ concurrency, messages }) => concurrency === "multiple" || messages.every(({ deeds }) => deeds[2] !== "hang"),
  );

async function perform(what: Deed, clock: ManualClock, number: number): Promise<void> {
  if (what === "hang") return new Promise(() => undefined);
  if (what === "wait" || what === "waitAndThrow") await clock.sleep(1 + ((number * 37) % 90));
  if (what === "throw" || what === "waitAndThrow") throw new Error(`no luck with ${number}`);
}

function optionsOf(plan: Plan): (clock: ManualClock) => StageOptions {
  const numberOf = (call: DispatchCall): number => (call.args as { number: number }).number;
  return (clock) => ({
    order: plan.order,
    concurrency: plan.concurrency,
    operationTimeoutMs: 1000,
    authorize: {
      concurrency: plan.perSession ? "perSession" : "concurrent",
      run: async (call) => {
        const number = numberOf(call);
        await perform(plan.messages[number - 1]?.deeds[0] ?? "pass", clock, number);
        return true;
      },
    },
    parameterInspectors: [
      {
        beforeCall: (call) => perform(plan.messages[numberOf(call) - 1]?.deeds[1] ?? "pass", clock, numberOf(call)),
      },
    ],
  });
}

it("whatever hooks and operations do - fail, hang, be given up - every call is answered in the end, operations start in order, and the next call goes through (R-HOST-DEADLINE-2, R-HOST-DEADLINE-3, R-HOST-ORDER-2)", async () => {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const started: number[] = [];
      const stage = await openStage((clock) => ({
        ...optionsOf(plan)(clock),
        handlers: {
          Work: async ({ number }) => {
            started.push(number);
            await perform(plan.messages[number - 1]?.deeds[2] ?? "pass", clock, number);
            return number;
          },
        },
      }));
      const client = await stage.client();
      const outcomes: (string | undefined)[] = plan.messages.map(() => undefined);
      for (const [index, { isGivenUp }] of plan.messages.entries()) {
        const controller = new AbortController();
        client.Work({ number: index + 1 }, { signal: controller.signal }).then(
          () => (outcomes[index] = "reply"),
          () => (outcomes[index] = "fault"),
        );
        if (isGivenUp) void stage.clock.sleep(20).then(() => controller.abort());
      }
      // A hook that has one message at a time may hang for each of them; otherwise all hang at the same time.
      await stage.clock.pass(1001 * (plan.perSession ? plan.messages.length * 2 : 2) + 1200);
      expect(outcomes).not.toContain(undefined);
      if (plan.order !== "none") expect(started).toEqual([...started].sort((a, b) => a - b));
      expect(stage.host.counters.snapshot()).toMatchObject({
        calls: { calls: plan.messages.length, outstanding: 0 },
        throttles: { maxConcurrentCalls: { inUse: 0, waiting: 0 } },
      });
      let next: unknown;
      void client.Work({ number: 100 }).then(
        (value) => (next = value),
        (error: unknown) => (next = error),
      );
      // Alone in its instance, it waits for an operation that still runs, though its caller has been answered.
      await stage.clock.pass(plan.concurrency === "single" ? 100 : 1);
      expect(next).toBe(100);
      client.abort();
      stage.host.abort();
    }),
    { numRuns: 150, seed: 20_260_101 },
  );
}, 60_000);
