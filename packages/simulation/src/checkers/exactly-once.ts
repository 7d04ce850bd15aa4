import { type Fact, otherSide, type Side } from "../facts.ts";
import { SimulationFailure } from "../simulation-failure.ts";
import type { Checker } from "./checker.ts";

/** No message is delivered twice, none that was never sent; an orderly end means that all were delivered. */
export class ExactlyOnce implements Checker {
  readonly #offered: Record<Side, number> = { initiator: 0, acceptor: 0 };
  readonly #delivered: Record<Side, Set<number>> = { initiator: new Set(), acceptor: new Set() };

  observe(fact: Fact): void {
    switch (fact.type) {
      case "offered":
        this.#offered[fact.side] = fact.number;
        return;
      case "delivered":
        return this.#delivery(fact.side, fact.number);
      case "input-ended":
        return this.#expectAll(otherSide(fact.side), "the input ended");
      case "over":
        if (fact.failure === undefined) this.#expectAll(fact.side, `${fact.side} closed`);
        return;
      default:
    }
  }

  #delivery(side: Side, number: number): void {
    if (number < 1 || number > this.#offered[otherSide(side)])
      throw new SimulationFailure("exactly-once", `${side} got message ${number}, which was never sent`);
    if (this.#delivered[side].has(number))
      throw new SimulationFailure("exactly-once", `${side} got message ${number} twice`);
    this.#delivered[side].add(number);
  }

  /** All that `from` was given to send has reached the other side. */
  #expectAll(from: Side, when: string): void {
    const delivered = this.#delivered[otherSide(from)];
    for (let number = 1; number <= this.#offered[from]; number++) {
      if (!delivered.has(number))
        throw new SimulationFailure("exactly-once", `message ${number} of ${from} is lost: ${when} without it`);
    }
  }
}
