// A soak: many sessions of both versions through the chaos proxy for a long time, with messages of every size up to 1 MiB.
//
//   node test/chaos/soak.mjs [--minutes=60] [--sessions=64] [--seed=N]
//
// Prints a line a minute, and at the end whether each message was handled exactly once and in order, and whether the memory of both
// processes stayed flat: after a settling time (a sixth of the run) no stretch of that length may have held over 5 % more of the system's
// memory than the first. What is live swings with the messages under way; the least of each stretch is told beside it.

import { randomInt } from "node:crypto";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ChaosProxy } from "./chaos-proxy.mjs";
import { ChildProcess } from "./processes.mjs";

/** Bytes that a connection carries before it is ended by force: some dozen seconds of one session. */
const meanByteLength = 16 << 20;
const growthLimitPercent = 5;
const stretchCount = 6;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    sessions: { type: "string", default: "64" },
    seed: { type: "string" },
  },
});
const minuteCount = Number(values.minutes);
const sessionCount = Number(values.sessions);
const seed = Number(values.seed ?? randomInt(2 ** 31));
for (const [name, value] of Object.entries({ minuteCount, sessionCount, seed })) {
  if (!(value > 0)) throw new RangeError(`${name} is ${value}; it must be above 0`);
}

const write = (text) => process.stdout.write(`${text}\n`);
const mebibytes = (bytes) => `${(bytes / (1 << 20)).toFixed(1)} MiB`;

/** Samples of one process, and whether they grow. */
class Memory {
  #samples = [];

  add({ liveByteLength, residentByteLength }) {
    this.#samples.push({ liveByteLength, residentByteLength });
  }

  /** Of each stretch after the settling time, the value below which `share` of its samples lie. */
  stretches(of, share) {
    const length = Math.floor(this.#samples.length / stretchCount);
    return Array.from({ length: stretchCount - 1 }, (_, index) => {
      const sorted = this.#samples.slice((index + 1) * length, (index + 2) * length).map((sample) => sample[of]);
      return sorted.sort((a, b) => a - b)[Math.floor(sorted.length * share)];
    });
  }
}

write(`soak with seed ${seed}: ${sessionCount} sessions for ${minuteCount} minutes`);
const host = new ChildProcess("soak-host.mjs");
const { ports } = await host.told("listening");
const proxies = ports.map((targetPort, index) => new ChaosProxy({ targetPort, seed: seed + index, meanByteLength }));
const proxyPorts = await Promise.all(proxies.map((proxy) => proxy.open()));
const client = new ChildProcess("soak-client.mjs", JSON.stringify({ ports: proxyPorts, seed, sessionCount }));
await client.told("opened");
for (const proxy of proxies) proxy.startStorm();
client.tell("go");

const memories = { client: new Memory(), host: new Memory() };
const startedAtMs = performance.now();
const sampleEveryMs = Math.min(10_000, (minuteCount * 60_000) / 60);
let nextTellingMs = 60_000;
let last;
while (performance.now() - startedAtMs < minuteCount * 60_000) {
  await sleep(sampleEveryMs);
  last = await sample();
  memories.client.add(last.client);
  memories.host.add(last.host);
  const elapsedMs = performance.now() - startedAtMs;
  if (elapsedMs < nextTellingMs) continue;
  nextTellingMs += 60_000;
  tell(Math.round(elapsedMs / 60_000), last);
}
client.tell("stop");
await client.told("stopped");
last = await sample();
const isGood = conclude(last);
client.stop();
host.stop();
for (const proxy of proxies) proxy.close();
process.exitCode = isGood ? 0 : 1;

async function sample() {
  const told = Promise.all([client.told("sample"), host.told("sample")]);
  client.tell("sample");
  host.tell("sample");
  const [ofClient, ofHost] = await told;
  return { client: ofClient, host: ofHost };
}

function tell(minute, { client: ofClient, host: ofHost }) {
  const cutCount = proxies.reduce((total, proxy) => total + proxy.endedCount, 0);
  write(
    `${minute} min: ${ofClient.answeredCount} calls, ${ofClient.acceptedCount} one-way, ${mebibytes(ofHost.byteLength)}, ${cutCount} cuts; ` +
      `live ${mebibytes(ofClient.liveByteLength)} client, ${mebibytes(ofHost.liveByteLength)} host; ` +
      `resident ${mebibytes(ofClient.residentByteLength)} client, ${mebibytes(ofHost.residentByteLength)} host`,
  );
}

function conclude({ client: ofClient, host: ofHost }) {
  const problems = [...ofClient.errors, ...ofHost.errors];
  if (ofHost.handledCount !== ofClient.sentCount)
    problems.push(`${ofClient.sentCount} messages were sent and ${ofHost.handledCount} handled`);
  if (ofClient.closedCount !== sessionCount)
    problems.push(`${ofClient.closedCount} of ${sessionCount} sessions closed in order`);
  for (const [name, memory] of Object.entries(memories)) {
    const medians = memory.stretches("residentByteLength", 0.5);
    const percent = (Math.max(...medians) / medians[0] - 1) * 100;
    write(`${name}: resident ${medians.map(mebibytes).join(", ")}, at most ${percent.toFixed(1)} % above the first`);
    write(`${name}: live at least ${memory.stretches("liveByteLength", 0).map(mebibytes).join(", ")}`);
    if (!(percent <= growthLimitPercent)) problems.push(`the memory of the ${name} grew by ${percent.toFixed(1)} %`);
  }
  const cutCount = proxies.reduce((total, proxy) => total + proxy.endedCount, 0);
  write(
    `soak: ${ofHost.handledCount} messages (${mebibytes(ofHost.byteLength)}) handled exactly once and in order on ${sessionCount} sessions ` +
      `through ${cutCount} cuts in ${minuteCount} minutes: ${problems.length === 0 ? "yes" : "NO"}`,
  );
  for (const problem of problems) write(`  ${problem}`);
  return problems.length === 0;
}
