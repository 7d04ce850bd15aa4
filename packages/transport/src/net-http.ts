import { duration, type EndpointOptions, type EndpointSettings, endpointSettings } from "./endpoint-settings.ts";
import { type HttpEndpoint, type HttpOptions, httpEndpoint, parseHttpAddress } from "./http-endpoint.ts";
import type { TlsOptions } from "./tls-options.ts";

/** What may be said of a WebSocket endpoint. */
export interface WebSocketOptions extends EndpointOptions {
  /**
   * A ping goes out this often, in ms, and a connection that has not answered the one before is dropped; `Infinity` for none. Default
   * 30 000. It finds dead connections; the session has timers of its own.
   */
  readonly keepAliveIntervalMs?: number;
  /** Of a wss address. A service must have `cert` and `key` (or `pfx`) here; a client needs it for what the system does not trust. */
  readonly tls?: TlsOptions;
}

/** A WebSocket address with everything both sides must know to speak there. Made by `netHttp`. */
export interface WebSocketEndpoint extends EndpointSettings {
  readonly transport: "websocket";
  /** Present for wss. */
  readonly tls: TlsOptions | undefined;
  readonly keepAliveIntervalMs: number;
}

/** What may be said of an endpoint of NetHttpBinding, by the scheme of its address. */
export type NetHttpOptions = WebSocketOptions | HttpOptions;

/**
 * An endpoint with WCF's NetHttpBinding: SOAP 1.2 with WS-Addressing 1.0, in binary encoding unless `encoding` says otherwise, over
 * WebSocket for a ws address [MS-SWSB], over HTTP requests for an http one, as WCF does it for contracts without callbacks.
 *
 * @param address `ws://host[:port]/path`, `wss://…`, `http://…` or `https://…`
 * @throws RangeError naming the option, its value and what is allowed
 */
export function netHttp(address: `http://${string}` | `https://${string}`, options?: HttpOptions): HttpEndpoint;
export function netHttp(address: string, options?: WebSocketOptions): WebSocketEndpoint;
export function netHttp(address: string, options: NetHttpOptions = {}): WebSocketEndpoint | HttpEndpoint {
  if (/^https?:/i.test(address)) return httpEndpoint(address, options as HttpOptions);
  const { tls, keepAliveIntervalMs } = options as WebSocketOptions;
  const { isSecure, host, port, path } = parseHttpAddress(address, ["ws", "wss"]);
  if (!isSecure && tls !== undefined) throw new RangeError(`${address} has tls; begin it with wss://`);
  return {
    transport: "websocket",
    tls: isSecure ? (tls ?? {}) : undefined,
    keepAliveIntervalMs: duration("keepAliveIntervalMs", keepAliveIntervalMs, 30_000),
    ...endpointSettings(address, { host, port, path }, options),
  };
}
