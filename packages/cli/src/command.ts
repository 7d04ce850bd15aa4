import { Argument, Command, CommanderError, Option } from "commander";
import { decodeConversation } from "./decode/conversation.ts";
import { printItem } from "./decode/print.ts";
import { readRecording, type Side } from "./decode/recording.ts";
import { InputError } from "./errors.ts";

/** What the command needs of its host. */
export interface CommandHost {
  readonly version: string;
  /** The bytes of a file, or of the standard input for `-`. @throws InputError when they cannot be read */
  readInput(path: string): Promise<Uint8Array>;
  writeOut(text: string): void;
  writeError(text: string): void;
}

/**
 * Runs `bowline` with the arguments after its name and resolves to the exit code: 0, or 1 when the input or the arguments are wrong.
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
  decode.copyInheritedSettings(program);
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
