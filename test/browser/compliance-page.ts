import { ClientError, connect, netHttp, netTcp } from "@bowline/client";
import { complianceCases } from "../compliance/cases.ts";
import { Desk, Feed } from "../compliance/desk.ts";
import { merged, type Scene, type SceneOptions } from "../compliance/scene.ts";

/** What the page asks of the test that drives it. */
export interface Stage {
  notes(): Promise<readonly number[]>;
  ends(): Promise<readonly string[]>;
  cut(): Promise<void>;
  hold(): Promise<void>;
  release(): Promise<void>;
  closeSessions(): Promise<void>;
}

/** One case, to be run in the page. */
export interface PageCase {
  readonly title: string;
  readonly port: number;
  readonly options: SceneOptions;
}

/** Runs one case; resolves to what went wrong. */
async function run({ title, port, options }: PageCase): Promise<string | undefined> {
  const address = (path: string): string => `ws://127.0.0.1:${port}${path}`;
  const clients: { abort(): void }[] = [];
  const kept = <T extends { abort(): void }>(client: T): T => {
    clients.push(client);
    return client;
  };
  const ask = <T>(what: keyof Stage): Promise<T> =>
    (globalThis as unknown as { stage(what: keyof Stage): Promise<T> }).stage(what);
  const scene: Scene = {
    desk: async (connectOptions = {}, endpoint = {}) =>
      kept(await connect(Desk, netHttp(address("/desk"), merged(options, endpoint)), connectOptions)),
    feed: async (connectOptions) => kept(await connect(Feed, netHttp(address("/feed"), options), connectOptions)),
    nobody: () => connect(Desk, netHttp(address("/nobody"), options)),
    notes: () => ask("notes"),
    ends: () => ask("ends"),
    cut: () => ask("cut"),
    closeSessions: () => ask("closeSessions"),
  };
  try {
    await complianceCases.find((each) => each.title === title)!.run(scene, options.reliableSession !== undefined);
    return undefined;
  } catch (error) {
    return error instanceof Error ? `${error.stack}` : String(error);
  } finally {
    for (const client of clients) client.abort();
  }
}

/** How `connect` refuses endpoints that no browser reaches. */
async function refusals(): Promise<readonly (readonly [code: string | undefined, message: string])[]> {
  const endpoints = [netTcp("net.tcp://127.0.0.1:1/desk"), netHttp("wss://127.0.0.1:1/desk", { tls: { ca: "PEM" } })];
  const errors = await Promise.all(endpoints.map((endpoint) => connect(Desk, endpoint).catch((error) => error)));
  return errors.map((error) => [error instanceof ClientError ? error.code : undefined, `${error}`]);
}

/** Sends more than a connection takes that is held back, over a session without a window; gives the most that lay in the browser, in bytes. */
async function flood(port: number): Promise<number> {
  const opened: WebSocket[] = [];
  const { WebSocket: Original } = globalThis;
  globalThis.WebSocket = class extends Original {
    constructor(address: string | URL, subprotocols?: string | string[]) {
      super(address, subprotocols);
      opened.push(this);
    }
  };
  const desk = await connect(Desk, netHttp(`ws://127.0.0.1:${port}/desk`));
  globalThis.WebSocket = Original;
  let mostByteLength = 0;
  const watch = setInterval(() => {
    for (const { bufferedAmount } of opened) mostByteLength = Math.max(mostByteLength, bufferedAmount);
  }, 1);
  const stage = (globalThis as unknown as { stage(what: keyof Stage): Promise<void> }).stage;
  await stage("hold");
  const data = new Uint8Array(40_000);
  const replies = Array.from({ length: 500 }, () => desk.Bytes({ data }));
  await new Promise((resolve) => setTimeout(resolve, 500));
  await stage("release");
  for (const reply of await Promise.all(replies)) if (reply.length !== data.length) throw new Error("it came changed");
  clearInterval(watch);
  await desk.close();
  return mostByteLength;
}

Object.assign(globalThis, { run, refusals, flood });
