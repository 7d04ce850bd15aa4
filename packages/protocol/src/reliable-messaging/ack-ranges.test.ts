import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AssertionError } from "../machine/index.ts";
import { type AckRange, ReceivedNumbers } from "./index.ts";

/** The ranges of a set, the slow way. */
function rangesOf(numbers: ReadonlySet<number>): AckRange[] {
  const ranges: { lower: number; upper: number }[] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last?.upper === number - 1) last.upper = number;
    else ranges.push({ lower: number, upper: number });
  }
  return ranges;
}

describe("ReceivedNumbers (R-WSRM-ACK-2)", () => {
  it("says the same as a set of numbers, whatever comes in whatever order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 80 }), (sequence) => {
        const numbers = new ReceivedNumbers();
        const model = new Set<number>();
        for (const number of sequence) {
          expect(numbers.add(number)).toBe(!model.has(number));
          model.add(number);
          expect(numbers.ranges).toEqual(rangesOf(model));
        }
        const ranges = rangesOf(model);
        expect(numbers.rangeCount).toBe(ranges.length);
        expect(numbers.highest).toBe(Math.max(0, ...model));
        expect(numbers.contiguous).toBe(ranges[0]?.lower === 1 ? ranges[0].upper : 0);
        for (let number = 0; number <= 42; number++) expect(numbers.has(number)).toBe(model.has(number));
      }),
    );
  });

  it("gives the same array until something changes", () => {
    const numbers = new ReceivedNumbers();
    numbers.add(1);
    const { ranges } = numbers;
    numbers.add(1);
    expect(numbers.ranges).toBe(ranges);
    numbers.add(2);
    expect(numbers.ranges).toEqual([{ lower: 1, upper: 2 }]);
    expect(ranges).toEqual([{ lower: 1, upper: 1 }]);
  });

  it("holds a million numbers in order as one range, up to the highest safe one", () => {
    const numbers = new ReceivedNumbers();
    for (let number = 1; number <= 1_000_000; number++) numbers.add(number);
    expect(numbers.rangeCount).toBe(1);
    numbers.add(Number.MAX_SAFE_INTEGER);
    expect(numbers.highest).toBe(Number.MAX_SAFE_INTEGER);
    expect(numbers.contiguous).toBe(1_000_000);
  });

  it.each([0, -1, 1.5, 2 ** 53])("is never asked to hold %d", (number) => {
    expect(() => new ReceivedNumbers().add(number)).toThrow(AssertionError);
  });
});
