/** What a client refuses before anything is sent. Documented API. */
export type ClientErrorCode =
  /** An operation's key is one of the client's own members. */
  | "CLIENT_OPERATION_NAME_TAKEN"
  /** The contract has callbacks, but no handlers for them were given. */
  | "CLIENT_CALLBACKS_MISSING"
  /** `onSessionLost: "reopen"` for an endpoint without a reliable session. */
  | "CLIENT_REOPEN_NEEDS_RELIABLE_SESSION"
  /** The endpoint's transport does not exist where the client runs, as net.tcp in a browser. */
  | "CLIENT_TRANSPORT_UNAVAILABLE";

export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
