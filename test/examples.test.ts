import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const sources = new URL("../packages/examples/src/", import.meta.url);
const built = new URL("../packages/examples/dist/", import.meta.url);
const names = readdirSync(sources)
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.slice(0, -".ts".length));

/** What each example prints, line by line. */
const outputs: Readonly<Record<string, readonly string[]>> = {
  "01-request-reply": [
    "1 + 2 = 3",
    "doubles: 0 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30 32 34 36 38",
    "given up: AbortError",
    "closed",
  ],
  "02-one-way": ["1: first", "2: second", "3: third"],
  "03-callbacks": ["ACME 101.50", "ACME 102.50", "ACME 103.50", "stopped after 3"],
  "04-typed-faults": [
    "bought 2 of rope",
    "out of stock: only 3 of rope are left - left: 3",
    "host: Buy: Error: the secret warehouse is on fire",
    "fault: Receiver - The service met an error of its own and could not handle the request; its log has more. (Set includeExceptionDetailInFaults on the host to see it here.)",
    "session is opened",
  ],
  "05-data-contracts": [
    "Shipped 0.1 null 2024-05-06T07:08:09.1234567Z",
    "{ Item: 'rope', Price: '12.50', Quantity: 2 } Map(1) { 'fragile' => 1 }",
  ],
  "06-session-events": [
    "host: a session",
    "host: got hello",
    "host: session ended: SESSION_RECEIVE_TIMEOUT",
    "client: session faulted",
    "client: SESSION_RECEIVE_TIMEOUT (the service said so)",
    "client: timer receiveTimeoutMs 1000 ms",
    expect.stringMatching(
      /^client: No application message came from the client for 1 s \(receiveTimeoutMs 1000\); its \d infrastructure messages since do not count\. /,
    ),
    "client: keep-alives were sent: true",
    "client: last ALM before last ILM: true",
    "client: CALL_SESSION_NOT_OPEN",
  ],
  "07-http": ["over NetHttpBinding: 5", "over BasicHttpBinding: 7", "health: well", "closed"],
};

describe("the examples", () => {
  it("are all listed here", () => {
    expect(names).toEqual(Object.keys(outputs));
  });

  for (const [name, lines] of Object.entries(outputs)) {
    it(`${name} prints what it says, ends by itself, and is under 60 lines`, async () => {
      expect(
        readFileSync(new URL(`${name}.ts`, sources), "utf8")
          .trimEnd()
          .split("\n").length,
      ).toBeLessThan(60);
      const { status, stdout, stderr } = await run(`${name}.js`);

      expect({ status, stderr, lines: stdout.trimEnd().split("\n") }).toEqual({ status: 0, stderr: "", lines });
    });
  }
});

describe("the demo", () => {
  it("keeps its promises and prints one line that sums them up", async () => {
    const { status, stdout, stderr } = await run("demo/main.js");
    const lastLine = stdout.trimEnd().split("\n").at(-1)!;
    const counts =
      /^messages sent (\d+) \/ delivered exactly once in order (\d+) \/ keep-alives (\d+) \/ reconnects (\d+) \/ faults 0$/.exec(
        lastLine,
      );

    expect({ status, stderr, isSummedUp: counts !== null }, stdout).toEqual({
      status: 0,
      stderr: "",
      isSummedUp: true,
    });
    expect(counts![2]).toBe(counts![1]);
    expect(Number(counts![3])).toBeGreaterThanOrEqual(1);
    expect(Number(counts![4])).toBeGreaterThanOrEqual(2);
  }, 40_000);
});

interface Run {
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a built program to its end. */
function run(path: string): Promise<Run> {
  const program = new URL(path, built);
  if (!existsSync(program)) throw new Error(`${program.pathname} is not there; run "npm run build" first`);
  return new Promise((resolve) => {
    execFile(process.execPath, [program.pathname], { timeout: 35_000 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : (error.code ?? error.signal ?? 1), stdout, stderr });
    });
  });
}
