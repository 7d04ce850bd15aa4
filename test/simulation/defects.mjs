/**
 * The test of the tests: with each deliberate defect in the machines, how many seeds does the swarm need to find it?
 * `node test/simulation/defects.mjs [--seeds=500] [--first=1]`
 */
import { defects, runSeed } from "@bowline/simulation";

const given = new Map(process.argv.slice(2).map((arg) => /^--(seeds|first)=(\d+)$/.exec(arg)?.slice(1) ?? []));
const seedCount = Number(given.get("seeds") ?? 500);
const first = Number(given.get("first") ?? 1);
const rows = defects.map((defect) => {
  for (let seed = first; seed < first + seedCount; seed++) {
    const { failure, world } = runSeed(seed, { defect });
    if (failure !== undefined) return { defect, count: seed - first + 1, seed, world, failure };
  }
  return { defect, count: undefined };
});

console.log("| defect | seeds until found | seed | world | checker | what it says |");
console.log("|---|---|---|---|---|---|");
for (const { defect, count, seed, world, failure } of rows) {
  const cells =
    count === undefined ? ["NOT FOUND", "", "", "", ""] : [count, seed, world, failure.checker, words(failure)];
  console.log(`| ${[defect.name, ...cells].join(" | ")} |`);
}
const missed = rows.filter(({ count }) => count === undefined);
console.log(`\n${rows.length - missed.length} of ${rows.length} defects found within ${seedCount} seeds each`);
process.exitCode = missed.length === 0 ? 0 : 1;

function words({ message }) {
  return message.split("\n", 1)[0].slice(0, 90).replaceAll("|", "/");
}
