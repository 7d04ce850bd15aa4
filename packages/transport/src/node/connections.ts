import type { Clock } from "../clock.ts";
import type { NetworkEndpoint } from "../endpoint.ts";
import { dialTcp } from "../tcp.ts";
import { dialWebSocket } from "../websocket-client.ts";
import type { LinkOwner, Wire } from "../wire.ts";

/** Why Node.js cannot speak to an endpoint; undefined: it speaks to all. */
export function obstacleTo(_endpoint: NetworkEndpoint): string | undefined {
  return undefined;
}

/** @throws LinkError when the service refuses it, the socket's error, or `signal.reason` */
export function dialNetwork(
  endpoint: NetworkEndpoint,
  owner: LinkOwner,
  clock: Clock,
  signal: AbortSignal,
): Promise<Wire> {
  return endpoint.transport === "net.tcp"
    ? dialTcp(endpoint, owner, clock, signal)
    : dialWebSocket(endpoint, owner, clock, signal);
}
