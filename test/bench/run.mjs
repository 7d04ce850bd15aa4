// npm run bench [-- --seconds=2 --rounds=3 --version=1.0]: ratios to raw sockets in the same run, never naked numbers.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const options = Object.fromEntries(process.argv.slice(2).map((text) => text.replace(/^--/, "").split("=")));
const seconds = Number(options.seconds ?? 1.5);
const rounds = Number(options.rounds ?? 3);
const versions = (options.version ?? "1.0,1.1,plain").split(",");
const path = (name) => fileURLToPath(new URL(name, import.meta.url));

async function measure(kind, byteLength, bodyKind) {
  const server = spawn(process.execPath, [path("server.mjs"), kind], { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  try {
    const [port] = await once(server.stdout.setEncoding("utf8"), "data");
    const args = [path("client.mjs"), kind, port.trim(), String(byteLength), bodyKind, String(seconds)];
    const client = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    client.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    const [code] = await once(client, "close");
    if (code !== 0) throw new Error(`the ${kind} client ended with code ${code}`);
    return JSON.parse(output);
  } finally {
    server.kill();
  }
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const write = (text) => process.stdout.write(`${text}\n`);

write(
  `W1 one call at a time · W2 64 calls in flight · W3 one-way messages, acknowledged; median of ${rounds} rounds of ${seconds} s`,
);
write(
  "each figure: rate per second, and in brackets its ratio to raw net sockets (length prefix, one write per message) in the same round\n",
);
write(`body            session  ${["W1", "W2", "W3"].map((name) => name.padEnd(22)).join("")}`);
for (const byteLength of [64, 1024]) {
  for (const bodyKind of ["bytes", "string"]) {
    const results = Object.fromEntries(versions.map((version) => [version, []]));
    const raw = [];
    for (let round = 0; round < rounds; round++) {
      const yardstick = await measure("net-frames", byteLength, bodyKind);
      raw.push(yardstick);
      for (const version of versions) {
        const rates = await measure(version, byteLength, bodyKind);
        results[version].push({
          rates,
          ratios: { w1: rates.w1 / yardstick.w1, w2: rates.w2 / yardstick.w2, w3: rates.w3 / yardstick.w3 },
        });
      }
    }
    const label = `${byteLength} B ${bodyKind}`.padEnd(16);
    write(
      label +
        "raw      " +
        ["w1", "w2", "w3"]
          .map((name) => `${Math.round(median(raw.map((rates) => rates[name])))} (1)`.padEnd(22))
          .join(""),
    );
    for (const version of versions) {
      const cells = ["w1", "w2", "w3"].map((name) => {
        const rate = Math.round(median(results[version].map((result) => result.rates[name])));
        return `${rate} (${median(results[version].map((result) => result.ratios[name])).toFixed(2)})`.padEnd(22);
      });
      write(label + `${version === "plain" ? "plain" : `RM ${version}`}`.padEnd(9) + cells.join(""));
    }
  }
}
