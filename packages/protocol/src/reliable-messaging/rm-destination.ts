import { type AckRange, ReceivedNumbers } from "./ack-ranges.ts";
import type { ReliableSessionOptions } from "./options.ts";

/** What became of a sequenced message. */
export type Reception =
  /** New: delivered now, or kept until the gap before it closes. */
  | "stored"
  | "duplicate"
  /** No room, or too far ahead: not recorded, the source sends it again. */
  | "dropped"
  /** Its number is above the last number of the sequence. */
  | "beyond-last";

/** What acknowledgements and close handshakes need of a destination, whatever its messages are. */
export interface RmDestinationState {
  readonly ranges: readonly AckRange[];
  readonly highest: number;
  readonly lastNumber: number | undefined;
  readonly isComplete: boolean;
  readonly hasGaps: boolean;
  readonly bufferRemaining: number;
  endAt(lastNumber: number): void;
  receiveLastMessage(messageNumber: number): Reception;
  discardAhead(): void;
}

/**
 * The receiving half of a sequence (RM Destination): each message once, in order when `ordered`.
 *
 * Invariant: a number is recorded as received exactly when its message was delivered or is kept here.
 */
export class RmDestination<Message> implements RmDestinationState {
  readonly #options: ReliableSessionOptions;
  readonly #deliver: (message: Message, messageNumber: number) => void;
  readonly #received = new ReceivedNumbers();
  readonly #ahead = new Map<number, Message>();
  #nextNumber = 1;
  #lastNumber: number | undefined;
  #heldCount = 0;

  constructor(options: ReliableSessionOptions, deliver: (message: Message, messageNumber: number) => void) {
    this.#options = options;
    this.#deliver = deliver;
  }

  get ranges(): readonly AckRange[] {
    return this.#received.ranges;
  }

  get highest(): number {
    return this.#received.highest;
  }

  /** Number of the last message of the sequence, once the peer told it. */
  get lastNumber(): number | undefined {
    return this.#lastNumber;
  }

  /** Every number up to the last one arrived. */
  get isComplete(): boolean {
    return this.#lastNumber !== undefined && this.#received.contiguous >= this.#lastNumber;
  }

  get hasGaps(): boolean {
    return this.#received.rangeCount > 1 || (this.#received.rangeCount === 1 && this.#received.contiguous === 0);
  }

  hasReceived(messageNumber: number): boolean {
    return this.#received.has(messageNumber);
  }

  /** Messages that there is still room for: what BufferRemaining says. */
  get bufferRemaining(): number {
    return Math.max(0, this.#options.maxTransferWindowSize - this.#heldCount - this.#ahead.size);
  }

  /** Messages delivered that the application has not taken yet. */
  set heldCount(count: number) {
    this.#heldCount = count;
  }

  /**
   * `retain` makes of the message one that may be kept; called only when it has to wait. `isLast` is 1.0's mark on a message: no
   * higher number follows.
   */
  receive(
    messageNumber: number,
    message: Message,
    retain: (message: Message) => Message,
    isLast: boolean = false,
  ): Reception {
    if (this.#lastNumber !== undefined && messageNumber > this.#lastNumber) return "beyond-last";
    if (this.#received.has(messageNumber)) return "duplicate";
    if (isLast && messageNumber < this.#received.highest) return "beyond-last";
    if (!this.#accepts(messageNumber)) return "dropped";
    this.#received.add(messageNumber);
    if (isLast) this.#lastNumber = messageNumber;
    if (!this.#options.ordered) this.#deliver(message, messageNumber);
    else if (messageNumber === this.#nextNumber) {
      this.#nextNumber += 1;
      this.#deliver(message, messageNumber);
      this.#deliverAhead();
    } else this.#ahead.set(messageNumber, retain(message));
    return "stored";
  }

  /** 1.0: an empty message with the last number. 1.1: the number that CloseSequence names. */
  endAt(lastNumber: number): void {
    this.#lastNumber = lastNumber;
  }

  /** Records the number of 1.0's LastMessage, which is not delivered. */
  receiveLastMessage(messageNumber: number): Reception {
    if (this.#received.has(messageNumber)) return "duplicate";
    if (
      messageNumber < this.#received.highest ||
      (this.#lastNumber !== undefined && messageNumber !== this.#lastNumber)
    )
      return "beyond-last";
    if (!this.#fitsRanges(messageNumber)) return "dropped";
    this.#lastNumber = messageNumber;
    this.#received.add(messageNumber);
    return "stored";
  }

  /** 1.1: the peer closed with gaps; what lies behind the first one is never delivered. */
  discardAhead(): void {
    this.#ahead.clear();
  }

  #accepts(messageNumber: number): boolean {
    const windowSize = this.#options.maxTransferWindowSize;
    if (!this.#fitsRanges(messageNumber)) return false;
    // The next number fills the gap that others wait for, so it never counts against the buffer they fill.
    if (!this.#options.ordered || messageNumber === this.#nextNumber) return this.#heldCount < windowSize;
    return (
      this.#heldCount + this.#ahead.size < windowSize && this.#heldCount + messageNumber - this.#nextNumber < windowSize
    );
  }

  /** Whether an acknowledgement can still list it. Room for the first missing number is kept, or the sequence would stand still. */
  #fitsRanges(messageNumber: number): boolean {
    const received = this.#received;
    const { contiguous, rangeCount } = received;
    if (rangeCount + (contiguous === 0 ? 1 : 0) < this.#options.maxAckRangeCount) return true;
    return messageNumber === contiguous + 1 || received.has(messageNumber - 1) || received.has(messageNumber + 1);
  }

  #deliverAhead(): void {
    for (
      let message = this.#ahead.get(this.#nextNumber);
      message !== undefined;
      message = this.#ahead.get(this.#nextNumber)
    ) {
      const messageNumber = this.#nextNumber;
      this.#ahead.delete(messageNumber);
      this.#nextNumber += 1;
      this.#deliver(message, messageNumber);
    }
  }
}
