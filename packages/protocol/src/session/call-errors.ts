import type { ReliableSessionOptions, SessionFailure } from "../reliable-messaging/index.ts";
import type { PendingCall } from "./correlation.ts";
import { CallError } from "./errors.ts";

/** No reply came in time. */
export function callTimedOut({ action, timeoutMs }: PendingCall): CallError {
  const inTime =
    timeoutMs === undefined
      ? "in time"
      : `within ${timeoutMs} ms (the call's timeoutMs, or the endpoint's sendTimeoutMs)`;
  return new CallError(
    "CALL_TIMEOUT",
    `no reply to ${action} came ${inTime}; the session lives on, and the service may still handle the call`,
  );
}

/** No reply can come any more: `what` happened, because of `failure` when it was not in order. */
export function callEnded({ action }: PendingCall, what: string, failure: SessionFailure | undefined): CallError {
  const because = failure === undefined ? "" : `: ${failure.reason}`;
  const message = `${what} before the reply to ${action} came${because}`;
  return new CallError("CALL_SESSION_ENDED", message, { cause: failure?.cause });
}

/** The exchange that carried a message came to nothing; others go on. */
export function exchangeFailed(failure: SessionFailure): CallError {
  const message = `the message did not get through, or its answer did not: ${failure.reason}`;
  return new CallError("CALL_EXCHANGE_FAILED", message, { cause: failure.cause });
}

/** The peer ended its side of the session, and so its replies. */
export function callUnanswered(call: PendingCall): CallError {
  return callEnded(call, "the peer ended its side of the session", undefined);
}

export function sessionNotOpen(state: string): CallError {
  return new CallError("CALL_SESSION_NOT_OPEN", `the session is ${state}; messages are sent on an open session`);
}

export function peerCannotReply(): CallError {
  return new CallError("CALL_SESSION_NOT_OPEN", "the peer has ended its side of the session, so it cannot reply");
}

export function queueFull(options: ReliableSessionOptions | undefined): CallError {
  return new CallError(
    "CALL_QUEUE_FULL",
    `${options?.maxQueuedMessageCount} messages (maxQueuedMessageCount) or ${options?.maxQueuedByteLength} bytes (maxQueuedByteLength) wait for the peer already; await earlier calls before making more`,
  );
}
