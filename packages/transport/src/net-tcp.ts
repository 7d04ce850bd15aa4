import { type EndpointOptions, type EndpointSettings, endpointSettings } from "./endpoint-settings.ts";
import type { TlsOptions } from "./tls-options.ts";

/** What may be said of a net.tcp endpoint. */
export interface NetTcpOptions extends EndpointOptions {
  /** Present: TLS on the connection (`application/ssl-tls`), WCF's SecurityMode.Transport with ClientCredentialType None or Certificate. */
  readonly tls?: TlsOptions;
}

/** A net.tcp address with everything both sides must know to speak there. Made by `netTcp`. */
export interface NetTcpEndpoint extends EndpointSettings {
  readonly transport: "net.tcp";
  readonly tls: TlsOptions | undefined;
}

/** net.tcp's own port, used when the address names none. */
const defaultPort = 808;

/**
 * An endpoint with WCF's net.tcp: duplex framing, binary encoding unless `encoding` says otherwise, SOAP 1.2 with WS-Addressing 1.0,
 * SecurityMode.None unless `tls` is given.
 *
 * @param address `net.tcp://host[:port]/path`; a server listens on `0.0.0.0`, `[::]` or `localhost` likewise
 * @throws RangeError naming the option, its value and what is allowed
 */
export function netTcp(address: string, options: NetTcpOptions = {}): NetTcpEndpoint {
  const match = /^net\.tcp:\/\/(\[[0-9a-fA-F:.]+\]|[^/:?#@\s]+)(?::(\d+))?(\/[^?#\s]*)?$/i.exec(address);
  if (match === null) {
    throw new RangeError(`${JSON.stringify(address)} is no net.tcp address; it looks like net.tcp://host:8808/path`);
  }
  const host = match[1]!.replace(/^\[(.*)\]$/, "$1");
  const port = match[2] === undefined ? defaultPort : Number(match[2]);
  const place = { host, port, path: match[3] ?? "/" };
  return { transport: "net.tcp", tls: options.tls, ...endpointSettings(address, place, options) };
}
