// Mono's WCF against Bowline, without reliable sessions, which Mono has none of: over plain net.tcp, and over HTTP requests with
// BasicHttpBinding and WSHttpBinding. Its client with our host, our client with its host.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { basicHttp, ContractFault, netTcp, ServiceHost, wsHttp } from "@bowline/server";
import { runClientCases } from "./client-cases.mjs";
import { MonoCalculator, MonoPrices, MonoProblem } from "./mono/contracts.mjs";
import {
  compileMono,
  findMono,
  MONO_HOST_PAUSE_MS,
  runMonoClient,
  startMonoHost,
  startMonoHttpHost,
} from "./mono/mono.mjs";

/**
 * @typedef {{ name: string, ok: boolean, detail: string }} CaseResult
 */

/**
 * @returns {Promise<{ results: CaseResult[], skipped: string | undefined }>} `skipped` is the reason why nothing ran
 */
export async function runMono() {
  const found = findMono();
  if (!found.available) return { results: [], skipped: found.reason };
  const folder = await mkdtemp(join(tmpdir(), "bowline-mono-"));
  try {
    const executable = compileMono(folder);
    const results = [...(await monoClientOnOurHost(executable)), ...(await ourClientOnMonoHost(executable))];
    results.push(...(await ourClientOnMonoHttpHost(executable)));
    return { results, skipped: undefined };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {string} executable @returns {Promise<CaseResult[]>} */
async function monoClientOnOurHost(executable) {
  const { host, errors, uris } = await startHost();
  try {
    const results = [];
    for (const [carrier, each] of Object.entries(uris)) {
      const run = await runMonoClient(executable, each, { trace: true });
      const of = run.cases.map(({ name, ok, reason }) => ({
        name: `mono client, our host, ${carrier}: ${name}`,
        ok,
        detail: reason,
      }));
      if (!run.ok && of.every(({ ok }) => ok)) {
        of.push({ name: `mono client, our host, ${carrier}: whole run`, ok: false, detail: run.output.slice(-500) });
      }
      results.push(...of);
    }
    const unheard = errors.map(({ error }) => String(error)).join("; ");
    results.push({ name: "mono client, our host: no error of the host's own", ok: unheard === "", detail: unheard });
    return results;
  } finally {
    await host.close({ signal: AbortSignal.timeout(2_000) });
  }
}

/** @param {string} executable @returns {Promise<CaseResult[]>} */
async function ourClientOnMonoHost(executable) {
  const host = await startMonoHost(executable);
  try {
    const results = await runClientCases(host, { pauseMs: MONO_HOST_PAUSE_MS });
    return results.map(({ name, ...rest }) => ({ name: `our client, mono host: ${name}`, ...rest }));
  } finally {
    await host.stop();
  }
}

/** @param {string} executable @returns {Promise<CaseResult[]>} */
async function ourClientOnMonoHttpHost(executable) {
  const host = await startMonoHttpHost(executable);
  try {
    const results = [];
    for (const calculatorUri of [host.basicUri, host.wsUri]) {
      const carrier = calculatorUri === host.basicUri ? "BasicHttpBinding" : "WSHttpBinding";
      for (const { name, ...rest } of await runClientCases({ calculatorUri }))
        results.push({ name: `our client, mono host, ${carrier}: ${name}`, ...rest });
    }
    return results;
  } finally {
    await host.stop();
  }
}

/** Our host of the Mono contracts, one port for both services, and one for HTTP. */
export async function startHost() {
  const host = new ServiceHost();
  /** @type {import("@bowline/server").HostError[]} */
  const errors = [];
  host.onError((error) => errors.push(error));
  let logCount = 0;
  host.addService(
    MonoCalculator,
    {
      Add: ({ a, b }) => (a + b) | 0,
      Echo: ({ text }) => text,
      Log: () => {
        logCount += 1;
      },
      LogCount: () => logCount,
      Reverse: ({ data }) => data?.slice().reverse() ?? null,
      Bounce: ({ order }) => order,
      Fail: ({ why }) => {
        throw new ContractFault(MonoProblem, { Why: why }, { reason: `it was asked to fail: ${why}` });
      },
    },
    {
      endpoints: [
        netTcp("net.tcp://127.0.0.1:0/calculator"),
        basicHttp("http://127.0.0.1:0/basic", { maxReceivedMessageSize: 1_048_576 }),
        wsHttp("http://127.0.0.1:0/ws", { maxReceivedMessageSize: 1_048_576 }),
      ],
    },
  );
  host.addService(MonoPrices, pricesOfSession, { endpoints: [netTcp("net.tcp://127.0.0.1:0/prices")] });
  await host.open();
  const baseUri = `net.tcp://127.0.0.1:${host.ports[0]}`;
  const httpUri = `http://127.0.0.1:${host.ports[1]}`;
  /** @type {Record<string, { calculatorUri: string, pricesUri?: string }>} */
  const uris = {
    "net.tcp": { calculatorUri: `${baseUri}/calculator`, pricesUri: `${baseUri}/prices` },
    BasicHttpBinding: { calculatorUri: `${httpUri}/basic` },
    WSHttpBinding: { calculatorUri: `${httpUri}/ws` },
  };
  return { host, errors, uris };
}

/** Notes are counted by session. @returns {import("@bowline/server").Handlers<typeof MonoPrices>} */
function pricesOfSession() {
  let noteCount = 0;
  return {
    Subscribe: async ({ symbol }, { callback }) => {
      for (const value of ["0.5", "1.5", "2.5"]) await callback.Price({ symbol, value });
      return (await callback.Confirm({ question: `keep ${symbol}?` })) ? 3 : -3;
    },
    Note: () => {
      noteCount += 1;
    },
    NoteCount: () => noteCount,
  };
}
