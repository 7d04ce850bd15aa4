import { ClientError, type ConnectOptions, connect, netTcp, type SessionReopening } from "@bowline/client";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  closedPort,
  Desk,
  type DeskHandlers,
  gate,
  rejection,
  type Served,
  serveDesk,
  sessionError,
  until,
} from "./loopback.ts";
import { Relay } from "./relay.ts";

type DeskClient = Awaited<ReturnType<typeof connect<typeof Desk>>>;

interface Scene {
  readonly relay: Relay;
  readonly client: DeskClient;
  readonly states: string[];
  readonly reopenings: SessionReopening[];
  readonly first: Served;
  /** Numbers of the notes that each service got. */
  readonly notes: { readonly first: number[]; readonly second: number[] };
}

/** A client that reopens, by a relay to the first of two services that know nothing of each other. */
async function scene(
  version: "1.0" | "1.1",
  handlers: Partial<DeskHandlers> = {},
  options: ConnectOptions<typeof Desk> = {},
): Promise<Scene & { readonly second: Served }> {
  const reliableSession = { version } as const;
  const notes = { first: [] as number[], second: [] as number[] };
  const first = await serveDesk(
    { reliableSession },
    { Note: ({ number }) => void notes.first.push(number), ...handlers },
  );
  const second = await serveDesk({ reliableSession }, { Note: ({ number }) => void notes.second.push(number) });
  const relay = await Relay.to(first.port);
  const endpoint = netTcp(`net.tcp://127.0.0.1:${relay.port}/desk`, { reliableSession, openTimeoutMs: 3_000 });
  const client = await connect(Desk, endpoint, { onSessionLost: "reopen", ...options });
  onTestFinished(() => client.abort());
  const states: string[] = [];
  const reopenings: SessionReopening[] = [];
  client.session.onStateChange(({ state }) => states.push(state));
  client.session.onReopen((event) => reopenings.push(event));
  return { relay, client, states, reopenings, first, second, notes };
}

describe.each(["1.0", "1.1"] as const)('a client with onSessionLost "reopen", RM %s', (version) => {
  it("goes on with a service that was started anew, and sends again what was never acknowledged (R-SEED-REOPEN-1)", async () => {
    const { relay, client, states, reopenings, second, notes } = await scene(version);
    const id = client.session.id;
    expect(await client.Add({ a: 1, b: 2 })).toBe(3);
    relay.hold();
    await Promise.all([1, 2, 3].map((number) => client.Note({ number })));
    const arrived = client.session.acknowledged();
    const sum = client.Add({ a: 3, b: 4 });
    // What is held never reaches the first service.
    relay.targetPort = second.port;
    relay.cut();
    relay.release();

    expect(await sum).toBe(7);
    await arrived;

    expect(notes).toEqual({ first: [], second: [1, 2, 3] });
    expect(states).toEqual(["opening", "opened"]);
    expect(client.session.id).not.toBe(id);
    expect(reopenings).toHaveLength(1);
    expect(reopenings[0]?.cause).toMatchObject({ code: "SESSION_UNKNOWN_TO_PEER" });
    expect(reopenings[0]?.inDoubt.map(({ operation }) => operation)).toEqual(["Note", "Note", "Note", "Add"]);
    expect(reopenings[0]?.inDoubt.map(({ messageNumber }) => messageNumber)).toEqual([2, 3, 4, 5]);
    await client.close();
    await until(() => second.ends.length === 1, "the second service hears of the close");
  });

  it("takes calls while no service is there, and sends them in order once there is one", async () => {
    const { relay, client, second, notes, reopenings } = await scene(version);
    let isConnected = true;
    client.session.onReconnect((event) => {
      isConnected = event.isConnected;
    });
    relay.targetPort = await closedPort();
    relay.cut();
    await until(() => !isConnected, "the client hears of the cut");
    const sent = [1, 2, 3].map((number) => client.Note({ number }));
    const before = relay.connectionCount;
    await until(() => relay.connectionCount >= before + 2, "attempts have failed");
    relay.targetPort = second.port;
    await Promise.all(sent);
    await until(() => reopenings.length === 1, "the session is opened again");
    const later = [4, 5].map((number) => client.Note({ number }));
    await Promise.all(later);
    await client.session.acknowledged();
    expect(notes).toEqual({ first: [], second: [1, 2, 3, 4, 5] });
    // They went out over the new connection before its first answer told that nobody there knows the session.
    expect(reopenings[0]?.inDoubt.map(({ messageNumber }) => messageNumber)).toEqual([1, 2, 3]);
  });

  it("fails a call whose request was acknowledged: whether it was handled nobody knows", async () => {
    const started = gate();
    const { relay, client, second } = await scene(version, {
      Echo: () => {
        started.open();
        return new Promise(() => undefined);
      },
    });
    const call = rejection(client.Echo({ text: "x" }));
    await started.promise;
    await client.session.acknowledged();
    relay.targetPort = second.port;
    relay.cut();

    expect((await call).code).toBe("CALL_SESSION_ENDED");
    expect(await client.Add({ a: 1, b: 1 })).toBe(2);
  });

  it("goes on after its service has closed the session in order, and loses no call made meanwhile (R-SEED-REOPEN-2)", async () => {
    const { relay, client, first, second, reopenings } = await scene(version);
    const sums: number[] = [];
    let isDone = false;
    const calling = (async () => {
      for (let a = 0; !isDone || a < 50; a++) sums.push(await client.Add({ a, b: 0 }));
    })();
    await until(() => sums.length > 10, "calls run");
    relay.targetPort = second.port;
    await first.host.close();
    await until(() => reopenings.length === 1, "the session is opened again");
    isDone = true;
    await calling;

    expect(sums).toEqual(Array.from({ length: sums.length }, (_, a) => a));
    expect(reopenings).toEqual([{ cause: undefined, inDoubt: [] }]);
    await client.close();
  });

  it("goes on after its service has aborted the session", async () => {
    const { relay, client, first, second, states, reopenings, notes } = await scene(version);
    relay.targetPort = await closedPort();
    first.host.abort();
    await until(() => states.includes("opening"), "the session is lost");
    const sent = [1, 2].map((number) => client.Note({ number }));
    relay.targetPort = second.port;
    await Promise.all(sent);
    await client.session.acknowledged();

    expect(notes.second).toEqual([1, 2]);
    // Nothing had been sent, so nothing can be there twice.
    expect(reopenings).toMatchObject([{ cause: { code: "SESSION_TERMINATED_BY_PEER" }, inDoubt: [] }]);
  });

  it("closes politely while it reopens: what was sent still arrives", async () => {
    const { relay, client, second, states, notes } = await scene(version);
    relay.targetPort = await closedPort();
    relay.hold();
    await client.Note({ number: 1 });
    const refusing = relay.targetPort;
    relay.targetPort = second.port;
    relay.cut();
    relay.release();
    await until(() => states.includes("opening"), "the session is lost");
    relay.targetPort = refusing;

    const closed = client.close();
    expect(client.session.state).toBe("closing");
    relay.targetPort = second.port;
    await closed;

    expect(notes.second).toEqual([1]);
    expect(client.session.state).toBe("closed");
  });

  it("is aborted at once while it reopens, and its calls fail", async () => {
    const { relay, client, second, states } = await scene(version);
    relay.targetPort = second.port;
    relay.cut();
    await until(() => states.includes("opening"), "the session is lost");
    const call = rejection(client.Add({ a: 1, b: 1 }));
    client.abort("enough");

    expect((await call).code).toBe("CALL_SESSION_ENDED");
    expect(await client.session.ended).toMatchObject({ code: "SESSION_ABORTED" });
  });
});

describe('the limits of onSessionLost "reopen"', () => {
  it("are its time: after reopenTimeoutMs it ends with the last error, and calls that wait fail", async () => {
    const { client, first, states } = await scene("1.0", {}, { reopenTimeoutMs: 200 });
    const call = until(() => states.includes("opening"), "the session is lost").then(() =>
      rejection(client.Add({ a: 1, b: 1 })),
    );
    // The relay lives, so each attempt opens a connection that ends at once.
    first.host.abort();

    expect((await call).code).toBe("CALL_SESSION_ENDED");
    expect(await client.session.ended).toMatchObject({ code: "SESSION_CONNECTION_LOST" });
    expect(states).toEqual(["opening", "faulted"]);
  });

  it("are ends that another session would not mend", async () => {
    const { client, reopenings } = await scene("1.0");
    client.abort("enough");
    expect(await client.session.ended).toMatchObject({ code: "SESSION_ABORTED" });
    expect(reopenings).toEqual([]);
    const { endpoint } = await serveDesk({ reliableSession: {} });
    const never = connect(Desk, netTcp(`${endpoint().address}/nobody`, { reliableSession: {} }), {
      onSessionLost: "reopen",
    });
    expect((await sessionError(never)).code).toBe("SESSION_ENDPOINT_NOT_FOUND");
  });

  it("are said before anything is sent", async () => {
    const plain = await rejection(connect(Desk, netTcp("net.tcp://127.0.0.1:1/desk"), { onSessionLost: "reopen" }));
    expect(plain).toBeInstanceOf(ClientError);
    expect(plain.code).toBe("CLIENT_REOPEN_NEEDS_RELIABLE_SESSION");
    const endpoint = netTcp("net.tcp://127.0.0.1:1/desk", { reliableSession: {} });
    const odd = { onSessionLost: "retry" as "fail" };
    expect(await rejection(connect(Desk, endpoint, odd))).toBeInstanceOf(RangeError);
    expect((await rejection(connect(Desk, endpoint, { reopenTimeoutMs: 0 }))).message).toContain(
      "reopenTimeoutMs is 0",
    );
  });
});
