// node drain-host.mjs TRANSPORT VERSION PORT FILE: hosts the ledger, and writes down in FILE what it handles, as it does: one line of
// `session number` each, so that the record outlives the process. Told to stop, it closes with the drain time it is given.
import { openSync, writeSync } from "node:fs";
import { ServiceHost } from "@bowline/server";
import { Ledger, ledgerEndpoint, replyTo } from "./service.mjs";

const [transport, version, port, file] = process.argv.slice(2);
const record = openSync(file, "a");
const errors = [];

function note({ session, number }) {
  writeSync(record, `${session} ${number}\n`);
}

const service = {
  Ask(request) {
    note(request);
    const { session, number, padding } = request;
    const reply = replyTo(session, number, padding.length);
    // Some operations run while the host drains.
    return number % 5 === 0 ? new Promise((resolve) => setTimeout(resolve, number % 20, reply)) : reply;
  },
  Tell: note,
};

const host = new ServiceHost();
host.addService(Ledger, service, {
  endpoints: [ledgerEndpoint({ port: Number(port), transport, version, windowSize: 32, path: "ledger" })],
});
host.onError(({ error, operation }) => {
  if (operation !== undefined) errors.push(String(error));
});
await host.open();

process.on("disconnect", () => process.exit());
process.on("message", async ({ drainTimeoutMs }) => {
  const { closedCount, cut } = await host.close({ drainTimeoutMs });
  const report = { closedCount, cut: cut.map(({ error }) => `${error.code}: ${error.message}`), errors };
  process.send({ type: "closed", ...report }, () => process.disconnect());
});
process.send({ type: "listening", port: host.ports[0] });
