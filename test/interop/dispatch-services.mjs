// The services that show a WCF client how ours dispatch: an instance for each session, concurrency single and reentrant.

import { array, ContractFault, contract, nillable, oneWay, operation, xs } from "@bowline/server";
import { Problem } from "./contracts.mjs";

export const Teller = contract(
  "http://tempuri.org/",
  "ITeller",
  {
    Next: operation({ request: {}, reply: xs.int }),
    Crowd: operation({ request: { delayMs: xs.int }, reply: xs.int }),
    Post: oneWay({ number: xs.int }),
    Posted: operation({ request: {}, reply: nillable(array(xs.int)) }),
    AskWithin: operation({ request: { n: xs.int }, reply: xs.int, faults: [Problem] }),
    Secret: operation({ request: {}, reply: xs.int }),
    Refuse: operation({ request: { why: nillable(xs.string) }, reply: xs.int, faults: [Problem] }),
    Stuck: operation({ request: {}, reply: xs.int }),
  },
  { callback: { Confirm: operation({ request: { n: xs.int }, reply: xs.int }) } },
);

/** How the two services get their messages. @type {import("@bowline/server").DispatchOptions} */
const common = {
  authorize: async (call) => call.operationKey !== "Secret",
  callContexts: [
    // Never comes back for one operation: that call alone is answered at its deadline.
    { name: "ledger", run: (call, next) => (call.operationKey === "Stuck" ? new Promise(() => undefined) : next()) },
  ],
  operationTimeoutMs: 3_000,
  errorHandlers: [
    {
      // What goes wrong here by its code, as a fault of the contract.
      provideFault: (error) => {
        const { code, message } = /** @type {{ code?: string, message: string }} */ (error);
        return code === undefined || error instanceof ContractFault || !code.startsWith("SERVER_CALLBACK")
          ? undefined
          : new ContractFault(Problem, { Why: code }, { reason: message });
      },
    },
  ],
};

/**
 * Adds the services `single` and `reentrant`.
 * @param {import("@bowline/server").ServiceHost} host
 * @param {(service: string) => import("@bowline/server").Endpoint[]} endpointsOf
 */
export function addDispatchServices(host, endpointsOf) {
  for (const concurrency of /** @type {const} */ (["single", "reentrant"])) {
    host.addService(Teller, () => tellerHandlers(), { ...common, concurrency, endpoints: endpointsOf(concurrency) });
  }
}

/** The handlers of one session. @returns {import("@bowline/server").Handlers<typeof Teller>} */
function tellerHandlers() {
  let next = 0;
  let inside = 0;
  let most = 0;
  /** @type {number[]} */
  const posted = [];
  return {
    Next: () => ++next,
    Crowd: async ({ delayMs }) => {
      inside += 1;
      most = Math.max(most, inside);
      await pause(delayMs);
      inside -= 1;
      return most;
    },
    Post: async ({ number }) => {
      await pause(5);
      posted.push(number);
    },
    Posted: () => posted,
    AskWithin: ({ n }, { callback }) => callback.Confirm({ n }),
    Secret: () => 42,
    Refuse: ({ why }) => {
      throw new ContractFault(Problem, { Why: why }, { reason: `refused: ${why}` });
    },
    Stuck: () => 0,
  };
}

/** @param {number} ms @returns {Promise<void>} */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
