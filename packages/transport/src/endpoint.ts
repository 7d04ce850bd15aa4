import type { MemoryEndpoint } from "./memory.ts";
import type { WebSocketEndpoint } from "./net-http.ts";
import type { NetTcpEndpoint } from "./net-tcp.ts";

/** An endpoint that is reached over a network. */
export type NetworkEndpoint = NetTcpEndpoint | WebSocketEndpoint;

/** Where a service is, and how it is spoken to. */
export type Endpoint = NetworkEndpoint | MemoryEndpoint;
