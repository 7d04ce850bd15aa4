// Every case of the WCF client program on our host, and what is left on the host when it is through.

import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { startWcfHost } from "./host.mjs";
import { buildWcf, runWcf } from "./wcf/wcf.mjs";

/** What cases provoke on purpose: a path that no service has, an operation that crashes, a connection that is cut. */
const expectedErrors = [/no-such-service/, /the operation crashed, as it should/];
/** The last sessions may be under way when the client ends. */
const restLimitMs = 3_000;

const callCount = 500;
/** Where the connection is cut: in the middle of the calls. */
const cutAfterByteLength = 16_384;
const reliableFlavours = ["1.0", "1.1"].flatMap((version) =>
  ["true", "false"].map((ordered) => ({ version, ordered })),
);

/**
 * @typedef {import("./wcf/wcf.mjs").CaseResult} CaseResult
 * @typedef {Awaited<ReturnType<typeof startWcfHost>>} Host
 */

/**
 * @returns {Promise<{ results: CaseResult[], skipped: string | undefined }>} `skipped` is the reason why nothing ran
 */
export async function runWcfCases() {
  const client = await buildWcf();
  if (!client.available) return { results: [], skipped: client.reason };
  const host = await startWcfHost();
  try {
    const results = [];
    for (const baseUri of [host.baseUri, host.httpUri]) {
      for (const result of await runWcf(client, baseUri)) {
        results.push(await afterStall(result, () => rerun(client, baseUri, result)));
      }
    }
    for (const flavour of reliableFlavours) {
      const run = () => callsThroughCut(client, host, flavour);
      results.push(await afterStall(await run(), run));
    }
    results.push(...(await remains(host)));
    return { results, skipped: undefined };
  } finally {
    await host.stop();
  }
}

/**
 * A WCF client with several calls or callbacks in flight stalls now and then, with everything acknowledged (R-LIVE-STALL-1). A case
 * that timed out counts when it passes twice in a row after that, and its line says so. The price: a fault of ours that is as rare
 * would be let through, so such a line is worth a look at the trace.
 * @param {CaseResult} result @param {() => Promise<CaseResult>} again @returns {Promise<CaseResult>}
 */
async function afterStall(result, again) {
  if (result.ok || !/time-?out|timed out/i.test(result.detail)) return result;
  for (let pass = 0; pass < 2; pass++) {
    const repeated = await again();
    if (!repeated.ok) return { ...repeated, detail: `${repeated.detail} (and before: ${result.detail})` };
  }
  return { ...result, ok: true, detail: `passed twice after a stall of the WCF client (${result.detail})` };
}

/** One case alone. @param {import("./wcf/wcf.mjs").BuiltWcf} client @param {string} baseUri @param {CaseResult} result */
async function rerun(client, baseUri, { name }) {
  const [, caseName, flavour] = /^(\S+) \[(.*)\]$/.exec(name) ?? [];
  const [, version, order] = /^rm (\S+) (ordered|unordered)\b/.exec(flavour ?? "") ?? [];
  const [, encoding] = / http (\S+)$/.exec(flavour ?? "") ?? [];
  if (caseName === undefined) return { name, ok: false, detail: "the case cannot be run alone" };
  const flavourArgs =
    version === undefined ? ["--version", "none"] : ["--version", version, "--ordered", String(order === "ordered")];
  const encodingArgs = encoding === undefined ? [] : ["--encoding", encoding];
  const [repeated] = await runWcf(client, baseUri, ["--case", caseName, ...flavourArgs, ...encodingArgs]);
  return repeated ?? { name, ok: false, detail: "nothing ran" };
}

/**
 * Many calls at once over a connection that is reset in their middle: the client opens another, every call is answered, and each
 * has run once. How long the close takes afterwards is not our doing and does not count: a WCF client that lost an answer asks again
 * after 10 s.
 * @param {import("./wcf/wcf.mjs").BuiltWcf} client @param {Host} host @param {{ version: string, ordered: string }} flavour
 * @returns {Promise<CaseResult>}
 */
async function callsThroughCut(client, host, { version, ordered }) {
  const before = host.addCount;
  const relay = await startCuttingRelay(Number(new URL(host.baseUri.replace(/^net\.tcp/, "http")).port));
  const args = ["--case", "calls-at-once", "--calls", String(callCount), "--version", version, "--ordered", ordered];
  const [result] = await runWcf(client, relay.baseUri, args);
  relay.stop();
  const ran = host.addCount - before;
  const isAnswered = result?.ok === true || result?.detail.startsWith("Close() took ") === true;
  const problems = [
    ...(isAnswered ? [] : [result?.detail ?? "nothing ran"]),
    ...(ran === callCount ? [] : [`${callCount} calls ran ${ran} times`]),
    ...(relay.cutCount() === 1 ? [] : [`${relay.cutCount()} connections were cut, not 1`]),
  ];
  const order = ordered === "true" ? "ordered" : "unordered";
  const detail = problems.length === 0 ? `${result?.detail}, each ran once` : problems.join("; ");
  return { name: `calls-through-a-cut [rm ${version} ${order}]`, ok: problems.length === 0, detail };
}

/** A relay that resets its first connection after so many bytes of the client, and leaves the others alone. @param {number} port */
async function startCuttingRelay(port) {
  let cutCount = 0;
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    const far = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    let byteLength = 0;
    for (const [socket, other] of /** @type {const} */ ([
      [near, far],
      [far, near],
    ])) {
      sockets.add(socket);
      socket.on("error", () => other.resetAndDestroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
    near.on("data", (chunk) => {
      byteLength += chunk.length;
      if (byteLength < cutAfterByteLength || cutCount > 0) return;
      cutCount += 1;
      near.resetAndDestroy();
      far.resetAndDestroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: relayPort } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    baseUri: `net.tcp://127.0.0.1:${relayPort}`,
    cutCount: () => cutCount,
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** What is left when all cases are over. @param {Host} host @returns {Promise<CaseResult[]>} */
async function remains({ host, errors }) {
  for (const deadlineMs = performance.now() + restLimitMs; host.sessions.length > 0; ) {
    if (performance.now() > deadlineMs) break;
    await sleep(20);
  }
  const left = host.sessions.map((session) => session.id ?? "a plain session").join(", ");
  const unexpected = errors
    .map(({ error, operation }) => `${operation ?? "no operation"}: ${error}`)
    .filter((text) => !expectedErrors.some((expected) => expected.test(text)));
  return [
    { name: "the host has no session left", ok: left === "", detail: left },
    {
      name: "the host met no error of its own",
      ok: unexpected.length === 0,
      detail: unexpected.slice(0, 5).join("; "),
    },
  ];
}
