/**
 * Runs seeds of the simulation: `npm run test:sim -- --seeds=5000 --first=1`, or one of them with its trace: `--seed=417`.
 *
 * Without `--first` the seeds are fresh ones; the first is printed, so that the very run can be repeated.
 */
import { runSeed, Totals } from "@bowline/simulation";

const maxPrintedFailureCount = 5;
const options = readArguments(process.argv.slice(2));
process.exitCode = options.seed === undefined ? swarm(options) : replay(options.seed);

/** @returns the exit code */
function swarm({ seedCount, first }) {
  const startedAt = performance.now();
  const totals = new Totals();
  const failures = [];
  const worlds = {};
  console.log(`simulation: ${seedCount} seeds from ${first}`);
  for (let seed = first; seed < first + seedCount; seed++) {
    const result = runSeed(seed);
    totals.add(result.totals);
    worlds[result.world] = (worlds[result.world] ?? 0) + 1;
    if (result.failure === undefined) continue;
    failures.push(result);
    if (failures.length <= maxPrintedFailureCount) printFailure(result);
  }
  const kinds = Object.entries(worlds).map(([kind, count]) => `${count} of ${kind}`);
  console.log(`worlds: ${kinds.join(", ")}`);
  console.log(`totals: ${totals}`);
  console.log(
    `${failures.length} of ${seedCount} seeds failed, in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
  );
  if (failures.length > 0) console.log(`failing seeds: ${failures.map(({ seed }) => seed).join(" ")}`);
  return failures.length === 0 ? 0 : 1;
}

/** @returns the exit code */
function replay(seed) {
  const result = runSeed(seed, { maxTraceLineCount: options.lines });
  if (result.failure !== undefined) {
    printFailure(result);
    return 1;
  }
  for (const line of result.trace) console.log(`  ${line}`);
  console.log(`seed ${seed} passed (${result.world}); ${result.totals}`);
  return 0;
}

function printFailure({ seed, world, failure, trace }) {
  console.log(`\nseed ${seed} (${world}): ${failure.checker}: ${failure.message}`);
  for (const line of trace) console.log(`  ${line}`);
  console.log(`replay: npm run test:sim -- --seed=${seed}`);
}

function readArguments(args) {
  const given = new Map(args.map((arg) => /^--([a-z]+)=(\d+)$/.exec(arg)?.slice(1) ?? fail(arg)));
  for (const name of given.keys()) if (!["seeds", "seed", "first", "lines"].includes(name)) fail(`--${name}`);
  const number = (name) => (given.has(name) ? Number(given.get(name)) : undefined);
  return {
    seed: number("seed"),
    seedCount: number("seeds") ?? 1000,
    first: number("first") ?? Math.floor(Math.random() * 2 ** 31),
    lines: number("lines") ?? 60,
  };
}

function fail(arg) {
  console.error(`${arg}: expected --seeds=N, --first=N, --seed=N or --lines=N, with whole numbers`);
  process.exit(2);
}
