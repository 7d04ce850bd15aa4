import type { ReliableSessionInput } from "@bowline/protocol/reliable-messaging";
import type { SeededRandom } from "../seeded-random.ts";
import type { Timeline } from "../timeline.ts";
import type { Totals } from "../totals.ts";
import type { SimulatedMessage } from "./simulated-message.ts";

/** How a peer behaves in the odd, permitted ways that WCF is known for; probabilities where nothing else is said, 0 for never. */
export interface QuirkSettings {
  /** On a new connection it repeats whatever it sent last, acknowledged or not. */
  readonly duplicateBurst: number;
  /** When news of arrivals make it repeat, it repeats the oldest message over and over before all others (R-LIVE-RM-1). */
  readonly headBurst: number;
  /** It repeats for no other reason than its timer: not over a gap, nor on a new connection (R-LIVE-RM-2). */
  readonly repeatsByTimerAlone: boolean;
  /** Its stand-alone acknowledgements leave late, by up to `lateMs`. */
  readonly lateAcknowledgement: number;
  readonly lateMs: number;
  /** An acknowledgement that waits while the connection is swapped, or is due because of that, is never sent (R-LIVE-RM-3). */
  readonly lossOnSwap: number;
  /** It asks for acknowledgements that it has already, also before it closes (R-LIVE-RM-4). */
  readonly surplusAckRequested: number;
  /** Messages that it acknowledges and keeps for ever: its BufferRemaining stays lower by so many (R-LIVE-RM-5). */
  readonly stuckCount: number;
  /** Threads handle what it receives, each message up to so many ms after it came: in another order (R-LIVE-RM-6). */
  readonly shuffleMs: number;
  /** A client whose connection is gone comes back only when it has something to send, up to so many ms later (R-LIVE-RM-7). */
  readonly lateReturnMs: number;
}

export const noQuirks: QuirkSettings = {
  duplicateBurst: 0,
  headBurst: 0,
  repeatsByTimerAlone: false,
  lateAcknowledgement: 0,
  lateMs: 0,
  lossOnSwap: 0,
  surplusAckRequested: 0,
  stuckCount: 0,
  shuffleMs: 0,
  lateReturnMs: 0,
};

/** What made a machine transmit. */
export type Cause = ReliableSessionInput<SimulatedMessage>["type"];

export interface WcfQuirksSetup {
  readonly settings: QuirkSettings;
  readonly random: SeededRandom;
  readonly timeline: Timeline;
  readonly totals: Totals;
  /** An AckRequested as this side would send it now; undefined before it has a sequence. */
  ackRequested(): SimulatedMessage | undefined;
}

/** Messages that a burst on a new connection repeats at most. */
const maxBurstCount = 16;
/** Repetitions of the oldest message in a row; live ones end with the acknowledgement and are far more. */
const maxHeadBurstCount = 40;
/** Between two of them. */
const headBurstPauseMs = 0.05;

type Send = (message: SimulatedMessage) => void;

/** Stands around a machine and makes it behave like WCF at its oddest. */
export class WcfQuirks {
  readonly #setup: WcfQuirksSetup;
  readonly #recent: SimulatedMessage[] = [];
  #connection = 0;
  /** The timer has repeated something on this connection, and what follows it may be repeated as well. */
  #hasTimerFired = false;
  #headBurstAtMs = Number.NEGATIVE_INFINITY;

  constructor(setup: WcfQuirksSetup) {
    this.#setup = setup;
  }

  /** How long after it heard of the end of a connection a client opens another; undefined for no quirk. */
  returnAfterMs(): number | undefined {
    const { settings, random } = this.#setup;
    return settings.lateReturnMs === 0 ? undefined : this.#counted(random.fraction() * settings.lateReturnMs);
  }

  /** A connection is about to take the place of the one before. */
  connecting(): void {
    this.#connection += 1;
    this.#hasTimerFired = false;
  }

  /** The machine has greeted the new connection; `send` puts an envelope on it. */
  connected(send: Send): void {
    const { settings, random, totals } = this.#setup;
    if (!random.chance(settings.duplicateBurst)) return;
    for (const message of this.#recent) {
      totals.duplicateCount += 1;
      send(message);
    }
  }

  /** `handle` gives the machine what has arrived. */
  incoming(handle: () => void): void {
    const { settings, random, timeline } = this.#setup;
    if (settings.shuffleMs === 0) handle();
    else timeline.after(this.#counted(random.fraction() * settings.shuffleMs), handle);
  }

  outgoing(message: SimulatedMessage, cause: Cause, send: Send): void {
    const { settings, random } = this.#setup;
    if (this.#isWithheld(message, cause)) {
      this.#setup.totals.quirkCount += 1;
      return;
    }
    this.#lowerRoom(message);
    if (message.kind === "sequence-acknowledgement" && random.chance(settings.lateAcknowledgement))
      return this.#sendLate(message, send);
    if (message.kind === "close-sequence" || message.kind === "terminate-sequence") this.#askOnceMore(send);
    if (isRepetition(message) && cause === "received" && random.chance(settings.headBurst))
      this.#sendHeadBurst(message, send);
    send(message);
    if (message.kind !== "application" || message.isFault) return;
    this.#recent.push(message);
    if (this.#recent.length > maxBurstCount) this.#recent.shift();
    this.#askOnceMore(send);
  }

  #isWithheld(message: SimulatedMessage, cause: Cause): boolean {
    const { settings, random } = this.#setup;
    if (message.kind === "sequence-acknowledgement") return cause === "link-up" && random.chance(settings.lossOnSwap);
    if (!isRepetition(message)) return false;
    this.#hasTimerFired ||= cause === "timeout";
    return settings.repeatsByTimerAlone && !this.#hasTimerFired;
  }

  #lowerRoom({ rm }: SimulatedMessage): void {
    const { stuckCount } = this.#setup.settings;
    const room = rm.acknowledgement?.bufferRemaining ?? 0;
    if (stuckCount === 0 || rm.acknowledgement === undefined || room <= 1) return;
    rm.acknowledgement = { ...rm.acknowledgement, bufferRemaining: Math.max(1, this.#counted(room - stuckCount)) };
  }

  #sendLate(message: SimulatedMessage, send: Send): void {
    const { settings, random, timeline, totals } = this.#setup;
    const connection = this.#connection;
    timeline.after(this.#counted(random.fraction() * settings.lateMs), () => {
      if (connection !== this.#connection && random.chance(settings.lossOnSwap)) totals.dropCount += 1;
      else send(message);
    });
  }

  #askOnceMore(send: Send): void {
    const { settings, random } = this.#setup;
    const question = random.chance(settings.surplusAckRequested) ? this.#setup.ackRequested() : undefined;
    if (question !== undefined) send(this.#counted(question));
  }

  /** One burst for whatever is repeated at one instant. */
  #sendHeadBurst(message: SimulatedMessage, send: Send): void {
    const { random, timeline, totals } = this.#setup;
    if (this.#headBurstAtMs === timeline.nowMs) return;
    this.#headBurstAtMs = timeline.nowMs;
    const connection = this.#connection;
    const count = this.#counted(random.integer(2, maxHeadBurstCount));
    for (let index = 0; index < count; index++) {
      timeline.after(index * headBurstPauseMs, () => {
        if (connection !== this.#connection) return;
        totals.duplicateCount += 1;
        send(message);
      });
    }
  }

  #counted<T>(value: T): T {
    this.#setup.totals.quirkCount += 1;
    return value;
  }
}

function isRepetition({ kind, sighting }: SimulatedMessage): boolean {
  return (kind === "application" || kind === "last-message") && (sighting.attempt ?? 0) > 1;
}
