import { setTimeout as sleep } from "node:timers/promises";
import { netTcp } from "@bowline/server";
import { expect, it } from "vitest";
import { connectDesk, Desk, deskHandlers, flavours, open } from "./loopback.ts";

const numbers = Array.from({ length: 100 }, (_, index) => index);

it.each(flavours)(
  "100 calls behind an authoriser of 50 ms take little more than one (%s, R-HOST-ORDER-1, R-HOST-ORDER-2)",
  async (_name, options) => {
    const started: number[] = [];
    const served = await open((host) => {
      const handlers = {
        ...deskHandlers,
        Add: async ({ a, b }: { a: number; b: number }) => {
          started.push(a);
          await sleep(5);
          return a + b;
        },
      };
      const endpoints = [netTcp("net.tcp://127.0.0.1:0/desk", options)];
      host.addService(Desk, handlers, { endpoints, authorize: () => sleep(50, true) });
    });
    const client = await connectDesk(served.endpoint(options));
    await client.Add({ a: -1, b: 0 });
    started.length = 0;

    const fromMs = performance.now();
    const sums = await Promise.all(numbers.map((a) => client.Add({ a, b: 1 })));
    const takenMs = performance.now() - fromMs;

    expect(sums).toEqual(numbers.map((a) => a + 1));
    // Well under 150 ms on a machine at rest; a pump that runs them in turn takes 5500 ms.
    expect(takenMs).toBeLessThan(1000);
    if (!_name.includes("unordered")) expect(started).toEqual(numbers);
  },
);
