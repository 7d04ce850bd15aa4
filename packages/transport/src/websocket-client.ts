import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { LinkError, MessageLink } from "@bowline/protocol/session";
import { WebSocket } from "ws";
import { nativeUtf8 } from "#host/utf8";
import type { Clock } from "./clock.ts";
import { codecOf } from "./message-codecs.ts";
import type { WebSocketEndpoint } from "./net-http.ts";
import { nodeTlsOptions, securityError, serverIdentityOptions } from "./tls.ts";
import { webSocketHeaders, webSocketSubprotocol } from "./websocket-handshake.ts";
import { WebSocketWire } from "./websocket-wire.ts";
import type { LinkOwner } from "./wire.ts";

/** Opens a WebSocket to a service. @throws LinkError when the service refuses it, the socket's error, or `signal.reason` */
export function dialWebSocket(
  endpoint: WebSocketEndpoint,
  owner: LinkOwner,
  clock: Clock,
  signal: AbortSignal,
): Promise<WebSocketWire> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const { maxReceivedMessageSize, maxSessionByteLength, keepAliveIntervalMs, openTimeoutMs, tls } = endpoint;
    const webSocket = new WebSocket(endpoint.address, webSocketSubprotocol, {
      headers: webSocketHeaders(codecOf(endpoint).contentType),
      maxPayload: maxReceivedMessageSize,
      perMessageDeflate: false,
      followRedirects: false,
      ...(tls === undefined ? {} : { ...nodeTlsOptions(tls), ...serverIdentityOptions(endpoint.host, tls) }),
      ...(Number.isFinite(openTimeoutMs) ? { handshakeTimeout: openTimeoutMs } : {}),
    });
    const fail = (error: unknown): void => {
      signal.removeEventListener("abort", stop);
      reject(error);
    };
    const stop = (): void => {
      webSocket.terminate();
      fail(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
    let socket: Socket | undefined;
    webSocket.once("upgrade", (response: IncomingMessage) => {
      socket = response.socket;
    });
    webSocket.once("unexpected-response", (_request, response: IncomingMessage) => {
      fail(refusalOf(response));
      response.resume();
      webSocket.terminate();
    });
    const onError = (error: Error): void => fail(securityError(error));
    webSocket.on("error", onError);
    webSocket.once("open", () => {
      signal.removeEventListener("abort", stop);
      webSocket.off("error", onError);
      socket!.setNoDelay(true);
      const link = new MessageLink({
        utf8: nativeUtf8,
        maxMessageByteLength: maxReceivedMessageSize,
        maxSessionByteLength,
      });
      const options = { clock, isClient: true, maxReceivedMessageSize, keepAliveIntervalMs };
      resolve(new WebSocketWire(webSocket, socket!, link, owner, options));
    });
  });
}

/** What an answer other than 101 means, by the words of .NET's services [MS-SWSB]. */
function refusalOf({ statusCode = 0, statusMessage = "", headers }: IncomingMessage): LinkError {
  const said = `${statusCode} ${statusMessage}`.trim();
  const remote = { isRemote: true } as const;
  if (statusCode === 404) return new LinkError("LINK_ENDPOINT_NOT_FOUND", `the server answered ${said}`, remote);
  if (statusCode === 503) return new LinkError("LINK_SERVER_TOO_BUSY", `the server answered ${said}`, remote);
  const contentType = headers["soap-content-type"];
  const transferMode = headers["microsoft-binary-transfer-mode"];
  const expects = [
    contentType === undefined ? "" : `messages of type ${String(contentType)}`,
    transferMode === undefined ? "" : `transfer mode ${String(transferMode)}`,
    headers["sec-websocket-protocol"] === undefined
      ? ""
      : `the subprotocol ${String(headers["sec-websocket-protocol"])}`,
  ].filter((text) => text !== "");
  const hint = expects.length === 0 ? "" : `; it expects ${expects.join(" and ")}`;
  return new LinkError("LINK_REFUSED", `it answered ${said} to the WebSocket handshake${hint}`, remote);
}
