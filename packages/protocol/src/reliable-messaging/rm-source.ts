import { assert } from "../machine/index.ts";
import type { OutgoingAddressing } from "../soap/index.ts";
import { type AckRange, covers } from "./ack-ranges.ts";
import type { ReliableSessionOptions } from "./options.ts";
import { RoundTripEstimate } from "./round-trip-estimate.ts";

/** A message that the application handed over, whole and unchangeable: a retransmission sends this very content. */
export interface ApplicationMessage {
  readonly addressing: OutgoingAddressing;
  /** Content of the Body, opaque here; undefined for an empty Body. */
  readonly body: unknown;
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

/** Why an acknowledgement was refused. */
export type AcknowledgementProblem = "beyond-last-sent" | "inconsistent";

/**
 * Repetition of all that was in flight, in bursts: the next one, twice as long, leaves when the one before is acknowledged. New
 * messages wait until everything was repeated or turned out to have arrived.
 */
interface RepetitionRound {
  /** Last message that is repeated. */
  readonly upTo: number;
  /** Number of the last message of the burst in flight. */
  burstEnd: number;
  burstCount: number;
}

/** Messages sent before the first acknowledgement tells what the peer can take, or has taken: WCF's default buffer. */
const initialWindowCount = 8;
/** Least pause before a gap is filled once more: whoever dropped the message for want of room tells of the gap again at once. */
const leastRepairPauseMs = 50;

/**
 * The sending half of a sequence (RM Source): numbers, keeps and repeats messages.
 *
 * Invariant: `#window` holds exactly the numbers `lastNumber - #window.length + 1` to `lastNumber`, oldest first.
 */
export class RmSource {
  readonly #options: ReliableSessionOptions;
  readonly #transmit: (sent: SentMessage, nowMs: number) => void;
  readonly #roundTrip: RoundTripEstimate;
  #window: SentMessage[] = [];
  /** Index of the oldest unacknowledged message; slots before it are free. */
  #head = 0;
  #waiting: { readonly message: ApplicationMessage; readonly isLastMessage: boolean }[] = [];
  #waitingHead = 0;
  #lastNumber = 0;
  /** No message above it was acknowledged out of order. */
  #highestTransferred = 0;
  #credit = Number.POSITIVE_INFINITY;
  #wasAcknowledged = false;
  #isLinkUp = false;
  #backoff = 0;
  #retransmitAtMs: number | undefined;
  #repairedAtMs = Number.NEGATIVE_INFINITY;
  #round: RepetitionRound | undefined;

  constructor(
    options: ReliableSessionOptions,
    initialRoundTripMs: number,
    transmit: (sent: SentMessage, nowMs: number) => void,
  ) {
    this.#options = options;
    this.#transmit = transmit;
    this.#roundTrip = new RoundTripEstimate(initialRoundTripMs);
  }

  /** Highest number given out; 0 before the first message. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** All numbers up to here are acknowledged. */
  get acknowledgedUpTo(): number {
    return this.#lastNumber - this.unacknowledgedCount;
  }

  get unacknowledgedCount(): number {
    return this.#window.length - this.#head;
  }

  get waitingCount(): number {
    return this.#waiting.length - this.#waitingHead;
  }

  get isIdle(): boolean {
    return this.unacknowledgedCount === 0 && this.waitingCount === 0;
  }

  /** The peer's buffer is full and messages wait for it: it must be asked, for nothing else will. */
  get needsProbe(): boolean {
    return this.#credit <= 0 && this.waitingCount > 0;
  }

  /** When the oldest message is to be sent again; undefined while nothing is in flight or no connection is there. */
  get retransmitAtMs(): number | undefined {
    return this.#isLinkUp ? this.#retransmitAtMs : undefined;
  }

  /** False when `maxQueuedMessageCount` messages wait already. */
  get canQueue(): boolean {
    return this.waitingCount < this.#options.maxQueuedMessageCount;
  }

  /** Numbers and transmits the message, or queues it until the window has room. */
  send(message: ApplicationMessage, isLastMessage: boolean, nowMs: number): void {
    if (this.waitingCount === 0 && this.#hasRoom()) this.#number(message, isLastMessage, nowMs);
    else this.#waiting.push({ message, isLastMessage });
  }

  /** Applies an acknowledgement of this sequence. Nothing changes when it is refused. */
  acknowledge(
    ranges: readonly AckRange[],
    bufferRemaining: number | undefined,
    nowMs: number,
  ): AcknowledgementProblem | undefined {
    const highest = ranges.length === 0 ? 0 : ranges[ranges.length - 1]!.upper;
    if (highest > this.#lastNumber) return "beyond-last-sent";
    const firstUpper = ranges.length > 0 && ranges[0]!.lower === 1 ? ranges[0]!.upper : 0;
    const before = this.acknowledgedUpTo;
    if (this.#contradicts(ranges, before, firstUpper)) return "inconsistent";
    this.#wasAcknowledged = true;
    const hasAdvanced = firstUpper > before;
    if (hasAdvanced) {
      this.#slideTo(firstUpper, nowMs);
      this.#continueRound(firstUpper, nowMs);
    }
    if (ranges.length > 1 || (ranges.length === 1 && firstUpper === 0)) this.#repairGaps(ranges, highest, nowMs);
    this.#takeCredit(bufferRemaining, hasAdvanced);
    this.pump(nowMs);
    return undefined;
  }

  /** Numbers and transmits waiting messages while there is room. */
  pump(nowMs: number): void {
    while (this.waitingCount > 0 && this.#hasRoom()) {
      const next = this.#waiting[this.#waitingHead++]!;
      this.#number(next.message, next.isLastMessage, nowMs);
    }
    if (this.#waitingHead > 256 && this.#waitingHead * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#waitingHead);
      this.#waitingHead = 0;
    }
  }

  /**
   * A connection is there: what was not acknowledged goes out again at once, in bursts. The peer may have all of it, which its first
   * acknowledgement tells, and a connection that breaks soon again is not to be filled with the same messages each time.
   */
  linkUp(nowMs: number): void {
    this.#isLinkUp = true;
    this.#backoff = 0;
    this.#repairedAtMs = nowMs;
    this.#startRound(initialWindowCount, nowMs);
    this.#armRetransmission(nowMs);
    this.pump(nowMs);
  }

  linkLost(): void {
    this.#isLinkUp = false;
    this.#round = undefined;
  }

  /** Repeats the oldest message when its time has come. False when that happened `maxRetryCount` times already. */
  retransmitDue(nowMs: number): boolean {
    if (this.#retransmitAtMs === undefined || nowMs < this.#retransmitAtMs || !this.#isLinkUp) return true;
    const oldest = this.#window[this.#head];
    assert(oldest !== undefined, "the retransmission timer runs only while a message is in flight");
    if (oldest.retryCount >= this.#options.maxRetryCount) return false;
    oldest.retryCount += 1;
    this.#backoff += 1;
    this.#startRound(1, nowMs);
    this.#armRetransmission(nowMs);
    return true;
  }

  #startRound(burstCount: number, nowMs: number): void {
    const before = this.acknowledgedUpTo;
    this.#round = { upTo: this.#lastNumber, burstEnd: before, burstCount };
    this.#sendBurst(this.#round, before, nowMs);
  }

  /** What was lost together is repeated together: it need not wait for the timer one by one. */
  #continueRound(acknowledgedUpTo: number, nowMs: number): void {
    const round = this.#round;
    if (round === undefined || acknowledgedUpTo < round.burstEnd) return;
    round.burstCount *= 2;
    this.#sendBurst(round, acknowledgedUpTo, nowMs);
  }

  #sendBurst(round: RepetitionRound, acknowledgedUpTo: number, nowMs: number): void {
    const burst: SentMessage[] = [];
    for (let index = this.#head; index < this.#window.length && burst.length < round.burstCount; index++) {
      const sent = this.#window[index]!;
      if (sent.messageNumber > round.upTo) break;
      if (!sent.isTransferred) burst.push(sent);
    }
    const last = burst[burst.length - 1];
    if (last !== undefined) last.requestsAck = true;
    round.burstEnd = last?.messageNumber ?? acknowledgedUpTo;
    if (burst.length < round.burstCount || round.burstEnd === round.upTo) this.#round = undefined;
    for (const sent of burst) this.#send(sent, nowMs);
  }

  #hasRoom(): boolean {
    const limit = this.#wasAcknowledged
      ? this.#options.maxTransferWindowSize
      : Math.min(this.#options.maxTransferWindowSize, initialWindowCount);
    return this.#isLinkUp && this.#round === undefined && this.unacknowledgedCount < limit && this.#credit > 0;
  }

  #number(message: ApplicationMessage, isLastMessage: boolean, nowMs: number): void {
    const messageNumber = this.#lastNumber + 1;
    assert(Number.isSafeInteger(messageNumber), "message numbers stay below 2^53");
    this.#lastNumber = messageNumber;
    const fillsWindow = this.unacknowledgedCount === this.#options.maxTransferWindowSize - 1;
    const sent: SentMessage = {
      messageNumber,
      message,
      isLastMessage,
      requestsAck: messageNumber === 1 || fillsWindow || this.#credit === 1,
      sentAtMs: nowMs,
      attemptCount: 0,
      retryCount: 0,
      isTransferred: false,
    };
    if (this.#options.flowControlEnabled) this.#credit -= 1;
    this.#window.push(sent);
    this.#send(sent, nowMs);
    if (this.#retransmitAtMs === undefined) this.#armRetransmission(nowMs);
  }

  #send(sent: SentMessage, nowMs: number): void {
    sent.attemptCount += 1;
    sent.sentAtMs = nowMs;
    this.#transmit(sent, nowMs);
  }

  /** R-WSRM-ACK-4: an ack that acknowledges something new must still cover all that was acknowledged before. */
  #contradicts(ranges: readonly AckRange[], before: number, firstUpper: number): boolean {
    const acknowledgesMore = firstUpper > before || this.#hasNewAbove(ranges, before);
    if (!acknowledgesMore) return false;
    if (firstUpper < before) return true;
    for (let index = this.#head; index < this.#window.length; index++) {
      const sent = this.#window[index]!;
      if (sent.messageNumber > this.#highestTransferred) return false;
      if (sent.isTransferred && !covers(ranges, sent.messageNumber)) return true;
    }
    return false;
  }

  #hasNewAbove(ranges: readonly AckRange[], before: number): boolean {
    if (ranges.length === 1 && ranges[0]!.lower === 1) return ranges[0]!.upper > before;
    for (let index = this.#head; index < this.#window.length; index++) {
      const sent = this.#window[index]!;
      if (!sent.isTransferred && covers(ranges, sent.messageNumber)) return true;
    }
    return false;
  }

  #slideTo(upTo: number, nowMs: number): void {
    while (this.#head < this.#window.length && this.#window[this.#head]!.messageNumber <= upTo) {
      const sent = this.#window[this.#head]!;
      // Karn: a message that was sent twice tells nothing about the round trip, nor does one that waited for an earlier one.
      if (sent.attemptCount === 1 && !sent.isTransferred) this.#roundTrip.sample(nowMs - sent.sentAtMs);
      this.#head += 1;
    }
    if (this.#head === this.#window.length) {
      this.#window.length = 0;
      this.#head = 0;
    } else if (this.#head > 64 && this.#head * 2 > this.#window.length) {
      this.#window = this.#window.slice(this.#head);
      this.#head = 0;
    }
    this.#backoff = 0;
    this.#armRetransmission(nowMs);
  }

  /** Marks what arrived out of order, and sends at once what is missing below it; once per round trip. */
  #repairGaps(ranges: readonly AckRange[], highest: number, nowMs: number): void {
    const mayRepair = this.#isLinkUp && nowMs - this.#repairedAtMs >= this.#roundTrip.meanMs;
    for (let index = this.#head; index < this.#window.length; index++) {
      const sent = this.#window[index]!;
      if (sent.messageNumber > highest) break;
      if (covers(ranges, sent.messageNumber)) {
        sent.isTransferred = true;
        this.#highestTransferred = Math.max(this.#highestTransferred, sent.messageNumber);
      } else if (mayRepair && !sent.isTransferred && nowMs - sent.sentAtMs >= this.#repairPauseMs(sent)) {
        this.#send(sent, nowMs);
        this.#repairedAtMs = nowMs;
      }
    }
  }

  /** A round trip before the first repair; then longer and longer. */
  #repairPauseMs({ attemptCount }: SentMessage): number {
    const { meanMs } = this.#roundTrip;
    if (attemptCount === 1) return meanMs;
    const pauseMs = Math.max(meanMs, leastRepairPauseMs) * 2 ** Math.min(attemptCount - 2, 20);
    return Math.min(pauseMs, this.#options.maxRetransmissionIntervalMs);
  }

  #takeCredit(bufferRemaining: number | undefined, hasAdvanced: boolean): void {
    if (!this.#options.flowControlEnabled || bufferRemaining === undefined) return;
    const credit = bufferRemaining - this.#inFlightCount();
    if (hasAdvanced || credit > this.#credit || this.#credit === Number.POSITIVE_INFINITY)
      this.#credit = Math.max(0, credit);
  }

  #inFlightCount(): number {
    let count = 0;
    for (let index = this.#head; index < this.#window.length; index++)
      if (!this.#window[index]!.isTransferred) count += 1;
    return count;
  }

  #armRetransmission(nowMs: number): void {
    if (this.unacknowledgedCount === 0) {
      this.#retransmitAtMs = undefined;
      return;
    }
    const pauseMs = this.#roundTrip.retransmissionMs * 2 ** Math.min(this.#backoff, 20);
    this.#retransmitAtMs = nowMs + Math.min(pauseMs, this.#options.maxRetransmissionIntervalMs);
  }
}
