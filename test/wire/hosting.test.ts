import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { connect, netTcp } from "@bowline/client";
import { type Handlers, netHttp, ServerError, ServiceHost, type ServiceHostOptions } from "@bowline/server";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  connectDesk,
  Desk,
  deskHandlers,
  gate,
  open,
  rejection,
  serveDesk,
  sessionError,
  twoFlavours,
  until,
} from "./loopback.ts";

const at = (path: string): ReturnType<typeof netTcp> => netTcp(`net.tcp://127.0.0.1:0${path}`);
const echoing = (prefix: string): Handlers<typeof Desk> => ({ ...deskHandlers, Echo: ({ text }) => prefix + text });

describe("a host", () => {
  it("serves several services and endpoints on one port, told apart by the path (R-NMF-VIA-1)", async () => {
    const { host, port } = await open((opening) => {
      opening.addService(Desk, echoing("a: "), { endpoints: [at("/a"), at("/deep/er/A")] });
      opening.addService(Desk, echoing("b: "), {
        endpoints: [netTcp("net.tcp://127.0.0.1:0/b", { reliableSession: {} }), at("/")],
      });
    });

    expect(host.ports).toEqual([port]);
    const echo = async (address: string, options = {}): Promise<string> => {
      const client = await connectDesk(netTcp(address, options));
      return client.Echo({ text: "hello" });
    };
    expect(await echo(`net.tcp://127.0.0.1:${port}/a`)).toBe("a: hello");
    expect(await echo(`net.tcp://127.0.0.1:${port}/b`, { reliableSession: {} })).toBe("b: hello");
    // Neither the case of the path nor a slash at its end counts, nor how its characters are written.
    expect(await echo(`net.tcp://127.0.0.1:${port}/A/`)).toBe("a: hello");
    expect(await echo(`net.tcp://127.0.0.1:${port}/DEEP/er/%61`)).toBe("a: hello");
    expect(await echo(`net.tcp://127.0.0.1:${port}`)).toBe("b: hello");
    expect(await echo(`net.tcp://127.0.0.1:${port}/`)).toBe("b: hello");
    // Nor does the host name: this one is not the one that was listened on.
    expect(await echo(`net.tcp://localhost:${port}/a`)).toBe("a: hello");
  });

  it("listens on as many ports as its addresses name, and tells them in order", async () => {
    const { host } = await open((opening) => {
      opening.addService(Desk, echoing("one: "), { endpoints: [at("/a")] });
      opening.addService(Desk, echoing("two: "), { endpoints: [netTcp("net.tcp://localhost:0/a")] });
    });

    const [first, second] = host.ports;
    expect(first).not.toBe(second);
    const one = await connectDesk(netTcp(`net.tcp://127.0.0.1:${first}/a`));
    const two = await connectDesk(netTcp(`net.tcp://localhost:${second}/a`));
    expect([await one.Echo({ text: "" }), await two.Echo({ text: "" })]).toEqual(["one: ", "two: "]);
  });

  it("tells its addresses, with the port that the system chose in place of 0", async () => {
    const mounted = new ServiceHost({ mountHttp: true });
    mounted.addService(Desk, deskHandlers, { endpoints: [netHttp("ws://localhost:0/a"), at("/:0/b")] });
    expect(mounted.addresses).toEqual(["ws://localhost:0/a", "net.tcp://127.0.0.1:0/:0/b"]);
    await mounted.open();
    onTestFinished(() => mounted.abort());

    expect(mounted.addresses).toEqual(["ws://localhost:0/a", `net.tcp://127.0.0.1:${mounted.ports[0]}/:0/b`]);
  });

  it("refuses two endpoints of one address, a service without endpoints and one without a handler", () => {
    const host = new ServiceHost();
    host.addService(Desk, deskHandlers, { endpoints: [at("/a")] });

    const twice = thrown(() => host.addService(Desk, deskHandlers, { endpoints: [at("/A/")] }));
    const none = thrown(() => host.addService(Desk, deskHandlers, { endpoints: [] }));
    const { Add, Note, ...some } = deskHandlers;
    const handler = thrown(() => host.addService(Desk, some as Handlers<typeof Desk>, { endpoints: [at("/c")] }));

    expect([twice, none, handler].map((error) => error.code)).toEqual(Array(3).fill("SERVER_INVALID_SERVICE"));
    expect(twice.message).toContain("/A/");
    expect(none.message).toContain("IDesk");
    expect(handler.message).toContain("no handler for Add, Note");
    expect([Add, Note]).toHaveLength(2);
  });

  it("takes no services once it is open, and opens once", async () => {
    const { host } = await serveDesk({});

    const late = thrown(() => host.addService(Desk, deskHandlers, { endpoints: [at("/late")] }));
    const again = await rejection(host.open());

    expect(late).toMatchObject({ code: "SERVER_WRONG_STATE", message: expect.stringContaining("opened") });
    expect(again).toMatchObject({ code: "SERVER_WRONG_STATE" });
    await host.close();
    expect(await rejection(host.open())).toMatchObject({ code: "SERVER_WRONG_STATE" });
  });

  it("says which port is taken, and leaves no other open", async () => {
    const { port } = await serveDesk({});
    const host = new ServiceHost();
    host.addService(Desk, deskHandlers, { endpoints: [at("/a"), netTcp(`net.tcp://127.0.0.1:${port}/a`)] });

    const error = await rejection(host.open());

    expect(error).toBeInstanceOf(ServerError);
    expect(error.code).toBe("SERVER_LISTEN_FAILED");
    expect(error.message).toContain(`127.0.0.1:${port}`);
    expect(error.message).toContain("EADDRINUSE");
    // A port that is not listened on any more is the one that was asked for: none in particular.
    expect(host.ports).toEqual([0, port]);
  });

  it.each([
    ["preambleTimeoutMs", 0],
    ["maxConnections", 0],
    ["maxConcurrentSessions", -1],
    ["maxConcurrentCalls", Number.NaN],
  ] satisfies [keyof ServiceHostOptions, number][])("refuses %s of %d", (name, value) => {
    expect(() => new ServiceHost({ [name]: value })).toThrow(
      new RangeError(`${name} is ${value}; it must be at least 1`),
    );
  });
});

describe.each(twoFlavours)("sessions of a host (%s)", (_name, options) => {
  it("have handlers of their own when a function makes them", async () => {
    const made: (string | undefined)[] = [];
    const served = await open((host) => {
      host.addService(
        Desk,
        (session) => {
          made.push(session.id);
          let sum = 0;
          return { ...deskHandlers, Add: ({ a }) => (sum += a) };
        },
        { endpoints: [netTcp("net.tcp://127.0.0.1:0/desk", options)] },
      );
    });
    const one = await connectDesk(served.endpoint(options));
    const two = await connectDesk(served.endpoint(options));

    await one.Add({ a: 1, b: 0 });
    await two.Add({ a: 10, b: 0 });

    expect(await one.Add({ a: 2, b: 0 })).toBe(3);
    expect(await two.Add({ a: 20, b: 0 })).toBe(30);
    expect(made).toEqual([one.session.id, two.session.id]);
  });

  it("fail calls whose handler the function forgot, and live on", async () => {
    const served = await open((host) => {
      host.addService(Desk, () => ({ Echo: deskHandlers.Echo }) as Handlers<typeof Desk>, {
        endpoints: [netTcp("net.tcp://127.0.0.1:0/desk", options)],
      });
    });
    const client = await connectDesk(served.endpoint(options));

    await rejection(client.Add({ a: 1, b: 2 }));

    expect(String(served.errors[0]?.error)).toContain("no handler is given for operation Add");
    expect(await client.Echo({ text: "alive" })).toBe("alive");
  });

  it("are refused when the function that makes their handlers throws, and the host hears of it", async () => {
    const served = await open((host) => {
      host.addService(
        Desk,
        () => {
          throw new Error("no database");
        },
        { endpoints: [netTcp("net.tcp://127.0.0.1:0/desk", options)] },
      );
      host.addService(Desk, deskHandlers, { endpoints: [netTcp("net.tcp://127.0.0.1:0/other", options)] });
    });

    const outcome = await connect(Desk, served.endpoint({ ...options, openTimeoutMs: 500 })).then(
      (client) => sessionError(client.session.ended.then((error) => Promise.reject(error))),
      (error: unknown) => error,
    );

    expect(outcome).toMatchObject({ name: "SessionError" });
    expect(served.errors.map(({ error }) => String(error))).toEqual(["Error: no database"]);
    expect(served.host.sessions).toEqual([]);
    const other = await connectDesk(netTcp(`net.tcp://127.0.0.1:${served.port}/other`, options));
    expect(await other.Add({ a: 1, b: 2 })).toBe(3);
  });

  it("are told at their start and end, the error included", async () => {
    const { host, endpoint, ends } = await serveDesk(options);
    const starts: (string | undefined)[] = [];
    const listening = host.onSession((session) => starts.push(session.remoteAddress));
    const orderly = await connectDesk(endpoint());
    const abrupt = await connectDesk(endpoint());
    await until(() => host.sessions.length === 2, "both are there");
    const [first, second] = host.sessions;

    await orderly.close();
    await until(() => ends.length === 1, "the first has ended");
    abrupt.abort("out of order");
    await until(() => ends.length === 2, "the second has ended");

    expect(starts).toHaveLength(2);
    expect(ends[0]).toEqual({ session: first, error: undefined });
    expect(ends[1]?.session).toBe(second);
    expect(ends[1]?.error?.name).toBe("SessionError");
    listening[Symbol.dispose]();
    await connectDesk(endpoint());
    expect(starts).toHaveLength(2);
  });

  it("end in order when the host closes, after the operations that run", async () => {
    const reply = gate<string>();
    const isRunning = gate();
    const { host, endpoint, ends, port } = await serveDesk(options, {
      Echo: () => {
        isRunning.open();
        return reply.promise;
      },
    });
    const busy = await connectDesk(endpoint());
    const idle = await connectDesk(endpoint());
    const call = busy.Echo({ text: "x" });
    await isRunning.promise;

    const closing = host.close();
    expect(await idle.session.ended).toBeUndefined();
    // Nobody new comes in meanwhile.
    const late = await sessionError(connect(Desk, endpoint()));
    expect(late.code).toBe("SESSION_CONNECTION_LOST");
    reply.open("done");

    expect(await call).toBe("done");
    await closing;
    expect(await busy.session.ended).toBeUndefined();
    expect([busy.session.state, idle.session.state]).toEqual(["closed", "closed"]);
    expect(ends.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(host.sessions).toEqual([]);
    // The port is free at once, and closing twice is as once.
    await host.close();
    const next = new ServiceHost().addService(Desk, deskHandlers, {
      endpoints: [netTcp(`net.tcp://127.0.0.1:${port}/desk`)],
    });
    await next.open();
    await next[Symbol.asyncDispose]();
  });

  it("take no harm when the host closes amid calls: each is answered, or fails with what happened", async () => {
    const { host, endpoint, ends } = await serveDesk(options, {
      Add: async ({ a, b }) => {
        await Promise.resolve();
        return a + b;
      },
    });
    const clients = await Promise.all([1, 2, 3].map(() => connectDesk(endpoint())));
    const codes = new Set<string>();
    const calling = clients.map(async (client) => {
      for (;;) {
        const outcome = await client.Add({ a: 1, b: 2 }).catch((error: { readonly code: string }) => error.code);
        if (outcome === 3) continue;
        codes.add(String(outcome));
        return;
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 15));

    await host.close();
    await Promise.all(calling);

    for (const code of codes) expect(["CALL_SESSION_ENDED", "CALL_SESSION_NOT_OPEN"]).toContain(code);
    expect(await Promise.all(clients.map((client) => client.session.ended))).toEqual([undefined, undefined, undefined]);
    expect(ends.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
  });

  it("are aborted when the signal of close() fires", async () => {
    const isRunning = gate();
    const { host, endpoint, ends } = await serveDesk(options, {
      Echo: () => {
        isRunning.open();
        return new Promise(() => undefined);
      },
    });
    const client = await connectDesk(endpoint());
    const call = rejection(client.Echo({ text: "x" }));
    await isRunning.promise;

    await host.close({ signal: AbortSignal.timeout(30) });

    expect((await call).code).toBe("CALL_SESSION_ENDED");
    expect(ends.map(({ error }) => error?.code)).toEqual(["SESSION_ABORTED"]);
    expect(await client.session.ended).toBeInstanceOf(Error);
  });

  it("are aborted at once when the signal of close() was aborted before", async () => {
    const { host, endpoint } = await serveDesk(options);
    const client = await connectDesk(endpoint());
    await until(() => host.sessions.length === 1, "the session is there");

    await host.close({ signal: AbortSignal.abort() });

    expect(await client.session.ended).toBeInstanceOf(Error);
  });

  it("end from within an operation, which is answered first", async () => {
    const served = await open((host) => {
      host.addService(
        Desk,
        {
          ...deskHandlers,
          Add: ({ a, b }, { session }) => {
            session.close().catch(() => undefined);
            return a + b;
          },
        },
        { endpoints: [netTcp("net.tcp://127.0.0.1:0/desk", options)] },
      );
    });
    const client = await connectDesk(served.endpoint(options));

    expect(await client.Add({ a: 1, b: 2 })).toBe(3);
    expect(await client.session.ended).toBeUndefined();
  });

  it("end after receiveTimeoutMs without an application message", async () => {
    const { endpoint, ends } = await serveDesk({ ...options, receiveTimeoutMs: 50 });
    const client = await connectDesk(endpoint());

    const error = await client.session.ended;

    await until(() => ends.length === 1, "the service hears of it");
    expect(ends[0]?.error).toMatchObject({ code: "SESSION_RECEIVE_TIMEOUT", isRemote: false });
    expect(ends[0]?.error?.message).toContain("receiveTimeoutMs 50");
    if (options.reliableSession !== undefined)
      expect(error).toMatchObject({ code: "SESSION_RECEIVE_TIMEOUT", isRemote: true });
  });
});

describe("connections that have no session yet", () => {
  it("are dropped when the host closes", async () => {
    const { host, port } = await serveDesk({});
    const socket = connectSocket({ host: "127.0.0.1", port });
    onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
    // Half of a preamble.
    socket.write(Uint8Array.of(0, 1, 0, 1, 2));
    await new Promise((resolve) => setTimeout(resolve, 10));
    const isClosed = once(socket.resume(), "close");

    await host.close();

    await isClosed;
  });
});

function thrown(act: () => unknown): ServerError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(ServerError);
    return error as ServerError;
  }
  throw new Error("nothing was thrown");
}
