import { pathToFileURL } from "node:url";
import { compareMessages } from "./comparison.mjs";
import { explainedDifferences } from "./differences.mjs";
import { Playback } from "./playback.mjs";
import { loadRecording, runNames } from "./recording.mjs";
import { describeRun, endpointOf } from "./runs.mjs";
import { playScenario } from "./scenarios.mjs";
import { crash, startService } from "./services.mjs";
import { Starvation } from "./starvation.mjs";
import { clientWire, serverWire } from "./wires.mjs";

/**
 * Replays the recorded conversations: the recorded client speaks to our host, the recorded host to our client.
 *
 * node test/interop/replay/run.mjs [run-name …]
 *
 * @typedef {import("./comparison.mjs").Difference} Difference
 * @typedef {import("./differences.mjs").ExplainedDifference} ExplainedDifference
 * @typedef {import("./recording.mjs").Recording} Recording
 * @typedef {import("./recording.mjs").Step} Step
 * @typedef {import("./runs.mjs").Run} Run
 * @typedef {{ name: string, ok: boolean, detail: string }} Result
 * @typedef {{ problems: string[], playback: Playback }} Performance
 */

/** Timers of ours against recorded ones; beside it comes what the process was kept waiting for a processor. */
const toleranceMs = 1_000;
/** No run takes longer; the longest is silent for 9 s. */
const runLimitMs = 45_000;
/** When the play is over, connections and sessions end within this. */
const endLimitMs = 2_000;
/**
 * A recorded peer does not answer what ours repeats when its retransmission timer fires, some 400 ms after it was first sent.
 * A play in which the process was kept waiting for half as long can fail for that alone: it says nothing, and is played again.
 */
const starvedMs = 200;
/** The last play counts, however it went. */
const maxPlayCount = 4;
/** Runs at the same time, beside those that wait for timers. */
const rowCount = 3;

/** @param {Recording} recording @param {Run} run @returns {Promise<Performance>} */
async function playClient(recording, run) {
  const playback = new Playback(recording, "client", run);
  const { host, port, calls, errors } = await startService(run);
  const wire = clientWire(port, playback);
  const problems = [];
  try {
    await playback.run(wire);
    if (!(await within(endLimitMs, wire.isOver))) problems.push("our host leaves connections open at the end");
    if (run.scenario === "cut") checkOnce(calls, answeredCount(playback) + 1, problems);
    else if (!(await within(endLimitMs, () => host.sessions.length === 0)))
      problems.push(`our host still has ${host.sessions.length} sessions at the end`);
  } finally {
    wire.stop();
    host.abort();
  }
  const crashCount = errors.filter((error) => error === crash).length;
  const wantedCount = run.scenario === "types" ? 1 : 0;
  if (crashCount !== wantedCount) problems.push(`our host reports ${crashCount} crashes, not ${wantedCount}`);
  for (const error of errors) if (error !== crash) problems.push(`our host reports ${error}`);
  return { problems, playback };
}

/**
 * The recorded client repeats its last call many times; it must have run once.
 * @param {string[]} calls
 * @param {number} count
 * @param {string[]} problems
 */
function checkOnce(calls, count, problems) {
  const wanted = Array.from({ length: count }, (_, a) => `Add {"a":${a},"b":1}`);
  if (calls.join() !== wanted.join()) problems.push(`the operations that ran are ${calls.join(", ")}`);
}

/** Calls that the recorded host answered. @param {Playback} playback */
function answeredCount(playback) {
  return playback.recorded.messages.filter(({ key }) => key.startsWith("reply to client message")).length;
}

/** @param {Recording} recording @param {Run} run @returns {Promise<Performance>} */
async function playHost(recording, run) {
  const playback = new Playback(recording, "server", run);
  const wire = await serverWire(playback);
  playback.port = wire.port;
  const endpoint = endpointOf(run, wire.port, {
    openTimeoutMs: 10_000,
    closeTimeoutMs: 5_000,
    sendTimeoutMs: run.scenario === "cut" ? 60_000 : 10_000,
    ...(run.reliable === undefined ? {} : { reliableSession: { ...run.reliable, ...run.clientReliable } }),
  });
  const problems = [];
  try {
    const played = playback.run(wire);
    const stage = { run, endpoint, blob: sentBlob(recording), answeredCount: answeredCount(playback), played };
    const scenario = playScenario(stage).catch((error) => {
      problems.push(`the calls of our client failed: ${error.stack}`);
    });
    await Promise.all([played, scenario]);
    if (!(await within(endLimitMs, wire.isOver))) problems.push("our client leaves connections open at the end");
  } finally {
    wire.stop();
  }
  return { problems, playback };
}

/** What the recorded Bytes call sent. @param {Recording} recording */
function sentBlob(recording) {
  const find = (/** @type {import("./envelope-tree.mjs").Element} */ element) => {
    /** @type {string | undefined} */
    let text = element.local === "data" ? element.text : undefined;
    for (const child of element.children) text ??= find(child);
    return text;
  };
  const texts = recording.steps.map((step) => (step.tree === undefined ? undefined : find(step.tree)));
  return new Uint8Array(Buffer.from(texts.find((text) => text !== undefined) ?? "", "base64"));
}

/** @param {number} limitMs @param {() => boolean} isSo */
async function within(limitMs, isSo) {
  for (const deadlineMs = performance.now() + limitMs; !isSo(); ) {
    if (performance.now() > deadlineMs) return false;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return true;
}

/** @template T @param {Promise<T>} work @param {string} name @returns {Promise<T>} */
async function withLimit(work, name) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} is not through after ${runLimitMs} ms`)), runLimitMs);
  });
  try {
    return /** @type {T} */ (await Promise.race([work, limit]));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {string} runName
 * @param {"client" | "host"} ours
 * @param {Set<ExplainedDifference>} used
 * @returns {Promise<Result>}
 */
async function replay(runName, ours, used) {
  for (let playCount = 1; ; playCount++) {
    const starvation = new Starvation();
    const result = await replayOnce(runName, ours, used, starvation);
    starvation.stop();
    if (result.ok || starvation.lateMs < starvedMs || playCount === maxPlayCount) return result;
  }
}

/**
 * @param {string} runName
 * @param {"client" | "host"} ours
 * @param {Set<ExplainedDifference>} used
 * @param {Starvation} starvation
 * @returns {Promise<Result>}
 */
async function replayOnce(runName, ours, used, starvation) {
  const run = describeRun(runName);
  const direction = ours === "host" ? "client->our host" : "host->our client";
  const name = `replay ${direction} ${runName}`;
  try {
    const recording = loadRecording(runName);
    const play = ours === "host" ? playClient : playHost;
    const { problems, playback } = await withLimit(play(recording, run), name);
    const side = ours === "host" ? "server" : "client";
    const { comparedCount, differences } = compareMessages(
      playback.recorded.messages.filter((message) => message.from === side),
      playback.live.messages.filter((message) => message.from === side),
      { isTimed: run.isTimed, toleranceMs: toleranceMs + starvation.lateMs },
    );
    const unexplained = [];
    for (const difference of differences) {
      const entries = explainedDifferences.filter((entry) => explains(entry, runName, ours, difference));
      for (const entry of entries) used.add(entry);
      if (entries.length === 0) unexplained.push(describe(difference));
    }
    const failures = [...problems, ...playback.problems, ...unexplained];
    const explainedCount = differences.length - unexplained.length;
    const counts = `${comparedCount} messages compared, ${explainedCount} explained differences`;
    return { name, ok: failures.length === 0, detail: [counts, ...failures].join("\n    ") };
  } catch (error) {
    return { name, ok: false, detail: error instanceof Error ? String(error.stack) : String(error) };
  }
}

/** @param {ExplainedDifference} entry @param {string} runName @param {"client" | "host"} ours @param {Difference} difference */
function explains(entry, runName, ours, difference) {
  if (entry.side !== "both" && entry.side !== ours) return false;
  return entry.run.test(runName) && entry.message.test(difference.message) && entry.what.test(difference.what);
}

/** @param {Difference} difference */
function describe({ message, what, recorded, ours }) {
  const clip = (/** @type {string} */ text) => (text.length <= 300 ? text : `${text.slice(0, 300)}…`);
  return `${message}: ${what}\n        recorded ${clip(recorded)}\n        ours     ${clip(ours)}`;
}

/**
 * Those that mostly wait go all at once, beside them the others in a few rows, so that no timer fires for want of a processor.
 * @param {readonly string[]} runs
 * @param {Set<ExplainedDifference>} used
 * @returns {Promise<Result[]>} in the order of the runs
 */
async function replayAll(runs, used) {
  const jobs = runs.flatMap((run) => [
    { run, ours: /** @type {const} */ ("host") },
    { run, ours: /** @type {const} */ ("client") },
  ]);
  /** @type {Result[]} */
  const results = [];
  const isLong = (/** @type {string} */ run) => describeRun(run).isTimed || run.endsWith("-cut");
  const queue = [...jobs.entries()].filter(([, { run }]) => !isLong(run));
  const start = async (/** @type {number} */ index) => {
    const job = jobs[index];
    if (job !== undefined) results[index] = await replay(job.run, job.ours, used);
  };
  const row = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await start(next[0]);
  };
  const long = [...jobs.entries()].filter(([, { run }]) => isLong(run)).map(([index]) => start(index));
  await Promise.all([...long, ...Array.from({ length: rowCount }, row)]);
  return results;
}

/**
 * All recorded runs both ways, or those named.
 * @param {readonly string[]} [names]
 * @returns {Promise<Result[]>}
 */
export async function runReplay(names = []) {
  /** @type {Set<ExplainedDifference>} */
  const used = new Set();
  const runs = names.length === 0 ? runNames() : names;
  const results = await replayAll(runs, used);
  if (names.length > 0) return results;
  const stale = explainedDifferences.filter((entry) => entry.isRare !== true && !used.has(entry));
  results.push({
    name: "replay differences.mjs explains nothing that does not happen",
    ok: stale.length === 0,
    detail: stale.map(({ run, message, what }) => `${run} ${message} ${what}`).join("\n    "),
  });
  return results;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const results = await runReplay(process.argv.slice(2));
  for (const { name, ok, detail } of results) {
    if (ok) console.log(`ok ${name}${detail === "" ? "" : ` (${detail})`}`);
    else console.log(`FAILED ${name}\n    ${detail}`);
  }
  const failedCount = results.filter(({ ok }) => !ok).length;
  console.log(`${results.length - failedCount} of ${results.length} ok`);
  process.exitCode = failedCount === 0 ? 0 : 1;
}
