import type { OutgoingAddressing } from "../soap/index.ts";
import type { AckRange } from "./ack-ranges.ts";

/** A message that the application handed over, whole and unchangeable: a retransmission sends this very content. */
export interface ApplicationMessage {
  readonly addressing: OutgoingAddressing;
  /** Content of the Body, opaque here; undefined for an empty Body. */
  readonly body: unknown;
  /** Bytes of the Body, for limits; its header is not counted. */
  readonly byteLength: number;
}

/** One numbered message, kept until it is acknowledged. */
export interface SentMessage {
  readonly messageNumber: number;
  readonly message: ApplicationMessage;
  /** 1.0's LastMessage, which ends the sequence. */
  readonly isLastMessage: boolean;
  /** Travels with the message each time it is sent; the last one of a burst of repetitions asks, too. */
  requestsAck: boolean;
  sentAtMs: number;
  /** Attempts handed to a connection. */
  attemptCount: number;
  /** Attempts that the timer made: those that a new connection called for are no sign of a deaf peer. */
  retryCount: number;
  /** Acknowledged out of order: not sent again, kept until the window slides past it. */
  isTransferred: boolean;
}

/** A message that no acknowledgement covers when its session is over. */
export interface UnacknowledgedMessage {
  readonly messageNumber: number;
  readonly message: ApplicationMessage;
  /** It was handed to a connection, so that the peer may have it. */
  readonly wasSent: boolean;
}

/**
 * The messages of a sequence from the oldest that is not acknowledged to the last one sent.
 *
 * Invariant: it holds consecutive numbers, oldest first; what is counted here is so of exactly those.
 */
export class SentWindow {
  #messages: (SentMessage | undefined)[] = [];
  /** Index of the oldest; slots before it are empty, since what was acknowledged may be large. */
  #head = 0;
  #byteLength = 0;
  #transferredCount = 0;

  get count(): number {
    return this.#messages.length - this.#head;
  }

  /** Bodies kept, those included that arrived out of order. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Messages of which no acknowledgement has told. */
  get inFlightCount(): number {
    return this.count - this.#transferredCount;
  }

  get oldest(): SentMessage | undefined {
    return this.#messages[this.#head];
  }

  push(sent: SentMessage): void {
    this.#messages.push(sent);
    this.#byteLength += sent.message.byteLength;
  }

  /** Lets go of all numbers up to `upTo`, each told to `leaving`. */
  slideTo(upTo: number, leaving: (sent: SentMessage) => void): void {
    const messages = this.#messages;
    while (this.#head < messages.length && messages[this.#head]!.messageNumber <= upTo) {
      const sent = messages[this.#head]!;
      this.#byteLength -= sent.message.byteLength;
      if (sent.isTransferred) this.#transferredCount -= 1;
      leaving(sent);
      messages[this.#head] = undefined;
      this.#head += 1;
    }
    if (this.#head === messages.length) {
      messages.length = 0;
      this.#head = 0;
    } else if (this.#head > 64 && this.#head * 2 > messages.length) {
      this.#messages = messages.slice(this.#head);
      this.#head = 0;
    }
  }

  /** The first messages not yet acknowledged in any way, up to number `upTo` and at most `maxCount`. */
  firstInFlight(upTo: number, maxCount: number): SentMessage[] {
    const first: SentMessage[] = [];
    for (let index = this.#head; index < this.#messages.length && first.length < maxCount; index++) {
      const sent = this.#messages[index]!;
      if (sent.messageNumber > upTo) break;
      if (!sent.isTransferred) first.push(sent);
    }
    return first;
  }

  /** Marks what the ranges cover as transferred, and tells `missing` of each message below the last range that none of them covers. */
  markTransferred(ranges: readonly AckRange[], missing: (sent: SentMessage) => void): void {
    this.#walk(ranges, (sent, isCovered) => {
      if (!isCovered) {
        if (!sent.isTransferred) missing(sent);
      } else if (!sent.isTransferred) {
        sent.isTransferred = true;
        this.#transferredCount += 1;
      }
      return true;
    });
  }

  /** Whether the ranges acknowledge something new. */
  hasNewIn(ranges: readonly AckRange[]): boolean {
    let isNew = false;
    this.#walk(ranges, (sent, isCovered) => {
      isNew = isCovered && !sent.isTransferred;
      return !isNew;
    });
    return isNew;
  }

  /** Whether the ranges leave out something that was acknowledged out of order before. */
  hasMoreThan(ranges: readonly AckRange[]): boolean {
    if (this.#transferredCount === 0) return false;
    let coveredCount = 0;
    this.#walk(ranges, (sent, isCovered) => {
      if (isCovered && sent.isTransferred) coveredCount += 1;
      return true;
    });
    return coveredCount < this.#transferredCount;
  }

  /** The messages up to the last range, with whether a range covers each, until `visit` says to stop. One pass over both. */
  #walk(ranges: readonly AckRange[], visit: (sent: SentMessage, isCovered: boolean) => boolean): void {
    let at = 0;
    for (let index = this.#head; index < this.#messages.length; index++) {
      const sent = this.#messages[index]!;
      while (at < ranges.length && ranges[at]!.upper < sent.messageNumber) at += 1;
      if (at === ranges.length) return;
      if (!visit(sent, sent.messageNumber >= ranges[at]!.lower)) return;
    }
  }
}
