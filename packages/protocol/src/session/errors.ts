/** What can go wrong with a call, apart from its session. Documented API. */
export type CallErrorCode =
  /** No reply within the call's timeout; the session lives on. */
  | "CALL_TIMEOUT"
  /** The session ended before the reply came; whether the call was handled is not known. */
  | "CALL_SESSION_ENDED"
  /** The session is closing, closed, faulted or not open yet. */
  | "CALL_SESSION_NOT_OPEN"
  /** Plain HTTP: the request failed, or was answered by no envelope; whether the call was handled is not known. `cause` says more. */
  | "CALL_EXCHANGE_FAILED"
  /** `maxQueuedMessageCount` messages wait for a place in the transfer window. */
  | "CALL_QUEUE_FULL";

/** A call or one-way message did not get through. */
export class CallError extends Error {
  override readonly name = "CallError";
  readonly code: CallErrorCode;

  constructor(code: CallErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

/** A header block that must be understood is not: the message may not be handled. */
export class NotUnderstoodError extends Error {
  override readonly name = "NotUnderstoodError";
  readonly code = "SOAP_HEADER_NOT_UNDERSTOOD";

  constructor(namespaceUri: string, localName: string) {
    super(`the header {${namespaceUri}}${localName} must be understood and is not`);
  }
}
