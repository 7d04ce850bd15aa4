import { type AckRange, ReceivedNumbers } from "./ack-ranges.ts";
import type { ReliableSessionOptions } from "./options.ts";
import { ReorderBuffer } from "./reorder-buffer.ts";

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
  /** What an acknowledgement says now. */
  readonly ranges: readonly AckRange[];
  /** The same with gaps, for the answer to one request, which says of that request whether it is acknowledged. */
  readonly answeredRanges: readonly AckRange[];
  /** What the last acknowledgement of a closed sequence says: all that arrived, and so will be handled. */
  readonly finalRanges: readonly AckRange[];
  readonly highest: number;
  readonly lastNumber: number | undefined;
  readonly isComplete: boolean;
  readonly hasGaps: boolean;
  readonly bufferRemaining: number;
  /** The same, for an acknowledgement that goes out: what the source was told of is taken, whatever else happens meanwhile. */
  tellRoom(): number;
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
  readonly #retain: (message: Message) => Message;
  readonly #received = new ReceivedNumbers();
  /** Messages that the application is done with, where only those are acknowledged. */
  readonly #processed: ReceivedNumbers | undefined;
  readonly #ahead = new ReorderBuffer<Message>();
  #nextNumber = 1;
  #lastNumber: number | undefined;
  #heldCount = 0;
  /** Messages that the source was told there is room for, and that have not come. */
  #owedCount = 0;
  #droppedCount = 0;
  /** Smoothed as a round trip is: what one of the messages held may weigh. */
  #meanByteLength = 0;

  /** @param retain makes of a message one that may be kept; called only when it has to wait */
  constructor(
    options: ReliableSessionOptions,
    deliver: (message: Message, messageNumber: number) => void,
    retain: (message: Message) => Message,
  ) {
    this.#options = options;
    this.#deliver = deliver;
    this.#retain = retain;
    if (options.ackOn === "processed") this.#processed = new ReceivedNumbers();
  }

  /**
   * With `ackOn: "processed"` only what is handled without a gap: a message that is still being handled is no gap that the source
   * should fill.
   */
  get ranges(): readonly AckRange[] {
    return this.#processed === undefined
      ? this.#received.ranges
      : this.#processed.ranges.slice(0, prefixCount(this.#processed));
  }

  get answeredRanges(): readonly AckRange[] {
    return (this.#processed ?? this.#received).ranges;
  }

  get finalRanges(): readonly AckRange[] {
    return this.#received.ranges;
  }

  get highest(): number {
    return this.#received.highest;
  }

  /** Number of the last message of the sequence, once the peer told it. */
  get lastNumber(): number | undefined {
    return this.#lastNumber;
  }

  /** Messages that there was no room for. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  /** Every number up to the last one arrived. */
  get isComplete(): boolean {
    return this.#lastNumber !== undefined && this.#received.contiguous >= this.#lastNumber;
  }

  get hasGaps(): boolean {
    return this.#received.rangeCount > 1 || (this.#received.rangeCount === 1 && this.#received.contiguous === 0);
  }

  /** Messages that wait for an earlier one. */
  get aheadCount(): number {
    return this.#ahead.count;
  }

  hasReceived(messageNumber: number): boolean {
    return this.#received.has(messageNumber);
  }

  /** Messages that there is still room for: what BufferRemaining says. Never 0 while nothing is kept, or the source would stand still. */
  get bufferRemaining(): number {
    const keptCount = this.#heldCount + this.#ahead.count;
    const room = this.#options.maxTransferWindowSize - keptCount;
    const roomByBytes = Math.floor(this.#roomByteLength / Math.max(1, this.#meanByteLength));
    return Math.max(keptCount === 0 ? 1 : 0, Math.min(room, roomByBytes));
  }

  tellRoom(): number {
    const { bufferRemaining } = this;
    this.#owedCount = Math.max(this.#owedCount, bufferRemaining);
    return bufferRemaining;
  }

  /** The application is done with a message; matters with `ackOn: "processed"` only. */
  processed(messageNumber: number): void {
    this.#processed?.add(messageNumber);
  }

  /** Messages delivered that the application has not taken yet. */
  set heldCount(count: number) {
    this.#heldCount = count;
  }

  /**
   * `byteLength` is what the message weighs while it is kept. `isLast` is 1.0's mark on a message: no higher number follows.
   */
  receive(messageNumber: number, message: Message, byteLength: number, isLast: boolean = false): Reception {
    if (this.#lastNumber !== undefined && messageNumber > this.#lastNumber) return "beyond-last";
    if (this.#received.has(messageNumber)) return "duplicate";
    if (isLast && messageNumber < this.#received.highest) return "beyond-last";
    if (!this.#accepts(messageNumber, byteLength)) {
      this.#droppedCount += 1;
      return "dropped";
    }
    this.#received.add(messageNumber);
    if (this.#owedCount > 0) this.#owedCount -= 1;
    this.#meanByteLength += (byteLength - this.#meanByteLength) / 8;
    if (isLast) this.#lastNumber = messageNumber;
    if (!this.#options.ordered) this.#deliver(message, messageNumber);
    else if (messageNumber === this.#nextNumber) {
      this.#nextNumber += 1;
      this.#deliver(message, messageNumber);
      this.#deliverAhead();
    } else this.#ahead.put(messageNumber, this.#retain(message), byteLength);
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
    this.processed(messageNumber);
    return "stored";
  }

  /** 1.1: the peer closed with gaps; what lies behind the first one is never delivered. */
  discardAhead(): void {
    this.#ahead.clear();
  }

  /** What the application holds weighs, as far as is known. */
  get #heldByteLength(): number {
    return this.#heldCount * this.#meanByteLength;
  }

  get #roomByteLength(): number {
    return Math.max(0, this.#options.maxTransferWindowByteLength - this.#heldByteLength - this.#ahead.byteLength);
  }

  #accepts(messageNumber: number, byteLength: number): boolean {
    const { maxTransferWindowSize: windowSize, maxTransferWindowByteLength } = this.#options;
    if (!this.#fitsRanges(messageNumber)) return false;
    if (!this.#options.ordered || messageNumber === this.#nextNumber) {
      // The next number fills the gap that others wait for, so it never counts against the buffer they fill. What the source was told of
      // before the application fell behind has as much room again.
      const factor = this.#owedCount > 0 ? 2 : 1;
      const isRoom =
        this.#heldCount < factor * windowSize && this.#heldByteLength < factor * maxTransferWindowByteLength;
      return this.#heldCount === 0 || isRoom;
    }
    return (
      this.#heldCount + this.#ahead.count < windowSize &&
      this.#heldCount + messageNumber - this.#nextNumber < windowSize &&
      byteLength <= this.#roomByteLength
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
      let message = this.#ahead.take(this.#nextNumber);
      message !== undefined;
      message = this.#ahead.take(this.#nextNumber)
    ) {
      const messageNumber = this.#nextNumber;
      this.#nextNumber += 1;
      this.#deliver(message, messageNumber);
    }
  }
}

/** 1 when the numbers start at 1, so that their first range is what they reach without a gap; else 0. */
function prefixCount(numbers: ReceivedNumbers): 0 | 1 {
  return numbers.contiguous > 0 ? 1 : 0;
}
