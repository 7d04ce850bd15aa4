import type { Clock } from "./clock.ts";
import type { Endpoint } from "./endpoint.ts";
import { dialTcp } from "./tcp.ts";
import { dialWebSocket } from "./websocket-client.ts";
import type { LinkOwner, Wire } from "./wire.ts";

/** Opens a connection to an endpoint. @throws LinkError when the service refuses it, the socket's error, or `signal.reason` */
export function dial(endpoint: Endpoint, owner: LinkOwner, clock: Clock, signal: AbortSignal): Promise<Wire> {
  return endpoint.transport === "net.tcp"
    ? dialTcp(endpoint, owner, clock, signal)
    : dialWebSocket(endpoint, owner, clock, signal);
}
