import { contract, netTcp, operation, xs } from "@bowline/server";

/** The contract of both programs. */
export const Desk = contract("http://tempuri.org/", "IDesk", {
  Add: operation({ request: { a: xs.int, b: xs.int }, reply: xs.int }),
});

/** @param {string} port @param {string} kind */
export function endpoint(port, kind) {
  return netTcp(`net.tcp://127.0.0.1:${port}/desk`, kind === "plain" ? {} : { reliableSession: {} });
}
