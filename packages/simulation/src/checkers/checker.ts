import type { ReliableSessionOptions } from "@bowline/protocol/reliable-messaging";
import type { Fact, Side } from "../facts.ts";

/** What the checkers know of a session from the start. */
export interface CheckedSession {
  readonly options: Readonly<Record<Side, ReliableSessionOptions>>;
  /**
   * True when messages come in chunks of bytes: the machine hands a whole chunk over before it can hear what the application took, so
   * that all that the peer had in flight may come beside a full window.
   */
  readonly comesInChunks: boolean;
}

/** Watches one session; throws a SimulationFailure on what must not be. */
export interface Checker {
  observe(fact: Fact): void;
}
