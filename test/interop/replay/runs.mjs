import { netHttp, netTcp } from "@bowline/client";

/**
 * What a recorded run was made with.
 *
 * @typedef {object} Run
 * @property {string} name
 * @property {import("./recording.mjs").Transport} transport
 * @property {"calculator" | "rich" | "prices" | "log"} service
 * @property {string} scenario the name without transport and version: `keepalive`
 * @property {string} path of the address
 * @property {boolean} isTimed whether time is the point
 * @property {{ version: "1.0" | "1.1", ordered: boolean } | undefined} reliable
 * @property {Record<string, number>} serverReliable
 * @property {Record<string, number>} serverOptions
 * @property {Record<string, number>} clientReliable
 */

const services = /** @type {const} */ ({ callbacks: "prices", types: "rich", refused: "log" });
const timedScenarios = ["keepalive", "receive-timeout", "inactivity-timeout", "abort"];

/** @param {string} name @returns {Run} */
export function describeRun(name) {
  const match = /^(tcp|ws)-(?:rm1([01])|plain)-(.+)$/.exec(name);
  if (match === null) throw new Error(`${name} is not the name of a recorded run`);
  const [, scheme, minor, scenario = ""] = match;
  const transport = scheme === "ws" ? "websocket" : "tcp";
  const service = services[/** @type {keyof typeof services} */ (scenario)] ?? "calculator";
  const version = minor === "0" ? "1.0" : "1.1";
  const isKeptAlive = scenario === "keepalive" || scenario === "receive-timeout";
  return {
    name,
    transport,
    service,
    scenario,
    path: pathOf(transport, service, minor),
    isTimed: timedScenarios.includes(scenario),
    reliable: minor === undefined ? undefined : { version, ordered: scenario !== "unordered" },
    serverReliable: scenario === "inactivity-timeout" ? { inactivityTimeoutMs: 3_000 } : {},
    serverOptions: scenario === "receive-timeout" ? { receiveTimeoutMs: 5_000 } : {},
    clientReliable: isKeptAlive ? { inactivityTimeoutMs: 4_000 } : {},
  };
}

/** @param {Run["transport"]} transport @param {Run["service"]} service @param {string | undefined} minor */
function pathOf(transport, service, minor) {
  if (transport === "websocket")
    return `/ws${service === "calculator" ? "" : service}${minor === undefined ? "" : `1${minor}`}`;
  if (service === "calculator") return minor === undefined ? "/plain" : `/rm1${minor}`;
  return minor === undefined ? `/${service}` : `/${service}1${minor}`;
}

/**
 * The endpoint at which the run's service is, for either side.
 * @param {Run} run
 * @param {number} port
 * @param {import("@bowline/client").EndpointOptions} options
 */
export function endpointOf(run, port, options) {
  const place = `127.0.0.1:${port}${run.path}`;
  return run.transport === "websocket" ? netHttp(`ws://${place}`, options) : netTcp(`net.tcp://${place}`, options);
}
