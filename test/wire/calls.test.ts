import { CallError, netTcp } from "@bowline/client";
import { describe, expect, it } from "vitest";
import { connectDesk, type Gate, gate, rejection, serveDesk, sessionError, twoFlavours, until } from "./loopback.ts";
import { Relay } from "./relay.ts";

describe.each(twoFlavours)("a call (%s)", (_name, options) => {
  it("is not sent when its signal is aborted already", async () => {
    const numbers: number[] = [];
    const { endpoint } = await serveDesk(options, { Note: ({ number }) => void numbers.push(number) });
    const client = await connectDesk(endpoint());
    const signal = AbortSignal.abort(new Error("no need"));

    expect((await rejection(client.Add({ a: 1, b: 2 }, { signal }))).message).toBe("no need");
    expect((await rejection(client.Note({ number: 1 }, { signal }))).message).toBe("no need");

    expect(await client.Add({ a: 1, b: 2 })).toBe(3);
    expect(numbers).toEqual([]);
  });

  it("is given up when its signal fires, and the session lives on", async () => {
    const reply = gate<string>();
    const { endpoint } = await serveDesk(options, { Echo: () => reply.promise });
    const client = await connectDesk(endpoint());
    const controller = new AbortController();
    const call = rejection(client.Echo({ text: "x" }, { signal: controller.signal }));

    controller.abort(new Error("waited enough"));

    expect(await call).toBe(controller.signal.reason);
    // The late reply is for nobody.
    reply.open("late");
    expect(await client.Add({ a: 1, b: 2 })).toBe(3);
    expect(client.session.state).toBe("opened");
    await client.close();
  });

  it("is not touched by a signal that fires after its reply", async () => {
    const { endpoint } = await serveDesk(options);
    const client = await connectDesk(endpoint());
    const controller = new AbortController();

    expect(await client.Add({ a: 1, b: 2 }, { signal: controller.signal })).toBe(3);
    await client.Note({ number: 1 }, { signal: controller.signal });
    controller.abort();

    expect(await client.Add({ a: 3, b: 2 })).toBe(5);
  });

  it("fails with CALL_TIMEOUT after its timeoutMs, and the session is usable after", async () => {
    const reply = gate<string>();
    const { endpoint } = await serveDesk(options, { Echo: () => reply.promise });
    const client = await connectDesk(endpoint());
    const from = performance.now();

    const error = await rejection(client.Echo({ text: "x" }, { timeoutMs: 40 }));

    expect(error).toBeInstanceOf(CallError);
    expect(error.code).toBe("CALL_TIMEOUT");
    expect(error.message).toContain("IDesk/Echo");
    expect(error.message).toContain("40 ms");
    expect(performance.now() - from).toBeGreaterThanOrEqual(39);
    expect(await client.Add({ a: 1, b: 2 })).toBe(3);
    reply.open("late");
    await client.close();
  });

  it("takes sendTimeoutMs of its endpoint when it has no timeoutMs", async () => {
    const reply = gate<string>();
    const { endpoint } = await serveDesk(options, { Echo: () => reply.promise });
    const client = await connectDesk(endpoint({ sendTimeoutMs: 30 }));

    expect((await rejection(client.Echo({ text: "x" }))).code).toBe("CALL_TIMEOUT");
    reply.open("");
  });

  it("rejects arguments that do not fit, sends nothing, and the session lives on", async () => {
    const { endpoint } = await serveDesk(options);
    const client = await connectDesk(endpoint());

    const error = await rejection(client.Add({ a: "one" as unknown as number, b: 2 }));

    expect(error.code).toBe("CONTRACT_WRONG_TYPE");
    expect(await client.Add({ a: 1, b: 2 })).toBe(3);
  });

  it("of which there are many at once gets its own reply", async () => {
    const { endpoint } = await serveDesk(options, {
      Echo: async ({ text }) => {
        // Later ones answer first.
        for (let turn = 50 - Number(text); turn > 0; turn--) await Promise.resolve();
        return `re: ${text}`;
      },
    });
    const client = await connectDesk(endpoint());
    const texts = Array.from({ length: 50 }, (_, index) => String(index));

    const replies = await Promise.all(texts.map((text) => client.Echo({ text })));

    expect(replies).toEqual(texts.map((text) => `re: ${text}`));
  });

  it("is refused with CALL_SESSION_NOT_OPEN once the session is closed", async () => {
    const { endpoint } = await serveDesk(options);
    const client = await connectDesk(endpoint());
    await client.close();

    const call = await rejection(client.Add({ a: 1, b: 2 }));
    const note = await rejection(client.Note({ number: 1 }));

    for (const error of [call, note]) {
      expect(error).toBeInstanceOf(CallError);
      expect(error.code).toBe("CALL_SESSION_NOT_OPEN");
      expect(error.message).toContain("closed");
    }
  });

  it("is refused with CALL_SESSION_NOT_OPEN while the session closes", async () => {
    const reply = gate<string>();
    const { endpoint } = await serveDesk(options, { Echo: () => reply.promise });
    const client = await connectDesk(endpoint());
    const pending = client.Echo({ text: "last" });
    const closing = client.close();

    const error = await rejection(client.Add({ a: 1, b: 2 }));

    expect(error.code).toBe("CALL_SESSION_NOT_OPEN");
    expect(error.message).toContain("closing");
    reply.open("still answered");
    expect(await pending).toBe("still answered");
    await closing;
  });

  it("that is pending when the session is aborted here fails with CALL_SESSION_ENDED", async () => {
    const { endpoint } = await serveDesk(options, { Echo: () => new Promise(() => undefined) });
    const client = await connectDesk(endpoint());
    const call = rejection(client.Echo({ text: "x" }));

    client.abort("out of patience");

    const error = await call;
    expect(error).toBeInstanceOf(CallError);
    expect(error.code).toBe("CALL_SESSION_ENDED");
    expect(error.message).toContain("out of patience");
    const later = await rejection(client.Add({ a: 1, b: 2 }));
    expect(later.code).toBe("CALL_SESSION_NOT_OPEN");
    expect(later.cause).toMatchObject({ code: "SESSION_ABORTED" });
  });
});

describe.each(twoFlavours)("maxConcurrentCalls (%s)", (_name, options) => {
  it("lets further calls wait in order", async () => {
    const started: string[] = [];
    const gates = new Map<string, Gate<string>>();
    const { endpoint } = await serveDesk(
      options,
      {
        Echo: ({ text }) => {
          started.push(text);
          const own = gate<string>();
          gates.set(text, own);
          return own.promise;
        },
      },
      { maxConcurrentCalls: 2 },
    );
    const client = await connectDesk(endpoint());
    const calls = ["a", "b", "c", "d"].map((text) => client.Echo({ text }));
    await until(() => started.length === 2, "two calls run");

    gates.get("b")?.open("B");
    expect(await calls[1]).toBe("B");
    await until(() => started.length === 3, "a third runs");
    expect(started).toEqual(["a", "b", "c"]);
    gates.get("a")?.open("A");
    await until(() => started.length === 4, "the fourth runs");
    gates.get("c")?.open("C");
    gates.get("d")?.open("D");

    expect(await Promise.all(calls)).toEqual(["A", "B", "C", "D"]);
    expect(started).toEqual(["a", "b", "c", "d"]);
  });
});

describe("calls pending on a service", () => {
  it("fail with CALL_SESSION_ENDED and the cause when the service ends the session", async () => {
    const isRunning = gate();
    const { endpoint, host } = await serveDesk(
      { reliableSession: {} },
      {
        Echo: () => {
          isRunning.open();
          return new Promise(() => undefined);
        },
      },
    );
    const client = await connectDesk(endpoint());
    const call = rejection(client.Echo({ text: "x" }));
    await isRunning.promise;

    host.sessions[0]?.abort("maintenance");

    const error = await call;
    expect(error.code).toBe("CALL_SESSION_ENDED");
    const end = await client.session.ended;
    expect(end).toMatchObject({ code: "SESSION_TERMINATED_BY_PEER", isRemote: true });
    expect(await sessionError(client.close())).toBe(end);
  });

  it("fail when the connection of a plain session is lost, with advice", async () => {
    const isRunning = gate();
    const { port } = await serveDesk(
      {},
      {
        Echo: () => {
          isRunning.open();
          return new Promise(() => undefined);
        },
      },
    );
    const relay = await Relay.to(port);
    const client = await connectDesk(netTcp(`net.tcp://127.0.0.1:${relay.port}/desk`));
    const call = rejection(client.Echo({ text: "x" }));
    await isRunning.promise;

    relay.cut();

    const error = await call;
    expect(error.code).toBe("CALL_SESSION_ENDED");
    expect(error.message).toContain("Use reliableSession");
    expect(await client.session.ended).toMatchObject({ code: "SESSION_CONNECTION_LOST" });
  });
});
