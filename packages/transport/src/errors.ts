import type { ExpiredTimer, SessionFailureCode } from "@bowline/protocol/reliable-messaging";

/** A session ended, or could not be opened. `code` tells why; the message says what happened, the values and what to change. */
export class SessionError extends Error {
  override readonly name = "SessionError";
  readonly code: SessionFailureCode;
  /** True when the peer ended it. */
  readonly isRemote: boolean;
  /** The timer that fired, where one did and its side told which. */
  readonly timer: ExpiredTimer | undefined;
  /** Last application message (ALM) sent or received; undefined when there was none. */
  readonly lastApplicationMessageAt: Date | undefined;
  /** Last infrastructure message (ILM) sent or received. */
  readonly lastInfrastructureMessageAt: Date | undefined;

  constructor(
    code: SessionFailureCode,
    message: string,
    details: {
      readonly isRemote: boolean;
      readonly timer?: ExpiredTimer | undefined;
      readonly lastApplicationMessageAt?: Date | undefined;
      readonly lastInfrastructureMessageAt?: Date | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: details.cause });
    this.code = code;
    this.isRemote = details.isRemote;
    this.timer = details.timer;
    this.lastApplicationMessageAt = details.lastApplicationMessageAt;
    this.lastInfrastructureMessageAt = details.lastInfrastructureMessageAt;
  }
}

/** A fault of the service that the contract does not declare. */
export class SoapFaultError extends Error {
  override readonly name = "SoapFaultError";
  readonly code = "SOAP_FAULT";
  /** `Sender`, `Receiver` or another SOAP 1.2 code. */
  readonly faultCode: string;
  /** Outermost first. */
  readonly subcodes: readonly { readonly namespaceUri: string; readonly localName: string }[];
  readonly reason: string;

  constructor(
    reason: string,
    details: {
      readonly faultCode?: string;
      readonly subcodes?: readonly { readonly namespaceUri: string; readonly localName: string }[];
      readonly cause?: unknown;
    } = {},
  ) {
    super(reason, { cause: details.cause });
    this.reason = reason;
    this.faultCode = details.faultCode ?? "Sender";
    this.subcodes = details.subcodes ?? [];
  }
}
