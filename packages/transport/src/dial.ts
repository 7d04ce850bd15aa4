import type { ExchangesSetup, PendingCall } from "@bowline/protocol/session";
import * as host from "#host/connections";
import type { Clock } from "./clock.ts";
import type { ConnectionEndpoint, Endpoint } from "./endpoint.ts";
import type { SessionDriverOptions } from "./session-driver.ts";
import type { LinkOwner, Wire } from "./wire.ts";

/** Why an endpoint cannot be reached from where we run, such as net.tcp from a browser; undefined when it can. */
export function obstacleTo(endpoint: Endpoint): string | undefined {
  return endpoint.transport === "memory" ? undefined : host.obstacleTo(endpoint);
}

/** How a client's session reaches its endpoint: over connections, or over exchanges. */
export function carriageOf<Call extends PendingCall>(
  endpoint: Endpoint,
  clock: Clock,
): Pick<SessionDriverOptions<Call>, "dial" | "exchange" | "release"> {
  if (endpoint.transport !== "http") return { dial: (owner, signal) => dial(endpoint, owner, clock, signal) };
  const client = host.newHttpClient(endpoint);
  return { exchange: (link, owner) => client.exchange(link, owner), release: () => client.close() };
}

/** What a session is told of exchanges; undefined where connections carry it. */
export function exchangesOf(endpoint: Endpoint): ExchangesSetup | undefined {
  return endpoint.transport === "http" ? host.exchangesOf(endpoint) : undefined;
}

/** Opens a connection to an endpoint. @throws LinkError when the service refuses it, the socket's error, or `signal.reason` */
async function dial(endpoint: ConnectionEndpoint, owner: LinkOwner, clock: Clock, signal: AbortSignal): Promise<Wire> {
  if (endpoint.transport === "memory") return endpoint.network.dial(endpoint, owner);
  return host.dialNetwork(endpoint, owner, clock, signal);
}
