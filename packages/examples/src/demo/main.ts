import { type ChildProcess, fork } from "node:child_process";
import { parseArgs } from "node:util";
import { CuttingRelay } from "./cutting-relay.ts";
import { Display } from "./display.ts";
import {
  type ClientReport,
  type Direction,
  type HostReport,
  type Order,
  type Telling,
  timeOfDayMs,
} from "./processes.ts";
import { Recording } from "./recording.ts";
import { verdictOf } from "./verdict.ts";

/** The demo takes about 10 s; one that hangs is stopped. */
const longestRunMs = 28_000;

const recording = recordingOf(process.argv.slice(2));
const display = new Display(timeOfDayMs);
const children = new Set<ChildProcess>();
let relay: CuttingRelay | undefined;
let cutCount = 0;

process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
setTimeout(() => fail(`the demo did not finish within ${longestRunMs / 1000} s`), longestRunMs).unref();

try {
  await run();
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}

async function run(): Promise<void> {
  console.log(
    "Bowline: a reliable session over net.tcp between two processes, through a relay that cuts the connection.",
  );
  if (recording !== undefined) {
    console.log(`What passes the relay is written down; read it with: npx bowline decode ${recording.path}`);
  }
  display.legend();
  const host = start("host", []);
  const { port } = await host.next("listening");
  const onCut = (direction: Direction): void => {
    cutCount += 1;
    const where = direction === "client-to-host" ? "amid a message to the host" : "amid a message to the client";
    display.event(timeOfDayMs(), "relay", `connection reset ${where}`);
  };
  relay = new CuttingRelay(port, onCut, recording);
  const client = start("client", [`${await relay.open()}`]);
  const [clientReport, hostReport] = await Promise.all([client.next("client-report"), host.next("host-report")]);
  host.order({ type: "stop" });
  const statuses = await Promise.all([client.exitStatus, host.exitStatus]);
  await relay.close();
  conclude(clientReport.report, hostReport.report, statuses);
}

function conclude(client: ClientReport, host: HostReport, statuses: readonly (number | string)[]): void {
  const { summary, broken } = verdictOf(client, host, cutCount);
  const sentences = [...broken];
  if (statuses.some((status) => status !== 0))
    sentences.push(`client and host ended with status ${statuses.join(", ")}`);
  display.conclude(`\n${summary}`);
  for (const sentence of sentences) console.log(`NOT as promised: ${sentence}`);
  process.exitCode = sentences.length === 0 ? 0 : 1;
}

interface Child {
  /** Or the signal that ended it. */
  readonly exitStatus: Promise<number | string>;
  order(order: Order): void;
  /** The next telling of this type; rejects when the process ends before. */
  next<Type extends Telling["type"]>(type: Type): Promise<Extract<Telling, { readonly type: Type }>>;
}

function start(name: "host" | "client", args: readonly string[]): Child {
  const child = fork(new URL(`./${name}.js`, import.meta.url), args, { serialization: "advanced" });
  children.add(child);
  const exitStatus = new Promise<number | string>((resolve) => {
    child.once("exit", (status, signal) => {
      children.delete(child);
      resolve(status ?? `${signal}`);
    });
  });
  child.on("message", (telling: Telling) => show(telling, child));
  return {
    exitStatus,
    order: (order) => child.send(order),
    next: (type) =>
      new Promise((resolve, reject) => {
        child.on("message", (telling: Telling) => {
          if (telling.type === type) resolve(telling as Extract<Telling, { readonly type: typeof type }>);
        });
        void exitStatus.then((status) => reject(new Error(`the ${name} process ended early, with status ${status}`)));
      }),
  };
}

function show(telling: Telling, teller: ChildProcess): void {
  switch (telling.type) {
    case "heading":
      return display.heading(telling.atMs, telling.text);
    case "event":
      return display.event(telling.atMs, telling.who, telling.text);
    case "message": {
      const { record, isKeepAlive } = telling;
      const wantsAck = record.requestsAcknowledgement && record.level === "ALM";
      return display.message(telling.atMs, record, isKeepAlive ? "keep-alive" : wantsAck ? "asks for an ack" : "");
    }
    case "cut":
      relay?.cutAfter(telling.direction, telling.afterByteLength);
      teller.send({ type: "cut-is-set" } satisfies Order);
      return;
    default:
  }
}

/** The recording that is asked for, if any; ends the process when the arguments ask for what cannot be. */
function recordingOf(args: string[]): Recording | undefined {
  try {
    const path = parseArgs({ args, options: { record: { type: "string" } } }).values.record;
    return path === undefined ? undefined : new Recording(path);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\nUsage: npm run demo -- [--record FILE]`);
    process.exit(1);
  }
}

function fail(sentence: string): void {
  display.conclude(`\nNOT as promised: ${sentence}`);
  process.exit(1);
}
