import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { connect, netTcp } from "@bowline/client";
import { describe, expect, it, onTestFinished } from "vitest";
import { Desk, rejection, until } from "./loopback.ts";

// The command as users run it: what `npm run build` made, in a process of its own.
const command = fileURLToPath(new URL("../../packages/cli/bin/bowline.js", import.meta.url));
const desk = fileURLToPath(new URL("programs/served-desk.mjs", import.meta.url));

interface Serving {
  readonly process: ChildProcess;
  readonly written: { out: string; error: string };
  readonly exitCode: Promise<number | null>;
}

function bowline(...args: string[]): Serving {
  const child = spawn(process.execPath, [command, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const written = { out: "", error: "" };
  child.stdout.on("data", (text) => {
    written.out += text;
  });
  child.stderr.on("data", (text) => {
    written.error += text;
  });
  return { process: child, written, exitCode: once(child, "close").then(([code]) => code as number | null) };
}

/** A served desk and a client of it. */
async function served(...args: string[]) {
  const serving = bowline("serve", desk, ...args);
  await until(() => serving.written.out.includes("\n"), "the command serves", 10_000);
  const address = /^serving (\S+)\n/.exec(serving.written.out)![1]!;
  const client = await connect(Desk, netTcp(address, { reliableSession: {} }));
  onTestFinished(() => client.abort());
  return { ...serving, client };
}

describe("bowline serve", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("on %s lets operations finish and exits with 0", async (signal) => {
    const { process: child, written, exitCode, client } = await served();
    expect(await client.Add({ a: 1, b: 2 })).toBe(3);
    const sum = client.Add({ a: 300, b: 1 });
    await client.session.acknowledged();

    child.kill(signal);

    expect(await sum).toBe(301);
    expect(await exitCode).toBe(0);
    expect(written.out.split("\n").slice(1)).toEqual([
      `${signal}: closing within 25000 ms; a second signal cuts what is left`,
      "closed: 1 sessions in order, 0 cut",
      "",
    ]);
    expect(written.error).toBe("");
  });

  it("after --drain-timeout-ms cuts what still runs, says what it was and exits with 1", async () => {
    const { process: child, written, exitCode, client } = await served("--drain-timeout-ms", "200");
    const call = rejection(client.Add({ a: 60_000, b: 1 }));
    await client.session.acknowledged();

    child.kill("SIGTERM");

    expect(await exitCode).toBe(1);
    expect((await call).code).toBe("CALL_SESSION_ENDED");
    expect(written.out).toContain("closed: 0 sessions in order, 1 cut\n");
    expect(written.error).toMatch(
      /^bowline: the session urn:uuid:\S+ of 127\.0\.0\.1:\d+ was cut while it ran Add \(in .+\), with 0 messages waiting: .*drainTimeoutMs 200 is over.*\n$/,
    );
  });

  it("cuts at once at the second signal", async () => {
    const { process: child, written, exitCode, client } = await served();
    const call = rejection(client.Add({ a: 60_000, b: 1 }));
    await client.session.acknowledged();

    child.kill("SIGTERM");
    await until(() => written.out.includes("SIGTERM: closing"), "the first signal is heard");
    child.kill("SIGTERM");

    expect(await exitCode).toBe(1);
    expect((await call).code).toBe("CALL_SESSION_ENDED");
    expect(written.error).toContain("was told not to wait any longer");
  });

  it("exits with 0 when the module closes its host itself and nothing else is left to do", async () => {
    const { written, exitCode, client } = await served();
    await client.Note({ number: 0 });

    expect(await exitCode).toBe(0);
    expect(written.out.split("\n").slice(1)).toEqual([
      "nothing is left to serve: closing within 25000 ms; a second signal cuts what is left",
      "closed: 1 sessions in order, 0 cut",
      "",
    ]);
  });

  it("exits with 1 for a file that is not there, and for one that is no module with a host", async () => {
    const missing = bowline("serve", "none.mjs");
    expect(await missing.exitCode).toBe(1);
    expect(missing.written.error).toMatch(/^bowline: cannot import none\.mjs: .*Cannot find module/);

    const other = bowline("serve", fileURLToPath(new URL("../chaos/seeded-random.mjs", import.meta.url)));
    expect(await other.exitCode).toBe(1);
    expect(other.written.error).toContain("export a ServiceHost, or a function that gives one");
  });
});
