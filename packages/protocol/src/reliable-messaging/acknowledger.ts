import type { UniqueId } from "../xml/index.ts";
import type { ReliableSessionOptions } from "./options.ts";
import type { Reception, RmDestinationState } from "./rm-destination.ts";
import type { Acknowledgement } from "./rm-headers.ts";

/** A stand-alone acknowledgement goes out when this many messages wait for one, even before the interval has passed. */
const eagerCount = 32;
/** Duplicates that come while nothing new does are acknowledged this often at most, in ms. */
const repeatPauseMs = 20;

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
  /** Number up to which the source may send, as far as it was told. */
  #toldUpTo = Number.POSITIVE_INFINITY;
  /** The peer waits for an acknowledgement of a message that is not processed yet. */
  #isAskedFor = false;
  /** When the last acknowledgement for a duplicate was due, with nothing new since. */
  #repeatAtMs = Number.NEGATIVE_INFINITY;

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
    if (reception === "duplicate") return this.#repeat(nowMs);
    if (this.#options.ackOn === "processed") {
      // Also what is dropped is asked about again, by the source itself.
      this.#isAskedFor ||= isAskedFor;
      if (isAskedFor || isLastKnown) this.now(nowMs);
      return;
    }
    if (reception === "stored") this.#pending(nowMs);
    if (isAskedFor || isLastKnown) this.now(nowMs);
  }

  /** The application is done with a message; with `ackOn: "processed"` there is something to acknowledge now. */
  processed(nowMs: number): void {
    this.#pending(nowMs);
    if (this.#isAskedFor) this.now(nowMs);
    this.#isAskedFor = false;
  }

  #pending(nowMs: number): void {
    this.#pendingCount += 1;
    this.#repeatAtMs = Number.NEGATIVE_INFINITY;
    if (this.#pendingCount >= this.#eagerCount) this.now(nowMs);
    else this.#dueAtMs ??= nowMs + this.#options.acknowledgementIntervalMs;
  }

  /**
   * A WCF client repeats its oldest message in a tight loop until it reads that it has arrived: an answer to each repetition would
   * bury the one that tells it (R-LIVE-RM-1).
   */
  #repeat(nowMs: number): void {
    const atMs = Math.max(nowMs, this.#repeatAtMs + repeatPauseMs);
    this.#dueAtMs = Math.min(this.#dueAtMs ?? atMs, atMs);
    this.#repeatAtMs = this.#dueAtMs;
  }

  now(nowMs: number): void {
    this.#dueAtMs = nowMs;
  }

  /**
   * The application took messages. A source that may send no more must hear at once that it may go on, one that may send little when it is
   * worth a message (R-WCF-CREDIT-1, R-WCF-CREDIT-3).
   */
  roomMade(nowMs: number): void {
    const { bufferRemaining, highest } = this.#destination;
    const toldRoom = Math.max(0, this.#toldUpTo - highest);
    const gain = bufferRemaining - toldRoom;
    if (gain > 0 && (toldRoom === 0 || gain >= Math.max(toldRoom, this.#eagerCount / 2))) this.now(nowMs);
  }

  /** The acknowledgement to put on a sequenced message that leaves now; undefined when none is pending. */
  piggyback(): Acknowledgement | undefined {
    if (this.#dueAtMs === undefined) return undefined;
    // 1.1: once the sequence is closed, every acknowledgement is its last word.
    return this.take(this.#options.version === "1.1" && this.#destination.lastNumber !== undefined);
  }

  /** The acknowledgement as of now; nothing is pending afterwards. */
  take(isFinal: boolean): Acknowledgement {
    this.#dueAtMs = undefined;
    this.#pendingCount = 0;
    const bufferRemaining = this.#options.flowControlEnabled ? this.#destination.tellRoom() : undefined;
    const { ranges, finalRanges, highest } = this.#destination;
    this.#toldUpTo = highest + (bufferRemaining ?? Number.POSITIVE_INFINITY);
    return { identifier: this.#identifier, ranges: isFinal ? finalRanges : ranges, isFinal, bufferRemaining };
  }
}
