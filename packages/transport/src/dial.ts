import { ExchangeLink, type ExchangesSetup, type PendingCall } from "@bowline/protocol/session";
import type { Clock } from "./clock.ts";
import type { ConnectionEndpoint, Endpoint } from "./endpoint.ts";
import { HttpClient } from "./http-client.ts";
import { nativeUtf8 } from "./native-utf8.ts";
import type { SessionDriverOptions } from "./session-driver.ts";
import { dialTcp } from "./tcp.ts";
import { dialWebSocket } from "./websocket-client.ts";
import type { LinkOwner, Wire } from "./wire.ts";

/** How a client's session reaches its endpoint: over connections, or over exchanges. */
export function carriageOf<Call extends PendingCall>(
  endpoint: Endpoint,
  clock: Clock,
): Pick<SessionDriverOptions<Call>, "dial" | "exchange" | "release"> {
  if (endpoint.transport !== "http") return { dial: (owner, signal) => dial(endpoint, owner, clock, signal) };
  const client = new HttpClient(endpoint);
  return { exchange: (link, owner) => client.exchange(link, owner), release: () => client.close() };
}

/** What a session is told of exchanges; undefined where connections carry it. */
export function exchangesOf(endpoint: Endpoint): ExchangesSetup | undefined {
  if (endpoint.transport !== "http") return undefined;
  const { maxConnections, maxReceivedMessageSize } = endpoint;
  const options = { utf8: nativeUtf8, maxMessageByteLength: maxReceivedMessageSize };
  return { maxRequestCount: maxConnections, newLink: () => new ExchangeLink(options) };
}

/** Opens a connection to an endpoint. @throws LinkError when the service refuses it, the socket's error, or `signal.reason` */
async function dial(endpoint: ConnectionEndpoint, owner: LinkOwner, clock: Clock, signal: AbortSignal): Promise<Wire> {
  switch (endpoint.transport) {
    case "net.tcp":
      return dialTcp(endpoint, owner, clock, signal);
    case "websocket":
      return dialWebSocket(endpoint, owner, clock, signal);
    case "memory":
      return endpoint.network.dial(endpoint, owner);
  }
}
