import { createServer, type Server, type Socket } from "node:net";
import type { Acceptor } from "./acceptor.ts";
import { EndpointPaths } from "./endpoint-paths.ts";
import { IncomingConnection } from "./incoming-connection.ts";
import { limitConnections, listen, type PortListener, type PortListenerOptions, portOf } from "./port-listener.ts";

/** One port that speaks net.tcp, and the endpoints behind it, told apart by the path of the Via. */
export class TcpListener implements PortListener {
  readonly host: string;
  readonly #requestedPort: number;
  readonly #options: PortListenerOptions;
  readonly #paths = new EndpointPaths();
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
    limitConnections(this.#server, options);
  }

  /** The port in use: the system's choice when 0 was asked for. */
  get port(): number {
    return portOf(this.#server) ?? this.#requestedPort;
  }

  add(endpoint: Acceptor): void {
    this.#paths.add(endpoint);
  }

  open(): Promise<void> {
    return listen(this.#server, this.host, this.#requestedPort, (error) => this.#options.onRefused(error, undefined));
  }

  /** No new connections, and none that has no session yet; sessions keep theirs. */
  close(): void {
    this.#isClosed = true;
    this.#server.close();
    for (const socket of this.#newcomers) socket.destroy();
  }

  release(): void {
    // Sessions have let go of their connections themselves.
  }

  #endpointOf(via: string): Acceptor | undefined {
    const match = /^net\.tcp:\/\/[^/]*(\/[^?#]*)?/i.exec(via);
    return match === null ? undefined : this.#paths.find(match[1] ?? "/");
  }
}
