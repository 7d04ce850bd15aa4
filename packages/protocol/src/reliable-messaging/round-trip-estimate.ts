/** Least pause before a first retransmission above the mean: room for the peer's delayed acknowledgement (R-WCF-RTO-1). */
const leastSlackMs = 400;

/** Mean and deviation of the round trip, smoothed as TCP does it (gain 1/8 and 1/4). */
export class RoundTripEstimate {
  #meanMs: number;
  #deviationMs: number;

  constructor(initialMs: number) {
    this.#meanMs = initialMs;
    this.#deviationMs = initialMs / 2;
  }

  /** Only of messages that were sent once. */
  sample(roundTripMs: number): void {
    const error = roundTripMs - this.#meanMs;
    this.#meanMs += error / 8;
    this.#deviationMs += (Math.abs(error) - this.#deviationMs) / 4;
  }

  get meanMs(): number {
    return this.#meanMs;
  }

  /** The pause before the first retransmission. */
  get retransmissionMs(): number {
    return Math.max(leastSlackMs + this.#meanMs, this.#meanMs + 4 * this.#deviationMs);
  }
}
