import type { ReliableSessionOptions, RmVersion, SessionShape } from "@bowline/protocol/reliable-messaging";
import type { Side } from "../facts.ts";
import type { SeededRandom } from "../seeded-random.ts";
import { drawIdle, drawInactivity, drawSessionOptions } from "../session-options.ts";
import type { Framing } from "./carriage.ts";
import type { StreamFaults } from "./connection.ts";

/** Everything that is drawn for a run before it starts; times in ms. */
export interface StreamScenario {
  readonly framing: Framing;
  readonly version: RmVersion;
  readonly shape: SessionShape;
  readonly options: Readonly<Record<Side, ReliableSessionOptions>>;
  readonly faults: StreamFaults;
  /** The network heals then, and all must complete. */
  readonly healAtMs: number;
  readonly clientCount: number;
  /** Messages that each application sends by itself; answers come on top. */
  readonly messageCount: Readonly<Record<Side, number>>;
  readonly burstCount: number;
  /** How likely a message of a duplex session wants an answer. */
  readonly asking: number;
  readonly takingMs: Readonly<Record<Side, number>>;
  readonly longestFilling: number;
  /** A slow application, and no flow control that would spare it. */
  readonly overruns: boolean;
  /** Connections that break after some bytes. */
  readonly cutCount: number;
  readonly halfCloseCount: number;
  readonly stallCount: number;
  /** Stalls of one direction only. */
  readonly partitionCount: number;
  /** How likely a new connection breaks within its first records: the preamble, the message that names the session. */
  readonly fragile: number;
  /** How likely an attempt to connect fails. */
  readonly unreachable: number;
  readonly pauseCount: number;
  /** One side may stand still for longer than its own inactivityTimeout. */
  readonly standsStill: Side | undefined;
  readonly clockJumpCount: number;
  readonly restartsServer: boolean;
  /** One client vanishes without a word. */
  readonly losesClient: boolean;
  readonly closer: Side;
  readonly closesEarly: boolean;
  /** Both sides close at one instant. */
  readonly closesTogether: boolean;
  /** Nothing is said for so long before the close. */
  readonly idleMs: number;
  /** One of the applications gives up. */
  readonly aborter: Side | undefined;
}

export const healthyFaults: StreamFaults = { latencyMs: 5, jitterMs: 0, splitting: 0 };

/** Each kind of fault is in a part of the runs only, so that runs differ in kind, not only in degree. */
export function drawStreamScenario(random: SeededRandom): StreamScenario {
  const version: RmVersion = random.pick(["1.0", "1.1"]);
  const shape: SessionShape = random.chance(0.85) ? "duplex" : "one-way";
  const some = (probability: number, most: number): number =>
    random.chance(probability) ? random.integer(1, most) : 0;
  const stallCount = some(0.2, 3);
  const partitionCount = some(0.25, 3);
  const halfCloseCount = some(0.2, 2);
  const pauseCount = some(0.3, 3);
  const clockJumpCount = some(0.2, 3);
  const takingMs = { initiator: drawTaking(random), acceptor: drawTaking(random) };
  const { inactivityTimeoutMs, standsStill } = drawInactivity(random, pauseCount > 0, clockJumpCount > 0);
  const drawnFor = {
    isSilent: stallCount + partitionCount + pauseCount + takingMs.initiator + takingMs.acceptor > 0,
    maxAckRangeCount: random.chance(0.15) ? random.integer(2, 6) : 1024,
  };
  const options = {
    initiator: drawSessionOptions(random, version, { ...drawnFor, inactivityTimeoutMs: inactivityTimeoutMs.initiator }),
    acceptor: drawSessionOptions(random, version, { ...drawnFor, inactivityTimeoutMs: inactivityTimeoutMs.acceptor }),
  };
  const hasFlowControl = options.initiator.flowControlEnabled && options.acceptor.flowControlEnabled;
  return {
    version,
    shape,
    options,
    faults: {
      latencyMs: random.pick([0, 1, 20, 300]),
      jitterMs: random.pick([0, 0, 5, 100]),
      splitting: random.pick([0, 0, 0.5, 0.95]),
    },
    healAtMs: random.pick([2_000, 20_000, 60_000]),
    clientCount: random.pick([1, 1, 1, 2, 3]),
    messageCount: {
      initiator: random.integer(0, random.pick([3, 10, 30])),
      acceptor: shape === "one-way" ? 0 : random.integer(0, random.pick([3, 10, 30])),
    },
    burstCount: random.pick([1, 1, 4, 30]),
    asking: shape === "one-way" ? 0 : random.pick([0, 0.5, 1]),
    takingMs,
    longestFilling: random.pick([0, 40, 40, 3_000]),
    overruns: !hasFlowControl && takingMs.initiator + takingMs.acceptor > 0,
    cutCount: some(0.6, 6),
    halfCloseCount,
    stallCount,
    partitionCount,
    fragile: random.pick([0, 0, 0.3, 0.7]),
    unreachable: random.pick([0, 0, 0.3, 0.8]),
    pauseCount,
    standsStill,
    clockJumpCount,
    restartsServer: random.chance(0.07),
    losesClient: random.chance(0.04),
    closer: shape === "duplex" && random.chance(0.2) ? "acceptor" : "initiator",
    closesEarly: random.chance(0.35),
    closesTogether: random.chance(0.1),
    idleMs: drawIdle(random, standsStill),
    aborter: random.chance(0.06) ? random.pick<Side>(["initiator", "acceptor"]) : undefined,
    framing: random.pick<Framing>(["net.tcp", "net.tcp", "websocket"]),
  };
}

function drawTaking(random: SeededRandom): number {
  return random.chance(0.6) ? 0 : random.pick([1, 50, 500, 2_000]);
}
