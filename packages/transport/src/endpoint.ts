import type { MemoryEndpoint } from "./memory.ts";
import type { WebSocketEndpoint } from "./net-http.ts";
import type { NetTcpEndpoint } from "./net-tcp.ts";

/** Where a service is, and how it is spoken to. */
export type Endpoint = NetTcpEndpoint | WebSocketEndpoint | MemoryEndpoint;
