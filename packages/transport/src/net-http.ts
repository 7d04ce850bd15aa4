import { duration, type EndpointOptions, type EndpointSettings, endpointSettings } from "./endpoint-settings.ts";
import type { TlsOptions } from "./tls-options.ts";

/** What may be said of a WebSocket endpoint. */
export interface NetHttpOptions extends EndpointOptions {
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

/**
 * An endpoint with WCF's NetHttpBinding over WebSocket: binary encoding with a session dictionary unless `encoding` says otherwise,
 * SOAP 1.2 with WS-Addressing 1.0,
 * subprotocol `soap` [MS-SWSB].
 *
 * @param address `ws://host[:port]/path` or `wss://…`
 * @throws RangeError naming the option, its value and what is allowed
 */
export function netHttp(address: string, options: NetHttpOptions = {}): WebSocketEndpoint {
  const match = /^(wss?):\/\/(\[[0-9a-fA-F:.]+\]|[^/:?#@\s]+)(?::(\d+))?(\/[^?#\s]*)?$/i.exec(address);
  if (match === null) {
    throw new RangeError(`${JSON.stringify(address)} is no WebSocket address; it looks like ws://host:8809/path`);
  }
  const isSecure = match[1]!.toLowerCase() === "wss";
  if (!isSecure && options.tls !== undefined) throw new RangeError(`${address} has tls; begin it with wss://`);
  const host = match[2]!.replace(/^\[(.*)\]$/, "$1");
  const port = match[3] === undefined ? (isSecure ? 443 : 80) : Number(match[3]);
  return {
    transport: "websocket",
    tls: isSecure ? (options.tls ?? {}) : undefined,
    keepAliveIntervalMs: duration("keepAliveIntervalMs", options.keepAliveIntervalMs, 30_000),
    ...endpointSettings(address, { host, port, path: match[4] ?? "/" }, options),
  };
}
