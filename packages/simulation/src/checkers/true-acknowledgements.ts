import type { AckRange } from "@bowline/protocol/reliable-messaging";
import { type Fact, otherSide, type Side } from "../facts.ts";
import { SimulationFailure } from "../simulation-failure.ts";
import type { CheckedSession, Checker } from "./checker.ts";

/**
 * An acknowledgement is true: what it covers has arrived, what lies before the first gap was delivered, or even handled where that is
 * promised, and nothing that was acknowledged once is left out later. What the sender's application hears of arrived messages is true as well, and complete when it
 * closes.
 */
export class TrueAcknowledgements implements Checker {
  readonly #session: CheckedSession;
  readonly #offered: Record<Side, number> = { initiator: 0, acceptor: 0 };
  readonly #arrived: Record<Side, Set<number>> = { initiator: new Set(), acceptor: new Set() };
  readonly #delivered: Record<Side, Set<number>> = { initiator: new Set(), acceptor: new Set() };
  readonly #taken: Record<Side, number> = { initiator: 0, acceptor: 0 };
  readonly #acknowledged: Record<Side, number> = { initiator: 0, acceptor: 0 };
  readonly #said: Record<Side, readonly AckRange[]> = { initiator: [], acceptor: [] };

  constructor(session: CheckedSession) {
    this.#session = session;
  }

  observe(fact: Fact): void {
    switch (fact.type) {
      case "offered":
        this.#offered[fact.side] = fact.number;
        return;
      case "arrived":
        if (fact.sighting.number !== undefined) this.#arrived[fact.side].add(fact.sighting.number);
        return;
      case "delivered":
        this.#delivered[fact.side].add(fact.number);
        return;
      case "taken":
        this.#taken[fact.side] += fact.count;
        return;
      case "transmitted":
        if (fact.sighting.acknowledges === undefined) return;
        this.#check(fact.side, fact.sighting.acknowledges);
        if (fact.sighting.isFinal === false) this.#checkProcessed(fact.side, fact.sighting.acknowledges);
        return;
      case "over":
        if (fact.failure === undefined && this.#acknowledged[fact.side] < this.#offered[fact.side])
          this.#fail(`${fact.side} closed and was told of ${this.#acknowledged[fact.side]} arrivals only`);
        return;
      case "acknowledged":
        this.#acknowledged[fact.side] = fact.upTo;
        return this.#expectDelivered(
          otherSide(fact.side),
          fact.upTo,
          `${fact.side} was told that 1-${fact.upTo} arrived`,
        );
      default:
    }
  }

  #check(side: Side, ranges: readonly AckRange[]): void {
    let next = 1;
    for (const { lower, upper } of ranges) {
      if (lower < next || upper < lower) this.#fail(`${side} sent ranges that are not in order: ${lower}-${upper}`);
      for (let number = lower; number <= upper; number++) {
        if (!this.#arrived[side].has(number)) this.#fail(`${side} acknowledged ${number}, which never arrived`);
      }
      next = upper + 1;
    }
    for (const { lower, upper } of this.#said[side]) {
      for (let number = lower; number <= upper; number++) {
        if (!covers(ranges, number)) this.#fail(`${side} acknowledged ${number} before, and now leaves it out`);
      }
    }
    this.#said[side] = ranges;
    const { ordered } = this.#session.options[side];
    const upTo = ordered ? (ranges[0]?.lower === 1 ? ranges[0].upper : 0) : 0;
    this.#expectDelivered(side, upTo, `${side} acknowledged 1-${upTo}`);
    if (ordered) return;
    for (const { lower, upper } of ranges) {
      for (let number = lower; number <= Math.min(upper, this.#offered[otherSide(side)]); number++) {
        if (!this.#delivered[side].has(number)) this.#fail(`${side} acknowledged ${number} without delivering it`);
      }
    }
  }

  /** Applications take messages in the order of their delivery. */
  #checkProcessed(side: Side, ranges: readonly AckRange[]): void {
    if (this.#session.options[side].ackOn !== "processed") return;
    const upTo = Math.min(ranges.at(-1)?.upper ?? 0, this.#offered[otherSide(side)]);
    if (upTo > this.#taken[side])
      this.#fail(`${side} acknowledged message ${upTo} with ${this.#taken[side]} handled, although those alone count`);
  }

  /** The number behind the last application message is 1.0's LastMessage, which nobody gets. */
  #expectDelivered(side: Side, upTo: number, why: string): void {
    for (let number = 1; number <= Math.min(upTo, this.#offered[otherSide(side)]); number++) {
      if (!this.#delivered[side].has(number)) this.#fail(`${why}, but ${number} was not delivered`);
    }
  }

  #fail(message: string): never {
    throw new SimulationFailure("true-acknowledgements", message);
  }
}

function covers(ranges: readonly AckRange[], messageNumber: number): boolean {
  return ranges.some(({ lower, upper }) => lower <= messageNumber && messageNumber <= upper);
}
