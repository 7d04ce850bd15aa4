/** How the two ends of a stream talk, [MC-NMF] 2.2.3.2. WCF over TCP uses `duplex` and `singleton-unsized` only. */
export type FramingMode = "singleton-unsized" | "duplex" | "simplex" | "singleton-sized";

const modes: readonly (FramingMode | undefined)[] = [
  undefined,
  "singleton-unsized",
  "duplex",
  "simplex",
  "singleton-sized",
];

/** The octet of a Mode record. */
export function octetOfMode(mode: FramingMode): number {
  return modes.indexOf(mode);
}

/** The mode an octet stands for; undefined for 00 and 05 to FF, which [MC-NMF] 2.2.3.2 does not define. */
export function modeOfOctet(octet: number): FramingMode | undefined {
  return modes[octet];
}
