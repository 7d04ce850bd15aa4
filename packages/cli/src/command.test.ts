import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runCommand } from "./command.ts";
import { InputError } from "./errors.ts";

const recording = new URL("../../../test/captures/tcp-rm10-request-reply/recording.jsonl", import.meta.url);

describe("bowline decode", () => {
  it("prints time, side, place and record of a recording, and its envelopes as indented XML", async () => {
    const { exitCode, out, error } = await run(["decode", "a.jsonl"], { "a.jsonl": readFileSync(recording) });

    expect(exitCode).toBe(0);
    expect(error).toBe("");
    expect(out.split("\n").slice(0, 10)).toEqual([
      "1       0.0 ms  open",
      "1      17.5 ms  client  byte 0  Version 1.0",
      "1      17.5 ms  client  byte 3  Mode duplex",
      "1      17.5 ms  client  byte 5  Via net.tcp://127.0.0.1:19500/rm10",
      "1      17.5 ms  client  byte 37  Known Encoding application/soap+msbinsession1",
      "1      17.5 ms  client  byte 39  Preamble End",
      "1      18.1 ms  server  byte 0  Preamble Ack",
      "1      29.3 ms  client  byte 40  Sized Envelope, 120 bytes",
      '    <s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing">',
      "      <s:Header>",
    ]);
  });

  it("prints one side of a recording with --from, decoded with what the other side said", async () => {
    const { out } = await run(["decode", "--from", "server", "a.jsonl"], { "a.jsonl": readFileSync(recording) });

    expect(out).toContain("server  byte 0  Preamble Ack");
    expect(out).toContain("<AddResponse");
    expect(out).not.toContain("client  byte");
  });

  it("prints what every byte is with --records, in place of the XML", async () => {
    const { exitCode, out } = await run(["decode", "--records", "-"], { "-": text("0c 0606020161420183") });

    expect(exitCode).toBe(0);
    expect(out).toContain("         0  0c                         Preamble End record  [MC-NMF] 2.2.3.7\n");
    expect(out).not.toContain("</a>");
  });

  it("prints both with --records --xml", async () => {
    const { exitCode, out } = await run(["decode", "--records", "--xml", "-"], { "-": text("0606020161420183") });

    expect(exitCode).toBe(0);
    expect(out.split("\n")).toEqual([
      "1  client  byte 0  Sized Envelope, 6 bytes",
      "         0  06                         Sized Envelope record  [MC-NMF] 2.2.4.1",
      "         1  06                         size 6  [MC-NMF] 2.2.2",
      "         2  02                         string table of 2 bytes  [MC-NBFSE] 2.1",
      '         3  0161                       string 1 "a"  [MC-NBFSE] 2.1',
      "         5  4201                       ShortDictionaryElement <a>  [MC-NBFX] 2.2.1.1",
      '         7  83                           OneTextWithEndElement "1", ends the element  [MC-NBFX] 2.2.3',
      "    <a>1</a>",
      "",
    ]);
  });

  it("counts the bytes of a message in chunks from the message's first", async () => {
    const { out } = await run(["decode", "--records", "-"], { "-": text("05 03 020161 03 420183 00") });

    expect(out.split("\n").slice(-7)).toEqual([
      "         9  00                         end of the chunks  [MC-NMF] 2.2.2",
      "    the message, its chunks joined; offsets count from its first byte",
      "         0  02                         string table of 2 bytes  [MC-NBFSE] 2.1",
      '         1  0161                       string 1 "a"  [MC-NBFSE] 2.1',
      "         3  4201                       ShortDictionaryElement <a>  [MC-NBFX] 2.2.1.1",
      '         5  83                           OneTextWithEndElement "1", ends the element  [MC-NBFX] 2.2.3',
      "",
    ]);
  });

  it("exits with 1 and says on the error output which byte is wrong", async () => {
    const { exitCode, out, error } = await run(["decode", "-"], { "-": text("0b48") });

    expect(exitCode).toBe(1);
    expect(out).toContain("server  byte 0  Preamble Ack\n");
    expect(error).toMatch(/^bowline: connection 1, server, byte 1: FRAMING_RECORD_UNKNOWN: .*\n$/);
  });

  it("exits with 1 when the input cannot be read", async () => {
    const { exitCode, out, error } = await run(["decode", "none"], {});

    expect([exitCode, out, error]).toEqual([1, "", "bowline: cannot read none\n"]);
  });

  it.each([
    [["decode"]],
    [["decode", "--from", "me", "-"]],
    [["nothing"]],
    [["decode", "--what", "-"]],
    [["serve"]],
    [["serve", "--drain-timeout-ms", "-1", "a.js"]],
    [["serve", "--drain-timeout-ms", "soon", "a.js"]],
  ])("exits with 1 for the arguments %j", async (args) => {
    const { exitCode, out, error } = await run(args, { "-": text("0b") });

    expect([exitCode, out]).toEqual([1, ""]);
    expect(error).toMatch(/^error: /);
  });

  it("prints its version and its help", async () => {
    expect(await run(["--version"], {})).toMatchObject({ exitCode: 0, out: "1.2.3\n" });
    expect((await run(["decode", "--help"], {})).out).toContain("Usage: bowline decode [options] <file>");
    const serving = (await run(["serve", "--help"], {})).out;
    expect(serving).toContain("Usage: bowline serve [options] <module>");
    expect(serving).toContain("(default: 25000)");
  });
});

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

async function run(
  args: readonly string[],
  files: Readonly<Record<string, Uint8Array>>,
): Promise<{ exitCode: number; out: string; error: string }> {
  let out = "";
  let error = "";
  const exitCode = await runCommand(args, {
    version: "1.2.3",
    readInput: async (path) => {
      const bytes = files[path];
      if (bytes === undefined) throw new InputError("INPUT_UNREADABLE", `cannot read ${path}`);
      return bytes;
    },
    importModule: (path) => Promise.reject(new InputError("MODULE_UNREADABLE", `cannot import ${path}`)),
    onStop: () => ({ [Symbol.dispose]: () => undefined }),
    writeOut: (written) => {
      out += written;
    },
    writeError: (written) => {
      error += written;
    },
  });
  return { exitCode, out, error };
}
