import type { Endpoint } from "@bowline/transport";
import { ServerError } from "../errors.ts";
import type { ServiceHostOptions } from "../host-options.ts";

/** @throws ServerError naming the option of the host that a protocol thread cannot have, and what to do */
export function demandThreadOptions({ clock, mountHttp }: ServiceHostOptions): void {
  if (clock !== undefined)
    throw unsupported(
      "clock",
      "a thread has a clock of its own and cannot be given one; leave clock out, or protocolThread",
    );
  if (mountHttp === true)
    throw unsupported(
      "mountHttp",
      "an HTTP server of yours is in the application's thread; give the endpoints ports of their own, or leave protocolThread out",
    );
}

/** @throws ServerError naming what of an endpoint cannot be in a protocol thread, and what to do */
export function demandThreadEndpoint(endpoint: Endpoint): void {
  const { transport, address } = endpoint;
  if (transport === "memory")
    throw unsupported(address, "a memory network is in the application's thread; use a net.tcp or ws address");
  if (transport === "http")
    throw unsupported(
      address,
      "over HTTP requests its answers would wait for the application all the same; use a net.tcp or ws address, or a host without protocolThread",
    );
  const path = functionIn(endpoint, "");
  if (path !== undefined)
    throw unsupported(`${path} of ${address}`, "it is a function, which another thread cannot be given; leave it out");
}

function unsupported(what: string, why: string): ServerError {
  return new ServerError(
    "SERVER_PROTOCOL_THREAD_UNSUPPORTED",
    `a host with protocolThread cannot have ${what}: ${why}`,
  );
}

/** Where in plain data there is a function. */
function functionIn(value: unknown, path: string): string | undefined {
  if (typeof value === "function") return path;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = functionIn(inner, path === "" ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
