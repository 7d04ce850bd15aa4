import type { SessionSetup } from "@bowline/protocol/session";
import { codecOf, type Endpoint, exchangesOf, randomId } from "@bowline/transport";

/** What the sessions of an endpoint are made of, whoever reads their messages. */
export function endpointSetup(
  endpoint: Endpoint,
  isOneWayOnly: boolean,
): Omit<SessionSetup, "role" | "reliable" | "trace" | "readBody"> {
  return {
    shape: isOneWayOnly ? "one-way" : "duplex",
    address: endpoint.address,
    openTimeoutMs: endpoint.openTimeoutMs,
    closeTimeoutMs: endpoint.closeTimeoutMs,
    receiveTimeoutMs: endpoint.receiveTimeoutMs,
    receiveTimeoutMode: endpoint.receiveTimeoutMode,
    codec: codecOf(endpoint),
    exchanges: exchangesOf(endpoint),
    nextId: randomId,
  };
}
