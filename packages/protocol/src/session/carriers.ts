import type { Carrier, CarrierHost } from "./carrier.ts";
import { Connections } from "./connections.ts";
import { ReplyExchanges, RequestExchanges } from "./exchanges.ts";
import type { SessionSetup } from "./session-types.ts";

/** The carrier that a session is set up for. */
export function carrierOf({ role, address, exchanges }: SessionSetup, host: CarrierHost): Carrier {
  if (exchanges === undefined) return new Connections(role, address, host);
  return role === "client" ? new RequestExchanges(address, host, exchanges.newLink) : new ReplyExchanges(host);
}
