import { type Fact, otherSide, type Side } from "../facts.ts";
import { SimulationFailure } from "../simulation-failure.ts";
import type { CheckedSession, Checker } from "./checker.ts";

/** Nobody has more than a transfer window in flight, nor keeps more than a window of messages that the application has not taken. */
export class BoundedBuffers implements Checker {
  readonly #session: CheckedSession;
  readonly #offered: Record<Side, number> = { initiator: 0, acceptor: 0 };
  readonly #acknowledged: Record<Side, number> = { initiator: 0, acceptor: 0 };
  readonly #taken: Record<Side, number> = { initiator: 0, acceptor: 0 };

  constructor(session: CheckedSession) {
    this.#session = session;
  }

  observe(fact: Fact): void {
    switch (fact.type) {
      case "offered":
        this.#offered[fact.side] = fact.number;
        return;
      case "arrived": {
        const first = fact.sighting.acknowledges?.[0];
        if (first?.lower === 1) this.#acknowledged[fact.side] = Math.max(this.#acknowledged[fact.side], first.upper);
        return;
      }
      case "taken":
        this.#taken[fact.side] += fact.count;
        return;
      case "transmitted":
        this.#checkWindow(fact.side, fact.sighting.number ?? 0);
        if (fact.sighting.acknowledges !== undefined) this.#checkKept(fact);
        return;
      default:
    }
  }

  #checkWindow(side: Side, number: number): void {
    const { maxTransferWindowSize } = this.#session.options[side];
    const inFlightCount = number - this.#acknowledged[side];
    if (inFlightCount <= maxTransferWindowSize) return;
    const reason = `${side} sent message ${number} with ${inFlightCount} in flight; its window is ${maxTransferWindowSize}`;
    throw new SimulationFailure("bounded-buffers", reason);
  }

  #checkKept({ side, sighting }: Extract<Fact, { type: "transmitted" }>): void {
    const { maxTransferWindowSize } = this.#session.options[side];
    const lastNumber = this.#offered[otherSide(side)];
    let keptCount = -this.#taken[side];
    for (const { lower, upper } of sighting.acknowledges ?? []) {
      keptCount += Math.max(0, Math.min(upper, lastNumber) - lower + 1);
    }
    const peerWindowSize = this.#session.options[otherSide(side)].maxTransferWindowSize;
    const maxKeptCount = maxTransferWindowSize + (this.#session.comesInChunks ? peerWindowSize : 0);
    if (keptCount > maxKeptCount) {
      const reason = `${side} keeps ${keptCount} messages for its application; it has room for ${maxKeptCount}`;
      throw new SimulationFailure("bounded-buffers", reason);
    }
    const { bufferRemaining } = sighting;
    if (bufferRemaining === undefined || bufferRemaining + keptCount <= maxTransferWindowSize) return;
    const reason = `${side} offers room for ${bufferRemaining} beside ${keptCount} kept; its window is ${maxTransferWindowSize}`;
    throw new SimulationFailure("bounded-buffers", reason);
  }
}
