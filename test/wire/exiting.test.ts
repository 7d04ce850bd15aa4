import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { connect, netTcp } from "@bowline/client";
import { describe, expect, it, onTestFinished } from "vitest";
import { closedPort, Desk, listenRaw, serveDesk } from "./loopback.ts";

// The programs run on what `npm run build` made: that is what users' processes have to get rid of.

interface Program {
  readonly process: ChildProcess;
  /** Lines it has printed so far. */
  readonly lines: string[];
  /** What it prints next. */
  readonly line: () => Promise<string>;
  /** Resolves with the exit code, and with the time that went by between its last line and its end. */
  readonly exit: Promise<{ readonly code: number | null; readonly afterMs: number }>;
}

function start(name: string, ...args: string[]): Program {
  const path = fileURLToPath(new URL(`programs/${name}.mjs`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  let lastLineAtMs = performance.now();
  createInterface({ input: child.stdout! }).on("line", (line) => {
    lastLineAtMs = performance.now();
    lines.push(line);
    waiting.shift()?.(line);
  });
  const exit = once(child, "exit").then(([code]) => ({
    code: code as number | null,
    afterMs: performance.now() - lastLineAtMs,
  }));
  return { process: child, lines, line: () => new Promise((resolve) => waiting.push(resolve)), exit };
}

async function expectExit(program: Program): Promise<void> {
  const { code, afterMs } = await program.exit;
  expect(code).toBe(0);
  expect(program.lines.at(-1)).toBe("done");
  expect(afterMs).toBeLessThan(2_000);
}

describe("a client's process", () => {
  it.each([
    ["plain", "close"],
    ["plain", "abort"],
    ["reliable", "close"],
    ["reliable", "abort"],
  ])("exits by itself after a %s session and %s()", async (kind, end) => {
    const { port } = await serveDesk(kind === "plain" ? {} : { reliableSession: {} });

    const program = start("client", String(port), kind, end);

    await expectExit(program);
    expect(program.lines).toEqual(["3", "done"]);
  });

  it("exits by itself after it could not connect", async () => {
    const program = start("client", String(await closedPort()), "reliable", "never-open");

    await expectExit(program);
    expect(program.lines).toEqual(["SESSION_CONNECTION_LOST", "done"]);
  });

  it("exits by itself after a peer that is none", async () => {
    // It answers with another protocol's greeting, and never closes.
    const port = await listenRaw((socket) => void socket.write("220 mail.example ESMTP\r\n"));

    const program = start("client", String(port), "reliable", "never-open");

    await expectExit(program);
    expect(program.lines).toEqual(["SESSION_CONNECTION_LOST", "done"]);
  });
});

describe("a host's process", () => {
  it.each([
    ["plain", "close"],
    ["plain", "abort"],
    ["reliable", "close"],
    ["reliable", "abort"],
  ])("exits by itself after %s sessions and %s(), whatever its peers do", async (kind, end) => {
    const program = start("server", kind, end);
    const port = Number(await program.line());
    // A connection that says nothing, and one that only begins to speak.
    for (const bytes of [[], [0, 1, 0, 1, 2]]) {
      const socket = connectSocket({ host: "127.0.0.1", port, allowHalfOpen: true });
      socket.on("error", () => undefined);
      onTestFinished(() => void socket.destroy());
      await once(socket, "connect");
      socket.write(Uint8Array.from(bytes));
    }
    const options = kind === "plain" ? {} : { reliableSession: {} };
    const client = await connect(Desk, netTcp(`net.tcp://127.0.0.1:${port}/desk`, options));
    onTestFinished(() => client.abort());

    const call = client.Add({ a: 1, b: 2 }).catch((error: { readonly code: string }) => error.code);

    expect([3, "CALL_SESSION_ENDED"]).toContain(await call);
    await expectExit(program);
  });
});
