import * as host from "#host/connections";
import type { Clock } from "./clock.ts";
import type { Endpoint } from "./endpoint.ts";
import type { LinkOwner, Wire } from "./wire.ts";

/** Why no connection to an endpoint can be opened from where we run, as to net.tcp from a browser; undefined when it can. */
export function obstacleTo(endpoint: Endpoint): string | undefined {
  return endpoint.transport === "memory" ? undefined : host.obstacleTo(endpoint);
}

/** Opens a connection to an endpoint. @throws LinkError when the service refuses it, the socket's error, or `signal.reason` */
export async function dial(endpoint: Endpoint, owner: LinkOwner, clock: Clock, signal: AbortSignal): Promise<Wire> {
  if (endpoint.transport === "memory") return endpoint.network.dial(endpoint, owner);
  return host.dialNetwork(endpoint, owner, clock, signal);
}
