// npm run bench -- --part=dispatch: what a slow extension point costs a service, next to WCF's way of running it on the receive pump.
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@bowline/client";
import { contract, netTcp, operation, ServiceHost, xs } from "@bowline/server";

const callCount = 100;
const hookMs = 50;
const operationMs = 5;

const Work = contract("http://tempuri.org/", "IWork", {
  Do: operation({ request: { number: xs.int }, reply: xs.int }),
});

/**
 * The extension points, each with a function that takes its time there. `concurrency` is what a hook may ask for.
 * @type {Record<string, (concurrency: "concurrent" | "perSession") => import("@bowline/server").DispatchOptions>}
 */
const points = {
  authenticate: (concurrency) => ({ authenticate: { concurrency, run: () => sleep(hookMs) } }),
  authorize: (concurrency) => ({ authorize: { concurrency, run: () => sleep(hookMs, true) } }),
  "message inspector": (concurrency) => ({
    messageInspectors: [{ concurrency, afterReceiveRequest: () => sleep(hookMs) }],
  }),
  "operation selector": (concurrency) => ({
    operationSelector: { concurrency, run: async () => void (await sleep(hookMs)) },
  }),
  "parameter inspector": (concurrency) => ({ parameterInspectors: [{ concurrency, beforeCall: () => sleep(hookMs) }] }),
  "call context": (concurrency) => ({ callContexts: [{ concurrency, run: slowly }] }),
  "operation invoker": (concurrency) => ({ operationInvoker: { concurrency, run: slowly } }),
  use: (concurrency) => ({ use: [{ concurrency, run: slowly }] }),
};

/** @param {unknown} _call @param {() => Promise<unknown>} next */
async function slowly(_call, next) {
  await sleep(hookMs);
  return next();
}

/** Time for all calls, in ms, whether they started in order, and the fewest that were under way while any was outstanding. */
export async function timeOfCalls(options, sessionCount) {
  const started = [];
  const host = new ServiceHost();
  host.addService(
    Work,
    {
      Do: async ({ number }) => {
        started.push(number);
        await sleep(operationMs);
        return number;
      },
    },
    { ...options, endpoints: [netTcp("net.tcp://127.0.0.1:0/work", { reliableSession: {} })] },
  );
  await host.open();
  const endpoint = netTcp(`net.tcp://127.0.0.1:${host.ports[0]}/work`, { reliableSession: {} });
  const clients = await Promise.all(Array.from({ length: sessionCount }, () => connect(Work, endpoint)));
  await Promise.all(clients.map((client) => client.Do({ number: -1 })));
  started.length = 0;
  let least = Number.POSITIVE_INFINITY;
  const watch = setInterval(() => {
    const { calls, throttles } = host.counters.snapshot();
    if (calls.outstanding > 0) least = Math.min(least, throttles.maxConcurrentCalls.inUse);
  }, 5);
  const fromMs = performance.now();
  await Promise.all(Array.from({ length: callCount }, (_, number) => clients[number % sessionCount].Do({ number })));
  const takenMs = performance.now() - fromMs;
  clearInterval(watch);
  for (const client of clients) client.abort();
  host.abort();
  return { takenMs, least, isOrdered: started.every((number, index) => number === index) };
}

/** @param {(text: string) => void} write */
export async function dispatchPart(write) {
  write(
    `${callCount} calls at once, an extension point of ${hookMs} ms, an operation of ${operationMs} ms; all in one process, ms`,
  );
  write(
    "serial pump: the same with the hook and the operation one message at a time, as WCF's receive pump has them\n",
  );
  write(`slow${" ".repeat(18)}one session   100 sessions   serial pump   start order   fewest under way`);
  const entries = Object.entries(points);
  // They only sleep: all of them at the same time are as slow as one.
  const pumps = await Promise.all(
    entries.map(([, options]) => timeOfCalls({ ...options("perSession"), order: "serial" }, 1)),
  );
  for (const [index, [name, options]] of entries.entries()) {
    const one = await timeOfCalls(options("concurrent"), 1);
    const many = await timeOfCalls(options("concurrent"), 100);
    const cells = [one, many, pumps[index]].map(({ takenMs }) => takenMs.toFixed(0).padStart(11)).join("    ");
    write(
      `${name.padEnd(22)}${cells}   ${(one.isOrdered ? "kept" : "lost").padStart(11)}   ${String(Math.min(one.least, many.least)).padStart(16)}`,
    );
  }
}
