// node soak-host.mjs: hosts the depot, an endpoint for each version on a port of its own, and checks that numbers come one by one.
import { ServiceHost } from "@bowline/server";
import { Depot, depotEndpoint, memoryNow, versions } from "./soak-service.mjs";

/** Number of the latest message, by session. @type {number[]} */
const latest = [];
/** @type {string[]} */
const errors = [];
let handledCount = 0;
let byteLength = 0;

function note({ session, number, data }) {
  handledCount += 1;
  byteLength += data.length;
  const expected = (latest[session] ?? 0) + 1;
  if (number !== expected && errors.length < 5)
    errors.push(`session ${session}: message ${number} came, not ${expected}`);
  latest[session] = number;
  if (data.length > 0 && (data[0] !== (number & 0xff) || data.at(-1) !== (number & 0xff)) && errors.length < 5)
    errors.push(`session ${session}: message ${number} came with other bytes than it was sent with`);
}

const service = {
  Ask(request) {
    note(request);
    return request.data;
  },
  Tell: note,
};

const hosts = versions.map((version) => {
  const host = new ServiceHost();
  host.addService(Depot, service, { endpoints: [depotEndpoint(0, version)] });
  host.onSessionEnd(({ error }) => {
    if (error !== undefined && errors.length < 5) errors.push(`a session ended with ${error.code}: ${error.message}`);
  });
  return host;
});
await Promise.all(hosts.map((host) => host.open()));

process.on("message", ({ type }) => {
  if (type === "sample") process.send({ type: "sample", handledCount, byteLength, errors, ...memoryNow() });
});
process.on("disconnect", () => process.exit());
process.send({ type: "listening", ports: hosts.map((host) => host.ports[0]) });
