/** Our own mistake: a claim about our state did not hold. Ends the session that met it, never the process. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
  readonly code = "ASSERTION_FAILED";
}

/** Kept on in production. `claim` is what must be true, as a sentence. */
export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new AssertionError(`Bowline's own invariant does not hold: ${claim}`);
}

/** Marks the arm of a switch that the types say cannot be reached. */
export function unreachable(value: never): never {
  throw new AssertionError(`unexpected value ${JSON.stringify(value)}`);
}
