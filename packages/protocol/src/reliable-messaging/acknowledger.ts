import type { UniqueId } from "../xml/index.ts";
import type { ReliableSessionOptions } from "./options.ts";
import type { Reception, RmDestinationState } from "./rm-destination.ts";
import type { Acknowledgement } from "./rm-headers.ts";

/** A stand-alone acknowledgement goes out when this many messages wait for one, even before the interval has passed. */
const eagerCount = 32;

/**
 * Decides when received messages are acknowledged (R-WCF-ACK-1): on a message that leaves anyway, at once when asked or on a
 * duplicate, else after `acknowledgementIntervalMs`.
 */
export class Acknowledger {
  readonly #options: ReliableSessionOptions;
  readonly #destination: RmDestinationState;
  readonly #identifier: UniqueId;
  readonly #eagerCount: number;
  #pendingCount = 0;
  #dueAtMs: number | undefined;
  #saidFull = false;

  constructor(options: ReliableSessionOptions, destination: RmDestinationState, identifier: UniqueId) {
    this.#options = options;
    this.#destination = destination;
    this.#identifier = identifier;
    this.#eagerCount = Math.max(1, Math.min(eagerCount, options.maxTransferWindowSize));
  }

  /** When a stand-alone acknowledgement is due; "now" counts as due at the end of the turn, so that a reply may carry it. */
  get dueAtMs(): number | undefined {
    return this.#dueAtMs;
  }

  received(reception: Reception, isAskedFor: boolean, isLastKnown: boolean, nowMs: number): void {
    if (reception === "stored") this.#pendingCount += 1;
    if (isAskedFor || isLastKnown || reception === "duplicate" || this.#pendingCount >= this.#eagerCount)
      this.now(nowMs);
    else if (reception === "stored") this.#dueAtMs ??= nowMs + this.#options.acknowledgementIntervalMs;
  }

  now(nowMs: number): void {
    this.#dueAtMs = nowMs;
  }

  /** The application took messages: a source that was told to stop must hear that it may go on. */
  roomMade(nowMs: number): void {
    if (this.#saidFull && this.#destination.bufferRemaining > 0) this.now(nowMs);
  }

  /** The acknowledgement to put on a sequenced message that leaves now; undefined when none is pending. */
  piggyback(): Acknowledgement | undefined {
    return this.#dueAtMs === undefined ? undefined : this.take(false);
  }

  /** The acknowledgement as of now; nothing is pending afterwards. */
  take(isFinal: boolean): Acknowledgement {
    this.#dueAtMs = undefined;
    this.#pendingCount = 0;
    const bufferRemaining = this.#options.flowControlEnabled ? this.#destination.bufferRemaining : undefined;
    this.#saidFull = bufferRemaining === 0;
    return { identifier: this.#identifier, ranges: this.#destination.ranges, isFinal, bufferRemaining };
  }
}
