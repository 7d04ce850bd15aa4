import { spawn } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Mutation testing of the reliable messaging: how many small faults, put into its code one at a time, the tests find.
 *
 * node test/mutation/run.mjs [--mutate GLOB]
 *
 * Works on a copy of this folder, since the tool writes into the code, and leaves its report beside the copy. Takes an hour or two;
 * ends with an error when less than 85 % are found.
 */

const root = fileURLToPath(new URL("../../", import.meta.url));
const left = new Set(["node_modules", "dist", ".git", ".bowline-cache"]);
const tools = ["@stryker-mutator/core@9", "@stryker-mutator/vitest-runner@9"];

/** @param {string} command @param {string[]} args @param {string} cwd @returns {Promise<number>} */
function run(command, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: "inherit" });
    child.once("error", reject);
    child.once("close", (status) => resolve(status ?? 1));
  });
}

const folder = await mkdtemp(join(tmpdir(), "bowline-mutation-"));
const copy = join(folder, "bowline");
await cp(root, copy, {
  recursive: true,
  filter: (path) =>
    !relative(root, path)
      .split(sep)
      .some((name) => left.has(name)),
});
const steps = [
  ["npm", ["ci", "--no-audit", "--no-fund"]],
  ["npm", ["install", "--no-save", "--no-audit", "--no-fund", ...tools]],
  ["npx", ["stryker", "run", "test/mutation/stryker.config.json", ...process.argv.slice(2)]],
];
let status = 0;
for (const [command, args] of /** @type {[string, string[]][]} */ (steps)) {
  status = await run(command, args, copy);
  if (status !== 0) break;
}
await cp(join(copy, "mutation-report.json"), join(folder, "mutation-report.json")).catch(() => undefined);
await rm(copy, { recursive: true });
console.log(`the report is ${join(folder, "mutation-report.json")}`);
process.exitCode = status;
