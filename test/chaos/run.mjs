// Chaos on real sockets: a proxy between client and host, each in a process of its own, cuts, stalls, throttles, half-closes and
// resets their connections by seed.
//
//   node test/chaos/run.mjs [--calls=2000] [--one-ways=CALLS] [--cuts=30] [--sessions=8] [--transport=net.tcp,websocket,http]
//     [--version=1.0,1.1] [--seed=N] [--heals=50] [--protocol-thread]
//
// Prints a line for each version: every call answered, every message handled exactly once and in order, at least so many connections
// cut. Then how fast a cut connection heals. Exit code 1 when anything is missing, with the command that draws the same again; what
// the seed cannot draw is the timing of the machine.

import { randomInt } from "node:crypto";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { ChaosProxy } from "./chaos-proxy.mjs";
import { measureHealing } from "./heal.mjs";
import { ChildProcess } from "./processes.mjs";
import { transports } from "./service.mjs";
import { judge } from "./verdict.mjs";

/** Bytes that one message costs on the wire in both directions, reply and acknowledgements included, roughly. */
const byteLengthPerMessage = 1200;
/** Cuts drawn for each one asked for: some connections outlive the run. */
const surplus = 2;
/** Nothing was answered for this long: the sessions hang. */
const hangAfterMs = 25_000;
/** Median time from a cut to the next reply. */
const healLimitMs = 20;

const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "2000" },
    "one-ways": { type: "string" },
    cuts: { type: "string", default: "30" },
    sessions: { type: "string", default: "8" },
    transport: { type: "string", default: Object.keys(transports).join() },
    version: { type: "string", default: "1.0,1.1" },
    seed: { type: "string" },
    heals: { type: "string", default: "50" },
    "protocol-thread": { type: "boolean", default: false },
  },
});
const callCount = Number(values.calls);
const oneWayCount = Number(values["one-ways"] ?? values.calls);
const cutCount = Number(values.cuts);
const sessionCount = Number(values.sessions);
const hostMode = values["protocol-thread"] ? "protocol-thread" : "in-line";
const healCount = Number(values.heals);
const seed = Number(values.seed ?? randomInt(2 ** 31));

const write = (text) => process.stdout.write(`${text}\n`);

async function storm(transport, version) {
  const startedAtMs = performance.now();
  const host = new ChildProcess("host.mjs", transport, version, hostMode);
  const { port: targetPort } = await host.told("listening");
  const meanByteLength = ((callCount + oneWayCount) * byteLengthPerMessage) / (cutCount * surplus);
  // A message larger than what a connection carries in its life would never arrive.
  const largestByteLength = Math.floor(meanByteLength / 4);
  const proxy = new ChaosProxy({ targetPort, seed, meanByteLength });
  const port = await proxy.open();
  const client = new ChildProcess(
    "client.mjs",
    JSON.stringify({ port, transport, version, seed, sessionCount, callCount, oneWayCount, largestByteLength }),
  );
  try {
    await client.told("opened");
    proxy.startStorm();
    client.tell("go");
    const { sessions, isHanging } = await doneOrHanging(client);
    host.tell("report");
    const report = await host.told("report");
    return { proxy, sessions, isHanging, report, seconds: (performance.now() - startedAtMs) / 1000 };
  } finally {
    client.stop();
    host.stop();
    proxy.close();
  }
}

/** The client's last report: when it is done, or when nothing has moved for too long. */
function doneOrHanging(client) {
  return new Promise((resolve, reject) => {
    let last = { progress: -1, atMs: performance.now() };
    client.told("done").then(({ sessions }) => resolve({ sessions, isHanging: false }), reject);
    client.onMessage = ({ type, sessions }) => {
      if (type !== "progress") return;
      const progress = sum(sessions, ({ answered, accepted, closed }) => answered + accepted + (closed ? 1 : 0));
      if (progress !== last.progress) last = { progress, atMs: performance.now() };
      else if (performance.now() - last.atMs > hangAfterMs) resolve({ sessions, isHanging: true });
    };
  });
}

function sum(items, of) {
  return items.reduce((total, item) => total + of(item), 0);
}

/** Writes the summary line of a version, and below it what is wrong. True when nothing is. */
function tellVerdict(name, { proxy, sessions, isHanging, report, seconds }) {
  const { counts, endedCount } = proxy;
  const { lostCount, doubledCount, outOfOrderCount, examples } = judge(sessions, report.handled);
  const answeredCount = sum(sessions, ({ answered }) => answered);
  const acceptedCount = sum(sessions, ({ accepted }) => accepted);
  const reconnectCount = sum(sessions, (session) => session.reconnectCount);
  write(
    `${name}: ${answeredCount} calls answered, ${acceptedCount} one-way messages, ${sessionCount} sessions; ` +
      `${endedCount} connections ended by force (${counts.cuts} cut, ${counts.halfCloses} half-closed, ${counts.resets} reset), ` +
      `${counts.stalls} stalls, ${counts.throttles} throttles, ${reconnectCount} reconnects; ` +
      `lost ${lostCount}, doubled ${doubledCount}, out of order ${outOfOrderCount}; ${seconds.toFixed(1)} s`,
  );
  const wrong = [...examples, ...report.errors.slice(0, 5)];
  if (report.ends.faulted.length > 0)
    wrong.push(`sessions ended at the host with an error: ${report.ends.faulted.join(" | ")}`);
  if (isHanging) wrong.push(`nothing moved for ${hangAfterMs / 1000} s; the sessions: ${JSON.stringify(sessions)}`);
  if (answeredCount !== callCount) wrong.push(`${callCount - answeredCount} of ${callCount} calls were not answered`);
  if (acceptedCount !== oneWayCount)
    wrong.push(`${oneWayCount - acceptedCount} of ${oneWayCount} one-way messages failed`);
  for (const { index, errors, errorCount, closed } of sessions) {
    if (errorCount > 0) wrong.push(`session ${index} had ${errorCount} errors: ${errors.join(" | ")}`);
    else if (!closed) wrong.push(`session ${index} was not closed in order`);
  }
  if (endedCount < cutCount)
    wrong.push(`only ${endedCount} connections were ended, not ${cutCount}: the proxy was too kind`);
  for (const text of wrong) write(`  ${text}`);
  return wrong.length === 0 && lostCount + doubledCount + outOfOrderCount === 0;
}

async function tellHealing(transport, version) {
  const { medianMs, p90Ms, maxMs } = await measureHealing({ transport, version, cutCount: healCount });
  const isFast = medianMs < healLimitMs;
  write(
    `${transport}, RM ${version}: from a cut to the next reply, ${healCount} cuts: median ${medianMs.toFixed(1)} ms, 90 % within ` +
      `${p90Ms.toFixed(1)} ms, longest ${maxMs.toFixed(1)} ms${isFast ? "" : `; the median must be under ${healLimitMs} ms`}`,
  );
  return isFast;
}

write(`chaos with seed ${seed}`);
for (const [name, value] of Object.entries({ callCount, oneWayCount, cutCount, sessionCount, healCount, seed })) {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} is ${value}; it must be a whole number`);
}
let isGood = true;
for (const transport of values.transport.split(",")) {
  if (!(transport in transports))
    throw new RangeError(`--transport is ${transport}; there are ${Object.keys(transports)}`);
  for (const version of values.version.split(",")) {
    isGood = tellVerdict(`${transport}, RM ${version}`, await storm(transport, version)) && isGood;
    if (healCount > 0) isGood = (await tellHealing(transport, version)) && isGood;
  }
}
if (!isGood) {
  const sizes = `--calls=${callCount} --one-ways=${oneWayCount} --cuts=${cutCount} --sessions=${sessionCount} --heals=${healCount}`;
  write(
    `FAILED; the same again: npm run test:chaos -- ${sizes}${hostMode === "in-line" ? "" : " --protocol-thread"} --transport=${values.transport} --version=${values.version} --seed=${seed}`,
  );
  process.exitCode = 1;
}
