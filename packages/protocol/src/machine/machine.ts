/** A pure protocol machine: one input and the current time in, every consequence out. */
export interface Machine<Input, Effect> {
  /** Never throws for what a peer did: that is an effect. `nowMs` is monotonic. */
  handle(input: Input, nowMs: number): readonly Effect[];
  /** When `{ type: "timeout" }` is next useful, in ms on the same clock; undefined while no timer is armed. */
  readonly nextDeadlineMs: number | undefined;
}
