import type { ReliableSessionOptions, RmVersion, SessionShape } from "@bowline/protocol/reliable-messaging";
import type { Side } from "../facts.ts";
import type { SeededRandom } from "../seeded-random.ts";
import { drawIdle, drawInactivity, drawSessionOptions } from "../session-options.ts";
import type { MessageFaults } from "./message-link.ts";
import { noQuirks, type QuirkSettings } from "./wcf-quirks.ts";

/** Everything that is drawn for a run before it starts; times in ms. */
export interface MessageScenario {
  readonly version: RmVersion;
  readonly shape: SessionShape;
  readonly options: Readonly<Record<Side, ReliableSessionOptions>>;
  readonly faults: MessageFaults;
  readonly quirks: Readonly<Record<Side, QuirkSettings>>;
  /** The network heals then, and all must complete. */
  readonly healAtMs: number;
  readonly messageCount: Readonly<Record<Side, number>>;
  /** Messages that are handed over at one instant. */
  readonly burstCount: number;
  /** Bytes of one message, at most. */
  readonly largestByteLength: number;
  /** How long an application takes over a message. */
  readonly takingMs: Readonly<Record<Side, number>>;
  /** A slow application, and no flow control that would spare it. */
  readonly overruns: boolean;
  readonly cutCount: number;
  readonly pauseCount: number;
  /** One side may stand still for longer than its own inactivityTimeout. */
  readonly standsStill: Side | undefined;
  readonly clockJumpCount: number;
  readonly restartsAcceptor: boolean;
  readonly closer: Side;
  /** Closes before the network has healed. */
  readonly closesEarly: boolean;
  /** Both sides close at one instant. */
  readonly closesTogether: boolean;
  /** Nothing is said for so long before the close. */
  readonly idleMs: number;
  /** One of the applications gives up. */
  readonly aborter: Side | undefined;
}

export const healthyFaults: MessageFaults = {
  loss: 0,
  duplication: 0,
  reordering: 0,
  latencyMs: 5,
  jitterMs: 0,
  lateMs: 0,
};

/** WCF's pauses between repetitions double without end. */
const endlessIntervalMs = 86_400_000;

/** Each kind of fault is in about half of the runs, so that runs differ in kind, not only in degree. */
export function drawMessageScenario(random: SeededRandom): MessageScenario {
  const version: RmVersion = random.pick(["1.0", "1.1"]);
  const shape: SessionShape = random.chance(0.85) ? "duplex" : "one-way";
  const loss = random.chance(0.5) ? random.pick([0.02, 0.1, 0.3]) : 0;
  const hasCuts = random.chance(0.6);
  const hasPauses = random.chance(0.3);
  const takingMs = { initiator: drawTaking(random), acceptor: drawTaking(random) };
  const isSilent = loss > 0 || hasCuts || hasPauses || takingMs.initiator + takingMs.acceptor > 0;
  const clockJumpCount = random.chance(0.2) ? random.integer(1, 3) : 0;
  const { inactivityTimeoutMs, standsStill } = drawInactivity(random, hasPauses, clockJumpCount > 0);
  const maxAckRangeCount = random.chance(0.15) ? random.integer(2, 6) : 1024;
  const quirks = { initiator: drawQuirks(random), acceptor: drawQuirks(random) };
  const draw = (side: Side): ReliableSessionOptions => {
    const drawnFor = { isSilent, inactivityTimeoutMs: inactivityTimeoutMs[side], maxAckRangeCount };
    const drawn = drawSessionOptions(random, version, drawnFor);
    return quirks[side].repeatsByTimerAlone ? { ...drawn, maxRetransmissionIntervalMs: endlessIntervalMs } : drawn;
  };
  const options = { initiator: draw("initiator"), acceptor: draw("acceptor") };
  const hasFlowControl = options.initiator.flowControlEnabled && options.acceptor.flowControlEnabled;
  const closesEarly = loss === 0 && random.chance(0.4);
  return {
    version,
    shape,
    options,
    faults: drawFaults(random, loss),
    quirks,
    healAtMs: random.pick([2_000, 20_000, 60_000]),
    messageCount: {
      initiator: random.integer(0, random.pick([3, 20, 60])),
      acceptor: shape === "one-way" ? 0 : random.integer(0, random.pick([3, 20, 60])),
    },
    burstCount: random.pick([1, 1, 4, 30]),
    largestByteLength: random.pick([1, 200, 5_000]),
    takingMs,
    overruns: !hasFlowControl && takingMs.initiator + takingMs.acceptor > 0,
    cutCount: hasCuts ? random.integer(1, 6) : 0,
    pauseCount: hasPauses ? random.integer(1, 3) : 0,
    standsStill,
    clockJumpCount,
    restartsAcceptor: random.chance(0.05),
    closer: shape === "duplex" && random.chance(0.2) ? "acceptor" : "initiator",
    closesEarly,
    closesTogether: shape === "duplex" && random.chance(0.1),
    idleMs: drawIdle(random, standsStill),
    aborter: random.chance(0.06) ? random.pick<Side>(["initiator", "acceptor"]) : undefined,
  };
}

function drawFaults(random: SeededRandom, loss: number): MessageFaults {
  return {
    loss,
    duplication: random.chance(0.4) ? random.pick([0.05, 0.3]) : 0,
    reordering: random.chance(0.4) ? random.pick([0.05, 0.3]) : 0,
    latencyMs: random.pick([0, 1, 20, 300]),
    jitterMs: random.pick([0, 0, 5, 200]),
    lateMs: random.pick([10, 500, 5_000]),
  };
}

function drawQuirks(random: SeededRandom): QuirkSettings {
  if (random.chance(0.6)) return noQuirks;
  return {
    duplicateBurst: random.pick([0, 0.5, 1]),
    headBurst: random.pick([0, 0.5, 1]),
    repeatsByTimerAlone: random.chance(0.5),
    lateAcknowledgement: random.pick([0, 0.3, 1]),
    lateMs: random.pick([100, 1_000]),
    lossOnSwap: random.pick([0, 0.5, 1]),
    surplusAckRequested: random.pick([0, 0.1, 0.5]),
    stuckCount: random.pick([0, 0, 1, 3]),
    shuffleMs: random.pick([0, 0, 5, 50]),
    lateReturnMs: random.pick([0, 0, 60_000]),
  };
}

function drawTaking(random: SeededRandom): number {
  return random.chance(0.6) ? 0 : random.pick([1, 50, 500, 2_000]);
}
