/**
 * Compares our reader of XML text with saxes over generated and damaged documents: `npm run test:text -- --documents=1000000 --seed=1`,
 * or one document with what both make of it: `--only=417`.
 *
 * Without `--seed` the documents are fresh ones; the seed is printed, so that the very run can be repeated.
 */
import { differences } from "./differences.mjs";
import { documentOf } from "./documents.mjs";
import { ourReading, saxesReading } from "./readings.mjs";

/** No document may take longer, in ms of the processor's time per 64 KiB. */
const maxMs = 50;
const unitByteLength = 64 * 1024;
/** A first measurement has the garbage of all documents before it. */
const measurementCount = 4;
const maxPrintedCount = 5;

const options = readArguments(process.argv.slice(2));
process.exitCode = options.only === undefined ? compareAll(options) : show(options.seed, options.only);

/** @param {{ documents: number, seed: number }} options */
function compareAll({ documents, seed }) {
  const startedAt = performance.now();
  const explained = new Map(differences.map(({ name }) => [name, 0]));
  /** @type {number[]} */
  const wrong = [];
  let readCount = 0;
  let refusedCount = 0;
  let worst = { ms: 0, index: -1 };
  for (let index = 0; index < documents; index++) {
    const bytes = Buffer.from(documentOf(seed, index));
    const { ours, ms } = measured(bytes);
    if (ms > worst.ms) worst = { ms, index };
    const theirs = saxesReading(bytes);
    if (ours.nodes !== undefined && ours.nodes === theirs.nodes) readCount += 1;
    else if (ours.nodes === undefined && theirs.nodes === undefined && ours.code !== "CRASH") refusedCount += 1;
    else {
      const difference = differences.find(({ applies }) => applies(ours, theirs));
      if (difference === undefined) wrong.push(index);
      else explained.set(difference.name, (explained.get(difference.name) ?? 0) + 1);
    }
  }
  for (const index of wrong.slice(0, maxPrintedCount)) show(seed, index);
  const unproven = differences.filter(({ example, applies }) => {
    const bytes = Buffer.from(example);
    return !applies(ourReading(bytes), saxesReading(bytes));
  });
  for (const { name } of unproven) console.log(`the difference "${name}" does not happen in its example`);
  for (const [name, count] of explained) console.log(`explained: ${name}: ${count}`);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `${documents} documents of seed ${seed}: ${readCount} read alike, ${refusedCount} refused alike, ` +
      `${[...explained.values()].reduce((sum, count) => sum + count, 0)} explained, ${wrong.length} wrong, ` +
      `worst ${worst.ms.toFixed(1)} ms per 64 KiB (document ${worst.index}), in ${seconds} s`,
  );
  return wrong.length === 0 && unproven.length === 0 && worst.ms <= maxMs ? 0 : 1;
}

/** Our reading, and the time it takes per 64 KiB; a small document is not multiplied. @param {Uint8Array} bytes */
function measured(bytes) {
  let ms = Number.POSITIVE_INFINITY;
  /** @type {import("./readings.mjs").Reading} */
  let ours = {};
  for (let count = 0; count < measurementCount; count++) {
    const before = process.cpuUsage();
    ours = reading(bytes);
    const { user, system } = process.cpuUsage(before);
    ms = Math.min(ms, (user + system) / 1000 / Math.max(1, bytes.length / unitByteLength));
    if (ms < maxMs / 5) break;
  }
  return { ours, ms };
}

/** A crash is a reading that nothing explains. @param {Uint8Array} bytes @returns {import("./readings.mjs").Reading} */
function reading(bytes) {
  try {
    return ourReading(bytes);
  } catch (error) {
    return { refusal: `CRASH: ${/** @type {Error} */ (error).stack}`, code: "CRASH" };
  }
}

/** @param {number} seed @param {number} index */
function show(seed, index) {
  const text = documentOf(seed, index);
  const bytes = Buffer.from(text);
  console.log(`document ${index} of seed ${seed}: ${JSON.stringify(text.slice(0, 1000))}`);
  for (const [who, { nodes, refusal }] of [
    ["ours ", reading(bytes)],
    ["saxes", saxesReading(bytes)],
  ]) {
    console.log(`  ${who} ${nodes === undefined ? `refuses it: ${refusal}` : nodes.slice(0, 1000)}`);
  }
  console.log(`  again with: npm run test:text -- --seed=${seed} --only=${index}`);
  return 0;
}

/** @param {string[]} args */
function readArguments(args) {
  const given = new Map(
    args.map((arg) => {
      const match = /^--(documents|seed|only)=(\d+)$/.exec(arg);
      if (match === null) throw new Error(`${arg} is no option; there are --documents=n, --seed=n and --only=n`);
      return [match[1], Number(match[2])];
    }),
  );
  return {
    documents: given.get("documents") ?? 100_000,
    seed: given.get("seed") ?? Math.floor(Math.random() * 2 ** 31),
    only: given.get("only"),
  };
}
