// Builds and runs the WCF client (./dotnet) against a host. Three steps, each usable alone:
//
//   const wcf = await findWcf();             what there is to build with, or why there is nothing
//   const client = await buildWcf(wcf);      compiles once; later calls find the build again
//   const results = await runWcf(client, "net.tcp://127.0.0.1:8808", ["--calls", "500"]);
//
// The released packages are taken from the registry that NuGet is configured with. Where that registry lacks them, the
// environment variable BOWLINE_WCF_ASSEMBLIES names a folder with System.ServiceModel.{Primitives,NetFramingBase,NetTcp,Http}.dll.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const projectFolder = join(here, "dotnet");
const cacheFolder = resolve(here, "../../../.bowline-cache/wcf-client");

const requiredAssemblies = ["Primitives", "NetFramingBase", "NetTcp", "Http"].map(
  (part) => `System.ServiceModel.${part}.dll`,
);
const leastSdkMajor = 10;

const probeTimeoutMs = 60_000;
const buildTimeoutMs = 300_000;
const runTimeoutMs = 600_000;

/**
 * What the client can be built with.
 * @typedef {{ available: true, route: "packages" | "assemblies", assemblies: string | undefined, sdkVersion: string }
 *   | { available: false, reason: string }} FoundWcf
 *
 * A client that can be run.
 * @typedef {{ available: true, dll: string, route: "packages" | "assemblies" } | { available: false, reason: string }} BuiltWcf
 *
 * What came of one case.
 * @typedef {{ name: string, ok: boolean, detail: string }} CaseResult
 */

/**
 * Looks for a .NET SDK and for WCF's assemblies. Whether the registry has the packages is only known after `buildWcf`.
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {Promise<FoundWcf>}
 */
export async function findWcf(environment = process.env) {
  const probe = await run("dotnet", ["--list-sdks"], { timeoutMs: probeTimeoutMs, environment });
  if (probe.exitCode !== 0) {
    return {
      available: false,
      reason: `there is no .NET SDK: dotnet --list-sdks ${probe.problem ?? `ended with ${probe.exitCode}`}`,
    };
  }
  const versions = probe.output.split("\n").flatMap((line) => /^\d+\.\d+\.\S+/.exec(line)?.[0] ?? []);
  const sdkVersion = versions.findLast((version) => Number.parseInt(version, 10) >= leastSdkMajor);
  if (sdkVersion === undefined) {
    const found = versions.length === 0 ? "none" : versions.join(", ");
    return {
      available: false,
      reason: `the client needs a .NET SDK of major version ${leastSdkMajor} or later; installed: ${found}`,
    };
  }

  const assemblies = environment["BOWLINE_WCF_ASSEMBLIES"];
  if (assemblies === undefined || assemblies === "") {
    return { available: true, route: "packages", assemblies: undefined, sdkVersion };
  }
  const absent = requiredAssemblies.filter((name) => !existsSync(join(assemblies, name)));
  if (absent.length > 0) {
    return { available: false, reason: `BOWLINE_WCF_ASSEMBLIES names ${assemblies}, which lacks ${absent.join(", ")}` };
  }
  return { available: true, route: "assemblies", assemblies: resolve(assemblies), sdkVersion };
}

/**
 * Compiles the client, or finds what it compiled before from the same sources. A registry without the packages makes it
 * unavailable with a reason; sources that do not compile throw, since that is a defect and no reason to skip anything.
 * @param {FoundWcf} [found]
 * @returns {Promise<BuiltWcf>}
 */
export async function buildWcf(found) {
  const wcf = found ?? (await findWcf());
  if (!wcf.available) {
    return wcf;
  }
  const fingerprint = await fingerprintOf(wcf);
  const folder = join(cacheFolder, `${wcf.route}-${fingerprint}`);
  const dll = join(folder, "out", "WcfClient.dll");
  const stamp = join(folder, "complete");
  if (existsSync(stamp) && existsSync(dll)) {
    return { available: true, dll, route: wcf.route };
  }

  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const build = await run("dotnet", buildArguments(folder), {
    timeoutMs: buildTimeoutMs,
    environment: buildEnvironment(wcf),
  });
  if (build.exitCode !== 0) {
    const reason = whyNoPackages(build);
    if (reason !== undefined) {
      return { available: false, reason };
    }
    throw new Error(
      `The WCF client did not compile (${build.problem ?? `exit code ${build.exitCode}`}):\n${build.output}`,
    );
  }
  await writeFile(stamp, `${new Date().toISOString()}\n`);
  return { available: true, dll, route: wcf.route };
}

/**
 * Runs the client's cases against a host and gives what came of each. A client that ends without its summary, or that is still
 * running when the time is over, adds a failed result of its own.
 * @param {BuiltWcf} client
 * @param {string} baseUri the part of the services' addresses before `/calculator-10-ordered`
 * @param {readonly string[]} [args] `--case name`, `--version 1.0|1.1|none`, `--ordered true|false`, `--calls 500`,
 *   `--transfer-window 8`, `--plain-threads`
 * @param {{ timeoutMs?: number, onLine?: (line: string) => void }} [options]
 * @returns {Promise<CaseResult[]>}
 */
export async function runWcf(client, baseUri, args = [], options = {}) {
  if (!client.available) {
    throw new Error(`The WCF client cannot be run: ${client.reason}`);
  }
  /** @type {CaseResult[]} */
  const results = [];
  let finished = false;
  const timeoutMs = options.timeoutMs ?? runTimeoutMs;
  const ended = await run("dotnet", [client.dll, baseUri, ...args], {
    timeoutMs,
    environment: quietEnvironment(process.env),
    onLine(line) {
      options.onLine?.(line);
      finished ||= line.startsWith("summary: ");
      const result = parseCaseLine(line);
      if (result !== undefined) {
        results.push(result);
      }
    },
  });
  if (!finished) {
    const how = ended.problem ?? `ended with exit code ${ended.exitCode}`;
    results.push({
      name: "wcf-client",
      ok: false,
      detail: `the client ${how} before its summary; it last said: ${tail(ended.output)}`,
    });
  } else if (results.length === 0) {
    results.push({ name: "wcf-client", ok: false, detail: "no case applies to these arguments" });
  }
  return results;
}

/**
 * One line of the client's output, when it is about a case: `ok request-reply [rm 1.0 ordered]: 20 calls`.
 * @param {string} line
 * @returns {CaseResult | undefined}
 */
export function parseCaseLine(line) {
  const match = /^(ok|FAILED) (\S+ \[[^\]]+\])(?:: (.*))?$/.exec(line);
  return match === null
    ? undefined
    : { name: /** @type {string} */ (match[2]), ok: match[1] === "ok", detail: match[3] ?? "" };
}

/**
 * Whether a case timed out over a message that the client had acknowledged and did not deliver, as the client says itself.
 * @param {string} detail
 */
export function isClientStall(detail) {
  return (
    /time-?out/i.test(detail) && /; the client holds \d+ acknowledged messages that it does not deliver$/.test(detail)
  );
}

/**
 * Says in a way that cannot be overlooked that the live WCF cases did not run.
 * @param {string} reason
 * @param {(line: string) => void} [write]
 */
export function saySkipped(reason, write = (line) => console.error(line)) {
  write("*".repeat(100));
  write("* SKIPPED: no WCF client called our host. Nothing is known about real WCF peers from this run.");
  write(`* Reason:  ${reason}`);
  write("* Remedy:  a .NET 10 SDK, and either a registry with the package System.ServiceModel.NetTcp 10.* or");
  write(
    "*          BOWLINE_WCF_ASSEMBLIES=<folder with System.ServiceModel.{Primitives,NetFramingBase,NetTcp,Http}.dll>",
  );
  write("*".repeat(100));
}

/** @param {string} folder */
function buildArguments(folder) {
  return [
    "build",
    join(projectFolder, "WcfClient.csproj"),
    "--configuration=Release",
    "--nologo",
    "--verbosity=quiet",
    // No compiler or build server may outlive the build.
    "--disable-build-servers",
    `--output=${join(folder, "out")}`,
    `-p:BaseIntermediateOutputPath=${join(folder, "obj")}/`,
  ];
}

/** @param {NodeJS.ProcessEnv} environment */
function quietEnvironment(environment) {
  return {
    ...environment,
    DOTNET_CLI_TELEMETRY_OPTOUT: "1",
    DOTNET_NOLOGO: "1",
    DOTNET_SKIP_FIRST_TIME_EXPERIENCE: "1",
  };
}

/** @param {Extract<FoundWcf, { available: true }>} wcf */
function buildEnvironment(wcf) {
  return {
    ...quietEnvironment(process.env),
    MSBUILDDISABLENODEREUSE: "1",
    BOWLINE_WCF_ASSEMBLIES: wcf.assemblies ?? "",
  };
}

/**
 * NuGet's own codes for a package that is not there (NU1101 to NU1103) and a registry that cannot be reached (NU1301, NU1801).
 * @param {Ended} build
 */
function whyNoPackages(build) {
  const line = build.output.split("\n").find((text) => /error NU1(101|102|103|301|801)\b/.test(text));
  return line === undefined
    ? undefined
    : `the registry does not give the package System.ServiceModel.NetTcp 10.*, and BOWLINE_WCF_ASSEMBLIES is not set: ${line.trim()}`;
}

/**
 * Changes when anything that goes into the build does.
 * @param {Extract<FoundWcf, { available: true }>} wcf
 */
async function fingerprintOf(wcf) {
  const hash = createHash("sha256");
  hash.update(`${wcf.sdkVersion}\0${wcf.assemblies ?? ""}\0`);
  const names = (await readdir(projectFolder, { recursive: true })).filter((name) => /\.(cs|csproj)$/.test(name));
  for (const name of names.filter((each) => !/(^|[/\\])(bin|obj)[/\\]/.test(each)).sort()) {
    hash.update(`${name}\0`);
    hash.update(await readFile(join(projectFolder, name)));
  }
  return hash.digest("hex").slice(0, 16);
}

/** @param {string} output */
function tail(output) {
  return output.trim().split("\n").slice(-3).join(" | ").slice(-500) || "nothing";
}

/**
 * `problem` is set when the process did not end by itself.
 * @typedef {{ exitCode: number | null, output: string, problem: string | undefined }} Ended
 */

/**
 * Runs a program in a process group of its own, so that whatever it starts is killed with it: when the time is over, and when
 * this process ends.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ timeoutMs: number, environment: NodeJS.ProcessEnv, onLine?: (line: string) => void }} options
 * @returns {Promise<Ended>}
 */
function run(command, args, { timeoutMs, environment, onLine }) {
  return new Promise((settle) => {
    const child = spawn(command, args, { detached: true, stdio: ["ignore", "pipe", "pipe"], env: environment });
    let output = "";
    let partial = "";
    /** @type {string | undefined} */
    let problem;
    const kill = () => killGroup(child.pid);
    const timer = setTimeout(() => {
      problem = `was killed after ${timeoutMs} ms`;
      kill();
    }, timeoutMs);
    process.once("exit", kill);
    child.stdout.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      output += text;
      const lines = (partial + text).split(/\r?\n/);
      partial = lines.pop() ?? "";
      for (const line of lines) {
        onLine?.(line);
      }
    });
    child.stderr.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      output += text;
    });
    child.on("error", (error) => {
      problem = `cannot be started: ${error.message}`;
    });
    child.on("close", (exitCode) => {
      clearTimeout(timer);
      process.removeListener("exit", kill);
      if (partial !== "") {
        onLine?.(partial);
      }
      kill();
      settle({ exitCode, output, problem });
    });
  });
}

/** @param {number | undefined} pid */
function killGroup(pid) {
  if (pid === undefined) {
    return;
  }
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group has ended already.
  }
}
