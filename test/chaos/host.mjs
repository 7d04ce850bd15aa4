// node host.mjs TRANSPORT VERSION [in-line|protocol-thread]: hosts the ledger, remembers every message it handled, and tells it when asked.
import { ServiceHost } from "@bowline/server";
import { hostWindowSizes, Ledger, ledgerEndpoint, paddingOf, replyTo } from "./service.mjs";

const [transport, version, mode] = process.argv.slice(2);
/** Numbers handled, in the order handled, by session. */
const handled = [];
const errors = [];
const ends = { inOrder: 0, faulted: [] };

function note({ session, number, padding }) {
  handled[session] ??= [];
  handled[session].push(number);
  if (Buffer.compare(padding, paddingOf(number, padding.length)) !== 0)
    errors.push(`message ${number} of session ${session} came with other bytes than it was sent with`);
}

const service = {
  Ask(request) {
    note(request);
    const { session, number, padding } = request;
    const reply = replyTo(session, number, padding.length % 100);
    // Some answers take their time, so that replies leave in another order than the requests came in.
    return number % 7 === 0 ? new Promise((resolve) => setTimeout(resolve, number % 5, reply)) : reply;
  },
  Tell: note,
};

const host = new ServiceHost({ protocolThread: mode === "protocol-thread" });
const endpoints = hostWindowSizes.map((windowSize) =>
  ledgerEndpoint({ port: 0, transport, version, windowSize, path: `ledger-${windowSize}` }),
);
host.addService(Ledger, service, { endpoints });
host.onError(({ error, operation }) => {
  // Connections break all the time here; only what an operation did wrong is news.
  if (operation !== undefined) errors.push(String(error));
});
host.onSessionEnd(({ error }) => {
  if (error === undefined) ends.inOrder += 1;
  else ends.faulted.push(`${error.code}: ${error.message}`);
});
await host.open();

process.on("message", ({ type }) => {
  if (type === "report") process.send({ type: "report", handled, errors, ends });
});
process.on("disconnect", () => process.exit());
process.send({ type: "listening", port: host.ports[0] });
