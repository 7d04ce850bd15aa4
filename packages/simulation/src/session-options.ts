import {
  type ReliableSessionOptions,
  type RmVersion,
  reliableSessionOptions,
} from "@bowline/protocol/reliable-messaging";
import type { Side } from "./facts.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** Windows that are drawn: the smallest, WCF's default, and wide ones. */
const windowSizes = [1, 2, 3, 8, 8, 8, 32, 64, 4096];
/** The same in bytes: some messages alone are larger, and no number of them comes near. */
const windowByteLengths = [100, 2_000, 20_000, 8_388_608, 8_388_608];

/** Pauses of a host whose peer says nothing for too long when it stands still: longer than the short inactivityTimeout that is drawn. */
export const longPauseMs = 170_000;
const shortInactivityMs = 150_000;
const longInactivityMs = 600_000;

/** Pauses that a host may make, in ms. */
export function pausesOf(side: Side, standsStill: Side | undefined): readonly number[] {
  return [100, 3_000, side === standsStill ? longPauseMs : 20_000];
}

export interface DrawnInactivity {
  readonly inactivityTimeoutMs: Readonly<Record<Side, number>>;
  /** The side that may stand still for longer than its own inactivityTimeout; its peer waits for longer. */
  readonly standsStill: Side | undefined;
}

/**
 * Both sides have the same inactivityTimeout, or the client's signs of life would come too late for the service. With pauses one of
 * them has the short one: it must not hold its own pause against the other.
 */
export function drawInactivity(random: SeededRandom, hasPauses: boolean, jumpsClock: boolean): DrawnInactivity {
  const drawnMs = jumpsClock ? longInactivityMs : random.pick([shortInactivityMs, longInactivityMs]);
  if (!hasPauses || jumpsClock)
    return { inactivityTimeoutMs: { initiator: drawnMs, acceptor: drawnMs }, standsStill: undefined };
  const standsStill: Side = drawnMs === shortInactivityMs ? "initiator" : "acceptor";
  const other = { initiator: longInactivityMs, acceptor: longInactivityMs };
  return { inactivityTimeoutMs: { ...other, [standsStill]: shortInactivityMs }, standsStill };
}

/** How long nothing is said before the close. Where the service has the short inactivityTimeout alone, its client's signs of life would come too late. */
export function drawIdle(random: SeededRandom, standsStill: Side | undefined): number {
  const idleMs = random.pick([0, 0, 0, 500_000, 2_000_000]);
  return standsStill === "acceptor" ? 0 : idleMs;
}

/** What the options of a side depend on. */
export interface DrawnFor {
  /** Messages may vanish without a word, so that nobody can say how often one must be repeated. */
  readonly isSilent: boolean;
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
