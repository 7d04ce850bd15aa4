import type { SeededRandom } from "../seeded-random.ts";
import type { Timeline } from "../timeline.ts";
import type { Totals } from "../totals.ts";
import type { SimulatedMessage } from "./simulated-message.ts";

/** How often a peer behaves in the odd, permitted ways that WCF is known for; 0 for never. */
export interface QuirkRates {
  /** On a new connection it repeats whatever it sent last, acknowledged or not. */
  readonly duplicateBurst: number;
  /** Its stand-alone acknowledgements leave late, by up to `lateMs`. */
  readonly lateAcknowledgement: number;
  readonly lateMs: number;
  /** An acknowledgement that waits while the connection is swapped is never sent. */
  readonly lossOnSwap: number;
  /** It asks for acknowledgements that it has already. */
  readonly surplusAckRequested: number;
}

/** Messages that a burst repeats at most. */
const maxBurstCount = 16;

/** Stands behind a machine's output and makes it behave like WCF at its oddest. */
export class WcfQuirks {
  readonly #rates: QuirkRates;
  readonly #random: SeededRandom;
  readonly #timeline: Timeline;
  readonly #totals: Totals;
  readonly #recent: SimulatedMessage[] = [];
  #ackRequested: SimulatedMessage | undefined;
  #connection = 0;

  constructor(rates: QuirkRates, random: SeededRandom, timeline: Timeline, totals: Totals) {
    this.#rates = rates;
    this.#random = random;
    this.#timeline = timeline;
    this.#totals = totals;
  }

  /** A connection takes the place of the one before; `send` puts an envelope on it. */
  connected(send: (message: SimulatedMessage) => void): void {
    this.#connection += 1;
    if (!this.#random.chance(this.#rates.duplicateBurst)) return;
    for (const message of this.#recent) {
      this.#totals.duplicateCount += 1;
      send(message);
    }
  }

  outgoing(message: SimulatedMessage, send: (message: SimulatedMessage) => void): void {
    if (message.kind === "ack-requested") this.#ackRequested = message;
    if (message.kind === "sequence-acknowledgement" && this.#random.chance(this.#rates.lateAcknowledgement))
      return this.#sendLate(message, send);
    send(message);
    if (message.kind !== "application" || message.isFault) return;
    this.#recent.push(message);
    if (this.#recent.length > maxBurstCount) this.#recent.shift();
    if (this.#ackRequested !== undefined && this.#random.chance(this.#rates.surplusAckRequested))
      send(this.#ackRequested);
  }

  #sendLate(message: SimulatedMessage, send: (message: SimulatedMessage) => void): void {
    const connection = this.#connection;
    this.#timeline.after(this.#random.fraction() * this.#rates.lateMs, () => {
      if (connection !== this.#connection && this.#random.chance(this.#rates.lossOnSwap)) this.#totals.dropCount += 1;
      else send(message);
    });
  }
}
