import type { Socket } from "node:net";
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  createServer,
  type PeerCertificate,
  TLSSocket,
} from "node:tls";
import { isDeepStrictEqual } from "node:util";
import { LinkError } from "@bowline/protocol/session";
import type { TlsMaterial, TlsOptions } from "./tls-options.ts";
import type { PeerIdentity } from "./wire.ts";

/** Node.js's spelling of our options. */
export function nodeTlsOptions({ ca, cert, key, pfx, passphrase, requestCert, rejectUnauthorized }: TlsOptions): {
  readonly ca?: string | Buffer | (string | Buffer)[];
  readonly cert?: string | Buffer | (string | Buffer)[];
  readonly key?: string | Buffer | (string | Buffer)[];
  readonly pfx?: Buffer;
  readonly passphrase?: string;
  readonly requestCert?: boolean;
  readonly rejectUnauthorized: boolean;
} {
  return {
    ...(ca === undefined ? {} : { ca: material(ca) }),
    ...(cert === undefined ? {} : { cert: material(cert) }),
    ...(key === undefined ? {} : { key: material(key) }),
    ...(pfx === undefined ? {} : { pfx: bufferOf(pfx) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(requestCert === undefined ? {} : { requestCert }),
    rejectUnauthorized: rejectUnauthorized ?? true,
  };
}

/** Whether two services show and ask the same, however it is written. */
export function isSameTls(one: TlsOptions | undefined, other: TlsOptions | undefined): boolean {
  return one === other || (one !== undefined && other !== undefined && isDeepStrictEqual(plain(one), plain(other)));
}

/** All that a service has of them, in one spelling. */
function plain({ ca, cert, key, pfx, passphrase, requestCert, rejectUnauthorized }: TlsOptions): readonly unknown[] {
  const pieces = [ca, cert, key, pfx].map((given) =>
    given === undefined ? undefined : [material(given)].flat().map((piece) => Buffer.from(piece)),
  );
  return [...pieces, passphrase, requestCert ?? false, rejectUnauthorized ?? true];
}

/** What a client needs besides to check the name in the service's certificate. */
export function serverIdentityOptions(
  host: string,
  { serverName }: TlsOptions,
): {
  readonly servername?: string;
  checkServerIdentity(host: string, certificate: PeerCertificate): Error | undefined;
} {
  const name = serverName ?? host;
  return {
    // An address is no name to ask for (RFC 6066 3).
    ...(/^[\d.]+$|:/.test(name) ? {} : { servername: name }),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  };
}

/** @throws Error when the certificate or key of a service cannot be used */
export function demandCertificate(address: string, tls: TlsOptions): void {
  if (tls.pfx === undefined && (tls.cert === undefined || tls.key === undefined))
    throw new RangeError(
      `the service at ${address} has tls without cert and key (or pfx); a service needs its certificate`,
    );
  createSecureContext(nodeTlsOptions(tls));
}

/** [MC-NMF]'s name of the upgrade. */
export const tlsUpgrade = "application/ssl-tls";

/**
 * Goes on over TLS on an open connection, as the client. `rest` came from the peer already.
 * Rejects with a LinkError when one side does not trust the other, else with the connection's error.
 */
export function secureAsClient(socket: Socket, rest: Uint8Array, host: string, tls: TlsOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    giveBack(socket, rest);
    const secured = connect({ socket, ...nodeTlsOptions(tls), ...serverIdentityOptions(host, tls) });
    const fail = (error: unknown): void => reject(securityError(error));
    const onClose = (): void => reject(new Error("the peer closed the connection during the TLS handshake"));
    secured.once("error", fail).once("close", onClose);
    secured.once("secureConnect", () => {
      secured.off("error", fail).off("close", onClose);
      resolve(secured);
    });
  });
}

/** As `secureAsClient`, as the service. */
export function secureAsServer(socket: Socket, rest: Uint8Array, tls: TlsOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    giveBack(socket, rest);
    // A server for this one connection: it alone checks what certificate the client shows.
    const server = createServer(nodeTlsOptions(tls));
    server.once("secureConnection", resolve);
    server.once("tlsClientError", (error) => reject(securityError(error)));
    server.emit("connection", socket);
  });
}

/** The identity that the peer's certificate proves; undefined without one. */
export function identityOf(socket: Socket): PeerIdentity | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const certificate = socket.getPeerCertificate();
  if (certificate?.fingerprint256 === undefined) return undefined;
  return { subject: `${certificate.subject?.CN ?? ""}`, fingerprint256: certificate.fingerprint256 };
}

/** A LinkError for what TLS found wrong, and for every other error that error. */
export function securityError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code = "" } = error as NodeJS.ErrnoException;
  if (!/^(ERR_TLS_|ERR_SSL_|EPROTO$)|CERT|CRL|ISSUER|VERIFY|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH/.test(code))
    return error;
  const isRemote = /ALERT/i.test(code) || /alert/.test(error.message);
  return new LinkError("LINK_SECURITY_FAILED", `${error.message} (${code}); ${hintFor(code, isRemote)}`, {
    isRemote,
    cause: error,
  });
}

function hintFor(code: string, isRemote: boolean): string {
  if (isRemote) return "the peer refused: it may want a certificate (tls.cert and tls.key), or not trust the one shown";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return "use a name of the certificate in the address, or set tls.serverName to one";
  if (/ISSUER|SELF_SIGNED|VERIFY|CHAIN/.test(code)) return "put the certificate of its authority into tls.ca";
  return "compare the TLS of the two sides";
}

/** The first bytes of the handshake came behind the last record. */
function giveBack(socket: Socket, rest: Uint8Array): void {
  socket.pause();
  if (rest.length > 0) socket.unshift(rest);
}

function material(given: TlsMaterial): string | Buffer | (string | Buffer)[] {
  return typeof given === "string" || given instanceof Uint8Array ? bufferOf(given) : given.map(bufferOf);
}

function bufferOf(bytes: Uint8Array): Buffer;
function bufferOf(bytes: string | Uint8Array): string | Buffer;
function bufferOf(bytes: string | Uint8Array): string | Buffer {
  return typeof bytes === "string" ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
