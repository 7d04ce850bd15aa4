// npm run bench [-- --part=calls,dispatch,overhead,busy --slices=15 --slice-seconds=0.25 --transport=net.tcp,websocket,http --version=1.0,1.1,plain]
// Calls as ratios to the bare transport in the same run, slow extension points next to a receive pump, the host next to one without its pipeline; never naked numbers.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { busyPart } from "./busy.mjs";
import { dispatchPart } from "./dispatch.mjs";
import { overheadPart } from "./overhead.mjs";
import { yardsticks } from "./yardsticks.mjs";

const options = Object.fromEntries(process.argv.slice(2).map((text) => text.replace(/^--/, "").split("=")));
const slices = Number(options.slices ?? 15);
const sliceSeconds = Number(options["slice-seconds"] ?? 0.25);
const transports = (options.transport ?? Object.keys(yardsticks).join()).split(",");
const kinds = ["raw", ...(options.version ?? "1.0,1.1,plain").split(",")];
const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const write = (text) => process.stdout.write(`${text}\n`);

/** A server process for each kind, one client process for all: rates by workload, slice and kind. */
async function measure(transport, kinds, byteLength, bodyKind) {
  const servers = kinds.map((kind) =>
    spawn(process.execPath, [path("server.mjs"), transport, kind], { stdio: ["ignore", "pipe", "inherit", "ipc"] }),
  );
  try {
    const ports = [];
    for (const server of servers) ports.push(Number((await once(server.stdout.setEncoding("utf8"), "data"))[0]));
    const task = JSON.stringify({ transport, kinds, ports, byteLength, bodyKind, sliceSeconds, slices });
    const client = spawn(process.execPath, [path("client.mjs"), task], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    client.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    const [code] = await once(client, "close");
    if (code !== 0) throw new Error(`the client of the measurement ended with code ${code}`);
    return JSON.parse(output);
  } finally {
    for (const server of servers) server.kill();
  }
}

function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * part)];
}

/** The median rate, and the median of the ratios slice by slice with their quartiles. */
function cell(turns, index) {
  const rate = Math.round(
    quantile(
      turns.map((turn) => turn[index]),
      0.5,
    ),
  );
  const ratios = turns.map((turn) => turn[index] / turn[0]);
  const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => quantile(ratios, part).toFixed(2));
  return (index === 0 ? `${rate} (1)` : `${rate} (${middle}, ${low}-${high})`).padEnd(28);
}

async function callsPart() {
  write(
    "W1 one call at a time · W2 64 calls in flight · W3 one-way messages, acknowledged; client and server in two processes",
  );
  write(
    `rate per second and, in brackets, its ratio to the bare transport: median and quartiles of ${slices} slices of ${sliceSeconds} s, taken in turn\n`,
  );
  for (const transport of transports) {
    write(`${transport}; raw is ${yardsticks[transport].name}`);
    write(`body            session  ${["W1", "W2", "W3"].map((name) => name.padEnd(28)).join("")}`);
    for (const byteLength of [64, 1024])
      for (const bodyKind of ["bytes", "string"]) await tell(transport, byteLength, bodyKind);
    write("");
  }
}

async function tell(transport, byteLength, bodyKind) {
  const rates = await measure(transport, kinds, byteLength, bodyKind);
  for (const [index, kind] of kinds.entries()) {
    const name = kind === "raw" || kind === "plain" ? kind : `RM ${kind}`;
    const cells = ["w1", "w2", "w3"].map((workload) => cell(rates[workload], index)).join("");
    write(`${`${byteLength} B ${bodyKind}`.padEnd(16)}${name.padEnd(9)}${cells}`);
  }
}

/** What the way between the threads costs, or brings. */
async function threadPart() {
  const threadKinds = ["1.0", "1.0 thread"];
  write(`\ncalls per second with the host in-line and, in brackets, the ratio of the one with protocolThread to it`);
  write(`body            mode            ${["W1", "W2", "W3"].map((name) => name.padEnd(28)).join("")}`);
  const rates = await measure("net.tcp", threadKinds, 1024, "bytes");
  for (const [index, mode] of ["in-line", "protocolThread"].entries()) {
    const cells = ["w1", "w2", "w3"].map((workload) => cell(rates[workload], index)).join("");
    write(`${"1024 B bytes".padEnd(16)}${mode.padEnd(16)}${cells}`);
  }
}

async function bothBusyParts() {
  await busyPart(write);
  await threadPart();
}

const parts = {
  calls: callsPart,
  dispatch: () => dispatchPart(write),
  overhead: () => overheadPart(write, { slices, sliceSeconds }),
  busy: bothBusyParts,
};
for (const part of (options.part ?? "calls,dispatch,overhead,busy").split(",")) await parts[part]();
