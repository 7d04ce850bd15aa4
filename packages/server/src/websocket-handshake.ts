import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { acceptsContentType } from "@bowline/protocol/framing";
import {
  bufferedTransferMode,
  codecOf,
  contentTypeHeader,
  transferModeHeader,
  type WebSocketEndpoint,
  webSocketHeaders,
  webSocketSubprotocol,
} from "@bowline/transport";

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
export function refusalOf({ headers }: IncomingMessage, endpoint: WebSocketEndpoint): Refusal | undefined {
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
  const protocols = (headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim().toLowerCase());
  if (protocols.includes(webSocketSubprotocol)) return undefined;
  const reason = `the subprotocol ${webSocketSubprotocol} was not offered`;
  return { status: 426, reason, headers: { "sec-websocket-protocol": webSocketSubprotocol } };
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
