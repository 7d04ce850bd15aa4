// The clients of the measurement of a busy application: calls and one-way messages over many sessions, before, while and after the
// application of the host is blocked. Prints what became of them.
import { setTimeout as sleep } from "node:timers/promises";
import { connect, netTcp } from "@bowline/client";
import { blockedMs, inactivityTimeoutMs, sessionCount } from "./busy.mjs";
import { Echo } from "./service.mjs";
import { yardsticks } from "./yardsticks.mjs";

const [mode, port, barePort] = process.argv.slice(2);
// Nobody answers a client of the in-line host meanwhile.
const ownTimeoutMs = mode === "in-line" ? 20_000 : inactivityTimeoutMs;
const endpoint = netTcp(`net.tcp://127.0.0.1:${port}/echo`, {
  reliableSession: { inactivityTimeoutMs: ownTimeoutMs },
});
const lanesPerSession = 2;
const everyMs = 40;

const counts = { faulted: 0, answered: 0, lost: 0 };
/** From the moment on in which the application is told to block. @type {number[]} */
let delaysMs = [];
let bareMs = 0;
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
  while (!isOver) await Promise.all([call(client, data), sleep(everyMs)]);
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
          delaysMs.push(performance.now() - from);
        },
        () => {
          counts.lost += 1;
        },
      ),
    );
    await sleep(everyMs);
  }
  await Promise.all(waits);
}

async function bareEchoes() {
  const client = await yardsticks["net.tcp"].client(Number(barePort));
  const body = Buffer.alloc(64);
  while (!isOver) {
    const from = performance.now();
    await client.call(body);
    bareMs = Math.max(bareMs, performance.now() - from);
    await sleep(everyMs);
  }
  client.close();
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
work.push(bareEchoes());
await sleep(3_000);
// What a cold start took is not what is measured.
delaysMs = [];
bareMs = 0;
process.send?.("block");
await sleep(blockedMs + 2_000);
isOver = true;
await Promise.all(work);
for (const client of clients) await client.close().catch(() => undefined);
delaysMs.sort((a, b) => a - b);
const part = (share) => delaysMs[Math.round((delaysMs.length - 1) * share)];
process.stdout.write(JSON.stringify({ ...counts, delaysMs: [part(0.5), part(0.99), part(1)], bareMs }));
process.disconnect?.();
