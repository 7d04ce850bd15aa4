// What the dispatch pipeline costs where no hook is configured: one session with a host that has it and has it not, in turn.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { echoBody, echoClient } from "./service.mjs";

const lanes = 64;
const callsPerLane = 10;

/** W2 for one slice: calls per second, and microseconds of the host's processor for each. */
async function slice(server, client, isBare, sliceSeconds) {
  const body = echoBody(1024, false);
  const cpuMicros = async () => {
    server.send(isBare);
    return (await once(server, "message"))[0];
  };
  const lane = async () => {
    for (let index = 0; index < callsPerLane; index++) await client.call(body);
  };
  const cpuBefore = await cpuMicros();
  const from = performance.now();
  let count = 0;
  while (performance.now() - from < sliceSeconds * 1000) {
    await Promise.all(Array.from({ length: lanes }, lane));
    count += lanes * callsPerLane;
  }
  const perSecond = count / ((performance.now() - from) / 1000);
  return { perSecond, cpu: ((await cpuMicros()) - cpuBefore) / count };
}

/** The mean of ratios (of their logarithms), and how far it is to be trusted: half of its 95 % interval. */
function ratioOf(pairs, key) {
  const logs = pairs.map(({ whole, bare }) => Math.log(whole[key] / bare[key]));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const deviation = Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1));
  const doubt = (1.96 * deviation) / Math.sqrt(logs.length);
  return `${Math.exp(mean).toFixed(3)} ± ${doubt.toFixed(3)}`;
}

/** Pairs of slices, the first of a pair in turn with the pipeline and without it, so that neither always follows the other. */
async function pairsOf(server, client, count, sliceSeconds) {
  const pairs = [];
  for (let turn = 0; turn < count; turn++) {
    const pair = {};
    for (const isBare of turn % 2 === 0 ? [false, true] : [true, false])
      pair[isBare ? "bare" : "whole"] = await slice(server, client, isBare, sliceSeconds);
    pairs.push(pair);
  }
  return pairs;
}

export async function overheadPart(write, { slices, sliceSeconds }) {
  const server = spawn(process.execPath, [fileURLToPath(new URL("overhead-host.mjs", import.meta.url))], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  try {
    const port = Number((await once(server.stdout.setEncoding("utf8"), "data"))[0]);
    const client = await echoClient(port, "net.tcp", "1.0");
    await pairsOf(server, client, 4, sliceSeconds);
    // Many short ones: a shared machine is twice as fast at one moment as at the next, which weighs more than what is measured here.
    const pairs = await pairsOf(server, client, slices * 20, sliceSeconds / 5);
    await client.close();
    const line = (what, key, digits) => {
      const mean = (name) => pairs.reduce((sum, pair) => sum + pair[name][key], 0) / pairs.length;
      const [whole, bare] = [mean("whole"), mean("bare")].map((value) => value.toFixed(digits).padEnd(10));
      write(`${what.padEnd(48)}${whole}${bare}${ratioOf(pairs, key)}`);
    };
    write(
      `\nW2 at 1 KiB with no hook configured, ${pairs.length} pairs of slices: with the dispatch pipeline, with it removed, ratio`,
    );
    line("calls per second", "perSecond", 0);
    line("processor time of the host for a call, in µs", "cpu", 2);
  } finally {
    server.kill();
  }
}
