import { defects, type RunResult, runSeed, SeededRandom, Totals } from "@bowline/simulation";
import { describe, expect, it } from "vitest";
import { regressionSeeds } from "./regression-seeds.ts";

/** More seeds, and fresh ones, run with `npm run test:sim`. */
const seeds = Array.from({ length: 100 }, (_, index) => index + 1);

describe("a swarm of bad networks", () => {
  it.each(seeds)("loses nothing, doubles nothing, keeps order and comes to rest (seed %i)", (seed) => {
    expect(report(runSeed(seed))).toBe("passed");
  });

  it.each(regressionSeeds)("stays cured of what seed $seed showed: $mistake", ({ seed }) => {
    expect(report(runSeed(seed))).toBe("passed");
  });

  it("goes through every kind of trouble", () => {
    const totals = new Totals();
    for (const seed of seeds) totals.add(runSeed(seed).totals);

    expect(totals.dropCount).toBeGreaterThan(100);
    expect(totals.duplicateCount).toBeGreaterThan(100);
    expect(totals.cutCount).toBeGreaterThan(50);
    expect(totals.quirkCount).toBeGreaterThan(1000);
    expect(totals.deliveredCount).toBeGreaterThan(1000);
    expect(totals.simulatedMs).toBeGreaterThan(1000 * 60);
    expect([totals.lostCount, totals.doubledCount, totals.outOfOrderCount]).toEqual([0, 0, 0]);
  });
});

describe("the same seed", () => {
  it("gives the same run, line by line", () => {
    for (const seed of seeds.slice(0, 10)) {
      const [one, other] = [1, 2].map(() => runSeed(seed, { maxTraceLineCount: 100_000 }).trace);
      expect(one).toEqual(other);
    }
  });

  it("gives the same numbers, which other seeds do not", () => {
    const draw = (seed: number): number[] => {
      const random = new SeededRandom(seed);
      return Array.from({ length: 4 }, () => random.integer(0, 1_000_000));
    };

    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });
});

describe("a deliberate defect in the machines", () => {
  it.each(defects)("is found within 500 seeds: $name", (defect) => {
    let found: RunResult | undefined;
    for (let seed = 1; seed <= 500 && found === undefined; seed++) {
      const result = runSeed(seed, { defect });
      if (result.failure !== undefined) found = result;
    }

    expect(found?.failure).toBeDefined();
    // The defect is gone with its run.
    expect(report(runSeed(found?.seed ?? 0))).toBe("passed");
  });
});

function report({ seed, failure, trace }: RunResult): string {
  if (failure === undefined) return "passed";
  const replay = `replay: npm run test:sim -- --seed=${seed}`;
  return [`${failure.checker}: ${failure.message}`, ...trace.slice(-30), replay].join("\n");
}
