// Every case of the WCF client program on our host, and what is left on the host when it is through.

import { setTimeout as sleep } from "node:timers/promises";
import { generate } from "selfsigned";
import { startWcfHost } from "./host.mjs";
import { buildWcf, isClientStall, runWcf } from "./wcf/wcf.mjs";
import { callsThroughCuts, callsThroughRecordTroubles, healing } from "./wcf-wire-cases.mjs";

/** What cases provoke on purpose: a path that no service has, an operation that crashes, a hook that never comes back. */
const expectedErrors = [/no-such-service/, /the operation crashed, as it should/, /callContexts\[0\] ledger/];
/** The last sessions may be under way when the client ends. */
const restLimitMs = 3_000;

/** What goes through bad wires. A quick run takes less of it. */
const wireSizes = { cuts: { callCount: 2_000, cutCount: 20 }, records: { callCount: 400 }, heals: { healCount: 20 } };
const quickWireSizes = { cuts: { callCount: 400, cutCount: 4 }, records: { callCount: 200 }, heals: { healCount: 5 } };

/**
 * @typedef {import("./wcf/wcf.mjs").CaseResult} CaseResult
 * @typedef {Awaited<ReturnType<typeof startWcfHost>>} Host
 */

/**
 * @param {{ isQuick: boolean, seed: number }} options `seed` draws what happens on the wire
 * @returns {Promise<{ results: CaseResult[], skipped: string | undefined }>} `skipped` is the reason why nothing ran
 */
export async function runWcfCases({ isQuick, seed }) {
  const client = await buildWcf();
  if (!client.available) return { results: [], skipped: client.reason };
  // Their clients mostly wait, for timers and for each other: side by side they take little longer than one.
  const results = await Promise.all([
    casesOver("baseUri", client),
    casesOver("webSocketUri", client),
    casesOver("httpUri", client),
    casesOverTls(client),
  ]);
  const { cuts, records, heals } = isQuick ? quickWireSizes : wireSizes;
  const throughBadWires = [
    callsThroughCuts(client, { ...cuts, seed }),
    callsThroughRecordTroubles(client, { ...records, seed }),
  ];
  results.push(...(await Promise.all(throughBadWires)), await healing(client, heals));
  return { results: results.flat(), skipped: undefined };
}

/** What TLS could change: long messages, many at once, both directions, the end. No cuts, which end a WCF session with TLS (R-TLS-7). */
const casesWithTls = [
  "request-reply",
  "net-tcp-binding",
  "net-tcp-binding-plain",
  "long-strings-and-bytes",
  "one-way-then-count",
  "duplex-callbacks",
  "typed-fault",
  "calls-at-once",
  "close-politely",
  "abort",
];

/** NetTcpBinding's SecurityMode.Transport without a client credential. @param {import("./wcf/wcf.mjs").BuiltWcf} client */
async function casesOverTls(client) {
  const args = ["--secure", ...casesWithTls.flatMap((name) => ["--case", name])];
  return casesOver("baseUri", client, { tls: await newIdentity(), args });
}

/** A certificate for localhost that vouches for itself. */
async function newIdentity() {
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "rsa",
    algorithm: "sha256",
    extensions: [
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] },
    ],
  });
  return { cert, key };
}

/**
 * Every case that has a meaning over one transport, or those that `args` names, on a host of its own.
 * @param {"baseUri" | "webSocketUri" | "httpUri"} transport @param {import("./wcf/wcf.mjs").BuiltWcf} client
 * @param {{ tls?: import("@bowline/server").TlsOptions, args?: readonly string[] }} [options]
 * @returns {Promise<CaseResult[]>}
 */
async function casesOver(transport, client, { tls, args = [] } = {}) {
  const host = await startWcfHost(tls === undefined ? {} : { tls });
  const protocol = `${new URL(host[transport]).protocol}${tls === undefined ? "" : " with TLS"}`;
  try {
    const baseUri = host[transport];
    const results = [];
    for (const result of await runWcf(client, baseUri, args)) {
      results.push(await afterClientFault(result, () => rerun(client, baseUri, result)));
    }
    return [...results, ...(await remains(host, protocol))];
  } finally {
    await host.stop();
  }
}

/**
 * A WCF client has two faults of its own that come now and then. Outside Windows it locks itself up with our message acknowledged and
 * undelivered in its hands (R-LIVE-STALL-1); with its threads started as on Windows it does not. With many requests under way over
 * HTTP it overfills its own window (R-LIVE-HTTP-2); one with room for all of them is never full.
 */
const waysAroundClientFaults = ["--plain-threads", "--transfer-window", "512"];

/** @param {string} detail */
function isClientFault(detail) {
  return isClientStall(detail) || /InternalException: .*beyond the sliding window's maximum size/.test(detail);
}

/**
 * A case that met a fault of the client's own is run again, in a way that keeps the client from it, and has to pass. Whatever else
 * went wrong has failed.
 * @param {CaseResult} result @param {() => Promise<CaseResult>} again @returns {Promise<CaseResult>}
 */
async function afterClientFault(result, again) {
  if (result.ok || !isClientFault(result.detail)) return result;
  const repeated = await again();
  const detail = repeated.ok
    ? `passed after a fault of the WCF client's own (${result.detail})`
    : `${repeated.detail} (and before: ${result.detail})`;
  return { ...repeated, detail };
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
  const secureArgs = / tls$/.test(flavour ?? "") ? ["--secure"] : [];
  const args = ["--case", caseName, ...waysAroundClientFaults, ...flavourArgs, ...encodingArgs, ...secureArgs];
  const [repeated] = await runWcf(client, baseUri, args);
  return repeated ?? { name, ok: false, detail: "nothing ran" };
}

/** What is left when all cases are over. @param {Host} host @param {string} protocol @returns {Promise<CaseResult[]>} */
async function remains({ host, errors }, protocol) {
  for (const deadlineMs = performance.now() + restLimitMs; host.sessions.length > 0; ) {
    if (performance.now() > deadlineMs) break;
    await sleep(20);
  }
  const left = host.sessions.map((session) => session.id ?? "a plain session").join(", ");
  const unexpected = errors
    .map(({ error, operation }) => `${operation ?? "no operation"}: ${error}`)
    .filter((text) => !expectedErrors.some((expected) => expected.test(text)));
  return [
    { name: `the host has no session left (${protocol})`, ok: left === "", detail: left },
    {
      name: `the host met no error of its own (${protocol})`,
      ok: unexpected.length === 0,
      detail: unexpected.slice(0, 5).join("; "),
    },
  ];
}
