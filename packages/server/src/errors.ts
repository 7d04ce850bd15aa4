/** What a host refuses or meets. Documented API. */
export type ServerErrorCode =
  /** Handlers and contract do not fit together, two endpoints share an address, or options contradict each other. */
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
  | "SERVER_TOO_MANY_CONNECTIONS"
  /** A call was not answered before its deadline: `operationTimeoutMs`, or what the caller said. The message names the hook it was in. */
  | "SERVER_CALL_DEADLINE"
  /** There is no room for a call or an instance, and waiting for it is over or not wanted. */
  | "SERVER_TOO_BUSY"
  /** The host stops; the reason of a call's `signal`. */
  | "SERVER_STOPPING"
  /** The session of a call is gone; the reason of its `signal`. */
  | "SERVER_CALLER_GONE"
  /** An operation waits for a callback while it keeps all others out. */
  | "SERVER_CALLBACK_WOULD_DEADLOCK"
  /** `operationContext()` outside of an operation, or in a service without the option. */
  | "SERVER_NO_OPERATION_CONTEXT"
  /** With `protocolThread`: an option or an endpoint that cannot be in another thread; the message names it. */
  | "SERVER_PROTOCOL_THREAD_UNSUPPORTED"
  /** The protocol thread ended before its time: the host listens no more, and its sessions are over. */
  | "SERVER_PROTOCOL_THREAD_DIED";

export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}
