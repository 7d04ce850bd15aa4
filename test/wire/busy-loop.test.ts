import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { serveDesk, until } from "./loopback.ts";

/** A client in a process of its own, whose own timers are far off. */
function client(program: string, address: string): ChildProcess {
  const path = fileURLToPath(new URL(`programs/${program}`, import.meta.url));
  const child = spawn(process.execPath, [path, address], { stdio: ["ignore", "ignore", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

function blockLoop(forMs: number): void {
  for (const untilMs = performance.now() + forMs; performance.now() < untilMs; );
}

it("a host whose loop is blocked for longer than inactivityTimeoutMs ends no session that has spoken meanwhile (R-WCF-LATE-1)", async () => {
  const notes: number[] = [];
  const served = await serveDesk(
    { reliableSession: { inactivityTimeoutMs: 400 } },
    { Note: ({ number }) => void notes.push(number) },
  );
  for (let count = 0; count < 3; count++) client("chatty.mjs", served.address);
  await until(() => served.host.sessions.length === 3 && notes.length > 10, "three clients speak", 20_000);

  blockLoop(1_500);
  const before = notes.length;
  await until(() => notes.length > before + 30, "they are heard again", 20_000);

  expect(served.ends).toEqual([]);
  expect(served.host.sessions.length).toBe(3);
});

it("a host whose loop is blocked under load ends none whose messages it has not read yet, and finds the one that is gone (R-WCF-LATE-2)", async () => {
  const inactivityTimeoutMs = 2_000;
  let noteCount = 0;
  let bytesCount = 0;
  const served = await serveDesk(
    {
      reliableSession: { inactivityTimeoutMs },
      maxReceivedMessageSize: 8_000_000,
      readerQuotas: { maxArrayLength: 8_000_000 },
    },
    {
      Note: () => void noteCount++,
      Bytes: () => {
        bytesCount += 1;
        return new Uint8Array(1);
      },
    },
  );
  const gone = client("chatty.mjs", served.address);
  await until(() => noteCount > 0, "the first one speaks");
  for (let count = 0; count < 3; count++) client("chatty.mjs", served.address);
  for (let count = 0; count < 3; count++) client("bulky.mjs", served.address);
  await until(() => served.host.sessions.length === 7 && bytesCount > 6, "all clients speak", 20_000);

  gone.kill("SIGSTOP");
  blockLoop(5_000);
  const [notesBefore, bytesBefore] = [noteCount, bytesCount];
  // What the messages of the others take the loop does not count either.
  await until(() => served.ends.length > 0, "the one that is gone is found", 3 * inactivityTimeoutMs);

  await until(() => noteCount > notesBefore + 60 && bytesCount > bytesBefore + 6, "the others are heard again", 20_000);
  expect(served.ends.map(({ error }) => error?.code)).toEqual(["SESSION_INACTIVITY_TIMEOUT"]);
  expect(served.host.sessions.length).toBe(6);
});
