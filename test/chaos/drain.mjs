// Restarts under load: clients in a process of their own call and send one-way messages without a pause, with `onSessionLost: "reopen"`,
// while their host is closed with `host.close({ drainTimeoutMs })` and started again on the same port, again and again.
//
//   node test/chaos/drain.mjs [--restarts=10] [--sessions=4] [--in-flight=6] [--every=400] [--drain=10000]
//     [--transport=net.tcp,websocket,http] [--version=1.0,1.1]
//
// Prints a line for each version. Exit code 1 when a message was lost, handled twice, or told to be in doubt: a host that closes in
// order leaves none of that. What ran is written down by the host in a file that outlives it.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ChildProcess } from "./processes.mjs";
import { transports } from "./service.mjs";

/** The clients have so long to finish what is under way at the end. */
const finishWithinMs = 60_000;

const { values } = parseArgs({
  options: {
    restarts: { type: "string", default: "10" },
    sessions: { type: "string", default: "4" },
    "in-flight": { type: "string", default: "6" },
    every: { type: "string", default: "400" },
    drain: { type: "string", default: "10000" },
    transport: { type: "string", default: "net.tcp,websocket,http" },
    version: { type: "string", default: "1.0,1.1" },
  },
});
const [restartCount, sessionCount, inFlightCount, everyMs, drainTimeoutMs] = [
  "restarts",
  "sessions",
  "in-flight",
  "every",
  "drain",
].map((name) => {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`--${name} is ${values[name]}; it must be a whole number from 1`);
  return value;
});

const write = (text) => process.stdout.write(`${text}\n`);

async function restarts(transport, version, file) {
  const startHost = async (port) => {
    const host = new ChildProcess("drain-host.mjs", transport, version, String(port), file);
    const { port: listening } = await host.told("listening");
    return { host, port: listening };
  };
  let { host, port } = await startHost(0);
  const client = new ChildProcess(
    "drain-client.mjs",
    JSON.stringify({ port, transport, version, sessionCount, inFlightCount }),
  );
  const wrong = [];
  let closedCount = 0;
  let worstAbsenceMs = 0;
  try {
    await client.told("opened");
    const done = client.told("done");
    client.tell("go");
    for (let restart = 0; restart < restartCount; restart++) {
      await sleep(everyMs);
      const report = await closed(host);
      const goneAtMs = performance.now();
      closedCount += report.closedCount;
      wrong.push(...report.cut.map((text) => `restart ${restart + 1} cut a session: ${text}`), ...report.errors);
      ({ host } = await startHost(port));
      worstAbsenceMs = Math.max(worstAbsenceMs, performance.now() - goneAtMs);
      await allAnswered(client);
    }
    client.tell("stop");
    const late = sleep(finishWithinMs, "late", { ref: false });
    const outcome = await Promise.race([done, late]);
    const told = { closedCount, worstAbsenceMs };
    if (outcome !== "late") return { ...told, sessions: outcome.sessions, wrong: [...wrong, ...outcome.failed] };
    client.tell("progress");
    const { sessions } = await client.told("progress");
    return { ...told, sessions, wrong: [...wrong, `the clients did not finish within ${finishWithinMs} ms`] };
  } finally {
    client.stop();
    host.stop();
  }
}

/** Waits until every session has had an answer since now. */
async function allAnswered(client) {
  const answered = async () => {
    const progress = client.told("progress");
    client.tell("progress");
    return (await progress).sessions.map((one) => one.answered);
  };
  const before = await answered();
  const giveUpAtMs = performance.now() + finishWithinMs;
  while ((await answered()).some((count, index) => count <= before[index])) {
    if (performance.now() > giveUpAtMs) throw new Error(`a session had no answer for ${finishWithinMs} ms`);
    await sleep(20);
  }
}

async function closed(host) {
  const report = host.told("closed");
  host.tell("stop", { drainTimeoutMs });
  return report;
}

/** How often each message ran, from the file of the hosts. */
function runsOf(file) {
  const runs = new Map();
  for (const line of readFileSync(file, "utf8").split("\n")) if (line !== "") runs.set(line, (runs.get(line) ?? 0) + 1);
  return runs;
}

function sum(items, of) {
  return items.reduce((total, item) => total + of(item), 0);
}

/** Writes the line of a version, and below it what is wrong. True when nothing is. */
async function tell(transport, version) {
  const folder = mkdtempSync(join(tmpdir(), "bowline-drain-"));
  try {
    const file = join(folder, "handled");
    const { sessions, wrong, closedCount, worstAbsenceMs } = await restarts(transport, version, file);
    const runs = runsOf(file);
    let [lostCount, doubledCount] = [0, 0];
    for (const { index, sent } of sessions) {
      for (let number = 1; number <= sent; number++) {
        const count = runs.get(`${index} ${number}`) ?? 0;
        if (count === 0) lostCount += 1;
        else if (count > 1) doubledCount += 1;
        if (count !== 1 && wrong.length < 10) wrong.push(`message ${number} of session ${index} ran ${count} times`);
      }
    }
    const [calls, oneWays, answered] = ["calls", "oneWays", "answered"].map((name) =>
      sum(sessions, (one) => one[name]),
    );
    const inDoubtCount = sum(sessions, ({ inDoubt, errorCount }) => inDoubt.length + errorCount);
    for (const { index, errors, inDoubt } of sessions) {
      for (const error of errors) wrong.push(`session ${index}, ${error}`);
      if (inDoubt.length > 0) wrong.push(`session ${index} was told of ${inDoubt.length} messages in doubt`);
    }
    if (answered !== calls) wrong.push(`${calls - answered} of ${calls} calls were not answered`);
    const worstPauseMs = Math.max(...sessions.map((one) => one.worstPauseMs));
    write(
      `${transport}, RM ${version}: ${restartCount} restarts, ${closedCount} sessions closed in order, ` +
        `${sum(sessions, ({ reopenCount }) => reopenCount)} opened again; ${calls} calls, ${oneWays} one-way messages; ` +
        `lost ${lostCount}, doubled ${doubledCount}, in doubt ${inDoubtCount}; worst pause ${worstPauseMs.toFixed(0)} ms, ` +
        `where the host was away for up to ${worstAbsenceMs.toFixed(0)} ms`,
    );
    for (const text of wrong) write(`  ${text}`);
    return wrong.length === 0 && lostCount + doubledCount + inDoubtCount === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const transport of values.transport.split(",")) {
  if (!(transport in transports))
    throw new RangeError(`--transport is ${transport}; there are ${Object.keys(transports)}`);
  for (const version of values.version.split(",")) if (!(await tell(transport, version))) process.exitCode = 1;
}
