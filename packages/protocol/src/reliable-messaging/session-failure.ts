import type { ExpiredTimer, SequenceFault } from "./sequence-fault.ts";

/** Why a session ended other than by an orderly close. Documented API. */
export type SessionFailureCode =
  /** No message at all came for `inactivityTimeoutMs`, on this side or, as the peer reports, on its side. */
  | "SESSION_INACTIVITY_TIMEOUT"
  /** No application message came for `receiveTimeoutMs` on the server. */
  | "SESSION_RECEIVE_TIMEOUT"
  /** The peer ended the session with SequenceTerminated, or with a fault that no one else can take. */
  | "SESSION_TERMINATED_BY_PEER"
  /** The peer does not know the sequence: it was restarted, or ended the session earlier. */
  | "SESSION_UNKNOWN_TO_PEER"
  /** A message was sent again `maxRetryCount` times and never acknowledged. */
  | "SESSION_RETRIES_EXHAUSTED"
  /** The peer broke the protocol. */
  | "SESSION_PROTOCOL_VIOLATION"
  /** The service refused to open a session. */
  | "SESSION_REFUSED"
  /** The service has too many sessions waiting; worth a later try. */
  | "SESSION_SERVER_TOO_BUSY"
  /** Nobody serves that address. */
  | "SESSION_ENDPOINT_NOT_FOUND"
  /** TLS: one side does not trust the other, or they have no common ground. */
  | "SESSION_SECURITY_FAILED"
  | "SESSION_OPEN_TIMEOUT"
  | "SESSION_CLOSE_TIMEOUT"
  /** An error of Bowline's own; `cause` has it. */
  | "SESSION_INTERNAL_ERROR"
  /** `abort()` was called here. */
  | "SESSION_ABORTED"
  /** A message is larger than `maxReceivedMessageSize` of the side that received it. */
  | "SESSION_MESSAGE_TOO_LARGE"
  /** The connection is gone and the session cannot or may not come back on another. */
  | "SESSION_CONNECTION_LOST";

/** How a session failed, as data. */
export interface SessionFailure {
  readonly code: SessionFailureCode;
  /** A sentence: what happened, the values, what to change. */
  readonly reason: string;
  /** True when the peer said so. */
  readonly isRemote: boolean;
  /** The timer that fired, here or at a Bowline peer. */
  readonly timer?: ExpiredTimer | undefined;
  /** The fault that came, or that was sent. */
  readonly fault?: SequenceFault | undefined;
  readonly cause?: unknown;
}

/** What a fault from the peer means for an open session. */
export function failureOfRemoteFault(fault: SequenceFault): SessionFailure {
  const said = `the peer said: ${fault.reason || "(no reason)"}`;
  if (fault.expiredTimer !== undefined) {
    const code =
      fault.expiredTimer.name === "receiveTimeoutMs" ? "SESSION_RECEIVE_TIMEOUT" : "SESSION_INACTIVITY_TIMEOUT";
    return { code, reason: fault.reason, isRemote: true, timer: fault.expiredTimer, fault };
  }
  if (fault.name === "UnknownSequence") {
    const reason = `The peer does not know this session any more (it was restarted, or ended the session before); open a new one; ${said}`;
    return { code: "SESSION_UNKNOWN_TO_PEER", reason, isRemote: true, fault };
  }
  const reason = `The peer ended the session with ${fault.name} (${fault.code}); ${said}`;
  return { code: "SESSION_TERMINATED_BY_PEER", reason, isRemote: true, fault };
}

/** What a fault in answer to CreateSequence means. */
export function failureOfRefusal(fault: SequenceFault): SessionFailure {
  if (fault.name === "CreateSequenceRefused") {
    if (fault.isConnectionLimitReached === true) {
      const reason = `The service is too busy to open a session now (its maxPendingChannels is reached); try again later; the peer said: ${fault.reason}`;
      return { code: "SESSION_SERVER_TOO_BUSY", reason, isRemote: true, fault };
    }
    return {
      code: "SESSION_REFUSED",
      reason: `The service refused the session (${fault.code}): ${fault.reason}`,
      isRemote: true,
      fault,
    };
  }
  if (fault.name === "EndpointUnavailable") {
    return {
      code: "SESSION_ENDPOINT_NOT_FOUND",
      reason: `No endpoint serves this address: ${fault.reason}`,
      isRemote: true,
      fault,
    };
  }
  const reason = `The service answered CreateSequence with ${fault.name}: ${fault.reason}; check that both sides use the same reliableSession.version`;
  return { code: "SESSION_REFUSED", reason, isRemote: true, fault };
}
