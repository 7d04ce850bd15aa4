import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const runner = fileURLToPath(new URL("run.mjs", import.meta.url));

it("reads and refuses what saxes does, but for what is explained, and in time that grows with the document alone (R-XML-1.0-1, R-XML-NAMES-1)", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [runner, "--documents=6000", "--seed=1"]).catch(
    (failure: { stdout: string }) => failure,
  );

  expect(stdout).toMatch(/^6000 documents of seed 1: .* 0 wrong, /m);
  expect(stdout).not.toContain("does not happen");
  expect(Number(/worst ([0-9.]+) ms per 64 KiB/.exec(stdout)?.[1])).toBeLessThan(50);
});
