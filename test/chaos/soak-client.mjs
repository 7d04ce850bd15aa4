// node soak-client.mjs OPTIONS: opens sessions, and sends on each about one message a second until told to stop.
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@bowline/client";
import { SeededRandom } from "./seeded-random.mjs";
import { Depot, depotEndpoint, largestByteLength, memoryNow, versions } from "./soak-service.mjs";

const { ports, seed, sessionCount } = JSON.parse(process.argv[2]);
/** Between two messages of a session, in ms. */
const [shortestPauseMs, longestPauseMs] = [0, 2000];
const maxInFlight = 4;

const counts = { sentCount: 0, answeredCount: 0, acceptedCount: 0, closedCount: 0 };
/** @type {string[]} */
const errors = [];
let isStopping = false;

function noteError(error) {
  if (errors.length < 5) errors.push(`${error.code ?? error.name}: ${error.message}`);
}

async function run(index) {
  const random = new SeededRandom(seed, index);
  const variant = index % versions.length;
  const depot = await connect(Depot, depotEndpoint(ports[variant], versions[variant]));
  await opened();
  const inFlight = new Set();
  for (let number = 1; !isStopping; number++) {
    // As many of 10 bytes as of 100 KiB.
    const byteLength = Math.floor(largestByteLength ** random.next());
    const message = { session: index, number, data: new Uint8Array(byteLength).fill(number & 0xff) };
    counts.sentCount += 1;
    const settled = (random.isTrue(0.5) ? ask(depot, message) : tell(depot, message)).catch(noteError);
    inFlight.add(settled);
    void settled.finally(() => inFlight.delete(settled));
    while (inFlight.size >= maxInFlight) await Promise.race(inFlight);
    await sleep(random.between(shortestPauseMs, longestPauseMs));
  }
  await Promise.all(inFlight);
  await depot.session.acknowledged();
  await depot.close();
  counts.closedCount += 1;
}

async function ask(depot, message) {
  const reply = await depot.Ask(message);
  if (reply.length !== message.data.length)
    throw new Error(`${message.number} was answered with ${reply.length} bytes`);
  counts.answeredCount += 1;
}

async function tell(depot, message) {
  await depot.Tell(message);
  counts.acceptedCount += 1;
}

let openedCount = 0;
let go;
const goes = new Promise((resolve) => {
  go = resolve;
});
/** Sessions start to send when all are open. */
function opened() {
  openedCount += 1;
  if (openedCount === sessionCount) process.send({ type: "opened" });
  return goes;
}

process.on("disconnect", () => process.exit());
process.on("message", ({ type }) => {
  if (type === "go") go();
  else if (type === "sample") process.send({ type: "sample", ...counts, errors, ...memoryNow() });
  else isStopping = true;
});
await Promise.all(Array.from({ length: sessionCount }, (_, index) => run(index).catch(noteError)));
process.send({ type: "stopped" });
