/** Everything that can go wrong with [MC-NMF] framing, as documented API. */
export type FramingErrorCode =
  // Octets that are no record, or a record that breaks a limit.
  | "FRAMING_RECORD_UNKNOWN"
  | "FRAMING_SIZE_INVALID"
  | "FRAMING_TEXT_INVALID"
  | "FRAMING_VIA_TOO_LONG"
  | "FRAMING_CONTENT_TYPE_TOO_LONG"
  | "FRAMING_UPGRADE_NAME_TOO_LONG"
  | "FRAMING_FAULT_TOO_LONG"
  | "FRAMING_MAX_MESSAGE_SIZE_EXCEEDED"
  // A record or an end of stream where the grammar has none.
  | "FRAMING_RECORD_UNEXPECTED"
  | "FRAMING_UNEXPECTED_END"
  // What a receiver refuses in a preamble, and what a Fault record tells an initiator.
  | "FRAMING_UNSUPPORTED_VERSION"
  | "FRAMING_UNSUPPORTED_MODE"
  | "FRAMING_VIA_INVALID"
  | "FRAMING_ENDPOINT_NOT_FOUND"
  | "FRAMING_CONTENT_TYPE_INVALID"
  | "FRAMING_UPGRADE_INVALID"
  | "FRAMING_UPGRADE_REQUIRED"
  | "FRAMING_PIPELINE_TOO_LARGE"
  | "FRAMING_PREAMBLE_TIMEOUT"
  | "FRAMING_UPGRADE_TIMEOUT"
  | "FRAMING_SERVICE_ACTIVATION_FAILED"
  | "FRAMING_CONNECTION_DISPATCH_FAILED"
  | "FRAMING_ENDPOINT_UNAVAILABLE"
  | "FRAMING_ENDPOINT_ACCESS_DENIED"
  | "FRAMING_ENDPOINT_PAUSED"
  | "FRAMING_SERVER_TOO_BUSY"
  | "FRAMING_INVALID_RECORD_SEQUENCE"
  | "FRAMING_FAULT_UNKNOWN";

/** Where a framing error happened, and the Fault records that go with it. */
export interface FramingErrorDetails {
  /** Offset from the start of the framing stream, in bytes. */
  readonly streamOffset: number;
  /** The fault to answer; absent when the connection is dropped without one. */
  readonly faultUri?: string | undefined;
  /** The fault that the peer sent, when the error reports one. */
  readonly receivedFaultUri?: string | undefined;
  readonly cause?: unknown;
}

/** The peer broke [MC-NMF], or told us in a Fault record that it refuses. */
export class FramingError extends Error {
  override readonly name = "FramingError";
  readonly code: FramingErrorCode;
  /** What to answer in a Fault record; undefined when the connection is dropped without one. */
  readonly faultUri: string | undefined;
  /** What the peer's Fault record said; undefined when the peer sent none. */
  readonly receivedFaultUri: string | undefined;
  /** Offset from the start of the framing stream, in bytes; octets of an upgrade's own handshake do not count. */
  readonly streamOffset: number;

  constructor(code: FramingErrorCode, message: string, details: FramingErrorDetails) {
    super(`${message} (at byte ${details.streamOffset})`, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.faultUri = details.faultUri;
    this.receivedFaultUri = details.receivedFaultUri;
    this.streamOffset = details.streamOffset;
  }
}
