import { ReceivedNumbers } from "./ack-ranges.ts";
import type { ReliableSessionOptions } from "./options.ts";
import type { Acknowledgement } from "./rm-headers.ts";
import { RoundTripEstimate } from "./round-trip-estimate.ts";
import type { ApplicationMessage, UnacknowledgedMessage } from "./sent-window.ts";
import type { Transmission } from "./transmission.ts";

/** A numbered request that waits for its answer. */
export interface PendingRequest {
  readonly messageNumber: number;
  readonly message: ApplicationMessage;
  /** 1.0's LastMessage, which ends the sequence. */
  readonly isLastMessage: boolean;
  sentAtMs: number;
  attemptCount: number;
  /** Repetitions of a request that nobody answered while nothing else came from the peer either. */
  retryCount: number;
  /** Empty answers in a row: the peer is there and has no room. */
  emptyCount: number;
  /** The exchange that is under way; undefined between attempts. */
  exchange: Transmission | undefined;
  /** When it is to be sent again. */
  dueAtMs: number;
}

export interface RequestWindowSetup {
  readonly options: ReliableSessionOptions;
  /** Requests under way at once. */
  readonly maxRequestCount: number;
  readonly roundTripMs: number;
  /** Sends the request; returns what stands for its exchange. */
  transmit(request: PendingRequest, nowMs: number): Transmission;
  /** Nobody waits for this exchange any more: another one takes its place. */
  abandon(exchange: Transmission): void;
}

/** Least pause before a request is repeated whose exchange is under way: an operation takes its time, and a lost connection as a rule says so. */
const leastUnansweredMs = 3_000;
/** First and longest pause after an empty answer. */
const firstEmptyPauseMs = 20;
const longestEmptyPauseMs = 1_000;

/**
 * The sending half of a sequence whose messages are requests: numbers, keeps and repeats them until each has its own answer, since only
 * that brings its reply (R-HTTP-REQ-1).
 */
export class RequestWindow {
  readonly #setup: RequestWindowSetup;
  readonly #options: ReliableSessionOptions;
  readonly #maxCount: number;
  readonly #roundTrip: RoundTripEstimate;
  readonly #pending = new Map<number, PendingRequest>();
  readonly #transferred = new ReceivedNumbers();
  #waiting: { readonly message: ApplicationMessage; readonly isLastMessage: boolean }[] = [];
  #waitingByteLength = 0;
  #pendingByteLength = 0;
  #lastNumber = 0;
  #credit = Number.POSITIVE_INFINITY;
  /** What arrived, as the peer said when it ended the session. */
  #lastWord: Acknowledgement | undefined;
  #blockedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(setup: RequestWindowSetup) {
    this.#setup = setup;
    this.#options = setup.options;
    this.#maxCount = Math.min(setup.options.maxTransferWindowSize, setup.maxRequestCount);
    this.#roundTrip = new RoundTripEstimate(setup.roundTripMs);
  }

  /** Highest number given out; 0 before the first message. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** All numbers up to here have their answers. */
  get acknowledgedUpTo(): number {
    return this.#transferred.contiguous;
  }

  /** Messages handed over that have no answer yet. */
  get pendingCount(): number {
    return this.#pending.size + this.#waiting.length;
  }

  get isIdle(): boolean {
    return this.pendingCount === 0;
  }

  get canQueue(): boolean {
    const { maxQueuedMessageCount, maxQueuedByteLength } = this.#options;
    return this.#waiting.length < maxQueuedMessageCount && this.#waitingByteLength < maxQueuedByteLength;
  }

  /** Messages wait for room at the peer, which alone can hold them up then, and no answer is due that could tell of some. */
  get needsProbe(): boolean {
    return this.#waiting.length > 0 && this.#pending.size === 0;
  }

  /** When the next request is to be repeated. */
  get dueAtMs(): number | undefined {
    let dueAtMs: number | undefined;
    for (const request of this.#pending.values())
      if (dueAtMs === undefined || request.dueAtMs < dueAtMs) dueAtMs = request.dueAtMs;
    return dueAtMs;
  }

  /** Every message of the application without an answer, those included that were never sent; in their order. */
  get unacknowledged(): readonly UnacknowledgedMessage[] {
    const lastWord = this.#lastWord;
    const sent = [...this.#pending.values()].flatMap(({ messageNumber, message, isLastMessage }) => {
      const hasArrived = lastWord !== undefined && covers(lastWord, messageNumber);
      // Nothing else would come to a one-way message; a call still wants its reply.
      if (hasArrived && message.addressing.messageId === undefined) return [];
      return [{ messageNumber, message, isLastMessage, wasSent: lastWord === undefined || hasArrived }];
    });
    const waiting = this.#waiting.map((entry, index) => {
      return { ...entry, messageNumber: this.#lastNumber + 1 + index, wasSent: false };
    });
    return [...sent, ...waiting].filter(({ isLastMessage }) => !isLastMessage);
  }

  send(message: ApplicationMessage, isLastMessage: boolean, nowMs: number): void {
    this.#waiting.push({ message, isLastMessage });
    this.#waitingByteLength += message.byteLength;
    this.pump(nowMs);
  }

  /** Numbers and sends waiting messages while there is room. */
  pump(nowMs: number): void {
    let taken = 0;
    for (; taken < this.#waiting.length && this.#hasRoomFor(this.#waiting[taken]!.message); taken++) {
      const { message, isLastMessage } = this.#waiting[taken]!;
      this.#waitingByteLength -= message.byteLength;
      this.#number(message, isLastMessage, nowMs);
    }
    if (taken > 0) this.#waiting = this.#waiting.slice(taken);
  }

  /** The request has its answer. */
  answered(messageNumber: number, nowMs: number): void {
    const request = this.#pending.get(messageNumber);
    if (request === undefined) return;
    this.#pending.delete(messageNumber);
    this.#pendingByteLength -= request.message.byteLength;
    this.#transferred.add(messageNumber);
    // Karn: an answer to one of several attempts tells nothing about the round trip, nor does one that waited for us.
    if (request.attemptCount === 1 && request.sentAtMs > this.#blockedUntilMs)
      this.#roundTrip.sample(nowMs - request.sentAtMs);
    if (request.exchange !== undefined) this.#setup.abandon(request.exchange);
  }

  /** The exchange is over, and the answer is not this request's: it goes again after a pause. */
  ended(exchange: Transmission): void {
    const request = this.#pending.get(exchange.messageNumber);
    if (request?.exchange === exchange) request.exchange = undefined;
  }

  /** The peer answered and did not take the request: it has no room, or waits for an earlier one. */
  refused(messageNumber: number, nowMs: number): void {
    const request = this.#pending.get(messageNumber);
    if (request === undefined || request.exchange !== undefined) return;
    request.dueAtMs = nowMs + Math.min(firstEmptyPauseMs * 2 ** request.emptyCount, longestEmptyPauseMs);
    request.emptyCount += 1;
  }

  /** The exchange failed: all requests that have none are sent again at `dueAtMs`. */
  failed(messageNumber: number, dueAtMs: number): void {
    const request = this.#pending.get(messageNumber);
    if (request !== undefined && request.exchange === undefined) request.dueAtMs = dueAtMs;
  }

  /** This side could not read for `forMs`, up to now: the answers that are waited for may be there (R-WCF-LATE-2). */
  blocked(forMs: number, nowMs: number): void {
    this.#blockedUntilMs = nowMs;
    for (const request of this.#pending.values()) {
      if (request.exchange === undefined) continue;
      request.dueAtMs = Math.min(request.dueAtMs + forMs, nowMs + this.#unansweredPauseMs(request));
    }
  }

  /** The peer ended the session. Where it says what arrived, it does not have the rest (R-HTTP-CLOSE-3). */
  peerEnded(lastWord: Acknowledgement | undefined): void {
    this.#lastWord = lastWord;
  }

  /** BufferRemaining of the peer. */
  takeCredit(bufferRemaining: number | undefined): void {
    if (!this.#options.flowControlEnabled) return;
    this.#credit = bufferRemaining === undefined ? Number.POSITIVE_INFINITY : bufferRemaining - this.#pending.size;
  }

  /**
   * Repeats the requests that are due. Among them those whose exchange is under way for long: `unanswered` of them were repeated for
   * that. "exhausted" when one of them was already repeated `maxRetryCount` times and nothing at all came since `heardAtMs`.
   */
  repeatDue(heardAtMs: number, nowMs: number): { readonly unansweredCount: number } | "exhausted" {
    let unansweredCount = 0;
    for (const request of this.#pending.values()) {
      if (request.dueAtMs > nowMs) continue;
      if (request.exchange !== undefined) {
        unansweredCount += 1;
        request.retryCount = heardAtMs > request.sentAtMs ? 1 : request.retryCount + 1;
        if (request.retryCount > this.#options.maxRetryCount) return "exhausted";
        this.#setup.abandon(request.exchange);
      }
      this.#transmit(request, nowMs);
    }
    return { unansweredCount };
  }

  #hasRoomFor({ byteLength }: ApplicationMessage): boolean {
    const count = this.#pending.size;
    if (count >= this.#maxCount || this.#credit <= 0) return false;
    return count === 0 || this.#pendingByteLength + byteLength <= this.#options.maxTransferWindowByteLength;
  }

  #number(message: ApplicationMessage, isLastMessage: boolean, nowMs: number): void {
    const messageNumber = this.#lastNumber + 1;
    this.#lastNumber = messageNumber;
    this.#credit -= 1;
    this.#pendingByteLength += message.byteLength;
    const request: PendingRequest = {
      messageNumber,
      message,
      isLastMessage,
      sentAtMs: nowMs,
      attemptCount: 0,
      retryCount: 0,
      emptyCount: 0,
      exchange: undefined,
      dueAtMs: Number.POSITIVE_INFINITY,
    };
    this.#pending.set(messageNumber, request);
    this.#transmit(request, nowMs);
  }

  #transmit(request: PendingRequest, nowMs: number): void {
    request.attemptCount += 1;
    request.sentAtMs = nowMs;
    request.dueAtMs = nowMs + this.#unansweredPauseMs(request);
    request.exchange = this.#setup.transmit(request, nowMs);
  }

  #unansweredPauseMs({ retryCount }: PendingRequest): number {
    const firstMs = Math.max(this.#roundTrip.retransmissionMs, leastUnansweredMs);
    return Math.min(firstMs * 2 ** Math.min(retryCount, 20), this.#options.maxRetransmissionIntervalMs);
  }
}

/** Whether the peer says that it has the message. */
export function covers({ ranges }: Acknowledgement, messageNumber: number): boolean {
  return ranges.some(({ lower, upper }) => lower <= messageNumber && messageNumber <= upper);
}
