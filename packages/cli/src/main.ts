import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { runCommand } from "./command.ts";
import type { CommandHost } from "./command-host.ts";
import { InputError } from "./errors.ts";

let isServing = false;
const host: CommandHost = {
  version: (JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string })
    .version,
  readInput: async (path) => {
    try {
      return path === "-" ? await standardInput() : new Uint8Array(await readFile(path));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new InputError("INPUT_UNREADABLE", `cannot read ${path}: ${reason}`, { cause });
    }
  },
  importModule: async (path) => {
    try {
      return (await import(pathToFileURL(resolve(path)).href)) as Readonly<Record<string, unknown>>;
    } catch (cause) {
      // Where in the module it went wrong is in the stack.
      const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      throw new InputError("MODULE_UNREADABLE", `cannot import ${path}: ${reason}`, { cause });
    }
  },
  onStop: (listener) => {
    isServing = true;
    const onSignal = (signal: NodeJS.Signals): void => listener(signal);
    // The module has closed its host itself.
    const onIdle = (): void => listener("nothing is left to serve");
    process.on("SIGTERM", onSignal).on("SIGINT", onSignal).on("beforeExit", onIdle);
    return {
      [Symbol.dispose]: () => {
        process.off("SIGTERM", onSignal).off("SIGINT", onSignal).off("beforeExit", onIdle);
      },
    };
  },
  writeOut: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
};

// A reader such as `head` may close the pipe before all is printed, which is no error of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = await runCommand(process.argv.slice(2), host);
// What else the module holds, such as a pool of connections, must not keep a process that was told to stop.
if (isServing) process.stdout.write("", () => process.exit());

async function standardInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return new Uint8Array(Buffer.concat(chunks));
}
