/** What a swarm went through, added up. */
export class Totals {
  seedCount = 0;
  sessionCount = 0;
  /** Application messages handed over. */
  messageCount = 0;
  /** Application messages that arrived, once and in turn. */
  deliveredCount = 0;
  /** Envelopes, or chunks of bytes, that the network lost. */
  dropCount = 0;
  duplicateCount = 0;
  cutCount = 0;
  /** Odd things that peers did because WCF does them. */
  quirkCount = 0;
  /** Sessions whose connection was lost, or not to be had, before they opened. */
  unopenedCount = 0;
  /** Opened sessions that ended as a real one would: restarted peers, applications that gave up, connections lost with the last word. */
  faultedSessionCount = 0;
  lostCount = 0;
  doubledCount = 0;
  outOfOrderCount = 0;
  simulatedMs = 0;

  add(other: Totals): void {
    for (const name of Object.keys(this) as (keyof Totals)[]) {
      const value = other[name];
      if (typeof value === "number") (this[name] as number) += value;
    }
  }

  toString(): string {
    return [
      `${this.seedCount} seeds, ${this.sessionCount} sessions (${this.unopenedCount} never opened, ${this.faultedSessionCount} ended otherwise than by a close)`,
      `${this.messageCount} messages, ${this.deliveredCount} delivered`,
      `${this.dropCount} drops, ${this.duplicateCount} duplicates, ${this.cutCount} cuts, ${this.quirkCount} quirks`,
      `${(this.simulatedMs / 3_600_000).toFixed(1)} simulated hours`,
      `${this.lostCount} lost, ${this.doubledCount} doubled, ${this.outOfOrderCount} out of order`,
    ].join("; ");
  }
}
