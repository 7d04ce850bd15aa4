import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ownReading, readRecording, wholeRecords } from "./passed-bytes.ts";
import { dissect, tsharkVersion } from "./tshark.ts";

const packages = new URL("../../packages/", import.meta.url);

describe("what passes the relay of the demo", () => {
  const folder = mkdtempSync(join(tmpdir(), "bowline-demo-"));
  const file = join(folder, "demo.jsonl");
  let demo: Run;

  beforeAll(async () => {
    demo = await run("examples/dist/demo/main.js", ["--record", file]);
  }, 40_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is recorded with --record: three connections, of which two are cut", () => {
    expect(demo, demo.stdout).toMatchObject({ status: 0, stderr: "" });
    expect(demo.stdout).toContain(`npx bowline decode ${file}\n`);
    const { events } = readRecording(file);

    expect(events.filter(({ event }) => event === "open").map(({ connection }) => connection)).toEqual([1, 2, 3]);
    expect(events.filter(({ event }) => event === "cut").map(({ connection }) => connection)).toEqual([1, 2]);
    // The last one ends in order. The side that ends second may find the other process gone already.
    const ends = events.filter(({ event }) => event.startsWith("end-"));
    expect(new Set(ends.map(({ connection }) => connection))).toEqual(new Set([3]));
  });

  it.each([[["--record"]], [["--what"]], [["--record", join(folder, "none", "demo.jsonl")]]])(
    "is not recorded with %j, and the demo says how it is",
    async (args) => {
      const { status, stdout, stderr } = await run("examples/dist/demo/main.js", args);

      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toMatch(/^.+\nUsage: npm run demo -- \[--record FILE\]\n$/);
    },
  );

  it("is decoded by bowline decode without an error, down to the records that the cuts left unfinished", async () => {
    const { unfinished } = wholeRecords(readRecording(file).passed);
    const { status, stdout, stderr } = await run("cli/bin/bowline.js", ["decode", file]);

    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const linesOfRecords = stdout.split("\n").filter((line) => /^\d+ .* byte \d+ /.test(line));
    const recordCount = Object.values(ownReading(readRecording(file).passed)).flat().length;
    expect(linesOfRecords.length).toBe(recordCount + Object.keys(unfinished).length);
    expect(linesOfRecords.filter((line) => line.includes("unfinished")).length).toBe(Object.keys(unfinished).length);
    expect(stdout).toContain("<Price");
    expect(stdout).not.toContain("error:");
  });

  it.skipIf(tsharkVersion === undefined)("is read by tshark as MC-NMF without a malformed packet", () => {
    const { passed, events } = readRecording(file);
    // The relay resets connections inside a record. Wireshark 4.0 calls the part that is there of one malformed, so these bytes stay
    // out of the packets; they are the last of their stream, and only connections that were cut may have any.
    const { whole, unfinished } = wholeRecords(passed);
    const cutConnections = events.filter(({ event }) => event === "cut").map(({ connection }) => connection);
    for (const key of Object.keys(unfinished)) expect(cutConnections).toContain(Number.parseInt(key, 10));

    const { records, complaints, vias } = dissect(whole);

    expect(complaints).toEqual([]);
    expect(records).toEqual(ownReading(passed));
    expect(Object.keys(records).sort()).toEqual(
      [1, 2, 3].flatMap((connection) => [`${connection} client`, `${connection} server`]),
    );
    expect(vias.length).toBe(3);
  });
});

interface Run {
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a built program of a package to its end. */
function run(path: string, args: readonly string[]): Promise<Run> {
  const program = fileURLToPath(new URL(path, packages));
  if (!existsSync(program)) throw new Error(`${program} is not there; run "npm run build" first`);
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { timeout: 35_000, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : (error.code ?? error.signal ?? 1), stdout, stderr });
    });
  });
}
