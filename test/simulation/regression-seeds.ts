/** Seeds that once found a mistake in the machines, and what it was. What a seed means changes with the draws of the scenarios. */
export const regressionSeeds: readonly { readonly seed: number; readonly mistake: string }[] = [
  {
    seed: 1591,
    mistake:
      "a gap that a full receiver could not take was filled again at once, without end, on a network without delay",
  },
  { seed: 3437, mistake: "the same between two machines that exchange whole envelopes" },
  {
    seed: 13662,
    mistake: "messages lost together were repeated one per retransmission time-out, which had grown to half a minute",
  },
  { seed: 19288, mistake: "the same over streams, until the receive timeout ended the session" },
];
