import { connect, netTcp } from "@bowline/client";
import { contract, oneWay, operation, ServiceHost, xs } from "@bowline/server";
import { describe, expect, it, onTestFinished } from "vitest";
import { closedPort, Desk, rejection, reliableFlavours, serveDesk, until } from "./loopback.ts";
import { RawClient } from "./raw-client.ts";
import { Relay } from "./relay.ts";

describe.each(reliableFlavours)("a reliable session (%s)", (_name, options) => {
  it("gets 200 calls and 200 one-way messages through three cuts, each handled exactly once", async () => {
    const notes: number[] = [];
    const added: number[] = [];
    const served = await serveDesk(options, {
      Note: ({ number }) => void notes.push(number),
      Add: ({ a, b }) => {
        added.push(a);
        return a + b;
      },
    });
    const relay = await Relay.to(served.port);
    relay.cutsAfterByteLength.push(6_000, 9_000, 4_321);
    const client = await connect(Desk, netTcp(`net.tcp://127.0.0.1:${relay.port}/desk`, options));
    onTestFinished(() => client.abort());
    const news: boolean[] = [];
    client.session.onReconnect(({ isConnected }) => news.push(isConnected));
    const numbers = Array.from({ length: 200 }, (_, index) => index);

    const sums = await Promise.all(
      numbers.map(async (number) => {
        const sum = client.Add({ a: number, b: 1 });
        await client.Note({ number });
        return sum;
      }),
    );
    await client.session.acknowledged();

    expect(relay.cutCount).toBe(3);
    expect(relay.connectionCount).toBe(4);
    expect(sums).toEqual(numbers.map((number) => number + 1));
    if (options.reliableSession?.ordered === false) {
      notes.sort((a, b) => a - b);
      added.sort((a, b) => a - b);
    }
    expect(notes).toEqual(numbers);
    expect(added).toEqual(numbers);
    expect(news).toEqual([false, true, false, true, false, true]);
    expect(client.session.reconnectCount).toBe(3);
    await client.close();
    expect(await client.session.ended).toBeUndefined();
    await until(() => served.ends.length === 1, "the service hears of the end");
    expect(served.ends[0]?.error).toBeUndefined();
  });
});

describe("a lost connection", () => {
  it("is told with its cause", async () => {
    const served = await serveDesk({ reliableSession: {} });
    const relay = await Relay.to(served.port);
    const client = await connect(Desk, netTcp(`net.tcp://127.0.0.1:${relay.port}/desk`, { reliableSession: {} }));
    onTestFinished(() => client.abort());
    const causes: unknown[] = [];
    client.session.onReconnect(({ isConnected, cause }) => isConnected || causes.push(cause));
    const [session] = served.host.sessions;
    const before = session?.remoteAddress;

    relay.cut();
    expect(await client.Add({ a: 1, b: 2 })).toBe(3);

    expect(causes).toHaveLength(1);
    expect(client.session.state).toBe("opened");
    // It is the same session for the service, from another port.
    expect(served.host.sessions).toEqual([session]);
    expect(session?.remoteAddress).not.toBe(before);
  });

  it("does not stop callbacks: the service holds them until its client is back", async () => {
    const Feed = contract(
      "http://tempuri.org/",
      "IFeed",
      { Start: operation({ request: {}, reply: xs.void }) },
      { callback: { Tick: oneWay({ number: xs.int }) } },
    );
    const options = { reliableSession: { maxTransferWindowSize: 64 } };
    const host = new ServiceHost();
    onTestFinished(() => host.abort());
    host.addService(
      Feed,
      {
        Start: (_args, { callback }) => {
          for (let number = 1; number <= 50; number++) void callback.Tick({ number });
        },
      },
      { endpoints: [netTcp("net.tcp://127.0.0.1:0/feed", options)] },
    );
    await host.open();
    const relay = await Relay.to(host.ports[0]!);
    const ticks: number[] = [];
    const client = await connect(Feed, netTcp(`net.tcp://127.0.0.1:${relay.port}/feed`, options), {
      callbacks: {
        Tick: ({ number }) => {
          ticks.push(number);
          if (number === 1) relay.cut();
        },
      },
    });
    onTestFinished(() => client.abort());

    await client.Start({});
    await until(() => ticks.length === 50, "all ticks are there");

    expect(ticks).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  it("is followed by one whose first messages all count, when they come in one piece", async () => {
    const notes: number[] = [];
    const served = await serveDesk(
      { reliableSession: { version: "1.1" } },
      { Note: ({ number }) => void notes.push(number) },
    );
    const first = await RawClient.to(served.port, served.address);
    const { outputId } = await first.create();
    const second = await RawClient.to(served.port, served.address);

    second.together(() => {
      for (const number of [1, 2, 3]) {
        second.send("http://tempuri.org/IDesk/Note", {
          rm: "1.1",
          headers: first.sequence(outputId),
          body: (writer) => {
            writer.startElement("", "Note");
            writer.declareNamespace("", "http://tempuri.org/");
            writer.startElement("", "number");
            writer.integer(number);
            writer.endElement();
            writer.endElement();
          },
        });
      }
    });
    await until(() => notes.length === 3, "all three are handled");

    expect(notes).toEqual([1, 2, 3]);
  });

  it("may be closed or aborted upon before it is replaced", async () => {
    const served = await serveDesk({ reliableSession: {} });
    const relay = await Relay.to(served.port);
    const endpoint = netTcp(`net.tcp://127.0.0.1:${relay.port}/desk`, { reliableSession: {}, closeTimeoutMs: 100 });
    const closing = await connect(Desk, endpoint);
    const aborting = await connect(Desk, endpoint);
    onTestFinished(() => closing.abort());
    // From now on nobody answers.
    relay.hold();
    relay.cut();

    const call = rejection(aborting.Add({ a: 1, b: 2 }));
    aborting.abort("enough");

    expect((await call).code).toBe("CALL_SESSION_ENDED");
    expect((await rejection(closing.close())).code).toBe("SESSION_CLOSE_TIMEOUT");
    expect(await aborting.session.ended).toMatchObject({ code: "SESSION_ABORTED" });
  });

  it.each(reliableFlavours.filter(([name]) => name.endsWith(" ordered")))(
    "to a service that was started anew ends in one clear error, fast (%s)",
    async (_name, options) => {
      const first = await serveDesk(options);
      const second = await serveDesk(options);
      const relay = await Relay.to(first.port);
      const client = await connect(Desk, netTcp(`net.tcp://127.0.0.1:${relay.port}/desk`, options));
      onTestFinished(() => client.abort());
      expect(await client.Add({ a: 1, b: 2 })).toBe(3);
      const states: string[] = [];
      client.session.onStateChange(({ state }) => states.push(state));
      relay.targetPort = second.port;
      const from = performance.now();

      relay.cut();
      const error = await rejection(client.Add({ a: 3, b: 4 }));

      expect(performance.now() - from).toBeLessThan(1_000);
      expect(error.code).toBe("CALL_SESSION_ENDED");
      const end = await client.session.ended;
      expect(end).toMatchObject({ code: "SESSION_UNKNOWN_TO_PEER", isRemote: true });
      expect(end?.message).toContain("restarted");
      expect(states).toEqual(["faulted"]);
      expect(second.host.sessions).toEqual([]);
    },
  );

  it("is dialled for again, with pauses, until the service is back", async () => {
    const served = await serveDesk({ reliableSession: {} });
    const relay = await Relay.to(served.port);
    const client = await connect(Desk, netTcp(`net.tcp://127.0.0.1:${relay.port}/desk`, { reliableSession: {} }));
    onTestFinished(() => client.abort());
    // The relay goes on, and its connections end at a port where nobody listens.
    relay.targetPort = await closedPort();
    relay.cut();
    const call = client.Add({ a: 1, b: 2 });
    await until(() => relay.connectionCount >= 4, "three attempts have failed");

    relay.targetPort = served.port;

    expect(await call).toBe(3);
    expect(client.session.reconnectCount).toBe(1);
  });
});
