// What host and client of the soak agree on, and how each tells of its memory.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { contract, netTcp, oneWay, operation, xs } from "@bowline/client";

export const Depot = contract("http://tempuri.org/", "IDepot", {
  Ask: operation({ request: { session: xs.int, number: xs.int, data: xs.base64Binary }, reply: xs.base64Binary }),
  Tell: oneWay({ session: xs.int, number: xs.int, data: xs.base64Binary }),
});

export const versions = /** @type {const} */ (["1.0", "1.1"]);
export const largestByteLength = 1 << 20;

/** @param {number} port @param {"1.0" | "1.1"} version */
export function depotEndpoint(port, version) {
  return netTcp(`net.tcp://127.0.0.1:${port}/depot`, {
    reliableSession: { version, maxRetryCount: 1000 },
    maxReceivedMessageSize: 2 * largestByteLength,
    readerQuotas: { maxArrayLength: largestByteLength },
  });
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

/** What is in use once garbage is gone, and what the system has given, in bytes. */
export function memoryNow() {
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { liveByteLength: heapUsed + external, residentByteLength: rss };
}
