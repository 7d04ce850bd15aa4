import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { type CommandHost, runCommand } from "./command.ts";
import { InputError } from "./errors.ts";

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
  writeOut: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
};

// A reader such as `head` may close the pipe before all is printed, which is no error of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = await runCommand(process.argv.slice(2), host);

async function standardInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return new Uint8Array(Buffer.concat(chunks));
}
