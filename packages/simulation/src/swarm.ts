import type { Defect } from "./defect.ts";
import { runMessages } from "./messages/message-run.ts";
import { SeededRandom } from "./seeded-random.ts";
import { Trace } from "./session-record.ts";
import { type CheckerName, SimulationFailure } from "./simulation-failure.ts";
import { runStreams } from "./streams/stream-run.ts";
import { Totals } from "./totals.ts";

/** The worlds that a seed may draw. */
export type WorldKind = "messages" | "streams";

export interface RunResult {
  readonly seed: number;
  readonly world: WorldKind;
  readonly totals: Totals;
  /** Undefined when all was well. */
  readonly failure: { readonly checker: CheckerName | "machine"; readonly message: string } | undefined;
  /** The last things that happened. */
  readonly trace: readonly string[];
}

export interface RunOptions {
  /** A mistake that is in the machines while the run lasts. */
  readonly defect?: Defect | undefined;
  /** Lines of the trace that are kept; default 40. */
  readonly maxTraceLineCount?: number;
}

/** Lives through the run that `seed` stands for. The same seed gives the same run. */
export function runSeed(seed: number, options: RunOptions = {}): RunResult {
  const random = new SeededRandom(seed);
  const totals = new Totals();
  totals.seedCount = 1;
  const trace = new Trace(options.maxTraceLineCount ?? 40);
  const world: WorldKind = random.chance(0.5) ? "messages" : "streams";
  const { defect } = options;
  const alterOptions = defect?.alterOptions ?? ((given) => given);
  const restore = defect?.install?.();
  try {
    if (world === "messages") runMessages(random.fork(), { totals, trace, alterOptions });
    else runStreams(random.fork(), { totals, trace, alterOptions });
    return { seed, world, totals, failure: undefined, trace: trace.lines };
  } catch (error) {
    return { seed, world, totals, failure: failureOf(error, totals), trace: trace.lines };
  } finally {
    restore?.();
  }
}

/** An error that is no checker's is the machine's own: an invariant of its own did not hold. */
function failureOf(error: unknown, totals: Totals): RunResult["failure"] {
  if (!(error instanceof SimulationFailure)) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { checker: "machine", message };
  }
  if (error.checker === "in-order") totals.outOfOrderCount += 1;
  if (error.checker === "exactly-once") {
    if (error.message.endsWith("twice")) totals.doubledCount += 1;
    else totals.lostCount += 1;
  }
  return { checker: error.checker, message: error.message };
}
