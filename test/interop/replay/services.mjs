import { ContractFault, ServiceHost } from "@bowline/server";
import { Calculator, Prices, Problem, Rich } from "../contracts.mjs";
import { endpointOf } from "./runs.mjs";
import { freePort } from "./wires.mjs";

/**
 * Our host in the place of the recorded one.
 *
 * @typedef {import("./runs.mjs").Run} Run
 */

/** What Crash throws; the caller is told no more than that there was an error, the host's owner all of it. */
export const crash = new Error("the operation crashed, as it should");

const calculator = {
  Add: (/** @type {{ a: number, b: number }} */ { a, b }) => a + b,
  Echo: (/** @type {{ text: string | null }} */ { text }) => text,
  Log: () => undefined,
  Reverse: () => null,
  LogCount: () => 0,
  SlowAdd: () => 0,
  LoggedNumbers: () => null,
};

const rich = {
  Bounce: (/** @type {{ order: any }} */ { order }) => order,
  Bytes: (/** @type {{ data: Uint8Array | null }} */ { data }) => data,
  Fail(/** @type {{ why: string }} */ { why }) {
    throw new ContractFault(Problem, { Why: why }, { reason: `it failed: ${why}` });
  },
  /** An unexpected error ends a session of the recorded host, in order, once the fault is on its way. Ours lives on unless told to. */
  async Crash(/** @type {unknown} */ _request, /** @type {any} */ context) {
    void context.session.close().catch(() => undefined);
    throw crash;
  },
};

const prices = {
  async Subscribe(/** @type {{ symbol: string, count: number }} */ { symbol, count }, /** @type {any} */ { callback }) {
    for (let index = 0; index < count; index++) await callback.Price({ symbol, value: index + 0.5 });
    const confirmed = await callback.Confirm({ n: 7 * count });
    return confirmed === 14 * count ? count : -1;
  },
  Note: () => undefined,
};

/** @type {Record<string, { contract: any, handlers: any }>} */
const services = {
  calculator: { contract: Calculator, handlers: calculator },
  rich: { contract: Rich, handlers: rich },
  prices: { contract: Prices, handlers: prices },
  // Asked by a client whose contract is one-way only; the recorded host had the calculator there.
  log: { contract: Calculator, handlers: calculator },
};

/**
 * Hosts the run's service where its client looks for it.
 * @param {Run} run
 */
export async function startService(run) {
  const { contract, handlers } = /** @type {{ contract: any, handlers: any }} */ (services[run.service]);
  const port = await freePort();
  /** Arguments of every operation that ran. @type {string[]} */
  const calls = [];
  /** @type {unknown[]} */
  const errors = [];
  const counted = Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [
      name,
      (/** @type {any} */ args, /** @type {any} */ context) => {
        calls.push(`${name} ${JSON.stringify(args, bigintAsText)}`);
        return /** @type {any} */ (handler)(args, context);
      },
    ]),
  );
  const host = new ServiceHost();
  host.onError(({ error }) => errors.push(error));
  host.addService(contract, counted, {
    endpoints: [
      endpointOf(run, port, {
        ...(run.reliable === undefined ? {} : { reliableSession: { ...run.reliable, ...run.serverReliable } }),
        ...run.serverOptions,
      }),
    ],
  });
  await host.open();
  return { host, port, calls, errors };
}

/** @param {string} _key @param {unknown} value */
function bigintAsText(_key, value) {
  return typeof value === "bigint" ? String(value) : value;
}
