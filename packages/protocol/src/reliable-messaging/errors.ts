/** What is wrong with an RM header or protocol message. Documented API. */
export type RmErrorCode =
  /** A header or body element lacks a part, has one twice or has an impossible value. */
  | "RM_ILL_FORMED"
  /** More acknowledgement ranges than `maxAckRangeCount`. */
  | "RM_TOO_MANY_ACK_RANGES";

/** The peer's message breaks WS-ReliableMessaging. */
export class RmError extends Error {
  override readonly name = "RmError";
  readonly code: RmErrorCode;

  constructor(code: RmErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
