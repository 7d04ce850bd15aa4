// Bowline against implementations that share no line with it, and against what was recorded of them.
//
//   node test/interop/run.mjs [--quick] [--only wcf,mono,codec,replay] [--seed N]
//
//   codec    our binary XML and data contracts against .NET's own, on generated documents (--quick: a tenth of them)
//   mono     Mono's WCF over plain net.tcp: its client with our host, our client with its host
//   wcf      the WCF client with our host: reliable sessions 1.0 and 1.1, ordered and not, and plain net.tcp; connections cut and
//            records doubled, delayed and lost between them, as the seed draws it (--quick: a fifth of the calls and cuts); and how
//            long a cut session needs to heal
//   replay   recorded conversations: the recorded client with our host, the recorded host with our client
//
// A line `ok|FAILED|skipped name` for each case and a summary; exit code 1 when a case failed. A part whose peer is not on this
// machine is skipped, which the end of the output says loudly; there each failed case stands once more, too, since of a long output
// often only the end is kept.

import { randomInt } from "node:crypto";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";

/**
 * @typedef {{ name: string, ok: boolean, detail: string }} CaseResult
 * @typedef {{ results: CaseResult[], skipped: string | undefined }} PartResult
 */

const counts = { documents: 20_000, contracts: 5_000 };
const quickCounts = { documents: 2_000, contracts: 300 };

/**
 * In the order of the run: what is over soon comes first. Each is loaded when it is its turn, so that one which cannot be loaded
 * fails alone.
 * @type {Readonly<Record<string, (options: { isQuick: boolean, seed: number }) => Promise<PartResult>>>}
 */
const parts = {
  async mono() {
    const { runMono } = await import("./mono-cases.mjs");
    return runMono();
  },
  async wcf(options) {
    const { runWcfCases } = await import("./wcf-cases.mjs");
    console.log(
      `the wire of the wcf cases is drawn from seed ${options.seed}; again with --only wcf --seed ${options.seed}`,
    );
    return runWcfCases(options);
  },
  async replay() {
    const { runReplay } = await import("./replay/run.mjs");
    return { results: await runReplay(), skipped: undefined };
  },
  async codec({ isQuick }) {
    const { runCodec } = await import("./codec/run.mjs");
    const results = await runCodec(isQuick ? quickCounts : counts);
    const skipped = results.find(({ ok, detail }) => !ok && detail.startsWith("skipped: "));
    return skipped === undefined
      ? { results, skipped: undefined }
      : { results: [], skipped: skipped.detail.slice("skipped: ".length) };
  },
};

const { values } = parseArgs({
  options: { quick: { type: "boolean", default: false }, only: { type: "string" }, seed: { type: "string" } },
});
const seed = Number(values.seed ?? randomInt(2 ** 31));
const wanted = values.only?.split(",") ?? Object.keys(parts);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0) {
  console.error(`--only cannot be ${unknown.join(",")}; there are ${Object.keys(parts).join(",")}`);
  process.exit(2);
}
if (!Number.isSafeInteger(seed) || seed < 0) {
  console.error(`--seed cannot be ${values.seed}; it must be a whole number`);
  process.exit(2);
}

const startedAtMs = performance.now();
let okCount = 0;
/** @type {string[]} */
const failedLines = [];
/** @type {{ name: string, reason: string }[]} */
const skippedParts = [];
for (const name of wanted) await runPart(name);
for (const { name, reason } of skippedParts) saySkipped(name, reason);
for (const line of failedLines) console.log(line);
const failedText = failedLines.length === 0 ? "none failed" : `${failedLines.length} FAILED`;
const skippedText = skippedParts.length === 0 ? "nothing skipped" : `SKIPPED: ${skippedParts.map(({ name }) => name)}`;
console.log(`interop: ${okCount} ok, ${failedText}, ${skippedText}, ${secondsSince(startedAtMs)} s`);
process.exit(failedLines.length === 0 ? 0 : 1);

/** @param {string} name */
async function runPart(name) {
  const partStartedAtMs = performance.now();
  /** @type {PartResult} */
  let part;
  try {
    part = await /** @type {NonNullable<typeof parts[string]>} */ (parts[name])({ isQuick: values.quick, seed });
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    part = { results: [{ name: "the whole part", ok: false, detail }], skipped: undefined };
  }
  if (part.skipped !== undefined) {
    skippedParts.push({ name, reason: part.skipped });
    console.log(`skipped ${name}: ${part.skipped}`);
    return;
  }
  if (part.results.length === 0) part.results.push({ name: "the whole part", ok: false, detail: "no case ran" });
  for (const { name: caseName, ok, detail } of part.results) {
    const line = `${ok ? "ok" : "FAILED"} ${name}: ${caseName}${detail === "" ? "" : ` (${detail})`}`;
    if (ok) okCount += 1;
    else failedLines.push(line);
    console.log(line);
  }
  console.log(`${name}: ${secondsSince(partStartedAtMs)} s`);
}

/** @param {string} name @param {string} reason */
function saySkipped(name, reason) {
  const rule = "*".repeat(100);
  console.log(`${rule}\n* SKIPPED: ${name}. This run says nothing about it.\n* ${reason}\n${rule}`);
}

/** @param {number} atMs */
function secondsSince(atMs) {
  return ((performance.now() - atMs) / 1_000).toFixed(1);
}
