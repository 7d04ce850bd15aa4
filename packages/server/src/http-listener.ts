import { createServer, type Server, STATUS_CODES } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Socket } from "node:net";
import type { HttpEndpoint, TlsOptions, WebSocketEndpoint } from "@bowline/transport";
import { isSameTls, nodeTlsOptions, securityError } from "@bowline/transport/node";
import type { Acceptor } from "./acceptor.ts";
import { ServerError } from "./errors.ts";
import { answerInWords } from "./http-exchange.ts";
import { HttpRouter } from "./http-router.ts";
import { limitConnections, listen, type PortListener, type PortListenerOptions, portOf } from "./port-listener.ts";
import type { Refusal } from "./websocket-handshake.ts";

/** One port that speaks HTTP, and the endpoints behind it, told apart by the path of the request. */
export class HttpListener implements PortListener {
  readonly host: string;
  readonly #requestedPort: number;
  readonly #options: PortListenerOptions;
  readonly #tls: TlsOptions | undefined;
  readonly #router: HttpRouter;
  readonly #server: Server;
  /** Connections that no session has taken yet. */
  readonly #newcomers = new Set<Socket>();

  constructor(host: string, port: number, options: PortListenerOptions) {
    this.host = host;
    this.#requestedPort = port;
    this.#options = options;
    const { preambleTimeoutMs, tls, clock, allowedOrigins } = options;
    this.#tls = tls;
    this.#router = new HttpRouter({
      clock,
      allowedOrigins,
      onRefused: (error, remoteAddress) => options.onRefused(error, remoteAddress),
      onSession: (socket) => this.#newcomers.delete(socket),
    });
    const settings = { noDelay: true, headersTimeout: Number.isFinite(preambleTimeoutMs) ? preambleTimeoutMs : 0 };
    this.#server =
      tls === undefined ? createServer(settings) : createSecureServer({ ...settings, ...nodeTlsOptions(tls) });
    this.#server.on("tlsClientError", (error, socket) => options.onRefused(securityError(error), socket.remoteAddress));
    this.#server.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
      this.#newcomers.add(socket);
      socket.once("close", () => this.#newcomers.delete(socket));
    });
    this.#server.on("request", (request, response) => {
      if (!this.#router.request(request, response)) answerInWords(response, notFound.status, notFound.reason);
    });
    this.#server.on("upgrade", (request, socket, head) => {
      if (!this.#router.upgrade(request, socket, head))
        this.#router.refuseUnknown(request, socket as Socket, head, notFound);
    });
    this.#server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      const status = clientErrorStatuses[error.code ?? ""] ?? 400;
      if (error.code === "HPE_INVALID_EOF_STATE" || !socket.writable) socket.destroy();
      else socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\n\r\n`);
    });
    limitConnections(this.#server, options);
  }

  get port(): number {
    return portOf(this.#server) ?? this.#requestedPort;
  }

  add(endpoint: Acceptor): void {
    demandSameTls({ tls: this.#tls }, endpoint.endpoint as WebSocketEndpoint | HttpEndpoint);
    this.#router.add(endpoint);
  }

  open(): Promise<void> {
    return listen(this.#server, this.host, this.#requestedPort, (error) => this.#options.onRefused(error, undefined));
  }

  close(): void {
    this.#router.close();
    // A session of exchanges has no connection of its own: its client may need a new one to end it.
    if (!this.#router.answersRequests) this.release();
  }

  release(): void {
    const drop = (): void => {
      for (const socket of this.#newcomers) socket.destroy();
    };
    this.#server.close();
    if (!this.#router.answersRequests) return drop();
    // The last answers may be on their way.
    this.#server.closeIdleConnections();
    const { clock } = this.#options;
    clock.wakeAt(clock.nowMs() + lastAnswerGraceMs, drop);
  }
}

/** @throws ServerError when an endpoint of a port has other TLS than the first one: TLS is there before anybody knows which is called (R-TLS-8) */
export function demandSameTls(
  first: Pick<WebSocketEndpoint, "tls">,
  { address, tls }: Pick<WebSocketEndpoint, "tls" | "address">,
): void {
  if (isSameTls(first.tls, tls)) return;
  const message = `${address} has other tls options than the first endpoint of its port; give all of a port the same, or this one another port`;
  throw new ServerError("SERVER_INVALID_SERVICE", message);
}

/** For the answers that are on their way when all sessions are over. */
const lastAnswerGraceMs = 2_000;

/** As Node.js answers them itself; a request that broke off is not answered (R-LIVE-HTTP-1). */
const clientErrorStatuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

const notFound: Refusal = { status: 404, reason: "no service has this path" };
