import type { Carrier, CarrierHost } from "./carrier.ts";
import { Connections } from "./connections.ts";
import type { SessionSetup } from "./session-types.ts";

/** The carrier that a session is set up for. */
export function carrierOf(setup: SessionSetup, host: CarrierHost): Carrier {
  return setup.exchanges?.carrierOf(setup, host) ?? new Connections(setup.role, setup.address, host);
}
