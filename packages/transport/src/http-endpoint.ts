import { type MessageVersion, soap11WithoutAddressing, soap12Addressing10 } from "@bowline/protocol/soap";
import { count, type EndpointOptions, type EndpointSettings, endpointSettings } from "./endpoint-settings.ts";
import type { TlsOptions } from "./tls-options.ts";

/** What may be said of an endpoint over HTTP requests. */
export interface HttpOptions extends EndpointOptions {
  /**
   * Client: connections to the service, and so requests under way at once; further ones wait. With a reliable session the lesser of this
   * and `maxTransferWindowSize` holds. Default 32.
   */
  readonly maxConnections?: number;
  /** Of an https address. A service must have `cert` and `key` (or `pfx`) here; a client needs it for what the system does not trust. */
  readonly tls?: TlsOptions;
}

/** An address for HTTP requests with everything both sides must know to speak there. Made by `netHttp`, `wsHttp` and `basicHttp`. */
export interface HttpEndpoint extends EndpointSettings {
  readonly transport: "http";
  readonly messageVersion: MessageVersion;
  /** Present for https. */
  readonly tls: TlsOptions | undefined;
  readonly maxConnections: number;
}

const defaultMaxConnections = 32;

/**
 * An endpoint with WCF's WSHttpBinding and SecurityMode.None (or Transport for https): SOAP 1.2 with WS-Addressing 1.0 as text, over HTTP
 * requests.
 *
 * @param address `http://host[:port]/path` or `https://…`
 * @throws RangeError naming the option, its value and what is allowed
 */
export function wsHttp(address: string, options: Omit<HttpOptions, "encoding"> = {}): HttpEndpoint {
  return httpEndpoint(address, { ...options, encoding: "text" });
}

/**
 * An endpoint with WCF's BasicHttpBinding: SOAP 1.1 as text, without WS-Addressing and so without reliable sessions; HTTP's SOAPAction
 * names the operation.
 *
 * @param address `http://host[:port]/path` or `https://…`
 * @throws RangeError naming the option, its value and what is allowed
 */
export function basicHttp(
  address: string,
  options: Omit<HttpOptions, "encoding" | "reliableSession"> = {},
): HttpEndpoint {
  if ("reliableSession" in options)
    throw new RangeError(`${address} has reliableSession, which SOAP 1.1 without addressing cannot carry; use wsHttp`);
  return httpEndpoint(address, { ...options, encoding: "text" }, soap11WithoutAddressing);
}

/** @throws RangeError naming the option, its value and what is allowed */
export function httpEndpoint(
  address: string,
  options: HttpOptions,
  messageVersion: MessageVersion = soap12Addressing10,
): HttpEndpoint {
  const { isSecure, host, port, path } = parseHttpAddress(address, ["http", "https"]);
  if (!isSecure && options.tls !== undefined) throw new RangeError(`${address} has tls; begin it with https://`);
  return {
    transport: "http",
    messageVersion,
    tls: isSecure ? (options.tls ?? {}) : undefined,
    maxConnections: count("maxConnections", options.maxConnections, defaultMaxConnections),
    ...endpointSettings(address, { host, port, path }, options),
  };
}

export interface HttpAddress {
  readonly isSecure: boolean;
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** @param schemes the plain one and the secure one @throws RangeError when the address is none */
export function parseHttpAddress(address: string, schemes: readonly [string, string]): HttpAddress {
  const match = /^([a-z]+):\/\/(\[[0-9a-fA-F:.]+\]|[^/:?#@\s]+)(?::(\d+))?(\/[^?#\s]*)?$/i.exec(address);
  const scheme = match?.[1]?.toLowerCase();
  if (match === null || scheme === undefined || !schemes.includes(scheme)) {
    const example = `${schemes[0]}://host:8809/path`;
    throw new RangeError(`${JSON.stringify(address)} is no ${schemes.join(" or ")} address; it looks like ${example}`);
  }
  const isSecure = scheme === schemes[1];
  const host = match[2]!.replace(/^\[(.*)\]$/, "$1");
  const port = match[3] === undefined ? (isSecure ? 443 : 80) : Number(match[3]);
  return { isSecure, host, port, path: match[4] ?? "/" };
}
