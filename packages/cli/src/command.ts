import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { CommandHost } from "./command-host.ts";
import { decodeConversation } from "./decode/conversation.ts";
import { printItem } from "./decode/print.ts";
import { readRecording, type Side } from "./decode/recording.ts";
import { InputError } from "./errors.ts";
import { defaultDrainTimeoutMs, type ServeOptions, serve } from "./serve/serve.ts";

/**
 * Runs `bowline` with the arguments after its name and resolves to the exit code: 0, or 1 when the input or the arguments are wrong, or
 * `serve` had to cut something.
 */
export async function runCommand(args: readonly string[], host: CommandHost): Promise<number> {
  let exitCode = 0;
  const program = new Command("bowline")
    .description("Tools for reliable sessions on WCF's wire.")
    .version(host.version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => host.writeOut(text), writeErr: (text) => host.writeError(text) });
  const decode = program
    .command("decode")
    .description("Print a recorded net.tcp conversation: framing records and envelopes.")
    .addArgument(
      new Argument("<file>", "a recording (JSON lines), hex text, or raw bytes of one side; - reads standard input"),
    )
    .option("--xml", "print envelopes as XML; the default unless --records is given")
    .option("--records", "print what every byte is, record by record")
    .addOption(
      new Option("--from <side>", "for a recording: print this side only; else: who sent the bytes").choices(sides),
    )
    .action(async (file: string, options: DecodeOptions) => {
      exitCode = decodeInput(await host.readInput(file), options, host);
    });
  const serving = program
    .command("serve")
    .description("Open the ServiceHost of a module, and close it in order on SIGTERM or SIGINT.")
    .addArgument(
      new Argument(
        "<module>",
        "a file that exports a ServiceHost, or a function that gives one, as default or as host",
      ),
    )
    .addOption(
      new Option("--drain-timeout-ms <ms>", "how long operations and sessions may take to end; then they are cut")
        .argParser(wholeNumber)
        .default(defaultDrainTimeoutMs),
    )
    .action(async (path: string, options: ServeOptions) => {
      exitCode = await serve(path, options, host);
    });
  for (const command of [decode, serving]) command.copyInheritedSettings(program);
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    if (!(error instanceof InputError)) throw error;
    host.writeError(`bowline: ${error.message}\n`);
    return 1;
  }
  return exitCode;
}

interface DecodeOptions {
  readonly xml?: boolean;
  readonly records?: boolean;
  readonly from?: Side;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError("It must be a whole number of milliseconds, from 0.");
  return value;
}

const sides: readonly Side[] = ["client", "server"];

function decodeInput(input: Uint8Array, options: DecodeOptions, host: CommandHost): number {
  const records = options.records ?? false;
  const print = { records, xml: options.xml ?? !records };
  const problems: string[] = [];
  for (const item of decodeConversation(readRecording(input, options.from))) {
    if (item.kind === "record" && options.from !== undefined && item.from !== options.from) continue;
    host.writeOut(`${printItem(item, print)}\n`);
    if (item.kind === "record" && item.problem !== undefined) {
      problems.push(`connection ${item.connection}, ${item.from}, byte ${item.streamOffset}: ${item.problem}`);
    }
  }
  for (const problem of problems) host.writeError(`bowline: ${problem}\n`);
  return problems.length === 0 ? 0 : 1;
}
