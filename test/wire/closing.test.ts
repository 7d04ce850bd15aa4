import { ClientSession, netTcp, type StateChange } from "@bowline/client";
import { describe, expect, it } from "vitest";
import {
  closedPort,
  connectDesk,
  Desk,
  flavours,
  gate,
  listenRaw,
  rejection,
  type Served,
  serveDesk,
  sessionError,
  twoFlavours,
  until,
} from "./loopback.ts";

/** A session that a test opens itself, to see it from its first state on. */
function sessionOf(endpoint: ReturnType<Served["endpoint"]>): { session: ClientSession; changes: StateChange[] } {
  const session = new ClientSession(Desk, endpoint, {
    callbacks: undefined,
    maxConcurrentCalls: 100,
    onSessionLost: "fail",
    reopenTimeoutMs: 1,
    trace: undefined,
    onCallbackError: () => undefined,
  });
  const changes: StateChange[] = [];
  session.onStateChange((change) => changes.push(change));
  return { session, changes };
}

describe.each(flavours)("close (%s)", (_name, options) => {
  it("ends both sides in order", async () => {
    const { endpoint, host, ends } = await serveDesk(options);
    const client = await connectDesk(endpoint());
    await client.Note({ number: 1 });
    const [served] = host.sessions;

    await client.close();

    expect(client.session.state).toBe("closed");
    expect(await client.session.ended).toBeUndefined();
    expect(await served?.ended).toBeUndefined();
    expect(served?.state).toBe("closed");
    expect(ends).toEqual([{ session: served, error: undefined }]);
    expect(host.sessions).toEqual([]);
  });
});

describe.each(twoFlavours)("a client session (%s)", (_name, options) => {
  it("tells its states in order, through an orderly close", async () => {
    const { endpoint } = await serveDesk(options);
    const { session, changes } = sessionOf(endpoint());
    expect(session.state).toBe("created");

    await session.open();
    await session.close();

    expect(changes.map(({ state }) => state)).toEqual(["opening", "opened", "closing", "closed"]);
    expect(changes.every(({ error }) => error === undefined)).toBe(true);
  });

  it("tells its states in order, through a fault, with its error", async () => {
    const { endpoint, host } = await serveDesk(options);
    const { session, changes } = sessionOf(endpoint());
    await session.open();
    await until(() => host.sessions.length === 1, "the service has the session");

    host.sessions[0]?.abort("maintenance");
    const error = await session.ended;

    expect(changes.map(({ state }) => state)).toEqual(["opening", "opened", "faulted"]);
    expect(changes.at(-1)?.error).toBe(error);
  });

  it("faults from opening when nobody listens", async () => {
    const { session, changes } = sessionOf(netTcp(`net.tcp://127.0.0.1:${await closedPort()}/desk`, options));

    const error = await sessionError(session.open());

    expect(changes.map(({ state }) => state)).toEqual(["opening", "faulted"]);
    expect(changes.at(-1)?.error).toBe(error);
    expect(session.state).toBe("faulted");
  });

  it("tells nothing to a listener that was disposed of", async () => {
    const { endpoint } = await serveDesk(options);
    const { session } = sessionOf(endpoint());
    const heard: string[] = [];
    const listening = session.onStateChange(({ state }) => heard.push(state));

    await session.open();
    listening[Symbol.dispose]();
    await session.close();

    expect(heard).toEqual(["opening", "opened"]);
  });

  it("closes twice, at the same time and after, as once", async () => {
    const { endpoint } = await serveDesk(options);
    const client = await connectDesk(endpoint());

    await Promise.all([client.close(), client.close()]);
    await client.close();
    await client[Symbol.asyncDispose]();
    client.abort("after the end");

    expect(client.session.state).toBe("closed");
  });

  it("aborts twice as once, and close() then throws what happened", async () => {
    const { endpoint } = await serveDesk(options);
    const client = await connectDesk(endpoint());

    client.abort("first");
    client.abort("second");

    const error = await sessionError(client.close());
    expect(error).toMatchObject({ code: "SESSION_ABORTED", message: "first", isRemote: false });
    expect(client.session.state).toBe("faulted");
    await client[Symbol.asyncDispose]();
    await client[Symbol.asyncDispose]();
  });

  it("is closed by `await using`, twice as once", async () => {
    const { endpoint, ends } = await serveDesk(options);
    const client = await connectDesk(endpoint());

    await Promise.all([client[Symbol.asyncDispose](), client[Symbol.asyncDispose]()]);
    await client[Symbol.asyncDispose]();

    expect(client.session.state).toBe("closed");
    await until(() => ends.length === 1, "the service hears of it");
    expect(ends[0]?.error).toBeUndefined();
  });

  it("is aborted by abort() while it closes", async () => {
    const { endpoint } = await serveDesk(options, { Echo: () => new Promise(() => undefined) });
    const client = await connectDesk(endpoint());
    const call = rejection(client.Echo({ text: "never answered" }));
    const closing = sessionError(client.close());

    client.abort();

    expect((await closing).code).toBe("SESSION_ABORTED");
    expect((await call).code).toBe("CALL_SESSION_ENDED");
  });

  it("is aborted when the signal of close() fires, which rejects with the signal's reason", async () => {
    const reply = gate<string>();
    const { endpoint, ends } = await serveDesk(options, { Echo: () => reply.promise });
    const client = await connectDesk(endpoint());
    const call = rejection(client.Echo({ text: "nobody waits for the answer" }));
    const controller = new AbortController();
    const closing = rejection(client.close({ signal: controller.signal }));

    controller.abort(new Error("no more time"));

    expect(await closing).toBe(controller.signal.reason);
    expect(client.session.state).toBe("faulted");
    await call;
    // A plain service learns of it when it writes, since the client's side of the connection had ended in order.
    reply.open("late");
    await until(() => ends.length === 1, "the service hears of it");
  });

  it("gives up a close that nobody answers after closeTimeoutMs", async () => {
    const { endpoint } = await serveDesk(options, { Echo: () => new Promise(() => undefined) });
    const client = await connectDesk(endpoint({ closeTimeoutMs: 60 }));
    const call = rejection(client.Echo({ text: "never answered" }));

    const error = await sessionError(client.close());

    expect(error.code).toBe("SESSION_CLOSE_TIMEOUT");
    expect(error.message).toContain("closeTimeoutMs 60");
    expect((await call).code).toBe("CALL_SESSION_ENDED");
  });

  it("can be closed while it opens", async () => {
    const hasConnected = gate();
    const port = await listenRaw(() => hasConnected.open());
    const { session, changes } = sessionOf(netTcp(`net.tcp://127.0.0.1:${port}/desk`, options));
    const opening = rejection(session.open());
    await hasConnected.promise;

    await session.close();

    expect((await opening).message).toContain("closed before it was open");
    expect(changes.map(({ state }) => state)).toEqual(["opening", "closing", "closed"]);
  });

  it("can be aborted while it opens", async () => {
    const hasConnected = gate();
    const port = await listenRaw(() => hasConnected.open());
    const { session, changes } = sessionOf(netTcp(`net.tcp://127.0.0.1:${port}/desk`, options));
    const opening = sessionError(session.open());
    await hasConnected.promise;

    session.abort("never mind");

    expect(await opening).toMatchObject({ code: "SESSION_ABORTED", message: "never mind" });
    expect(changes.map(({ state }) => state)).toEqual(["opening", "faulted"]);
  });

  it("can be disposed of before it was opened", async () => {
    const { session, changes } = sessionOf(netTcp("net.tcp://127.0.0.1:1/desk", options));

    await session[Symbol.asyncDispose]();

    expect(session.state).toBe("closed");
    expect(changes.map(({ state }) => state)).toEqual(["closing", "closed"]);
  });
});
