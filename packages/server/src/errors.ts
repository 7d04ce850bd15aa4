/** What a host refuses or meets. Documented API. */
export type ServerErrorCode =
  /** Handlers and contract do not fit together, or two endpoints share an address. */
  | "SERVER_INVALID_SERVICE"
  /** `addService` on an open host, `open` on a closed one. */
  | "SERVER_WRONG_STATE"
  /** The port could not be listened on. */
  | "SERVER_LISTEN_FAILED"
  /** A connection to a reliable endpoint sent no message within `openTimeoutMs`, and was dropped. */
  | "SERVER_FIRST_MESSAGE_TIMEOUT"
  /** A connection named a session that another identity opened, and was dropped. */
  | "SERVER_IDENTITY_CHANGED"
  /** `maxConnections` are open on a port: a further one was dropped. */
  | "SERVER_TOO_MANY_CONNECTIONS";

export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}
