/** What looks at a run, by name; a failing run says which of them found it. */
export type CheckerName =
  | "exactly-once"
  | "in-order"
  | "true-acknowledgements"
  | "nothing-after-end"
  | "bounded-buffers"
  | "content"
  | "comes-to-rest"
  | "completes";

/** A checker saw what must not be. */
export class SimulationFailure extends Error {
  override readonly name = "SimulationFailure";
  readonly code = "SIMULATION_FAILED";
  readonly checker: CheckerName;

  constructor(checker: CheckerName, message: string) {
    super(message);
    this.checker = checker;
  }
}
