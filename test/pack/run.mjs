import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { browserProblems } from "./browser.mjs";
import { install, packAll, publishedPackages, root, run, tarballProblems } from "./packages.mjs";
import { compile, runAlone, runTogether, snippetsOf } from "./snippets.mjs";

/**
 * Packs what is published, looks at the tarballs, installs them into an empty project and runs the code of the READMEs there.
 *
 * node test/pack/run.mjs [--keep]   (after `npm run build`; --keep leaves the project in place)
 */

/** @type {string[]} */
const failures = [];

/**
 * @param {string} title
 * @param {() => Promise<string[]>} step gives what is wrong
 */
async function check(title, step) {
  /** @type {string[]} */
  let problems;
  try {
    problems = await step();
  } catch (error) {
    problems = [error instanceof Error ? error.message : String(error)];
  }
  console.log(`${problems.length === 0 ? "ok  " : "FAIL"} ${title}`);
  for (const problem of problems) console.log(problem.replace(/^/gm, "     "));
  if (problems.length > 0) failures.push(title);
}

/** @param {string} folder */
async function checkPackages(folder) {
  const project = join(folder, "project");
  /** @type {import("./packages.mjs").Tarball[]} */
  let tarballs = [];
  await check("npm pack", async () => {
    tarballs = await packAll(folder);
    return [];
  });
  for (const tarball of tarballs)
    await check(`@bowline/${tarball.name} is well formed`, () => tarballProblems(tarball));
  await check("an install compiles nothing and downloads nothing but packages", () => install(tarballs, project));
  if (failures.length > 0 && !existsSync(join(project, "node_modules"))) return;
  await check("the installed command decodes a recording", () => decodeWithCommand(project));
  await checkSnippets(project);
}

/** @param {string} project */
async function decodeWithCommand(project) {
  const recording = join(root, "test/captures/tcp-rm10-request-reply/recording.jsonl");
  const output = await run(join(project, "node_modules/.bin/bowline"), ["decode", recording], project);
  return output.includes("CreateSequenceResponse") ? [] : [`it printed:\n${output}`];
}

/** @param {string} project */
async function checkSnippets(project) {
  const snippets = snippetsOf(
    existsSync(join(root, "README.md")) ? await readFile(join(root, "README.md"), "utf8") : "",
  );
  const server = snippets.find(({ name }) => name === "server");
  const client = snippets.find(({ name }) => name === "client");
  const browser = snippets.find(({ name }) => name === "browser");
  const alone = await packageSnippets();
  // The file in which a protocol thread starts is no import of anybody's: only running it shows that it is there.
  const threaded = server === undefined ? [] : [withProtocolThread(server)];
  await check("README.md has a server, a client and a page's program that this check can use", async () => {
    const missing = ["server", "client", "browser"].filter(
      (name) => !snippets.some((snippet) => snippet.name === name),
    );
    const unsaid =
      client !== undefined && client.prints === undefined ? ["no <!-- prints: ... --> follows the client"] : [];
    return [...missing.map((name) => `no \`\`\`ts block with <!-- runs: ${name} --> right before it`), ...unsaid];
  });
  let isCompiled = false;
  await check("the code of the READMEs compiles, strictly, against the installed types", async () => {
    await compile([...snippets, ...threaded, ...alone], project);
    isCompiled = true;
    return [];
  });
  if (!isCompiled) return;
  for (const snippet of alone) await check(`the code of ${snippet.name} runs`, () => runAlone(snippet, project));
  if (browser !== undefined)
    await check("the page's program of README.md needs nothing of Node.js, and is small", () =>
      browserProblems(browser, project),
    );
  if (server === undefined || client === undefined) return;
  await check("the client of README.md calls its server and prints what the page says", () =>
    runTogether(server, client, project),
  );
  await check("so it does with a protocol thread", () => runTogether(withProtocolThread(server), client, project));
}

/**
 * @param {import("./snippets.mjs").Snippet} server
 * @returns {import("./snippets.mjs").Snippet}
 */
function withProtocolThread(server) {
  const code = server.code.replace("new ServiceHost()", "new ServiceHost({ protocolThread: true })");
  if (code === server.code) throw new Error("the server of README.md makes no host by new ServiceHost()");
  return { ...server, name: "server-with-protocol-thread", code };
}

/** Code in the READMEs of the packages, which needs no partner. */
async function packageSnippets() {
  const snippets = [];
  for (const name of publishedPackages) {
    const path = join(root, "packages", name, "README.md");
    if (existsSync(path)) snippets.push(...snippetsOf(await readFile(path, "utf8")));
  }
  return snippets;
}

const folder = await mkdtemp(join(tmpdir(), "bowline-pack-"));
try {
  await checkPackages(folder);
} finally {
  if (process.argv.includes("--keep")) console.log(`kept ${folder}`);
  else await rm(folder, { recursive: true, force: true });
}
console.log(failures.length === 0 ? "all packages are fit to be published" : `${failures.length} checks failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
