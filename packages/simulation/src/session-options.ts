import {
  type ReliableSessionOptions,
  type RmVersion,
  reliableSessionOptions,
} from "@bowline/protocol/reliable-messaging";
import type { SeededRandom } from "./seeded-random.ts";

/** Windows that are drawn: the smallest, WCF's default, and wide ones. */
const windowSizes = [1, 2, 3, 8, 8, 8, 32, 64, 4096];
/** The same in bytes: some messages alone are larger, and no number of them comes near. */
const windowByteLengths = [100, 2_000, 20_000, 8_388_608, 8_388_608];

/** What the options of a side depend on. */
export interface DrawnFor {
  /** Messages may vanish without a word, so that nobody can say how often one must be repeated. */
  readonly isSilent: boolean;
  /** Both sides have the same one, or the client's signs of life would come too late for the service. */
  readonly inactivityTimeoutMs: number;
  /** The same on both sides: more ranges than a side reads end its session. */
  readonly maxAckRangeCount: number;
}

/** Options of one side; `maxRetryCount` is WCF's default unless the network is silent about what it does. */
export function drawSessionOptions(
  random: SeededRandom,
  version: RmVersion,
  { isSilent, inactivityTimeoutMs, maxAckRangeCount }: DrawnFor,
): ReliableSessionOptions {
  return reliableSessionOptions({
    version,
    ordered: random.chance(0.75),
    acknowledgementIntervalMs: random.pick([1, 50, 200, 200, 1_000]),
    flowControlEnabled: random.chance(0.8),
    ackOn: random.chance(0.8) ? "received" : "processed",
    maxTransferWindowSize: random.pick(windowSizes),
    maxTransferWindowByteLength: random.pick(windowByteLengths),
    maxRetransmissionIntervalMs: random.pick([1_000, 5_000, 30_000]),
    maxAckRangeCount,
    inactivityTimeoutMs,
    maxRetryCount: isSilent ? 1_000 : 8,
  });
}
