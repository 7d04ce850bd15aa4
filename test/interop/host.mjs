// The services that the WCF client program calls, on our own host.

import { ContractFault, netHttp, netTcp, ServiceHost, wsHttp } from "@bowline/server";
import { Calculator, Log, Prices, Problem, Rich } from "./contracts.mjs";
import { addDispatchServices } from "./dispatch-services.mjs";

/**
 * As in the WCF client's Flavour: what stands behind a service's name in its path, and the session that it means.
 * @type {readonly { path: string, reliableSession: { version: "1.0" | "1.1", ordered: boolean } | undefined }[]}
 */
const flavours = [
  { path: "plain", reliableSession: undefined },
  { path: "10-ordered", reliableSession: { version: "1.0", ordered: true } },
  { path: "10-unordered", reliableSession: { version: "1.0", ordered: false } },
  { path: "11-ordered", reliableSession: { version: "1.1", ordered: true } },
  { path: "11-unordered", reliableSession: { version: "1.1", ordered: false } },
];

/** A session of the hasty calculator ends when no application message comes for this long. */
const hastyReceiveTimeoutMs = 2_000;

/**
 * Starts every service in every flavour on one free port: `calculator`, `rich`, `log` and `prices`, and `hasty`, a calculator
 * with a short receive time-out. What no caller hears of gathers in `errors`, the faults of sessions in `faults`; `handledAddends`
 * has the first addend of each Add that ran, in order.
 * @param {{ tls?: import("@bowline/server").TlsOptions }} [options] `tls`: of everything over net.tcp
 */
export async function startWcfHost({ tls } = {}) {
  /** Over connections: net.tcp and WebSocket. @param {string} service @param {number} [receiveTimeoutMs] */
  const endpointsOf = (service, receiveTimeoutMs) => connectedEndpointsOf(service, receiveTimeoutMs, tls);
  const host = new ServiceHost();
  /** @type {import("@bowline/server").HostError[]} */
  const errors = [];
  /** @type {Error[]} */
  const faults = [];
  host.onError((error) => {
    if (!isGoneAtOnce(error)) errors.push(error);
  });
  host.onSessionEnd(({ error }) => error !== undefined && faults.push(error));

  const loggedNumbers = new Map();
  /** @type {number[]} */
  const handledAddends = [];
  const calculator = {
    ...calculatorHandlers(loggedNumbers),
    Add: (/** @type {{ a: number, b: number }} */ { a, b }) => {
      handledAddends.push(a);
      // 32 bits, as the client reckons.
      return (a + b) | 0;
    },
  };
  host.addService(Calculator, calculator, {
    endpoints: [...endpointsOf("calculator"), ...httpEndpointsOf("calculator")],
  });
  host.addService(Calculator, calculator, { endpoints: endpointsOf("hasty", hastyReceiveTimeoutMs) });
  host.addService(Rich, richHandlers(), { endpoints: [...endpointsOf("rich"), ...httpEndpointsOf("rich")] });
  host.addService(Prices, pricesHandlers(), { endpoints: endpointsOf("prices") });
  host.addService(Log, logHandlers(loggedNumbers), {
    // A one-way-only contract needs a reliable session: on plain net.tcp it would not be duplex.
    endpoints: [...endpointsOf("log").filter(({ reliable }) => reliable !== undefined), ...httpEndpointsOf("log")],
  });
  addDispatchServices(host, endpointsOf);
  await host.open();
  return {
    baseUri: `net.tcp://127.0.0.1:${host.ports[0]}`,
    webSocketUri: `ws://127.0.0.1:${host.ports[1]}/web-socket`,
    httpUri: `http://127.0.0.1:${host.ports[1]}`,
    host,
    errors,
    faults,
    handledAddends,
    async stop() {
      await host.close({ signal: AbortSignal.timeout(2_000) });
    },
  };
}

/**
 * A client that aborts its session while it comes back resets a connection that belongs to nobody yet; a WebSocket ends without a close
 * frame then.
 * @param {import("@bowline/server").HostError} hostError
 */
function isGoneAtOnce({ error, session }) {
  if (session !== undefined || !(error instanceof Error) || !("code" in error)) return false;
  return error.code === "ECONNRESET" || (error.code === "LINK_BROKEN" && error.message === "the connection was lost");
}

/**
 * @param {string} service @param {number | undefined} receiveTimeoutMs @param {import("@bowline/server").TlsOptions | undefined} tls
 */
function connectedEndpointsOf(service, receiveTimeoutMs, tls) {
  return flavours.flatMap(({ path, reliableSession }) => {
    const options = {
      ...(reliableSession === undefined ? {} : { reliableSession }),
      ...(receiveTimeoutMs === undefined ? {} : { receiveTimeoutMs }),
    };
    return [
      netTcp(`net.tcp://127.0.0.1:0/${service}-${path}`, tls === undefined ? options : { ...options, tls }),
      netHttp(`ws://127.0.0.1:0/web-socket/${service}-${path}`, options),
    ];
  });
}

/** Over HTTP requests: NetHttpBinding's binary encoding, and WSHttpBinding's text. @param {string} service */
function httpEndpointsOf(service) {
  return flavours.flatMap(({ path, reliableSession }) => {
    const options = reliableSession === undefined ? {} : { reliableSession };
    return [
      netHttp(`http://127.0.0.1:0/${service}-${path}`, options),
      // Text takes more room: what the client sends at most is 60 000 bytes of base64.
      wsHttp(`http://127.0.0.1:0/${service}-${path}-text`, { ...options, maxReceivedMessageSize: 262_144 }),
    ];
  });
}

/** @param {Map<string, number[]>} loggedNumbers @returns {Omit<import("@bowline/server").Handlers<typeof Calculator>, "Add">} */
function calculatorHandlers(loggedNumbers) {
  let logCount = 0;
  return {
    Echo: ({ text }) => text,
    Reverse: ({ data }) => data?.slice().reverse() ?? null,
    Log: () => {
      logCount += 1;
    },
    LogCount: () => logCount,
    SlowAdd: async ({ a, b, delayMs }) => {
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      return (a + b) | 0;
    },
    LoggedNumbers: ({ sessionTag }) => loggedNumbers.get(sessionTag ?? "") ?? [],
  };
}

/** @param {Map<string, number[]>} loggedNumbers @returns {import("@bowline/server").Handlers<typeof Log>} */
function logHandlers(loggedNumbers) {
  return {
    Write: ({ tag, number }) => {
      const numbers = loggedNumbers.get(tag ?? "");
      if (numbers === undefined) loggedNumbers.set(tag ?? "", [number]);
      else numbers.push(number);
    },
  };
}

/** @returns {import("@bowline/server").Handlers<typeof Rich>} */
function richHandlers() {
  return {
    Bounce: ({ order }) => order,
    Bytes: ({ data }) => data,
    Fail: ({ why }) => {
      throw new ContractFault(Problem, { Why: why }, { reason: `it failed: ${why}` });
    },
    Crash: () => {
      throw new Error("the operation crashed, as it should");
    },
  };
}

/** @returns {import("@bowline/server").Handlers<typeof Prices>} */
function pricesHandlers() {
  return {
    Subscribe: async ({ symbol, count }, { callback }) => {
      for (let index = 0; index < count; index++) await callback.Price({ symbol, value: index + 0.5 });
      const confirmed = await callback.Confirm({ n: 7 * count });
      return confirmed === 14 * count ? count : -1;
    },
    Note: () => undefined,
  };
}
