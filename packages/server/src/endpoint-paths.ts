import type { Acceptor } from "./acceptor.ts";
import { ServerError } from "./errors.ts";

/**
 * The endpoints of one port by their paths. As in WCF's default (StrongWildcard) the host name does not count, only the path, in any
 * case (R-NMF-VIA-1).
 */
export class EndpointPaths {
  readonly #endpoints = new Map<string, Acceptor>();

  /** @throws ServerError when the path is taken */
  add(endpoint: Acceptor): void {
    const key = pathKey(endpoint.endpoint.path);
    if (this.#endpoints.has(key)) {
      throw new ServerError(
        "SERVER_INVALID_SERVICE",
        `two endpoints have the address ${endpoint.endpoint.address}; give each a path of its own`,
      );
    }
    this.#endpoints.set(key, endpoint);
  }

  /** The endpoint at a path, which begins with `/`; its query, if any, does not count. */
  find(path: string): Acceptor | undefined {
    return this.#endpoints.get(pathKey(path.replace(/[?#].*$/s, "")));
  }
}

function pathKey(path: string): string {
  let decoded = path;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    // Not percent-encoded text: compared as it stands.
  }
  return decoded.replace(/\/+$/, "").toLowerCase();
}
