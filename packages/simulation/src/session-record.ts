import { BoundedBuffers } from "./checkers/bounded-buffers.ts";
import type { CheckedSession, Checker } from "./checkers/checker.ts";
import { ExactlyOnce } from "./checkers/exactly-once.ts";
import { InOrder } from "./checkers/in-order.ts";
import { NothingAfterEnd } from "./checkers/nothing-after-end.ts";
import { TrueAcknowledgements } from "./checkers/true-acknowledgements.ts";
import { describe, type Fact, type Side } from "./facts.ts";
import type { Totals } from "./totals.ts";

type Outcome = Extract<Fact, { type: "over" }>;

/** The last lines of a run, for its failure message. */
export class Trace {
  readonly #lines: string[] = [];
  readonly #maxLineCount: number;

  constructor(maxLineCount: number) {
    this.#maxLineCount = maxLineCount;
  }

  add(atMs: number, text: string): void {
    this.#lines.push(`t=${atMs.toFixed(1)} ${text}`);
    if (this.#lines.length > this.#maxLineCount * 2) this.#lines.splice(0, this.#maxLineCount);
  }

  get lines(): readonly string[] {
    return this.#lines.slice(-this.#maxLineCount);
  }
}

/** One session of a run: tells all its checkers what happened, and remembers how it ended. */
export class SessionRecord {
  readonly name: string;
  readonly outcomes: Partial<Record<Side, Outcome>> = {};
  /** The applications that have no more to send of their own. */
  readonly isDoneSending: Record<Side, boolean> = { initiator: false, acceptor: false };
  readonly #checkers: readonly Checker[];
  readonly #trace: Trace;
  readonly #totals: Totals;
  readonly #worldMs: () => number;

  constructor(name: string, session: CheckedSession, trace: Trace, totals: Totals, worldMs: () => number) {
    this.name = name;
    this.#trace = trace;
    this.#totals = totals;
    this.#worldMs = worldMs;
    this.#checkers = [
      new ExactlyOnce(),
      new InOrder(session),
      new TrueAcknowledgements(session),
      new BoundedBuffers(session),
      new NothingAfterEnd(),
    ];
    totals.sessionCount += 1;
  }

  note(fact: Fact): void {
    this.#trace.add(this.#worldMs(), `${this.name} ${describe(fact)}`);
    for (const checker of this.#checkers) checker.observe(fact);
    if (fact.type === "offered") this.#totals.messageCount += 1;
    else if (fact.type === "delivered") this.#totals.deliveredCount += 1;
    else if (fact.type === "over") this.outcomes[fact.side] = fact;
  }
}
