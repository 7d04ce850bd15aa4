import type { UniqueId } from "../xml/index.ts";
import type { SequenceFault } from "./sequence-fault.ts";
import type { SessionFailure } from "./session-failure.ts";

/** The failures that a session finds by itself, with sentences that say what to change. */
export function inactive(limitMs: number, role: "initiator" | "acceptor"): SessionFailure {
  const peer = role === "initiator" ? "the service" : "the client";
  const advice =
    role === "initiator"
      ? "the service or the network is gone; raise inactivityTimeoutMs if it may be silent for longer"
      : "the client is gone, or its inactivityTimeout is more than twice this one (a client sends a keep-alive at half of its own)";
  return {
    code: "SESSION_INACTIVITY_TIMEOUT",
    reason: `No message of any kind came from ${peer} for ${seconds(limitMs)} (inactivityTimeoutMs ${limitMs}): ${advice}.`,
    isRemote: false,
    timer: { name: "inactivityTimeoutMs", limitMs },
  };
}

export function notReceiving(limitMs: number, keepAliveCount: number): SessionFailure {
  return {
    code: "SESSION_RECEIVE_TIMEOUT",
    reason: `No application message came from the client for ${seconds(limitMs)} (receiveTimeoutMs ${limitMs}); its ${keepAliveCount} infrastructure messages since do not count. Raise receiveTimeoutMs on the server, or send application messages more often.`,
    isRemote: false,
    timer: { name: "receiveTimeoutMs", limitMs },
  };
}

export function openTimedOut(limitMs: number, address: string): SessionFailure {
  return {
    code: "SESSION_OPEN_TIMEOUT",
    reason: `The session with ${address} did not open within ${seconds(limitMs)} (openTimeoutMs ${limitMs}); is the service running and reachable?`,
    isRemote: false,
  };
}

export function closeTimedOut(limitMs: number, unacknowledgedCount: number): SessionFailure {
  return {
    code: "SESSION_CLOSE_TIMEOUT",
    reason: `The close handshake did not finish within ${seconds(limitMs)} (closeTimeoutMs ${limitMs}); ${unacknowledgedCount} messages are not acknowledged.`,
    isRemote: false,
  };
}

export function retriesExhausted(maxRetryCount: number): SessionFailure {
  return {
    code: "SESSION_RETRIES_EXHAUSTED",
    reason: `A message was sent again ${maxRetryCount} times (maxRetryCount) and never acknowledged; the peer is connected but does not answer.`,
    isRemote: false,
  };
}

/** What the peer is told of a failure that is none of its doing. */
export function terminatedBy({ reason, timer }: SessionFailure, identifier: UniqueId | undefined): SequenceFault {
  return { name: "SequenceTerminated", code: "Receiver", reason, identifier, expiredTimer: timer };
}

/** The peer broke the protocol and is told so by `fault`. */
export function violated(fault: SequenceFault): SessionFailure {
  return {
    code: "SESSION_PROTOCOL_VIOLATION",
    reason: `The peer broke WS-ReliableMessaging: ${fault.reason}`,
    isRemote: false,
    fault,
  };
}

/** What the peer is told when the application gives up, in the words of WCF. */
export const abortedFault: SequenceFault = {
  name: "SequenceTerminated",
  code: "Receiver",
  reason: "Due to a user abort the reliable session cannot continue.",
};

export function aborted(reason: string | undefined): SessionFailure {
  return { code: "SESSION_ABORTED", reason: reason ?? "The session was aborted by the application.", isRemote: false };
}

/** An error of Bowline's own; what is to be told is how to report it. */
export function broken(cause: unknown): SessionFailure {
  const said = cause instanceof Error ? cause.message : String(cause);
  const reason = `Bowline met an error of its own and gave this session up: ${said}. Other sessions go on. Please report it with the cause's stack.`;
  return { code: "SESSION_INTERNAL_ERROR", reason, isRemote: false, cause };
}

function seconds(ms: number): string {
  return ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`;
}
