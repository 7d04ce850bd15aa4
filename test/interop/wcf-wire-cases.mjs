// The WCF client and our host with trouble on the wire between them. Every flavour has a host and a client of its own, and all run at
// once, since a WCF client spends most of this time waiting for its retransmission timer.

import { setTimeout as sleep } from "node:timers/promises";
import { measureHealing } from "../chaos/heal.mjs";
import { startWcfHost } from "./host.mjs";
import { RecordProxy } from "./wcf/record-proxy.mjs";
import { runWcf } from "./wcf/wcf.mjs";
import { Cuts, RecordTroubles, TimedCuts } from "./wcf/wire-troubles.mjs";

/**
 * @typedef {import("./wcf/wcf.mjs").BuiltWcf} BuiltWcf
 * @typedef {import("./wcf/wcf.mjs").CaseResult} CaseResult
 * @typedef {import("./wcf/wire-troubles.mjs").WireTrouble} WireTrouble
 * @typedef {Awaited<ReturnType<typeof startWcfHost>>} Host
 * @typedef {{ version: "1.0" | "1.1", ordered: boolean }} Flavour
 */

/** @type {readonly Flavour[]} */
const flavours = /** @type {const} */ (["1.0", "1.1"]).flatMap((version) =>
  [true, false].map((ordered) => ({ version, ordered })),
);
/** Sessions end a little later than their client. */
const restLimitMs = 3_000;
/** Calls at the end whose records are left alone, so that the close behind them is not about a lost record. */
const calmCallCount = 10;
/** Answered calls between a healed cut and the next. */
const callsBetweenCuts = 3;

/** Connections cut while calls are under way. @param {BuiltWcf} client @param {{ callCount: number, cutCount: number, seed: number }} sizes */
export function callsThroughCuts(client, { callCount, cutCount, seed }) {
  return inEveryFlavour((flavour, index) =>
    callsThroughTrouble(
      client,
      flavour,
      { caseName: "paced-calls", callCount, name: `calls-through-${cutCount}-cuts` },
      ({ handledAddends }) =>
        new Cuts({ seed: seed + index, cutCount, callCount, handledCount: () => handledAddends.length }),
    ),
  );
}

/** Records doubled, delayed and lost. @param {BuiltWcf} client @param {{ callCount: number, seed: number }} sizes */
export function callsThroughRecordTroubles(client, { callCount, seed }) {
  return inEveryFlavour((flavour, index) =>
    callsThroughTrouble(
      client,
      flavour,
      { caseName: "paced-calls", callCount, name: "calls-through-record-troubles" },
      ({ handledAddends }) => {
        const isActive = () => handledAddends.length > 0 && handledAddends.length < callCount - calmCallCount;
        return new RecordTroubles({ seed: seed + index, isActive });
      },
    ),
  );
}

/**
 * How long a session needs to heal, for the WCF client as it comes and for ours beside it. Ours repeats at once what was lost; WCF's
 * waits for its retransmission timer (R-LIVE-RM-2), so that nothing is asked of its time.
 * @param {BuiltWcf} client @param {{ healCount: number }} sizes
 * @returns {Promise<CaseResult[]>}
 */
export async function healing(client, { healCount }) {
  const callCount = (healCount + 1) * callsBetweenCuts * 2;
  const calls = { caseName: "calls-one-by-one", callCount, name: `healing-after-${healCount}-cuts` };
  const versions = /** @type {const} */ (["1.0", "1.1"]);
  const results = await Promise.all(
    versions.map((version) =>
      callsThroughTrouble(client, { version, ordered: true }, calls, ({ handledAddends }) => {
        const handledCount = () => handledAddends.length;
        return new TimedCuts({ cutCount: healCount, pauseCount: callsBetweenCuts, handledCount });
      }),
    ),
  );
  const ours = [];
  for (const version of versions)
    ours.push(await measureHealing({ version, transport: "net.tcp", cutCount: healCount }));
  return results.map((result, index) => ({
    ...result,
    detail: `${result.detail}; our client has it after ${ours[index]?.medianMs.toFixed(1)} ms`,
  }));
}

/** @param {(flavour: Flavour, index: number) => Promise<CaseResult>} run */
function inEveryFlavour(run) {
  return Promise.all(flavours.map(run));
}

/**
 * Every call is answered, every handler runs once, in order where the session is ordered, and nothing is left behind. The client's
 * threads start as on Windows: elsewhere it locks itself up now and then (R-LIVE-STALL-1), which has nothing to do with the wire.
 * @param {BuiltWcf} client @param {Flavour} flavour @param {{ caseName: string, callCount: number, name: string }} calls
 * @param {(host: Host) => WireTrouble} draw
 * @returns {Promise<CaseResult>}
 */
async function callsThroughTrouble(client, { version, ordered }, { caseName, callCount, name }, draw) {
  const host = await startWcfHost();
  const trouble = draw(host);
  const targetPort = /** @type {number} */ (host.host.ports[0]);
  const proxy = new RecordProxy({ targetPort, fateOf: (envelope) => trouble.fateOf(envelope) });
  try {
    const args = [
      "--plain-threads",
      "--case",
      caseName,
      "--calls",
      `${callCount}`,
      "--version",
      version,
      "--ordered",
      `${ordered}`,
    ];
    const [result] = await runWcf(client, await proxy.open(), args);
    const problems = [
      ...(result?.ok === true ? [] : [result?.detail ?? "nothing ran"]),
      ...handlingProblems(host.handledAddends, callCount, ordered),
      ...(await remainsOf(host)),
      ...trouble.shortfall,
    ];
    const told = `${trouble}; ${proxy.connectionCount} connections`;
    return {
      name: `${name} [rm ${version} ${ordered ? "ordered" : "unordered"}]`,
      ok: problems.length === 0,
      detail: problems.length === 0 ? `${result?.detail}, each ran once; ${told}` : `${problems.join("; ")}; ${told}`,
    };
  } finally {
    proxy.close();
    await host.stop();
  }
}

/** @param {readonly number[]} handled addends in the order of handling @param {number} callCount @param {boolean} ordered */
function handlingProblems(handled, callCount, ordered) {
  const problems = [];
  if (handled.length !== callCount) problems.push(`${callCount} calls ran ${handled.length} times`);
  const absentCount = callCount - new Set(handled).size;
  if (absentCount > 0) problems.push(`${absentCount} calls never ran`);
  const early = handled.findIndex((addend, index) => addend !== index);
  if (ordered && early >= 0) problems.push(`call ${handled[early]} ran in the place of call ${early}`);
  return problems;
}

/** @param {Host} host */
async function remainsOf({ host, errors, faults }) {
  for (let waitedMs = 0; host.sessions.length > 0 && waitedMs < restLimitMs; waitedMs += 20) await sleep(20);
  return [
    ...(host.sessions.length === 0 ? [] : [`the host has ${host.sessions.length} sessions left`]),
    ...errors
      .slice(0, 3)
      .map(({ error, operation }) => `the host met an error in ${operation ?? "no operation"}: ${error}`),
    ...faults.map((fault) => `a session ended with ${fault}`),
  ];
}
