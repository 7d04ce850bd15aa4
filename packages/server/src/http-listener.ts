import { createServer, type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Socket } from "node:net";
import { acceptsContentType } from "@bowline/protocol/framing";
import {
  bufferedTransferMode,
  codecOf,
  contentTypeHeader,
  notFoundSubprotocol,
  type TlsOptions,
  transferModeHeader,
  type WebSocketEndpoint,
  webSocketHeaders,
  webSocketSubprotocol,
} from "@bowline/transport";
import { nodeTlsOptions, securityError, WebSocketWire } from "@bowline/transport/node";
import { type WebSocket, WebSocketServer } from "ws";
import { EndpointPaths } from "./endpoint-paths.ts";
import { ServerError } from "./errors.ts";
import { Newcomer } from "./newcomer.ts";
import { limitConnections, listen, type PortListener, type PortListenerOptions, portOf } from "./port-listener.ts";
import type { ServiceEndpoint } from "./service-endpoint.ts";

/** What an answer that refuses a handshake says. */
interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One port that speaks HTTP, and the endpoints behind it, told apart by the path of the request. */
export class HttpListener implements PortListener {
  readonly host: string;
  readonly #requestedPort: number;
  readonly #options: PortListenerOptions;
  readonly #tls: TlsOptions | undefined;
  readonly #paths = new EndpointPaths();
  readonly #server: Server;
  readonly #webSockets = new Map<ServiceEndpoint, WebSocketServer>();
  /** Connections that no session has taken yet. */
  readonly #newcomers = new Set<Socket>();
  #isClosed = false;

  constructor(host: string, port: number, options: PortListenerOptions) {
    this.host = host;
    this.#requestedPort = port;
    this.#options = options;
    const { preambleTimeoutMs, tls } = options;
    this.#tls = tls;
    const settings = { noDelay: true, headersTimeout: Number.isFinite(preambleTimeoutMs) ? preambleTimeoutMs : 0 };
    this.#server =
      tls === undefined ? createServer(settings) : createSecureServer({ ...settings, ...nodeTlsOptions(tls) });
    this.#server.on("tlsClientError", (error, socket) => options.onRefused(securityError(error), socket.remoteAddress));
    this.#server.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
      this.#newcomers.add(socket);
      socket.once("close", () => this.#newcomers.delete(socket));
    });
    this.#server.on("request", (request, response) => {
      const status = this.#paths.find(request.url ?? "/") === undefined ? 404 : 400;
      const reason = status === 404 ? "no service has this path" : "this endpoint speaks WebSocket only";
      response.writeHead(status, { "content-type": "text/plain" }).end(`${reason}\n`);
    });
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket as Socket, head));
    limitConnections(this.#server, options);
  }

  get port(): number {
    return portOf(this.#server) ?? this.#requestedPort;
  }

  add(endpoint: ServiceEndpoint): void {
    const { address, tls } = endpoint.endpoint as WebSocketEndpoint;
    if (tls !== this.#tls && tls?.cert !== this.#tls?.cert && tls?.pfx !== this.#tls?.pfx) {
      const message = `${address} has another certificate than other endpoints of its port; one port shows one certificate`;
      throw new ServerError("SERVER_INVALID_SERVICE", message);
    }
    this.#paths.add(endpoint);
    this.#webSockets.set(
      endpoint,
      new WebSocketServer({
        noServer: true,
        clientTracking: false,
        perMessageDeflate: false,
        maxPayload: endpoint.endpoint.maxReceivedMessageSize,
        handleProtocols: () => webSocketSubprotocol,
      }),
    );
  }

  open(): Promise<void> {
    return listen(this.#server, this.host, this.#requestedPort, (error) => this.#options.onRefused(error, undefined));
  }

  close(): void {
    this.#isClosed = true;
    this.#server.close();
    for (const socket of this.#newcomers) socket.destroy();
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const { remoteAddress } = socket;
    const onRefused = (error: unknown): void => {
      if (!this.#isClosed) this.#options.onRefused(error, remoteAddress);
    };
    const endpoint = this.#paths.find(request.url ?? "/");
    const refusal = endpoint === undefined ? notFound : refusalOf(request, endpoint.endpoint as WebSocketEndpoint);
    if (endpoint === undefined || refusal !== undefined) {
      onRefused(new Error(`a WebSocket handshake for ${request.url} was refused: ${refusal!.reason}`));
      if (endpoint === undefined && offeredBy(request).includes(notFoundSubprotocol))
        return refusePage(request, socket, head);
      return refuse(socket, refusal!);
    }
    socket.on("error", onRefused);
    this.#webSockets.get(endpoint)!.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off("error", onRefused);
      this.#accept(endpoint, webSocket, socket, onRefused);
    });
  }

  #accept(endpoint: ServiceEndpoint, webSocket: WebSocket, socket: Socket, onRefused: (error: unknown) => void): void {
    const { clock } = this.#options;
    const newcomer = new Newcomer(endpoint, { clock, onSession: () => this.#newcomers.delete(socket), onRefused });
    const link = endpoint.newMessageLink();
    link.connected();
    const { maxReceivedMessageSize, keepAliveIntervalMs } = endpoint.endpoint as WebSocketEndpoint;
    const options = { clock, isClient: false, maxReceivedMessageSize, keepAliveIntervalMs };
    newcomer.start(new WebSocketWire(webSocket, socket, link, newcomer, options));
  }
}

const notFound: Refusal = { status: 404, reason: "no service has this path" };

/**
 * The checks of .NET Framework's services, in their order, each with its answer [MS-SWSB]; the version is `ws`'s own check. A browser
 * cannot send headers of its own: without `soap-content-type` the encoding is the endpoint's, which the subprotocol alone then stands for.
 */
function refusalOf(request: IncomingMessage, endpoint: WebSocketEndpoint): Refusal | undefined {
  const { headers } = request;
  const { contentType, charsets } = codecOf(endpoint);
  const offered = headers[contentTypeHeader];
  const expected = webSocketHeaders(contentType);
  if (offered !== undefined && !acceptsContentType(String(offered), contentType, charsets)) {
    const reason = `${contentTypeHeader} is ${String(offered)}; this endpoint takes ${contentType}`;
    return { status: 400, reason, headers: expected };
  }
  const mode = headers[transferModeHeader];
  if (mode !== undefined && String(mode).toLowerCase() !== bufferedTransferMode.toLowerCase()) {
    const reason = `${transferModeHeader} is ${String(mode)}; sessions take ${bufferedTransferMode}`;
    return { status: 400, reason, headers: expected };
  }
  if (offeredBy(request).includes(webSocketSubprotocol)) return undefined;
  const reason = `the subprotocol ${webSocketSubprotocol} was not offered`;
  return { status: 426, reason, headers: { "sec-websocket-protocol": webSocketSubprotocol } };
}

/** The subprotocols that the client would speak. */
function offeredBy({ headers }: IncomingMessage): readonly string[] {
  return (headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim().toLowerCase());
}

const notFoundWebSockets = new WebSocketServer({
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: 1024,
  handleProtocols: () => notFoundSubprotocol,
});

/** A page is told that it is not found by a WebSocket of this subprotocol, which ends at once. */
function refusePage(request: IncomingMessage, socket: Socket, head: Buffer): void {
  socket.on("error", () => undefined);
  notFoundWebSockets.handleUpgrade(request, socket, head, (webSocket) => {
    webSocket.on("error", () => undefined);
    webSocket.close();
  });
}

function refuse(socket: Socket, { status, reason, headers = {} }: Refusal): void {
  const body = `${reason}\n`;
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    "connection: close",
    "content-type: text/plain",
    `content-length: ${Buffer.byteLength(body)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.on("error", () => undefined);
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}
