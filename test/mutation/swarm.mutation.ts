import { runSeed } from "@bowline/simulation";
import { expect, it } from "vitest";

it.each([1, 2, 3, 4])("a swarm of bad networks loses nothing (ten seeds from %i0)", (tens) => {
  for (let seed = tens * 10; seed < tens * 10 + 10; seed++) expect(runSeed(seed).failure).toBeUndefined();
});
