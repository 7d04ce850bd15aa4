import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { serveDesk, until } from "./loopback.ts";

it("a host whose loop is blocked for longer than inactivityTimeoutMs ends no session that has spoken meanwhile (R-WCF-LATE-1)", async () => {
  const notes: number[] = [];
  const served = await serveDesk(
    { reliableSession: { inactivityTimeoutMs: 400 } },
    { Note: ({ number }) => void notes.push(number) },
  );
  const program = fileURLToPath(new URL("programs/chatty.mjs", import.meta.url));
  for (let count = 0; count < 3; count++) {
    const client = spawn(process.execPath, [program, served.address], { stdio: ["ignore", "ignore", "inherit"] });
    onTestFinished(() => void client.kill("SIGKILL"));
  }
  await until(() => served.host.sessions.length === 3 && notes.length > 10, "three clients speak");

  for (const untilMs = performance.now() + 1_500; performance.now() < untilMs; );
  const before = notes.length;
  await until(() => notes.length > before + 30, "they are heard again");

  expect(served.ends).toEqual([]);
  expect(served.host.sessions.length).toBe(3);
});
