import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { acceptsContentType } from "@bowline/protocol/framing";
import {
  bufferedTransferMode,
  codecOf,
  contentTypeHeader,
  notFoundSubprotocol,
  transferModeHeader,
  type WebSocketEndpoint,
  webSocketHeaders,
  webSocketSubprotocol,
} from "@bowline/transport";
import { WebSocketServer } from "ws";
import { type AllowedOrigins, strangeOriginOf } from "./page-origins.ts";

/** What an answer that refuses a handshake says. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The checks of .NET Framework's services, in their order, each with its answer [MS-SWSB]; the version is `ws`'s own check. A browser
 * cannot send headers of its own: without `soap-content-type` the encoding is the endpoint's, which the subprotocol alone then stands for.
 */
export function refusalOf(
  request: IncomingMessage,
  endpoint: WebSocketEndpoint,
  allowedOrigins: AllowedOrigins,
): Refusal | undefined {
  const { headers } = request;
  const origin = strangeOriginOf(request, allowedOrigins);
  if (origin !== undefined) {
    const reason = `pages of ${origin} may not call; the host names in allowedOrigins those that may`;
    return { status: 403, reason };
  }
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
export function offeredBy({ headers }: IncomingMessage): readonly string[] {
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
export function refusePage(request: IncomingMessage, socket: Socket, head: Buffer): void {
  socket.on("error", () => undefined);
  notFoundWebSockets.handleUpgrade(request, socket, head, (webSocket) => {
    webSocket.on("error", () => undefined);
    webSocket.close();
  });
}

/** Answers a handshake with an error, in plain words. */
export function refuse(socket: Socket, { status, reason, headers = {} }: Refusal): void {
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
