// The clients of the measurement of a busy application: calls and one-way messages over many sessions, before, while and after the
// application of the host is blocked. Prints what became of them.
import { setTimeout as sleep } from "node:timers/promises";
import { connect, netTcp } from "@bowline/client";
import { blockedMs, inactivityTimeoutMs, sessionCount } from "./busy.mjs";
import { Echo } from "./service.mjs";

const [mode, port] = process.argv.slice(2);
// Nobody answers a client of the in-line host meanwhile.
const ownTimeoutMs = mode === "in-line" ? 20_000 : inactivityTimeoutMs;
const endpoint = netTcp(`net.tcp://127.0.0.1:${port}/echo`, {
  reliableSession: { inactivityTimeoutMs: ownTimeoutMs },
});
const lanesPerSession = 4;
const noteEveryMs = 20;

const counts = { faulted: 0, answered: 0, lost: 0, worstDelayMs: 0 };
let isOver = false;

async function call(client, data) {
  try {
    await client.EchoBytes({ data });
    counts.answered += 1;
  } catch {
    counts.lost += 1;
  }
}

async function lane(client) {
  const data = new Uint8Array(256).fill(0xa5);
  // A pace that leaves the machine to all of them.
  while (!isOver) await Promise.all([call(client, data), sleep(10)]);
}

/** How long one-way messages wait for their acknowledgement. */
async function notes(client) {
  const waits = [];
  while (!isOver) {
    const from = performance.now();
    await client.PutText({ text: "x" });
    waits.push(
      client.session.acknowledged().then(
        () => {
          counts.worstDelayMs = Math.max(counts.worstDelayMs, performance.now() - from);
        },
        () => {
          counts.lost += 1;
        },
      ),
    );
    await sleep(noteEveryMs);
  }
  await Promise.all(waits);
}

const clients = await Promise.all(Array.from({ length: sessionCount }, () => connect(Echo, endpoint)));
for (const { session } of clients)
  session.onStateChange(({ state }) => {
    if (state === "faulted") counts.faulted += 1;
  });
const work = clients.flatMap((client) => [
  ...Array.from({ length: lanesPerSession }, () => lane(client)),
  notes(client).catch(() => undefined),
]);
await sleep(1_000);
// What a cold start took is not what is measured.
counts.worstDelayMs = 0;
process.send?.("block");
await sleep(blockedMs + 2_000);
isOver = true;
await Promise.all(work);
for (const client of clients) await client.close().catch(() => undefined);
process.stdout.write(JSON.stringify(counts));
process.disconnect?.();
