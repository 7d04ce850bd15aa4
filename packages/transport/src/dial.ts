import type { Clock } from "./clock.ts";
import type { Endpoint } from "./endpoint.ts";
import { dialTcp } from "./tcp.ts";
import { dialWebSocket } from "./websocket-client.ts";
import type { LinkOwner, Wire } from "./wire.ts";

/** Opens a connection to an endpoint. @throws LinkError when the service refuses it, the socket's error, or `signal.reason` */
export async function dial(endpoint: Endpoint, owner: LinkOwner, clock: Clock, signal: AbortSignal): Promise<Wire> {
  switch (endpoint.transport) {
    case "net.tcp":
      return dialTcp(endpoint, owner, clock, signal);
    case "websocket":
      return dialWebSocket(endpoint, owner, clock, signal);
    case "memory":
      return endpoint.network.dial(endpoint, owner);
  }
}
