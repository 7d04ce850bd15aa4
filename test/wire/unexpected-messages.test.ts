import { connect, contract, netTcp, oneWay, operation, xs } from "@bowline/client";
import { ServiceHost } from "@bowline/server";
import { expect, it, onTestFinished } from "vitest";
import { flavours } from "./loopback.ts";

const operations = { Ask: operation({ request: { text: xs.string }, reply: xs.string }) };
const tick = oneWay({ count: xs.int });
/** The service's contract has a callback that its client knows nothing of, and one that it knows otherwise. */
const Newer = contract("urn:test", "ITicker", operations, {
  callback: { Tick: tick, Tock: oneWay({ text: xs.string }), Known: tick },
});
const Older = contract("urn:test", "ITicker", operations, {
  callback: { Tock: oneWay({ count: xs.int }), Known: tick },
});

it.each(flavours)(
  "drops messages that fit no callback, and its process and session live on (%s)",
  async (_, options) => {
    const uncaught: unknown[] = [];
    const listener = (error: unknown): void => void uncaught.push(error);
    process.on("uncaughtException", listener);
    onTestFinished(() => void process.off("uncaughtException", listener));
    const host = new ServiceHost();
    host.addService(
      Newer,
      {
        Ask: async ({ text }, { callback }) => {
          await callback.Tick({ count: 1 });
          await callback.Tock({ text: "no number" });
          await callback.Known({ count: 3 });
          return text;
        },
      },
      { endpoints: [netTcp("net.tcp://127.0.0.1:0/ticker", options)] },
    );
    await host.open();
    onTestFinished(() => host.abort());
    const counts: number[] = [];
    const client = await connect(Older, netTcp(`net.tcp://127.0.0.1:${host.ports[0]}/ticker`, options), {
      callbacks: { Tock: ({ count }) => void counts.push(count), Known: ({ count }) => void counts.push(count) },
    });
    expect(await client.Ask({ text: "first" })).toBe("first");
    expect(await client.Ask({ text: "second" })).toBe("second");
    await client.close();
    expect(counts).toEqual([3, 3]);
    expect(uncaught).toEqual([]);
  },
);
