import type { SessionFailureCode } from "@bowline/protocol/reliable-messaging";
import type { SessionError } from "@bowline/transport";

/** What a client does when its session is lost for good: ends with the error, or makes another one. */
export type SessionLossPolicy = "fail" | "reopen";

/** A message that was sent again on another session, and that the service may have had before. */
export interface InDoubt {
  /** Name of its operation. */
  readonly operation: string;
  /** Its number in the sequence that was lost. */
  readonly messageNumber: number;
}

/** A lost session was replaced by another one. */
export interface SessionReopening {
  /** Why the session was lost; undefined when its service had closed it in order. */
  readonly cause: SessionError | undefined;
  /** Messages that may be handled twice: sent on the lost session, never acknowledged there, and sent again. In their order. */
  readonly inDoubt: readonly InDoubt[];
}

/** Ends that another session can mend: the service forgot this one, ended it, or could not be heard. */
const mendableCodes: ReadonlySet<SessionFailureCode> = new Set([
  "SESSION_UNKNOWN_TO_PEER",
  "SESSION_TERMINATED_BY_PEER",
  "SESSION_INACTIVITY_TIMEOUT",
  "SESSION_RECEIVE_TIMEOUT",
  "SESSION_RETRIES_EXHAUSTED",
]);
/** Ends of an attempt that a later one may not meet: the service is on its way up, or full. */
const passingCodes: ReadonlySet<SessionFailureCode> = new Set([
  ...mendableCodes,
  "SESSION_CONNECTION_LOST",
  "SESSION_ENDPOINT_NOT_FOUND",
  "SESSION_OPEN_TIMEOUT",
  "SESSION_SERVER_TOO_BUSY",
]);

/** First pause between attempts; it doubles up to the longest. */
const firstDelayMs = 50;
const longestDelayMs = 5_000;

/** The attempts to replace one lost session. */
export class SessionLoss {
  readonly cause: SessionError | undefined;
  readonly inDoubt: InDoubt[] = [];
  readonly #deadlineMs: number;
  #attemptCount = 0;

  constructor(cause: SessionError | undefined, deadlineMs: number) {
    this.cause = cause;
    this.#deadlineMs = deadlineMs;
  }

  /** Whether a session that was open may be replaced after this end. */
  static isMendable(error: SessionError | undefined): boolean {
    return error === undefined || mendableCodes.has(error.code);
  }

  /** Pause before the next attempt, in ms, jittered by `random` from 0 to 1; undefined when `error` or the time forbids another. */
  nextDelayMs(error: SessionError | undefined, nowMs: number, random: number): number | undefined {
    this.#attemptCount += 1;
    if (this.#attemptCount === 1) return 0;
    if (error !== undefined && !passingCodes.has(error.code)) return undefined;
    const delayMs = Math.min(firstDelayMs * 2 ** Math.min(this.#attemptCount - 2, 20), longestDelayMs);
    const pauseMs = delayMs * (0.5 + random / 2);
    return nowMs + pauseMs > this.#deadlineMs ? undefined : pauseMs;
  }
}
