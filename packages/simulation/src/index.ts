export type { Defect } from "./defect.ts";
export { defects } from "./defects.ts";
export { SeededRandom } from "./seeded-random.ts";
export { type CheckerName, SimulationFailure } from "./simulation-failure.ts";
export { type RunOptions, type RunResult, runSeed, type WorldKind } from "./swarm.ts";
export { Totals } from "./totals.ts";
