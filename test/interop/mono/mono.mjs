// Finds, builds and runs the Mono peer (BowlineMono.cs). Every child has a time limit and none outlives this process.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, realpathSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SOURCES = ["BowlineMono.cs", "BowlineMonoHttp.cs"].map((name) => fileURLToPath(new URL(name, import.meta.url)));
const ASSEMBLIES = ["System.ServiceModel", "System.Runtime.Serialization"];
const DEBIAN_PACKAGES =
  "mono-runtime mono-mcs libmono-system-servicemodel4.0a-cil libmono-system-identitymodel4.0-cil libmono-system-runtime-serialization4.0-cil";

const COMPILE_LIMIT_MS = 60_000;
const HOST_START_LIMIT_MS = 20_000;
const HOST_STOP_LIMIT_MS = 3_000;
const CLIENT_LIMIT_MS = 120_000;
/** What a child prints beyond this many characters is dropped from the front: Mono prints a stack trace for each odd message. */
const OUTPUT_LIMIT_CHARS = 100_000;

/**
 * How long to leave a Mono host alone before the next connection: now and then (1 in 60) it loses one that follows closely on the
 * last, and no PreambleAck comes. A Mono client needs no such pause from its host.
 */
export const MONO_HOST_PAUSE_MS = 300;

const children = new Set();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/**
 * Whether Mono, its compiler and its WCF assemblies are on this machine.
 * @returns {{ available: boolean, reason: string }} `reason` is the version found, or what is missing and how to get it.
 */
export function findMono() {
  for (const program of ["mono", "mcs"]) {
    if (!onPath(program)) return missing(`${program} is not on the PATH`);
  }
  const libraries = join(dirname(dirname(realpathSync(onPath("mono")))), "lib", "mono", "4.5");
  for (const assembly of ASSEMBLIES) {
    if (!existsSync(join(libraries, `${assembly}.dll`))) return missing(`${assembly}.dll is not in ${libraries}`);
  }
  const version = spawnSync("mono", ["--version"], { encoding: "utf8", timeout: 10_000 });
  if (version.status !== 0) return missing(`mono --version failed: ${version.error?.message ?? version.stderr}`);
  return { available: true, reason: version.stdout.split("\n")[0] };
}

/**
 * Compiles the peer into `outDir`, which is made when it is not there.
 * @param {string} outDir
 * @returns {string} the path of the executable, for `startMonoHost` and `runMonoClient`
 */
export function compileMono(outDir) {
  mkdirSync(outDir, { recursive: true });
  const executable = join(outDir, "BowlineMono.exe");
  const args = ["-langversion:7", "-warnaserror", `-r:${ASSEMBLIES.join(",")}`, `-out:${executable}`, ...SOURCES];
  const run = spawnSync("mcs", args, { encoding: "utf8", timeout: COMPILE_LIMIT_MS });
  if (run.status !== 0) {
    throw new Error(
      `mcs could not compile ${SOURCES.join(", ")}:\n${run.error?.message ?? ""}${run.stdout}${run.stderr}`,
    );
  }
  return executable;
}

/**
 * Starts a Mono host of ICalculator and IPrices and waits until it listens. Mono cannot share a port between two endpoints,
 * so each has its own; it drops, without an answer, every message whose To has another port or path than the URI returned
 * here; and it wants `MONO_HOST_PAUSE_MS` of rest before each connection.
 * @param {string} executable from `compileMono`
 * @param {{ calculatorPort?: number, pricesPort?: number }} [ports] free ports when left out
 * @returns {Promise<{ calculatorUri: string, pricesUri: string, output: () => string, stop: () => Promise<void> }>}
 */
export async function startMonoHost(executable, ports = {}) {
  const [calculatorPort, pricesPort] = await freePorts([ports.calculatorPort, ports.pricesPort]);
  const child = await startReady(executable, ["host", String(calculatorPort), String(pricesPort)]);
  return {
    calculatorUri: `net.tcp://127.0.0.1:${calculatorPort}/calculator`,
    pricesUri: `net.tcp://127.0.0.1:${pricesPort}/prices`,
    output: child.output,
    stop: () => child.stop(HOST_STOP_LIMIT_MS),
  };
}

/**
 * Starts a Mono host of ICalculator over HTTP requests, with BasicHttpBinding and with WSHttpBinding, and waits until it listens.
 * @param {string} executable from `compileMono`
 * @returns {Promise<{ basicUri: string, wsUri: string, stop: () => Promise<void> }>}
 */
export async function startMonoHttpHost(executable) {
  const [basicPort, wsPort] = await freePorts([undefined, undefined]);
  const child = await startReady(executable, ["http-host", String(basicPort), String(wsPort)]);
  return {
    basicUri: `http://127.0.0.1:${basicPort}/basic`,
    wsUri: `http://127.0.0.1:${wsPort}/ws`,
    stop: () => child.stop(HOST_STOP_LIMIT_MS),
  };
}

/** Waits for "ready". @param {string} executable @param {readonly string[]} args */
async function startReady(executable, args) {
  const child = start(executable, args);
  let deadline;
  try {
    await new Promise((resolve, reject) => {
      const fail = (what) => reject(new Error(`the Mono host ${what}; it printed:\n${child.output()}`));
      deadline = setTimeout(() => fail(`was not ready after ${HOST_START_LIMIT_MS} ms`), HOST_START_LIMIT_MS);
      child.onLine((line) => line === "ready" && resolve());
      void child.exited.then((code) => fail(`ended with ${code} before it was ready`));
    });
  } catch (error) {
    await child.kill();
    throw error;
  } finally {
    clearTimeout(deadline);
  }
  return child;
}

/**
 * Runs every case of the Mono client against a host.
 * @param {string} executable from `compileMono`
 * @param {{ calculatorUri: string, pricesUri?: string }} uris `pricesUri` is left out over HTTP requests
 * @param {{ limitMs?: number, pauseMs?: number, trace?: boolean }} [options] `pauseMs` is waited before each connection;
 *   `trace` adds Mono's stack traces of failed cases to `output`
 * @returns {Promise<{ ok: boolean, cases: { name: string, ok: boolean, reason: string }[], output: string }>}
 *   `ok` only when the client came to its end by itself and no case failed
 */
export async function runMonoClient(executable, uris, options = {}) {
  const env = {
    BOWLINE_MONO_PAUSE_MS: String(options.pauseMs ?? 0),
    ...(options.trace ? { BOWLINE_MONO_TRACE: "1" } : {}),
  };
  const child = start(
    executable,
    ["client", uris.calculatorUri, ...(uris.pricesUri === undefined ? [] : [uris.pricesUri])],
    env,
  );
  const cases = [];
  child.onLine((line) => {
    const match = /^(?:ok (\S+)|FAILED (\S+?): (.*))$/.exec(line);
    if (match) cases.push({ name: match[1] ?? match[2], ok: match[1] !== undefined, reason: match[3] ?? "" });
  });
  const limitMs = options.limitMs ?? CLIENT_LIMIT_MS;
  const deadline = setTimeout(() => {
    cases.push({ name: "whole-run", ok: false, reason: `the Mono client did not end within ${limitMs} ms` });
    void child.kill();
  }, limitMs);
  const code = await child.exited;
  clearTimeout(deadline);
  const ok = code === 0 && cases.length > 0 && cases.every((each) => each.ok);
  return { ok, cases, output: child.output() };
}

function missing(what) {
  return { available: false, reason: `${what}; on Debian: apt-get install --no-install-recommends ${DEBIAN_PACKAGES}` };
}

function onPath(program) {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
}

/** All sockets stay open until every port is known, so that the same port is not handed out twice. */
async function freePorts(wanted) {
  const servers = [];
  const ports = [];
  for (const port of wanted) {
    if (port !== undefined) {
      ports.push(port);
      continue;
    }
    const server = createServer();
    await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
    servers.push(server);
    ports.push(server.address().port);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function start(executable, args, env = {}) {
  const child = spawn("mono", [executable, ...args], { stdio: "pipe", env: { ...process.env, ...env } });
  children.add(child);
  let text = "";
  const listeners = [];
  const lines = createInterface({ input: child.stdout });
  const keep = (line) => {
    text = `${text}${line}\n`.slice(-OUTPUT_LIMIT_CHARS);
  };
  lines.on("line", (line) => {
    keep(line);
    for (const listener of listeners) listener(line);
  });
  createInterface({ input: child.stderr }).on("line", keep);
  // A child that is gone already must not bring us down when its stdin is closed.
  child.stdin.on("error", () => {});
  const exited = new Promise((resolve) => {
    child.once("error", (error) => {
      children.delete(child);
      keep(error.message);
      resolve(error.message);
    });
    // "close", not "exit": only then has everything that the child printed been read.
    child.once("close", (code, signal) => {
      children.delete(child);
      resolve(code ?? signal);
    });
  });
  const kill = async () => {
    child.kill("SIGKILL");
    await exited;
  };
  return {
    exited,
    kill,
    output: () => text,
    onLine: (listener) => listeners.push(listener),
    stop: async (limitMs) => {
      child.stdin.end();
      const deadline = setTimeout(() => child.kill("SIGKILL"), limitMs);
      await exited;
      clearTimeout(deadline);
    },
  };
}
