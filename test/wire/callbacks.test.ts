import {
  CallError,
  type ClientSession,
  type ConnectOptions,
  ContractFault,
  connect,
  SoapFaultError,
} from "@bowline/client";
import { contract, type Handlers, netTcp, oneWay, operation, type ServerSession, xs } from "@bowline/server";
import { describe, expect, it, onTestFinished } from "vitest";
import { flavours, gate, open, Problem, rejection, type Served, twoFlavours, until } from "./loopback.ts";

const Market = contract(
  "http://tempuri.org/",
  "IMarket",
  {
    Subscribe: operation({ request: { count: xs.int }, reply: xs.int }),
    Ping: operation({ request: {}, reply: xs.int }),
    Note: oneWay({ number: xs.int }),
  },
  {
    callback: {
      Price: oneWay({ value: xs.int }),
      Confirm: operation({ request: { number: xs.int }, reply: xs.int, faults: [Problem] }),
    },
  },
);

type Session = ServerSession<Parameters<Handlers<typeof Market>["Ping"]>[1]["callback"]>;

const quiet: Handlers<typeof Market> = { Subscribe: () => 0, Ping: () => 1, Note: () => undefined };

function serve(options: Parameters<typeof netTcp>[1], handlers: Partial<Handlers<typeof Market>>): Promise<Served> {
  return open((host) => {
    host.addService(Market, { ...quiet, ...handlers }, { endpoints: [netTcp("net.tcp://127.0.0.1:0/desk", options)] });
  });
}

async function connectMarket(
  served: Served,
  options: Parameters<typeof netTcp>[1],
  callbacks: Partial<NonNullable<ConnectOptions<typeof Market>["callbacks"]>> = {},
  more: ConnectOptions<typeof Market> = {},
): ReturnType<typeof connect<typeof Market>> {
  const client = await connect(Market, netTcp(served.address, options), {
    callbacks: { Price: () => undefined, Confirm: ({ number }) => number * 2, ...callbacks },
    ...more,
  });
  onTestFinished(() => client.abort());
  return client;
}

describe.each(flavours)("callbacks (%s)", (_name, options) => {
  it("go both ways inside an operation, and arrive before its reply in the order sent", async () => {
    const prices: number[] = [];
    const served = await serve(options, {
      Subscribe: async ({ count }, { callback }) => {
        for (let value = 1; value <= count; value++) await callback.Price({ value });
        return callback.Confirm({ number: count });
      },
    });
    const client = await connectMarket(served, options, { Price: ({ value }) => void prices.push(value) });

    const confirmed = await client.Subscribe({ count: 20 });

    expect(confirmed).toBe(40);
    const sorted = options.reliableSession?.ordered === false ? prices.sort((a, b) => a - b) : prices;
    expect(sorted).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    await client.close();
  });
});

describe.each(twoFlavours)("a callback (%s)", (_name, options) => {
  it("may call the service in turn", async () => {
    const served = await serve(options, {
      Subscribe: (_args, { callback }) => callback.Confirm({ number: 1 }),
    });
    let client: Awaited<ReturnType<typeof connectMarket>>;
    client = await connectMarket(served, options, { Confirm: async ({ number }) => number + (await client.Ping({})) });

    expect(await client.Subscribe({ count: 1 })).toBe(2);
  });

  it("reaches its client from outside of any operation", async () => {
    const prices: number[] = [];
    const sessions: Session[] = [];
    const served = await serve(options, {});
    served.host.onSession((session) => sessions.push(session as Session));
    const isPriced = gate();
    await connectMarket(served, options, {
      Price: ({ value }) => {
        prices.push(value);
        isPriced.open();
      },
    });
    await until(() => sessions.length === 1, "the service has the session");

    await sessions[0]?.callback.Price({ value: 7 });
    await isPriced.promise;

    expect(prices).toEqual([7]);
    expect(await sessions[0]?.callback.Confirm({ number: 8 })).toBe(16);
  });

  it("fails with the typed fault that its handler throws", async () => {
    const failures: unknown[] = [];
    const served = await serve(options, {
      Subscribe: async (_args, { callback }) => {
        failures.push(await rejection(callback.Confirm({ number: 1 })));
        return 5;
      },
    });
    const client = await connectMarket(served, options, {
      Confirm: () => {
        throw new ContractFault(Problem, { Why: "not today" });
      },
    });

    expect(await client.Subscribe({ count: 0 })).toBe(5);
    expect(failures).toEqual([expect.any(ContractFault)]);
    expect(failures[0]).toMatchObject({ detail: { Why: "not today" } });
  });

  it("that fails unexpectedly tells the service no more than that, and onCallbackError all", async () => {
    const failures: unknown[] = [];
    const heard: unknown[] = [];
    const served = await serve(options, {
      Subscribe: async (_args, { callback }) => {
        failures.push(await rejection(callback.Confirm({ number: 1 })));
        await callback.Price({ value: 1 });
        return 5;
      },
    });
    const client = await connectMarket(
      served,
      options,
      {
        Confirm: () => Promise.reject(new Error("hunter2")),
        Price: () => {
          throw new Error("nobody waits for this one");
        },
      },
      { onCallbackError: (error) => heard.push(error) },
    );

    expect(await client.Subscribe({ count: 0 })).toBe(5);
    expect(failures).toEqual([expect.any(SoapFaultError)]);
    expect(String(failures[0])).not.toContain("hunter2");
    expect(heard.map((error) => (error as Error).message)).toEqual(["hunter2", "nobody waits for this one"]);
    await client.close();
  });

  it("is given the client's session as context", async () => {
    const contexts: ClientSession[] = [];
    const served = await serve(options, { Subscribe: (_args, { callback }) => callback.Confirm({ number: 1 }) });
    const client = await connectMarket(served, options, {
      Confirm: ({ number }, session) => {
        contexts.push(session);
        return number;
      },
    });

    await client.Subscribe({ count: 0 });

    expect(contexts).toEqual([client.session]);
  });

  it("fails at the service when the client aborts", async () => {
    const isAsked = gate();
    const failed = gate<Error>();
    const served = await serve(options, {
      Subscribe: async (_args, { callback }) => {
        failed.open(await rejection(callback.Confirm({ number: 1 })));
        return 0;
      },
    });
    const client = await connectMarket(served, options, {
      Confirm: () => {
        isAsked.open();
        return new Promise(() => undefined);
      },
    });
    const call = rejection(client.Subscribe({ count: 0 }));
    await isAsked.promise;

    client.abort();

    expect(await failed.promise).toMatchObject({ name: "CallError", code: "CALL_SESSION_ENDED" });
    await call;
    // A reply to a session that is gone troubles nobody.
    expect(served.errors).toEqual([]);
  });

  it("that wants a reply fails at the service once the client has ended its side", async () => {
    const isSubscribed = gate();
    const isClosing = gate();
    const failures: Error[] = [];
    const served = await serve(options, {
      Subscribe: async (_args, { callback, session }) => {
        const isPending = rejection(callback.Confirm({ number: 1 }));
        isSubscribed.open();
        failures.push(await isPending, await rejection(callback.Confirm({ number: 2 })));
        await callback.Price({ value: 3 });
        expect(session.state).toBe("opened");
        return 4;
      },
    });
    const prices: number[] = [];
    const client = await connectMarket(served, options, {
      Confirm: async ({ number }) => {
        await isClosing.promise;
        return number;
      },
      Price: ({ value }) => void prices.push(value),
    });
    const call = client.Subscribe({ count: 0 });
    await isSubscribed.promise;
    const closing = client.close();
    isClosing.open();

    expect(await call).toBe(4);
    await closing;

    expect(failures.map((error) => (error as CallError).code)).toEqual(["CALL_SESSION_ENDED", "CALL_SESSION_NOT_OPEN"]);
    expect(failures[1]?.message).toContain("the peer has ended its side");
    expect(prices).toEqual([3]);
    await until(() => served.ends.length === 1, "the service hears of the end");
    expect(served.ends.map(({ error }) => error)).toEqual([undefined]);
  });

  it("fails at once in a session that its own handler has just ended", async () => {
    const failed = gate<Error>();
    const noted = gate<Error>();
    const served = await serve(options, {
      Note: (_args, { session, callback }) => {
        session.abort("no more");
        void rejection(callback.Confirm({ number: 1 })).then(failed.open);
        void rejection(callback.Price({ value: 1 })).then(noted.open);
      },
    });
    const client = await connectMarket(served, options);

    await client.Note({ number: 1 });

    expect(await failed.promise).toBeInstanceOf(CallError);
    expect(await noted.promise).toBeInstanceOf(CallError);
  });
});

describe("the context of an operation", () => {
  it.each(flavours)("has session, its id and the message's number (%s)", async (_name, options) => {
    const contexts: [string | undefined, number][] = [];
    const served = await serve(options, {
      Ping: (_args, { session, messageNumber }) => {
        contexts.push([session.id, messageNumber]);
        return contexts.length;
      },
      Note: (_args, { session, messageNumber }) => void contexts.push([session.id, messageNumber]),
    });
    const client = await connectMarket(served, options);

    await client.Note({ number: 1 });
    await client.Ping({});
    await client.Ping({});

    const { id } = client.session;
    if (options.reliableSession === undefined) {
      expect(id).toBeUndefined();
      expect(contexts).toEqual([
        [undefined, 0],
        [undefined, 0],
        [undefined, 0],
      ]);
    } else {
      expect(id).toMatch(/^urn:uuid:/);
      expect(contexts).toEqual([
        [id, 1],
        [id, 2],
        [id, 3],
      ]);
    }
  });

  it("waits for acknowledged() until what the handler has just sent has arrived", async () => {
    const news: string[] = [];
    const options = { reliableSession: {} };
    const served = await serve(options, {
      Note: (_args, { session, callback }) => {
        void callback.Price({ value: 1 }).then(() => news.push("accepted"));
        void session.acknowledged().then(() => news.push("acknowledged"));
      },
    });
    const client = await connectMarket(served, options, { Price: () => void news.push("arrived") });

    await client.Note({ number: 1 });
    await until(() => news.includes("acknowledged"), "the price is acknowledged");

    expect(news).toEqual(["accepted", "arrived", "acknowledged"]);
  });
});
