import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { compareContract } from "./contract-comparison.mjs";
import { dotnetWrites, weWrite } from "./document-comparison.mjs";
import { buildPeer, dictionaryPath, Peer } from "./dotnet.mjs";
import { dotnetWritesText, weWriteText } from "./text-comparison.mjs";

/**
 * Compares our codec with .NET's own: documents and data contracts, both ways.
 *
 * node test/interop/codec/run.mjs [--documents=20000] [--contracts=5000] [--seed=n] [--only=case]
 *
 * @typedef {import("./document-comparison.mjs").Difference} Difference
 * @typedef {import("./document-comparison.mjs").Session} Session
 * @typedef {{ name: string, ok: boolean, detail: string }} Result
 */

const batchCount = 40;
const shownDifferenceCount = 5;

/**
 * Sends sessions in batches, the next one while the answers of the last are checked.
 * @param {(index: number) => Session | undefined} next
 * @param {number} wanted count of documents or contracts
 * @param {number} perPeer how many of them one .NET program gets
 */
async function compare(next, wanted, perPeer) {
  const total = { count: 0, /** @type {Difference[]} */ differences: [] };
  let index = 0;
  for (let done = false; !done; ) {
    const peer = new Peer();
    try {
      const end = Math.min(total.count + perPeer, wanted);
      /** @type {Promise<void>[]} */
      const pending = [];
      while (total.count < end && !done) {
        /** @type {Session[]} */
        const sessions = [];
        while (total.count < end && sessions.length < batchCount && !done) {
          const session = next(index++);
          if (session === undefined) done = true;
          else {
            total.count += session.count;
            sessions.push(session);
          }
        }
        pending.push(check(peer, sessions, total.differences));
        if (pending.length > 1) await pending.shift();
      }
      await Promise.all(pending);
      done ||= total.count >= wanted;
    } finally {
      await peer.close();
    }
  }
  return total;
}

/** @param {Peer} peer @param {Session[]} sessions @param {Difference[]} differences */
async function check(peer, sessions, differences) {
  const answers = await peer.ask([...sessions.flatMap(({ requests }) => requests), { op: "forget" }]);
  let at = 0;
  for (const session of sessions) {
    differences.push(...session.check(answers.slice(at, at + session.requests.length)));
    at += session.requests.length;
  }
}

/** @param {Difference[]} differences @param {number} seed */
function report(differences, seed) {
  for (const difference of differences.slice(0, shownDifferenceCount)) {
    console.error(`difference: ${difference.what}`);
    console.error(
      `  again with: node test/interop/codec/run.mjs --seed=${seed} --only=${difference.case.split("/")[0]}   (${difference.case})`,
    );
    console.error(`  hex    ${cut(difference.hex)}`);
    const at = firstDifference(difference.ours, difference.theirs);
    console.error(`  ours   ${cut(difference.ours, at)}`);
    console.error(`  .NET's ${cut(difference.theirs, at)}`);
  }
  if (differences.length > shownDifferenceCount)
    console.error(`… and ${differences.length - shownDifferenceCount} more`);
}

/** @param {string} one @param {string} other */
function firstDifference(one, other) {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}

/** @param {string} text @param {number} [around] */
function cut(text, around = 0) {
  if (text.length <= 600) return text;
  const from = Math.max(0, around - 200);
  return `${from > 0 ? "…" : ""}${text.slice(from, from + 500)}… (${text.length} characters)`;
}

/**
 * @param {{ documents?: number, contracts?: number, seed?: number, only?: string }} options
 * @returns {Promise<Result[]>}
 */
export async function runCodec({ documents = 20_000, contracts = 5_000, seed = 1, only } = {}) {
  const built = await buildPeer();
  if (!built.available) {
    console.error(`codec: SKIPPED, nothing was compared with .NET: ${built.reason}`);
    return [{ name: "codec", ok: false, detail: `skipped: ${built.reason}` }];
  }
  /** @type {readonly string[]} */
  const dictionary = JSON.parse(readFileSync(dictionaryPath, "utf8"));
  const [onlyKind, onlyIndex] = only === undefined ? [] : only.split(":");
  /** @param {string} kind @param {number} wanted @param {(index: number) => Session} make @param {number} perPeer */
  const run = (kind, wanted, make, perPeer) => {
    if (onlyKind !== undefined && onlyKind !== kind) return { count: 0, differences: /** @type {Difference[]} */ ([]) };
    return compare(
      onlyIndex === undefined ? make : (index) => (index === 0 ? make(Number(onlyIndex)) : undefined),
      wanted,
      perPeer,
    );
  };
  // Two at a time: one .NET program for documents, one for contracts. It never forgets a type, which makes it slow after some hundreds.
  const [[written, read, writtenText, readText], defined] = await Promise.all([
    (async () => [
      await run("dotnet-writes", documents, (index) => dotnetWrites(seed, index), documents),
      await run("we-write", documents, (index) => weWrite(seed, index, dictionary), documents),
      await run("dotnet-text", documents, (index) => dotnetWritesText(seed, index), documents),
      await run("our-text", documents, (index) => weWriteText(seed, index), documents),
    ])(),
    run("contract", contracts, (index) => compareContract(seed, index), 400),
  ]);
  const differences = [written, read, writtenText, readText, defined].flatMap((total) => total?.differences ?? []);
  report(differences, seed);
  const detail = `${written?.count} documents written by .NET and read here, ${read?.count} written here and read by .NET, as text ${writtenText?.count} and ${readText?.count}, ${defined.count} data contracts each way, ${differences.length} differences`;
  return [{ name: "codec", ok: differences.length === 0, detail }];
}

if (
  process.argv[1] !== undefined &&
  import.meta.url === pathToFileURL(fileURLToPath(pathToFileURL(process.argv[1]))).href
) {
  const { values } = parseArgs({
    options: {
      documents: { type: "string" },
      contracts: { type: "string" },
      seed: { type: "string" },
      only: { type: "string" },
    },
  });
  const seed = Number(values.seed ?? 1);
  const started = performance.now();
  console.log(`codec: seed ${seed}`);
  const results = await runCodec({
    documents: Number(values.documents ?? 20_000),
    contracts: Number(values.contracts ?? 5_000),
    seed,
    ...(values.only === undefined ? {} : { only: values.only }),
  });
  for (const { name, detail } of results)
    console.log(`${name}: ${detail} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
}
