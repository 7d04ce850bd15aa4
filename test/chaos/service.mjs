// What host and client agree on. Every message names its session and its number there; calls and one-way messages of a session
// share one row of numbers, so that the order between them can be judged too.
import { contract, netHttp, netTcp, oneWay, operation, xs } from "@bowline/client";

export const Ledger = contract("http://tempuri.org/", "ILedger", {
  Ask: operation({ request: { session: xs.int, number: xs.int, padding: xs.base64Binary }, reply: xs.string }),
  Tell: oneWay({ session: xs.int, number: xs.int, padding: xs.base64Binary }),
});

/** Windows of the host's endpoints: one smaller than what its clients would send, one larger. */
export const hostWindowSizes = [8, 64];

/** Endpoints by transport. */
export const transports = {
  "net.tcp": (place, options) => netTcp(`net.tcp://${place}`, options),
  websocket: (place, options) => netHttp(`ws://${place}`, options),
  http: (place, options) => netHttp(`http://${place}`, options),
};

/** @param {{ port: number, transport: keyof typeof transports, version: "1.0" | "1.1", windowSize: number, path: string }} options */
export function ledgerEndpoint({ port, transport, version, windowSize, path }) {
  const reliableSession = { version, maxTransferWindowSize: windowSize };
  return transports[transport](`127.0.0.1:${port}/${path}`, { reliableSession });
}

/** Bytes that tell whose they are. */
export function paddingOf(number, byteLength) {
  return new Uint8Array(byteLength).fill(number & 0xff);
}

export function replyTo(session, number, byteLength) {
  return `${session}/${number}/${"r".repeat(byteLength)}`;
}

/** Now in ms, on a clock that all processes of this machine share. */
export function sharedNowMs() {
  return Number(process.hrtime.bigint()) / 1e6;
}
