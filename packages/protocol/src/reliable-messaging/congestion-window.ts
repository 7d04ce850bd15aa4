/** Messages sent before the first acknowledgement tells what the peer can take, or has taken: WCF's default buffer. */
export const initialWindowCount = 8;
/** A loss never closes the window further than this. */
const leastThreshold = 2;

/**
 * How many messages may be in flight as far as the way to the peer is concerned (R-WCF-CONGESTION-1): it opens with each
 * acknowledgement, first by one for each message, then by one for each window; a loss halves it, a time-out closes it.
 *
 * Over a connection of bytes nothing is lost but by a peer that has no room and does not say so, or with the connection itself.
 */
export class CongestionWindow {
  readonly #maxCount: number;
  #count: number;
  /** Below it the window doubles with each round trip, above it grows by one. */
  #threshold = Number.POSITIVE_INFINITY;

  constructor(maxCount: number) {
    this.#maxCount = maxCount;
    this.#count = Math.min(initialWindowCount, maxCount);
  }

  get count(): number {
    return Math.floor(this.#count);
  }

  acknowledged(messageCount: number): void {
    const growth = this.#count < this.#threshold ? messageCount : messageCount / this.#count;
    this.#count = Math.min(this.#count + growth, this.#maxCount);
  }

  /** Later messages arrived, so that these were lost on the way, or dropped. */
  lost(inFlightCount: number): void {
    this.#threshold = Math.max(inFlightCount / 2, leastThreshold);
    this.#count = Math.min(this.#threshold, this.#maxCount);
  }

  /** Nothing came back at all. */
  timedOut(inFlightCount: number): void {
    this.#threshold = Math.max(inFlightCount / 2, leastThreshold);
    this.#count = 1;
  }

  /** Another connection, of which nothing is known yet. */
  restart(): void {
    this.#count = Math.min(initialWindowCount, this.#maxCount);
    this.#threshold = Number.POSITIVE_INFINITY;
  }
}
