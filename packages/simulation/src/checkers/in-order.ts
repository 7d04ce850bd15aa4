import type { Fact, Side } from "../facts.ts";
import { SimulationFailure } from "../simulation-failure.ts";
import type { CheckedSession, Checker } from "./checker.ts";

/** A side that wants its messages in order gets them in order, without a gap. */
export class InOrder implements Checker {
  readonly #session: CheckedSession;
  readonly #last: Record<Side, number> = { initiator: 0, acceptor: 0 };

  constructor(session: CheckedSession) {
    this.#session = session;
  }

  observe(fact: Fact): void {
    if (fact.type !== "delivered" || !this.#session.options[fact.side].ordered) return;
    const expected = this.#last[fact.side] + 1;
    if (fact.number !== expected)
      throw new SimulationFailure("in-order", `${fact.side} got message ${fact.number} where ${expected} was due`);
    this.#last[fact.side] = fact.number;
  }
}
