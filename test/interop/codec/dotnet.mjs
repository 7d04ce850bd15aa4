import { execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const projectFolder = fileURLToPath(new URL("dotnet/", import.meta.url));
const assemblyPath = fileURLToPath(new URL("dotnet/bin/Release/net10.0/Codec.dll", import.meta.url));
export const dictionaryPath = fileURLToPath(new URL("../../vectors/nbfs-dictionary.json", import.meta.url));
/** Local times are rendered in the program's own zone, so that must be the one in which this side renders them. */
const environment = {
  ...process.env,
  TZ: "UTC",
  DOTNET_CLI_TELEMETRY_OPTOUT: "1",
  DOTNET_NOLOGO: "1",
  DOTNET_TieredCompilation: "1",
};

/**
 * Builds the .NET program. Says why when that is not possible on this machine.
 * @returns {Promise<{ available: true } | { available: false, reason: string }>}
 */
export function buildPeer() {
  return new Promise((resolve) => {
    execFile(
      "dotnet",
      ["build", "--configuration", "Release", "--nologo", "--verbosity", "quiet"],
      { cwd: projectFolder, env: environment, timeout: 180_000 },
      (error, stdout, stderr) => {
        if (error === null) resolve({ available: true });
        else if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT")
          resolve({ available: false, reason: "there is no `dotnet` on the PATH (.NET SDK 10 is needed)" });
        else resolve({ available: false, reason: `\`dotnet build\` failed: ${stdout}${stderr}`.trim() });
      },
    );
  });
}

/** The .NET program: JSON requests in, JSON answers out, in order. */
export class Peer {
  /** @type {import("node:child_process").ChildProcessWithoutNullStreams} */ #child;
  /** @type {{ resolve: (answer: any) => void, reject: (error: Error) => void }[]} */ #waiting = [];
  #errors = "";

  constructor() {
    this.#child = spawn("dotnet", [assemblyPath, dictionaryPath], { env: environment });
    this.#child.stderr.on("data", (chunk) => {
      this.#errors += chunk;
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) =>
      this.#waiting.shift()?.resolve(JSON.parse(line)),
    );
    this.#child.on("close", (code) => {
      const error = new Error(`The .NET program ended (exit code ${code}): ${this.#errors.slice(0, 2000)}`);
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
    this.#child.stdin.on("error", () => {});
  }

  /**
   * Sends requests together and gives their answers in the same order.
   * @param {readonly object[]} requests
   * @returns {Promise<any[]>}
   */
  ask(requests) {
    if (requests.length === 0) return Promise.resolve([]);
    const answers = requests.map(() => new Promise((resolve, reject) => this.#waiting.push({ resolve, reject })));
    const lines = requests.map((request, index) =>
      JSON.stringify(index === requests.length - 1 ? { ...request, flush: 1 } : request),
    );
    this.#child.stdin.write(`${lines.join("\n")}\n`);
    return Promise.all(answers);
  }

  /** Ends the program and waits until it is gone. */
  close() {
    return new Promise((resolve) => {
      if (this.#child.exitCode !== null) return resolve(undefined);
      this.#child.once("close", () => resolve(undefined));
      this.#child.stdin.end();
      setTimeout(() => this.#child.kill("SIGKILL"), 5_000).unref();
    });
  }
}
