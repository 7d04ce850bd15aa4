import { ExchangeLink, type ExchangesSetup, overExchanges } from "@bowline/protocol/session";
import type { Clock } from "../clock.ts";
import type { NetworkEndpoint } from "../endpoint.ts";
import { HttpClient } from "../http-client.ts";
import type { HttpEndpoint } from "../http-endpoint.ts";
import { dialTcp } from "../tcp.ts";
import { dialWebSocket } from "../websocket-client.ts";
import type { ExchangeClient, LinkOwner, Wire } from "../wire.ts";
import { nativeUtf8 } from "./utf8.ts";

/** Why Node.js cannot speak to an endpoint; undefined: it speaks to all. */
export function obstacleTo(_endpoint: NetworkEndpoint | HttpEndpoint): string | undefined {
  return undefined;
}

/** The HTTP connections of one client's session. */
export function newHttpClient(endpoint: HttpEndpoint): ExchangeClient {
  return new HttpClient(endpoint);
}

/** What a session is told of exchanges. */
export function exchangesOf({ maxConnections, maxReceivedMessageSize }: HttpEndpoint): ExchangesSetup {
  const options = { utf8: nativeUtf8, maxMessageByteLength: maxReceivedMessageSize };
  return overExchanges(maxConnections, () => new ExchangeLink(options));
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
