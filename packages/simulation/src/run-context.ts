import type { ReliableSessionOptions } from "@bowline/protocol/reliable-messaging";
import type { Trace } from "./session-record.ts";
import type { Totals } from "./totals.ts";

/** What a run is given beside its random numbers. */
export interface RunContext {
  readonly totals: Totals;
  readonly trace: Trace;
  /** What the machines are given in place of the options that the checkers know. */
  alterOptions(options: ReliableSessionOptions): ReliableSessionOptions;
}
