import type { Fact, Side } from "../facts.ts";
import { SimulationFailure } from "../simulation-failure.ts";
import type { Checker } from "./checker.ts";

/** A side that is over sends, delivers and reports nothing; behind the end of the input nothing is delivered. */
export class NothingAfterEnd implements Checker {
  readonly #over: Record<Side, boolean> = { initiator: false, acceptor: false };
  readonly #inputEnded: Record<Side, boolean> = { initiator: false, acceptor: false };
  readonly #offered: Record<Side, number> = { initiator: 0, acceptor: 0 };
  readonly #acknowledged: Record<Side, number> = { initiator: 0, acceptor: 0 };

  observe(fact: Fact): void {
    switch (fact.type) {
      case "offered":
        this.#offered[fact.side] = fact.number;
        return;
      case "acknowledged":
        this.#acknowledged[fact.side] = fact.upTo;
        return;
      case "transmitted":
        if (this.#over[fact.side]) this.#fail(`${fact.side} sent ${fact.sighting.name} after its end`);
        return this.#checkEnding(fact.side, fact.sighting.name);
      case "delivered":
        if (this.#over[fact.side]) this.#fail(`${fact.side} got message ${fact.number} after its end`);
        if (this.#inputEnded[fact.side])
          this.#fail(`${fact.side} got message ${fact.number} after its input had ended`);
        return;
      case "input-ended":
        if (this.#inputEnded[fact.side]) this.#fail(`the input of ${fact.side} ended twice`);
        this.#inputEnded[fact.side] = true;
        return;
      case "over":
        if (this.#over[fact.side]) this.#fail(`${fact.side} ended twice`);
        this.#over[fact.side] = true;
        return;
      default:
    }
  }

  /** A sequence is ended only when all of it has arrived. */
  #checkEnding(side: Side, name: string): void {
    if (name !== "TerminateSequence" && name !== "CloseSequence") return;
    if (this.#acknowledged[side] < this.#offered[side])
      this.#fail(`${side} sent ${name} with ${this.#offered[side] - this.#acknowledged[side]} messages unacknowledged`);
  }

  #fail(message: string): never {
    throw new SimulationFailure("nothing-after-end", message);
  }
}
