import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Clock, notFoundSubprotocol, type WebSocketEndpoint, webSocketSubprotocol } from "@bowline/transport";
import { WebSocketWire } from "@bowline/transport/node";
import { type WebSocket, WebSocketServer } from "ws";
import { type Acceptor, newMessageLink } from "./acceptor.ts";
import { EndpointPaths } from "./endpoint-paths.ts";
import { answerInWords, takeExchange } from "./http-exchange.ts";
import { Newcomer } from "./newcomer.ts";
import type { AllowedOrigins } from "./page-origins.ts";
import { offeredBy, type Refusal, refusalOf, refuse, refusePage } from "./websocket-handshake.ts";

/** What an HTTP server hands over; both say whether the path is one of this host's, and leave others alone. */
export interface HttpHandler {
  /** For a server's event `request`, or a framework's middleware, before anything has read the body. */
  request(request: IncomingMessage, response: ServerResponse): boolean;
  /** For a server's event `upgrade`. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
}

export interface HttpRouterOptions {
  readonly clock: Clock;
  /** Whose pages may open WebSockets. */
  readonly allowedOrigins: AllowedOrigins;
  onRefused(error: unknown, remoteAddress: string | undefined): void;
  /** A session has the connection from now on. */
  onSession?(socket: Socket): void;
}

/** The endpoints of one HTTP server by path: those that WebSocket upgrades lead to, and those that answer requests. */
export class HttpRouter implements HttpHandler {
  readonly #options: HttpRouterOptions;
  readonly #webSocketPaths = new EndpointPaths();
  readonly #requestPaths = new EndpointPaths();
  readonly #webSockets = new Map<Acceptor, WebSocketServer>();
  readonly #answering = new Set<Acceptor>();
  #isClosed = false;

  constructor(options: HttpRouterOptions) {
    this.#options = options;
  }

  /** Some endpoints answer requests: their clients need the server until the end. */
  get answersRequests(): boolean {
    return this.#answering.size > 0;
  }

  /** @throws ServerError when the path is taken */
  add(endpoint: Acceptor): void {
    if (endpoint.endpoint.transport === "http") {
      this.#requestPaths.add(endpoint);
      this.#answering.add(endpoint);
      return;
    }
    this.#webSocketPaths.add(endpoint);
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

  /** The host is closing, and refuses new sessions itself; what is still said of newcomers is no news. */
  close(): void {
    this.#isClosed = true;
  }

  request(request: IncomingMessage, response: ServerResponse): boolean {
    const path = request.url ?? "/";
    const endpoint = this.#requestPaths.find(path);
    if (endpoint !== undefined) {
      const { remoteAddress } = request.socket;
      const { clock } = this.#options;
      void takeExchange(endpoint, request, response, {
        clock,
        onSession: () => undefined,
        onRefused: (error) => this.#refused(error, remoteAddress),
      });
      return true;
    }
    if (this.#webSocketPaths.find(path) === undefined) return false;
    answerInWords(response, 400, "this endpoint speaks WebSocket only");
    return true;
  }

  upgrade(request: IncomingMessage, duplex: Duplex, head: Buffer): boolean {
    const path = request.url ?? "/";
    const endpoint = this.#webSocketPaths.find(path);
    if (endpoint === undefined && this.#requestPaths.find(path) === undefined) return false;
    // What a server of node:http or node:https gives.
    const socket = duplex as Socket;
    const { remoteAddress } = socket;
    const onRefused = (error: unknown): void => this.#refused(error, remoteAddress);
    const { allowedOrigins } = this.#options;
    const refusal =
      endpoint === undefined
        ? requestsOnly
        : refusalOf(request, endpoint.endpoint as WebSocketEndpoint, allowedOrigins);
    if (endpoint === undefined || refusal !== undefined) {
      this.refuse(request, socket, refusal!);
      return true;
    }
    socket.on("error", onRefused);
    this.#webSockets.get(endpoint)!.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off("error", onRefused);
      this.#accept(endpoint, webSocket, socket, onRefused);
    });
    return true;
  }

  /** Nobody has this path: a page is told in its own way. */
  refuseUnknown(request: IncomingMessage, socket: Socket, head: Buffer, refusal: Refusal): void {
    if (!offeredBy(request).includes(notFoundSubprotocol)) return this.refuse(request, socket, refusal);
    this.#sayRefused(request, socket, refusal);
    refusePage(request, socket, head);
  }

  /** Refuses a handshake. */
  refuse(request: IncomingMessage, socket: Socket, refusal: Refusal): void {
    this.#sayRefused(request, socket, refusal);
    refuse(socket, refusal);
  }

  #sayRefused(request: IncomingMessage, socket: Socket, { reason }: Refusal): void {
    this.#refused(new Error(`a WebSocket handshake for ${request.url} was refused: ${reason}`), socket.remoteAddress);
  }

  #refused(error: unknown, remoteAddress: string | undefined): void {
    if (!this.#isClosed) this.#options.onRefused(error, remoteAddress);
  }

  #accept(endpoint: Acceptor, webSocket: WebSocket, socket: Socket, onRefused: (error: unknown) => void): void {
    const { clock } = this.#options;
    const newcomer = new Newcomer(endpoint, { clock, onSession: () => this.#options.onSession?.(socket), onRefused });
    const link = newMessageLink(endpoint.endpoint);
    link.connected();
    const { maxReceivedMessageSize, keepAliveIntervalMs } = endpoint.endpoint as WebSocketEndpoint;
    const options = { clock, isClient: false, maxReceivedMessageSize, keepAliveIntervalMs };
    newcomer.start(new WebSocketWire(webSocket, socket, link, newcomer, options));
  }
}

const requestsOnly: Refusal = { status: 400, reason: "this endpoint takes requests only, no WebSocket" };
