import { LinkError, MessageLink } from "@bowline/protocol/session";
import type { Clock } from "../clock.ts";
import type { NetworkEndpoint } from "../endpoint.ts";
import type { HttpEndpoint } from "../http-endpoint.ts";
import { notFoundSubprotocol, webSocketSubprotocol } from "../websocket-handshake.ts";
import type { ExchangeClient, LinkOwner, Wire } from "../wire.ts";
import { noTextEncoding } from "./document-codecs.ts";
import { nativeUtf8 } from "./utf8.ts";
import { type BrowserWebSocket, BrowserWebSocketWire } from "./websocket-wire.ts";

interface BrowserGlobals {
  readonly WebSocket: new (address: string, subprotocols: string[]) => BrowserWebSocket;
}

/** Why a browser cannot speak to an endpoint; undefined when it can. */
export function obstacleTo({ transport, encoding, tls = {} }: NetworkEndpoint | HttpEndpoint): string | undefined {
  if (transport === "websocket") {
    if (encoding === "text") return noTextEncoding;
    const names = Object.keys(tls).map((name) => `tls.${name}`);
    return names.length === 0 ? undefined : `a browser decides itself whom it trusts; leave out ${names.join(", ")}`;
  }
  return `a browser has no connections for ${transport}; use netHttp("ws://…") or netHttp("wss://…"), at an address where the service speaks WebSocket`;
}

/** Nobody comes here: `obstacleTo` is asked before. */
export function newHttpClient({ address }: HttpEndpoint): ExchangeClient {
  throw new Error(`a browser cannot send requests to ${address}`);
}

/** Nobody comes here either. */
export function exchangesOf(_endpoint: HttpEndpoint): undefined {
  return undefined;
}

/**
 * Opens a browser's WebSocket. It sends no headers of ours, so that the endpoint's own encoding applies [R-WS-OPEN-3], and it is told
 * no reason when that fails.
 * @throws LinkError when a host of ours has no such endpoint, Error when it cannot be opened, or `signal.reason`
 */
export function dialNetwork(
  endpoint: NetworkEndpoint,
  owner: LinkOwner,
  clock: Clock,
  signal: AbortSignal,
): Promise<Wire> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const { WebSocket } = globalThis as unknown as BrowserGlobals;
    const webSocket = new WebSocket(endpoint.address, [webSocketSubprotocol, notFoundSubprotocol]);
    webSocket.binaryType = "arraybuffer";
    const settle = (): void => {
      signal.removeEventListener("abort", stop);
      timeout?.[Symbol.dispose]();
      webSocket.onopen = null;
      webSocket.onclose = null;
    };
    const fail = (error: unknown): void => {
      settle();
      webSocket.close();
      reject(error);
    };
    const stop = (): void => fail(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    const { openTimeoutMs, maxReceivedMessageSize, maxSessionByteLength, host, port } = endpoint;
    const timeout = Number.isFinite(openTimeoutMs)
      ? clock.wakeAt(clock.nowMs() + openTimeoutMs, () =>
          fail(new Error(`the WebSocket did not open within openTimeoutMs ${openTimeoutMs}`)),
        )
      : undefined;
    webSocket.onclose = () => fail(new Error("the browser could not open a WebSocket, and tells no reason"));
    webSocket.onopen = () => {
      if (webSocket.protocol === notFoundSubprotocol)
        return fail(
          new LinkError("LINK_ENDPOINT_NOT_FOUND", "the host has no endpoint at this path", { isRemote: true }),
        );
      settle();
      const link = new MessageLink({
        utf8: nativeUtf8,
        maxMessageByteLength: maxReceivedMessageSize,
        maxSessionByteLength,
      });
      resolve(new BrowserWebSocketWire(webSocket, link, owner, { clock, remoteAddress: `${host}:${port}` }));
    };
  });
}
