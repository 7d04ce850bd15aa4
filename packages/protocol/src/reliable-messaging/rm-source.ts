import { assert, Fifo } from "../machine/index.ts";
import type { AckRange } from "./ack-ranges.ts";
import { CongestionWindow, initialWindowCount } from "./congestion-window.ts";
import type { ReliableSessionOptions } from "./options.ts";
import { RoundTripEstimate } from "./round-trip-estimate.ts";
import { type ApplicationMessage, type SentMessage, SentWindow, type UnacknowledgedMessage } from "./sent-window.ts";

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

/** Least pause before a gap is filled once more: whoever dropped the message for want of room tells of the gap again at once. */
const leastRepairPauseMs = 50;

/**
 * The sending half of a sequence (RM Source): numbers, keeps and repeats messages.
 *
 * What may be in flight is the least of four: the transfer window in messages and in bytes, the congestion window, and the room that
 * the peer tells of.
 */
export class RmSource {
  readonly #options: ReliableSessionOptions;
  readonly #transmit: (sent: SentMessage, nowMs: number) => void;
  readonly #roundTrip: RoundTripEstimate;
  readonly #window = new SentWindow();
  readonly #congestion: CongestionWindow;
  readonly #waiting = new Fifo<{ readonly message: ApplicationMessage; readonly isLastMessage: boolean }>();
  #waitingByteLength = 0;
  #lastNumber = 0;
  #credit = Number.POSITIVE_INFINITY;
  #isLinkUp = false;
  #backoff = 0;
  #retransmitAtMs: number | undefined;
  #repairedAtMs = Number.NEGATIVE_INFINITY;
  #blockedUntilMs = Number.NEGATIVE_INFINITY;
  #round: RepetitionRound | undefined;

  constructor(
    options: ReliableSessionOptions,
    initialRoundTripMs: number,
    transmit: (sent: SentMessage, nowMs: number) => void,
  ) {
    this.#options = options;
    this.#transmit = transmit;
    this.#roundTrip = new RoundTripEstimate(initialRoundTripMs);
    this.#congestion = new CongestionWindow(options.maxTransferWindowSize);
  }

  /** Highest number given out; 0 before the first message. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** All numbers up to here are acknowledged. */
  get acknowledgedUpTo(): number {
    return this.#lastNumber - this.#window.count;
  }

  get unacknowledgedCount(): number {
    return this.#window.count;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Messages handed over that no acknowledgement covers. */
  get pendingCount(): number {
    return this.#window.count + this.waitingCount;
  }

  /** Every message of the application that no acknowledgement covers, those included that were never sent; in their order. */
  get unacknowledged(): readonly UnacknowledgedMessage[] {
    const numbered = this.#window.firstInFlight(this.#lastNumber, this.#window.count);
    const sent = numbered.map(({ messageNumber, message, isLastMessage }) => ({
      messageNumber,
      message,
      isLastMessage,
      wasSent: true,
    }));
    const waiting = [...this.#waiting].map(({ message, isLastMessage }, index) => ({
      messageNumber: this.#lastNumber + 1 + index,
      message,
      isLastMessage,
      wasSent: false,
    }));
    return [...sent, ...waiting].filter(({ isLastMessage }) => !isLastMessage);
  }

  get isIdle(): boolean {
    return this.#window.count === 0 && this.waitingCount === 0;
  }

  /** The peer's buffer is full and messages wait for it: it must be asked, for nothing else will. */
  get needsProbe(): boolean {
    return this.#credit <= 0 && this.waitingCount > 0;
  }

  /** When the oldest message is to be sent again; undefined while nothing is in flight or no connection is there. */
  get retransmitAtMs(): number | undefined {
    return this.#isLinkUp ? this.#retransmitAtMs : undefined;
  }

  /** False when `maxQueuedMessageCount` messages or `maxQueuedByteLength` bytes wait already. */
  get canQueue(): boolean {
    const { maxQueuedMessageCount, maxQueuedByteLength } = this.#options;
    return this.waitingCount < maxQueuedMessageCount && this.#waitingByteLength < maxQueuedByteLength;
  }

  /** Numbers and transmits the message, or queues it until the window has room. */
  send(message: ApplicationMessage, isLastMessage: boolean, nowMs: number): void {
    if (this.waitingCount === 0 && this.#hasRoomFor(message)) return this.#number(message, isLastMessage, nowMs);
    this.#waiting.push({ message, isLastMessage });
    this.#waitingByteLength += message.byteLength;
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
    const hasAdvanced = firstUpper > before;
    if (hasAdvanced) {
      this.#slideTo(firstUpper, nowMs);
      this.#congestion.acknowledged(firstUpper - before);
      this.#continueRound(firstUpper, nowMs);
    }
    if (ranges.length > 1 || (ranges.length === 1 && firstUpper === 0)) this.#repairGaps(ranges, nowMs);
    this.#takeCredit(bufferRemaining, hasAdvanced);
    this.pump(nowMs);
    return undefined;
  }

  /** Numbers and transmits waiting messages while there is room. */
  pump(nowMs: number): void {
    for (let next = this.#waiting.first; next !== undefined; next = this.#waiting.first) {
      if (!this.#hasRoomFor(next.message)) break;
      this.#waiting.shift();
      this.#waitingByteLength -= next.message.byteLength;
      this.#number(next.message, next.isLastMessage, nowMs);
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
    this.#congestion.restart();
    this.#startRound(initialWindowCount, nowMs);
    this.#armRetransmission(nowMs);
    this.pump(nowMs);
  }

  linkLost(): void {
    this.#isLinkUp = false;
    this.#round = undefined;
  }

  /** This side could not read for `forMs`, up to now: the acknowledgement that is waited for may be there (R-WCF-LATE-2). */
  blocked(forMs: number, nowMs: number): void {
    this.#blockedUntilMs = nowMs;
    if (this.#retransmitAtMs !== undefined)
      this.#retransmitAtMs = Math.min(this.#retransmitAtMs + forMs, nowMs + this.#retransmissionPauseMs);
  }

  /** Repeats the oldest message when its time has come. False when that happened `maxRetryCount` times already. */
  retransmitDue(nowMs: number): boolean {
    if (this.#retransmitAtMs === undefined || nowMs < this.#retransmitAtMs || !this.#isLinkUp) return true;
    const { oldest } = this.#window;
    assert(oldest !== undefined, "the retransmission timer runs only while a message is in flight");
    if (oldest.retryCount >= this.#options.maxRetryCount) return false;
    oldest.retryCount += 1;
    this.#backoff += 1;
    this.#congestion.timedOut(this.#window.inFlightCount);
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
    const burst = this.#window.firstInFlight(round.upTo, round.burstCount);
    const last = burst[burst.length - 1];
    if (last !== undefined) last.requestsAck = true;
    round.burstEnd = last?.messageNumber ?? acknowledgedUpTo;
    if (burst.length < round.burstCount || round.burstEnd === round.upTo) this.#round = undefined;
    for (const sent of burst) this.#send(sent, nowMs);
  }

  #hasRoomFor({ byteLength }: ApplicationMessage): boolean {
    if (!this.#isLinkUp || this.#round !== undefined || this.#credit <= 0) return false;
    const window = this.#window;
    if (window.count >= this.#options.maxTransferWindowSize || window.inFlightCount >= this.#congestion.count)
      return false;
    return window.count === 0 || window.byteLength + byteLength <= this.#options.maxTransferWindowByteLength;
  }

  #number(message: ApplicationMessage, isLastMessage: boolean, nowMs: number): void {
    const messageNumber = this.#lastNumber + 1;
    assert(Number.isSafeInteger(messageNumber), "message numbers stay below 2^53");
    this.#lastNumber = messageNumber;
    const sent: SentMessage = {
      messageNumber,
      message,
      isLastMessage,
      requestsAck: messageNumber === 1 || this.#credit === 1 || this.#isFilledBy(message),
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

  /** Whether there is no room for another one like it: then the peer must say soon what arrived. */
  #isFilledBy({ byteLength }: ApplicationMessage): boolean {
    const { maxTransferWindowSize, maxTransferWindowByteLength } = this.#options;
    const window = this.#window;
    return (
      window.count + 1 >= maxTransferWindowSize ||
      window.inFlightCount + 1 >= this.#congestion.count ||
      window.byteLength + 2 * byteLength > maxTransferWindowByteLength
    );
  }

  #send(sent: SentMessage, nowMs: number): void {
    sent.attemptCount += 1;
    sent.sentAtMs = nowMs;
    this.#transmit(sent, nowMs);
  }

  /** R-WSRM-ACK-4: an ack that acknowledges something new must still cover all that was acknowledged before. */
  #contradicts(ranges: readonly AckRange[], before: number, firstUpper: number): boolean {
    if (firstUpper <= before && !this.#window.hasNewIn(ranges)) return false;
    return firstUpper < before || this.#window.hasMoreThan(ranges);
  }

  #slideTo(upTo: number, nowMs: number): void {
    this.#window.slideTo(upTo, (sent) => {
      // Karn: a message that was sent twice tells nothing about the round trip, nor does one that waited for an earlier one, or for us.
      const isMeasured = sent.attemptCount === 1 && !sent.isTransferred && sent.sentAtMs > this.#blockedUntilMs;
      if (isMeasured) this.#roundTrip.sample(nowMs - sent.sentAtMs);
    });
    this.#backoff = 0;
    this.#armRetransmission(nowMs);
  }

  /** Marks what arrived out of order, and sends at once what is missing below it; once per round trip. */
  #repairGaps(ranges: readonly AckRange[], nowMs: number): void {
    const mayRepair = this.#isLinkUp && nowMs - this.#repairedAtMs >= this.#roundTrip.meanMs;
    const lost: SentMessage[] = [];
    this.#window.markTransferred(ranges, (sent) => {
      if (mayRepair && nowMs - sent.sentAtMs >= this.#repairPauseMs(sent)) lost.push(sent);
    });
    if (lost.length === 0) return;
    this.#repairedAtMs = nowMs;
    this.#congestion.lost(this.#window.inFlightCount);
    for (const sent of lost) this.#send(sent, nowMs);
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
    const credit = bufferRemaining - this.#window.inFlightCount;
    if (hasAdvanced || credit > this.#credit || this.#credit === Number.POSITIVE_INFINITY)
      this.#credit = Math.max(0, credit);
  }

  #armRetransmission(nowMs: number): void {
    if (this.#window.count === 0) {
      this.#retransmitAtMs = undefined;
      return;
    }
    this.#retransmitAtMs = nowMs + this.#retransmissionPauseMs;
  }

  get #retransmissionPauseMs(): number {
    const pauseMs = this.#roundTrip.retransmissionMs * 2 ** Math.min(this.#backoff, 20);
    return Math.min(pauseMs, this.#options.maxRetransmissionIntervalMs);
  }
}
