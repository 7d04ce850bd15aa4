import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { root, run } from "./packages.mjs";

const startTimeoutMs = 15_000;
const runTimeoutMs = 60_000;
const stopTimeoutMs = 10_000;

/**
 * Code of a README that this check runs.
 *
 * @typedef {object} Snippet
 * @property {string} name the word after `runs:`, also the name of its file
 * @property {string} code
 * @property {string | undefined} prints what it must print; undefined when the page does not say
 */

/**
 * The blocks of a page that have `<!-- runs: name -->` right before them, and `<!-- prints: text -->` after them where their output is fixed.
 * @param {string} page
 * @returns {Snippet[]}
 */
export function snippetsOf(page) {
  const block =
    /<!-- runs: ([\w-]+) -->\s*\n```(?:ts|js)\n([\s\S]*?)\n```(?:\s*\n(?:(?!<!--|```)[^\n]*\n)*?<!-- prints:([\s\S]*?)-->)?/g;
  return [...page.matchAll(block)].map(([, name, code, prints]) => ({
    name: /** @type {string} */ (name),
    code: /** @type {string} */ (code),
    prints: prints === undefined ? undefined : normalized(prints),
  }));
}

/**
 * Writes the snippets into a project and compiles them with all that is strict.
 * @param {Snippet[]} snippets
 * @param {string} folder
 */
export async function compile(snippets, folder) {
  for (const { name, code } of snippets) await writeFile(join(folder, `${name}.ts`), `${code}\n`);
  const config = {
    compilerOptions: {
      target: "es2023",
      lib: ["es2023", "esnext.disposable"],
      module: "nodenext",
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noImplicitOverride: true,
      verbatimModuleSyntax: true,
      erasableSyntaxOnly: true,
      rewriteRelativeImportExtensions: true,
      skipLibCheck: false,
      types: ["node"],
      outDir: "out",
    },
    files: snippets.map(({ name }) => `${name}.ts`),
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config, undefined, 2));
  await run(join(root, "node_modules/.bin/tsc"), ["-p", "tsconfig.json"], folder);
}

/**
 * Runs the server, the client against it, and then compares what they printed with what the page says.
 * @param {Snippet} server
 * @param {Snippet} client
 * @param {string} folder
 * @returns {Promise<string[]>} differences
 */
export async function runTogether(server, client, folder) {
  const serverRun = start(server, folder);
  try {
    await listening(server, serverRun);
    const differences = await runAlone(client, folder);
    serverRun.child.kill("SIGTERM");
    await Promise.race([serverRun.exit, delay(stopTimeoutMs, undefined, { ref: false })]);
    if (differences.length > 0) differences.push(`the server printed:\n${serverRun.output()}`);
    return [...differences, ...difference(server, serverRun.output())];
  } finally {
    serverRun.child.kill("SIGKILL");
  }
}

/**
 * @param {Snippet} snippet
 * @param {string} folder
 * @returns {Promise<string[]>} differences
 */
export async function runAlone(snippet, folder) {
  const { child, exit, output } = start(snippet, folder);
  const stop = setTimeout(() => child.kill("SIGKILL"), runTimeoutMs);
  const code = await exit;
  clearTimeout(stop);
  if (code !== 0) {
    const end = code === null ? `did not end within ${runTimeoutMs} ms` : `ended with exit code ${code}`;
    return [`the ${snippet.name} ${end} and printed:\n${output()}`];
  }
  return difference(snippet, output());
}

/**
 * @param {Snippet} snippet
 * @param {string} folder
 */
function start(snippet, folder) {
  const child = spawn(process.execPath, [join("out", `${snippet.name}.js`)], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  const keep = (/** @type {Buffer} */ chunk) => {
    printed += chunk.toString("utf8");
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const exit = once(child, "close").then(([code]) => /** @type {number | null} */ (code));
  return { child, exit, output: () => printed };
}

/**
 * Waits until the ports that the server's code names accept connections.
 * @param {Snippet} server
 * @param {ReturnType<typeof start>} serverRun
 */
async function listening(server, serverRun) {
  const ports = [...server.code.matchAll(/net\.tcp:\/\/[^:/\s]+:(\d+)/g)].map((match) => Number(match[1]));
  if (ports.length === 0) throw new Error("the server's code names no address of the form net.tcp://host:port");
  const deadlineMs = performance.now() + startTimeoutMs;
  for (const port of new Set(ports)) {
    while (!(await accepts(port))) {
      if (serverRun.child.exitCode !== null)
        throw new Error(`the server ended before it listened:\n${serverRun.output()}`);
      if (performance.now() > deadlineMs)
        throw new Error(`no server listens on port ${port} after ${startTimeoutMs} ms`);
      await delay(50);
    }
  }
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function accepts(port) {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "localhost", port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

/**
 * @param {Snippet} snippet
 * @param {string} output
 */
function difference(snippet, output) {
  if (snippet.prints === undefined || normalized(output) === snippet.prints) return [];
  return [`the ${snippet.name} should print\n${snippet.prints}\nand printed\n${normalized(output)}`];
}

/** @param {string} text */
function normalized(text) {
  return text
    .split("\n")
    .map((line) => line.trim())
    .join("\n")
    .trim();
}
