import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fifo } from "./index.ts";

describe("a queue", () => {
  it("gives what was put in, in order, like an array", () => {
    const step = fc.oneof(fc.integer({ min: 1, max: 600 }), fc.constant(0));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = new Fifo<number>();
        const model: number[] = [];
        let next = 0;
        for (const count of steps) {
          // A number puts so many in and takes about half of them; 0 takes all.
          for (let index = 0; index < count; index++) {
            queue.push(next);
            model.push(next++);
          }
          const taken = count === 0 ? model.length + 1 : count >> 1;
          for (let index = 0; index < taken; index++) expect(queue.shift()).toBe(model.shift());
          expect(queue.length).toBe(model.length);
          expect(queue.first).toBe(model[0]);
        }
        expect([...queue]).toEqual(model);
      }),
      { seed: 7, numRuns: 100 },
    );
  });

  it("holds nothing that was taken, while others wait behind it", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const queue = new Fifo<object>();
    for (let count = 0; count < 11; count++) queue.push({});
    const refs = Array.from({ length: 10 }, () => new WeakRef(queue.shift()!));
    // A reference that was made or read in this turn is held until it ends.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();

    expect(refs.map((ref) => ref.deref())).toEqual(Array.from({ length: 10 }, () => undefined));
    expect(queue.length).toBe(1);
  });
});
