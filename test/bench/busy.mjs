// npm run bench -- --part=busy: what becomes of sessions while the application keeps its loop to itself, with and without a thread for
// the protocol. Host and clients are two processes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export const blockedMs = 5_000;
export const sessionCount = 20;
export const inactivityTimeoutMs = 2_000;
export const acknowledgementIntervalMs = 10;

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/** @param {"in-line" | "protocolThread"} mode */
async function countsOf(mode) {
  // The yardstick: what a bare socket waits for its echo at the same time, on a machine that others may use too.
  const bare = spawn(process.execPath, [path("server.mjs"), "net.tcp", "raw"], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const host = spawn(process.execPath, [path("busy-host.mjs"), mode], { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  try {
    const [[port], [barePort]] = await Promise.all(
      [host, bare].map(({ stdout }) => once(stdout.setEncoding("utf8"), "data")),
    );
    const client = spawn(process.execPath, [path("busy-client.mjs"), mode, `${Number(port)}`, `${Number(barePort)}`], {
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    client.on("message", (message) => host.send(message));
    let output = "";
    client.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    const [code] = await once(client, "close");
    if (code !== 0) throw new Error(`the clients of the measurement ended with code ${code}`);
    host.send("report");
    const [report] = await once(host, "message");
    return { ...JSON.parse(output), hostFaulted: report.faulted };
  } finally {
    host.kill();
    bare.kill();
  }
}

/** @param {(text: string) => void} write */
export async function busyPart(write) {
  write(
    `the application's loop is blocked for ${blockedMs} ms under load; inactivityTimeoutMs ${inactivityTimeoutMs}, of the clients of the in-line host 20000, acknowledgementIntervalMs ${acknowledgementIntervalMs}`,
  );
  write(
    "acknowledgement delay of one-way messages: median, 99 of 100, worst; and the worst wait of a bare socket meanwhile, ms\n",
  );
  write("mode            sessions   sessions faulted   calls answered   lost   median     99 %    worst   bare socket");
  for (const mode of /** @type {const} */ (["in-line", "protocolThread"])) {
    const { faulted, answered, lost, delaysMs, bareMs, hostFaulted } = await countsOf(mode);
    const cells = [
      mode.padEnd(16),
      String(sessionCount).padStart(8),
      String(Math.max(faulted, hostFaulted)).padStart(19),
      String(answered).padStart(17),
      String(lost).padStart(7),
      ...delaysMs.map((ms) => ms.toFixed(0).padStart(9)),
      bareMs.toFixed(0).padStart(14),
    ];
    write(cells.join(""));
  }
}
