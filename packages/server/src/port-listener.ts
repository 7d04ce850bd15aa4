import type { Server } from "node:net";
import type { Clock, TlsOptions } from "@bowline/transport";
import type { Acceptor } from "./acceptor.ts";
import { ServerError } from "./errors.ts";
import type { AllowedOrigins } from "./page-origins.ts";

/** One port and the endpoints behind it. */
export interface PortListener {
  readonly host: string;
  /** The port in use: the system's choice when 0 was asked for. Undefined where there are none. */
  readonly port: number | undefined;
  /** @throws ServerError when its path is taken */
  add(endpoint: Acceptor): void;
  /** @throws ServerError */
  open(): Promise<void>;
  /** No new sessions, and no connection that has none yet; sessions keep what they need. */
  close(): void;
  /** All sessions are over. */
  release(): void;
}

export interface PortListenerOptions {
  readonly clock: Clock;
  readonly preambleTimeoutMs: number;
  readonly maxConnections: number;
  /** Whose pages may open WebSockets. */
  readonly allowedOrigins: AllowedOrigins;
  /** Of the whole port. */
  readonly tls: TlsOptions | undefined;
  onRefused(error: unknown, remoteAddress: string | undefined): void;
}

/** @throws ServerError when the port cannot be listened on; later errors go to `onError` */
export function listen(server: Server, host: string, port: number, onError: (error: Error) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: Error) => {
      reject(new ServerError("SERVER_LISTEN_FAILED", `cannot listen on ${host}:${port}: ${cause.message}`, { cause }));
    });
    server.listen({ host, port }, () => {
      server.removeAllListeners("error");
      server.on("error", onError);
      resolve();
    });
  });
}

export function portOf(server: Server): number | undefined {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : undefined;
}

/** Drops connections beyond the limit, and says so. */
export function limitConnections(server: Server, { maxConnections, onRefused }: PortListenerOptions): void {
  server.maxConnections = maxConnections;
  server.on("drop", (connection) => {
    const error = new ServerError(
      "SERVER_TOO_MANY_CONNECTIONS",
      `a connection was dropped: ${maxConnections} are open (maxConnections); raise it or close idle sessions`,
    );
    onRefused(error, connection?.remoteAddress);
  });
}
