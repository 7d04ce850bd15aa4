import type { HttpEndpoint } from "./http-endpoint.ts";
import type { MemoryEndpoint } from "./memory.ts";
import type { WebSocketEndpoint } from "./net-http.ts";
import type { NetTcpEndpoint } from "./net-tcp.ts";

/** An endpoint that connections over a network reach. */
export type NetworkEndpoint = NetTcpEndpoint | WebSocketEndpoint;

/** Endpoints that connections carry, over which a service can call its client. */
export type ConnectionEndpoint = NetworkEndpoint | MemoryEndpoint;

/** Where a service is, and how it is spoken to. */
export type Endpoint = ConnectionEndpoint | HttpEndpoint;
