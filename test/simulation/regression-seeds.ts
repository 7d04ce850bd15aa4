/** Seeds that once found a mistake in the machines, and what it was. What a seed means changes with the draws of the scenarios. */
export const regressionSeeds: readonly { readonly seed: number; readonly mistake: string }[] = [
  {
    seed: 1591,
    mistake:
      "a gap that a full receiver could not take was filled again at once, without end, on a network without delay",
  },
  { seed: 3437, mistake: "the same between two machines that exchange whole envelopes" },
];
