/** One piece of PEM text or DER bytes, or several. */
export type TlsMaterial = string | Uint8Array | readonly (string | Uint8Array)[];

/** TLS of an endpoint: WCF's SecurityMode.Transport with client credentials of type None or Certificate. */
export interface TlsOptions {
  /** Authorities to trust in place of the system's: for the service's certificate, or for those of its clients. */
  readonly ca?: TlsMaterial;
  /** Our own certificate chain: a service must have one, a client may. */
  readonly cert?: TlsMaterial;
  readonly key?: TlsMaterial;
  /** Certificate and key in one PKCS #12 file, instead of `cert` and `key`. */
  readonly pfx?: Uint8Array;
  /** Of `key` or `pfx`. */
  readonly passphrase?: string;
  /** Client: the name that the service's certificate must have. Default the host of the address. */
  readonly serverName?: string;
  /** Service: ask clients for a certificate, as ClientCredentialType.Certificate does. Default false. */
  readonly requestCert?: boolean;
  /** False takes certificates that no trusted authority signed; for tests. Default true. */
  readonly rejectUnauthorized?: boolean;
}
