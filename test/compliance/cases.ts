import { ContractFault, SoapFaultError } from "@bowline/client";
import { Problem } from "./desk.ts";
import type { Scene, SceneOptions } from "./scene.ts";

/** One thing that must hold on every transport. Throws when it does not. */
export interface ComplianceCase {
  readonly title: string;
  /** Sessions with which it is tried. */
  readonly sessions: "all" | "reliable" | "plain";
  /** Needs a service that can speak first, which over HTTP requests none can. */
  readonly isDuplex?: boolean;
  /** Needs a session, which plain HTTP has none of: there each message stands by itself. */
  readonly isSessionful?: boolean;
  readonly options?: SceneOptions;
  run(scene: Scene, isReliable: boolean): Promise<void>;
}

export const complianceCases: readonly ComplianceCase[] = [
  {
    title: "answers a call",
    sessions: "all",
    async run(scene) {
      const desk = await scene.desk();
      equal(await desk.Add({ a: 1, b: 2 }), 3);
      equal(desk.session.state, "opened");
    },
  },
  {
    title: "gives each of many calls at once its own reply",
    sessions: "all",
    async run(scene) {
      const desk = await scene.desk();
      const sums = await Promise.all(Array.from({ length: 500 }, (_, a) => desk.Add({ a, b: 1000 })));
      equal(
        sums,
        Array.from({ length: 500 }, (_, a) => a + 1000),
      );
    },
  },
  {
    title: "brings one-way messages in the order sent",
    sessions: "all",
    isSessionful: true,
    async run(scene) {
      const desk = await scene.desk();
      for (let number = 1; number <= 300; number++) void desk.Note({ number });
      await desk.Add({ a: 0, b: 0 });
      equal(await scene.notes(), numbersTo(300));
    },
  },
  {
    title: "carries every kind of text and every byte unchanged",
    sessions: "all",
    async run(scene) {
      const desk = await scene.desk();
      const texts = ["", " a\r\n\tb ", "<&>\"'", "ä€𝄞", "\ue000\ufffd", "x".repeat(20_000), "𝄞".repeat(3000)];
      for (const text of texts) equal(await desk.Echo({ text }), text);
      const data = Uint8Array.from({ length: 10_000 }, (_, index) => index % 256);
      equal(await desk.Bytes({ data }), data);
      equal(await desk.Bytes({ data: new Uint8Array(0) }), new Uint8Array(0));
    },
  },
  {
    title: "tells a declared fault with its detail, and any other error without",
    sessions: "all",
    async run(scene) {
      const desk = await scene.desk();
      const declared = await rejection(desk.Fail({ why: "declared" }));
      check(declared instanceof ContractFault && Problem.isFault(declared), "it is the declared fault");
      equal((declared as ContractFault).detail, { Why: "declared" });
      const other = await rejection(desk.Fail({ why: "other" }));
      check(other instanceof SoapFaultError, "it is a SOAP fault");
      equal(await desk.Add({ a: 1, b: 1 }), 2);
    },
  },
  {
    title: "lets a service call its client, one way and for an answer, within an operation",
    sessions: "all",
    isDuplex: true,
    async run(scene) {
      const ticks: number[] = [];
      const feed = await scene.feed({
        callbacks: { Tick: ({ number }) => void ticks.push(number), Confirm: ({ number }) => number * 2 },
      });
      equal(await feed.Start({ count: 100 }), 200);
      equal(ticks, numbersTo(100));
    },
  },
  {
    title: "gives up a call at its time-out or its signal, and goes on",
    sessions: "all",
    async run(scene) {
      const desk = await scene.desk();
      equal((await rejection(desk.Hang({}, { timeoutMs: 50 }))).code, "CALL_TIMEOUT");
      const controller = new AbortController();
      const call = rejection(desk.Hang({}, { signal: controller.signal }));
      controller.abort(new Error("enough"));
      equal((await call).message, "enough");
      equal(await desk.Add({ a: 1, b: 1 }), 2);
    },
  },
  {
    title: "carries a message of maxReceivedMessageSize, and ends the session for a larger one",
    sessions: "all",
    isSessionful: true,
    options: { maxReceivedMessageSize: 10_000 },
    async run(scene) {
      const desk = await scene.desk();
      equal((await desk.Echo({ text: "x".repeat(8000) })).length, 8000);
      const call = await rejection(desk.Echo({ text: "x".repeat(20_000) }));
      equal(call.code, "CALL_SESSION_ENDED");
      const end = await desk.session.ended;
      check(end !== undefined, "the session has faulted");
      // Whoever refuses it can tell the peer by the transport's own word only, which is not always heard.
      check(
        ["SESSION_MESSAGE_TOO_LARGE", "SESSION_TERMINATED_BY_PEER", "SESSION_CONNECTION_LOST"].includes(end.code),
        `the end is ${end.code}`,
      );
      const [hostEnd] = await until(scene, (ends) => ends.length === 1);
      // A host does not read whose message it is that is too large for a request; its client tells.
      equal(hostEnd, scene.isOverRequests ? "SESSION_TERMINATED_BY_PEER" : "SESSION_MESSAGE_TOO_LARGE");
    },
  },
  {
    title: "closes in order: all that was sent is handled, and both sides know",
    sessions: "all",
    isSessionful: true,
    async run(scene) {
      const desk = await scene.desk();
      for (let number = 1; number <= 50; number++) void desk.Note({ number });
      await desk.close();
      equal(desk.session.state, "closed");
      equal(await until(scene, (ends) => ends.length === 1), ["closed"]);
      equal(await scene.notes(), numbersTo(50));
      equal((await rejection(desk.Add({ a: 1, b: 1 }))).code, "CALL_SESSION_NOT_OPEN");
    },
  },
  {
    title: "is closed when its service closes it",
    sessions: "all",
    isDuplex: true,
    async run(scene) {
      const desk = await scene.desk();
      await desk.Add({ a: 1, b: 1 });
      await scene.closeSessions();
      equal(await desk.session.ended, undefined);
      equal(desk.session.state, "closed");
    },
  },
  {
    title: "tells the service of an abort",
    sessions: "reliable",
    async run(scene) {
      const desk = await scene.desk();
      await desk.Add({ a: 1, b: 1 });
      desk.abort("enough");
      equal(await until(scene, (ends) => ends.length === 1), ["SESSION_TERMINATED_BY_PEER"]);
    },
  },
  {
    title: "finds nobody where nobody is, at once",
    sessions: "all",
    isSessionful: true,
    async run(scene) {
      equal((await rejection(scene.nobody())).code, "SESSION_ENDPOINT_NOT_FOUND");
    },
  },
  {
    title: "survives cuts: every call is answered once, every message handled once and in order",
    sessions: "reliable",
    async run(scene) {
      const desk = await scene.desk();
      const sums: Promise<number>[] = [];
      for (let turn = 0; turn < 10; turn++) {
        for (let index = 1; index <= 20; index++) {
          void desk.Note({ number: turn * 20 + index });
          sums.push(desk.Add({ a: turn, b: index }));
        }
        await scene.cut();
      }
      await Promise.all(sums);
      await desk.session.acknowledged();
      equal(await scene.notes(), numbersTo(200));
      check(desk.session.reconnectCount > 0, "connections were replaced");
      await desk.close();
      equal(await until(scene, (ends) => ends.length === 1), ["closed"]);
    },
  },
  {
    title: "brings what a service sends while its client is away",
    sessions: "reliable",
    isDuplex: true,
    async run(scene) {
      const ticks: number[] = [];
      const feed = await scene.feed({
        callbacks: { Tick: ({ number }) => void ticks.push(number), Confirm: ({ number }) => number },
      });
      await feed.Pour({ count: 300 });
      for (let turn = 0; turn < 5; turn++) await scene.cut();
      await soon(() => ticks.length === 300, "all ticks are there");
      equal(ticks, numbersTo(300));
    },
  },
  {
    title: "ends with its connection, and says so",
    sessions: "plain",
    isSessionful: true,
    async run(scene) {
      const desk = await scene.desk();
      const call = rejection(desk.Hang({}));
      await scene.cut();
      equal((await call).code, "CALL_SESSION_ENDED");
      equal((await desk.session.ended)?.code, "SESSION_CONNECTION_LOST");
    },
  },
  {
    title: "keeps an idle session alive beyond its inactivityTimeout",
    sessions: "reliable",
    options: { reliableSession: { inactivityTimeoutMs: 400 } },
    async run(scene) {
      const desk = await scene.desk();
      await desk.Add({ a: 1, b: 1 });
      await new Promise((resolve) => setTimeout(resolve, 1300));
      equal(await desk.Add({ a: 1, b: 1 }), 2);
      check(desk.session.keepAliveCount >= 3, `${desk.session.keepAliveCount} keep-alives were sent`);
    },
  },
  {
    title: "refuses another version of reliable messaging, and says what to change",
    sessions: "reliable",
    async run(scene) {
      const desk = await scene.desk();
      const { version } = desk.session.endpoint.reliable!;
      const other = version === "1.0" ? "1.1" : "1.0";
      const error = await rejection(scene.desk({}, { reliableSession: { version: other } }));
      equal(error.code, "SESSION_REFUSED");
      equal(await desk.Add({ a: 1, b: 1 }), 2);
    },
  },
];

function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** @throws when the two do not say the same */
function equal(actual: unknown, expected: unknown): void {
  const [one, other] = [shown(actual), shown(expected)];
  if (one !== other) throw new Error(`is ${one.slice(0, 300)}; expected ${other.slice(0, 300)}`);
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_, part) => (part instanceof Uint8Array ? [...part] : part)) ?? "undefined";
}

function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`does not hold: ${what}`);
}

async function rejection(promise: PromiseLike<unknown>): Promise<Error & { readonly code?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

/** How the sessions have ended, once `condition` holds. */
async function until(scene: Scene, condition: (ends: readonly string[]) => boolean): Promise<readonly string[]> {
  let ends = await scene.ends();
  for (let attempt = 0; attempt < 500 && !condition(ends); attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    ends = await scene.ends();
  }
  return ends;
}

async function soon(condition: () => boolean, what: string): Promise<void> {
  for (let attempt = 0; attempt < 500 && !condition(); attempt++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  check(condition(), what);
}
