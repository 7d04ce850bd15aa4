import type { RmVersion } from "./dialect.ts";

/**
 * The knobs of a reliable session, with WCF's names and defaults; durations in ms.
 *
 * `Infinity` switches a timeout off where it says so.
 */
export interface ReliableSessionOptions {
  /** `"1.0"` (February 2005) or `"1.1"`; both sides must agree. Default `"1.0"`, as WCF. */
  readonly version: RmVersion;
  /** Deliver in the order sent. Default true. Each side decides for what it receives. */
  readonly ordered: boolean;
  /** How long an acknowledgement may wait for a message to ride on. Default 200. */
  readonly acknowledgementIntervalMs: number;
  /**
   * What an acknowledgement means: `"received"`, the message is stored here and will be handled, as in WCF; or `"processed"`, its
   * operation has returned. A handler that takes longer than the peer repeats its messages ends the session then. Default `"received"`.
   */
  readonly ackOn: "received" | "processed";
  /** Fault the session when no message at all came for this long. Default 600 000; `Infinity` for never. */
  readonly inactivityTimeoutMs: number;
  /** Advertise and honour BufferRemaining. Default true. */
  readonly flowControlEnabled: boolean;
  /** How often one message is sent again before the session faults. Default 8. */
  readonly maxRetryCount: number;
  /**
   * Unacknowledged messages per direction, and messages buffered on arrival; 1 to 4096. Default 4096, where WCF has 8: a peer with less
   * says so by its BufferRemaining, which is heeded. What a peer was told there is room for is buffered even when the application falls
   * behind meanwhile: up to twice as many (R-WCF-CREDIT-4).
   */
  readonly maxTransferWindowSize: number;
  /**
   * The same in bytes of bodies: so much is unacknowledged, or buffered on arrival, unless one message alone is larger; up to twice as
   * much of what a peer was told there is room for. Default
   * 8 388 608, which with the count fills a link of 1 Gbit/s over a round trip of 50 ms.
   */
  readonly maxTransferWindowByteLength: number;
  /** Longest pause before a retransmission; the pause doubles up to here. Default 30 000. */
  readonly maxRetransmissionIntervalMs: number;
  /** Messages that wait for a place in the transfer window; past it sending fails. Default 65 536. */
  readonly maxQueuedMessageCount: number;
  /** The same in bytes of their bodies; the message that passes it is still taken. Default 67 108 864. */
  readonly maxQueuedByteLength: number;
  /** Ranges in one acknowledgement, sent or received. Default 1024. */
  readonly maxAckRangeCount: number;
}

/** WCF's defaults, and ours where WCF has no such knob. */
export const defaultReliableSessionOptions: ReliableSessionOptions = Object.freeze({
  version: "1.0",
  ordered: true,
  acknowledgementIntervalMs: 200,
  ackOn: "received",
  inactivityTimeoutMs: 600_000,
  flowControlEnabled: true,
  maxRetryCount: 8,
  maxTransferWindowSize: 4096,
  maxTransferWindowByteLength: 8 * 1024 * 1024,
  maxRetransmissionIntervalMs: 30_000,
  maxQueuedMessageCount: 65_536,
  maxQueuedByteLength: 64 * 1024 * 1024,
  maxAckRangeCount: 1024,
});

/** Fills in defaults. @throws RangeError naming the option, its value and what is allowed */
export function reliableSessionOptions(given: Partial<ReliableSessionOptions>): ReliableSessionOptions {
  const options: ReliableSessionOptions = { ...defaultReliableSessionOptions, ...withoutUndefined(given) };
  if (options.version !== "1.0" && options.version !== "1.1") {
    throw new RangeError(`reliableSession.version is ${JSON.stringify(options.version)}; it must be "1.0" or "1.1"`);
  }
  if (options.ackOn !== "received" && options.ackOn !== "processed") {
    throw new RangeError(
      `reliableSession.ackOn is ${JSON.stringify(options.ackOn)}; it must be "received" or "processed"`,
    );
  }
  checkDuration("acknowledgementIntervalMs", options.acknowledgementIntervalMs, 1);
  checkDuration("inactivityTimeoutMs", options.inactivityTimeoutMs, 1);
  checkDuration("maxRetransmissionIntervalMs", options.maxRetransmissionIntervalMs, 1);
  checkCount("maxRetryCount", options.maxRetryCount, 1, 2 ** 31 - 1);
  checkCount("maxTransferWindowSize", options.maxTransferWindowSize, 1, 4096);
  checkCount("maxTransferWindowByteLength", options.maxTransferWindowByteLength, 1, 2 ** 31 - 1);
  checkCount("maxQueuedMessageCount", options.maxQueuedMessageCount, 1, 2 ** 31 - 1);
  checkCount("maxQueuedByteLength", options.maxQueuedByteLength, 1, 2 ** 31 - 1);
  checkCount("maxAckRangeCount", options.maxAckRangeCount, 1, 2 ** 16);
  return options;
}

function checkDuration(name: string, value: number, leastMs: number): void {
  if (typeof value === "number" && value >= leastMs) return;
  throw new RangeError(
    `reliableSession.${name} is ${value}; it must be at least ${leastMs} ms (Infinity switches it off)`,
  );
}

function checkCount(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`reliableSession.${name} is ${value}; it must be a whole number from ${least} to ${most}`);
}

function withoutUndefined<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
}
