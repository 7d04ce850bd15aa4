import { createServer, type Server, type Socket } from "node:net";
import type { Clock } from "@bowline/transport";
import { ServerError } from "./errors.ts";
import { IncomingConnection } from "./incoming-connection.ts";
import type { ServiceEndpoint } from "./service-endpoint.ts";

export interface PortListenerOptions {
  readonly clock: Clock;
  readonly preambleTimeoutMs: number;
  readonly maxConnections: number;
  onRefused(error: unknown, remoteAddress: string | undefined): void;
}

/** One TCP port and the endpoints behind it, told apart by the path of the Via. */
export class PortListener {
  readonly host: string;
  readonly #requestedPort: number;
  readonly #options: PortListenerOptions;
  readonly #endpoints = new Map<string, ServiceEndpoint>();
  readonly #server: Server;
  /** Connections that no session has taken yet. */
  readonly #newcomers = new Set<Socket>();
  #isClosed = false;

  constructor(host: string, port: number, options: PortListenerOptions) {
    this.host = host;
    this.#requestedPort = port;
    this.#options = options;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      const { remoteAddress } = socket;
      this.#newcomers.add(socket);
      socket.once("close", () => this.#newcomers.delete(socket));
      new IncomingConnection(socket, {
        clock: options.clock,
        preambleTimeoutMs: options.preambleTimeoutMs,
        endpointOf: (via) => this.#endpointOf(via),
        onSession: () => this.#newcomers.delete(socket),
        onRefused: (error) => {
          if (!this.#isClosed) options.onRefused(error, remoteAddress);
        },
      });
    });
    this.#server.maxConnections = options.maxConnections;
    this.#server.on("drop", (connection) => {
      const error = new ServerError(
        "SERVER_TOO_MANY_CONNECTIONS",
        `a connection was dropped: ${options.maxConnections} are open (maxConnections); raise it or close idle sessions`,
      );
      options.onRefused(error, connection?.remoteAddress);
    });
  }

  /** The port in use: the system's choice when 0 was asked for. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : this.#requestedPort;
  }

  add(endpoint: ServiceEndpoint): void {
    const key = pathKey(endpoint.endpoint.path);
    if (this.#endpoints.has(key)) {
      throw new ServerError(
        "SERVER_INVALID_SERVICE",
        `two endpoints have the address ${endpoint.endpoint.address}; give each a path of its own`,
      );
    }
    this.#endpoints.set(key, endpoint);
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", (cause: Error) => {
        reject(
          new ServerError(
            "SERVER_LISTEN_FAILED",
            `cannot listen on ${this.host}:${this.#requestedPort}: ${cause.message}`,
            { cause },
          ),
        );
      });
      this.#server.listen({ host: this.host, port: this.#requestedPort }, () => {
        this.#server.removeAllListeners("error");
        this.#server.on("error", (error) => this.#options.onRefused(error, undefined));
        resolve();
      });
    });
  }

  /** No new connections, and none that has no session yet; sessions keep theirs. */
  close(): void {
    this.#isClosed = true;
    this.#server.close();
    for (const socket of this.#newcomers) socket.destroy();
  }

  /** As in WCF's default (StrongWildcard) the host name does not count, only the path, in any case (R-NMF-VIA-1). */
  #endpointOf(via: string): ServiceEndpoint | undefined {
    const match = /^net\.tcp:\/\/[^/]*(\/[^?#]*)?/i.exec(via);
    return match === null ? undefined : this.#endpoints.get(pathKey(match[1] ?? "/"));
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
