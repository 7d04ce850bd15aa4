import { otherSide, type Side } from "../facts.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { Timeline } from "../timeline.ts";
import type { Totals } from "../totals.ts";
import type { SimulatedMessage } from "./simulated-message.ts";

/** What a bad network does to envelopes; probabilities for each, times in ms. */
export interface MessageFaults {
  readonly loss: number;
  readonly duplication: number;
  readonly reordering: number;
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** How much later than its followers a reordered envelope may be. */
  readonly lateMs: number;
}

export interface MessageLinkSetup {
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly totals: Totals;
  /** Asked for each envelope, so that a network can heal. */
  faults(): MessageFaults;
  arrive(link: MessageLink, at: Side, message: SimulatedMessage): void;
  /** The other side has closed it, behind its last envelope. */
  ended(link: MessageLink, at: Side): void;
}

/** One connection that carries whole envelopes, each way, until it is cut or closed. */
export class MessageLink {
  readonly #setup: MessageLinkSetup;
  readonly #lastArrivalMs: Record<Side, number> = { initiator: 0, acceptor: 0 };
  readonly #closedBy = new Set<Side>();
  readonly #losesInFlight: Record<Side, boolean> = { initiator: false, acceptor: false };
  #isCut = false;
  /** The acceptor has got the first message, by which it knows whose connection this is. No living connection loses that. */
  #isIntroduced = false;

  constructor(setup: MessageLinkSetup) {
    this.#setup = setup;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  send(from: Side, message: SimulatedMessage): void {
    const { random, totals } = this.#setup;
    const faults = this.#setup.faults();
    if (this.#closedBy.has(from)) return;
    if (this.#isCut || (this.#isIntroduced && random.chance(faults.loss))) {
      totals.dropCount += 1;
      return;
    }
    this.#carry(from, message, faults);
    for (let copies = 0; copies < 8 && random.chance(faults.duplication); copies++) {
      totals.duplicateCount += 1;
      this.#carry(from, message, faults);
    }
  }

  /** Nothing that is sent from now on arrives; `losesInFlight` decides about what is on its way to either side. */
  cut(losesInFlight: Readonly<Record<Side, boolean>>): void {
    this.#isCut = true;
    this.#losesInFlight.initiator = losesInFlight.initiator;
    this.#losesInFlight.acceptor = losesInFlight.acceptor;
  }

  /** `by` reads no more; the other side hears of it behind the last envelope. */
  close(by: Side): void {
    if (this.#closedBy.has(by)) return;
    this.#closedBy.add(by);
    if (this.#isCut) return;
    const to = otherSide(by);
    const { timeline, faults } = this.#setup;
    const atMs = Math.max(this.#lastArrivalMs[to], timeline.nowMs + faults().latencyMs);
    timeline.after(atMs - timeline.nowMs, () => {
      if (!this.#closedBy.has(to) && !this.#isCut) this.#setup.ended(this, to);
    });
  }

  #carry(from: Side, message: SimulatedMessage, faults: MessageFaults): void {
    const { timeline, random, totals } = this.#setup;
    const to = otherSide(from);
    const travelMs = faults.latencyMs + random.fraction() * faults.jitterMs;
    let atMs = timeline.nowMs + travelMs;
    if (random.chance(faults.reordering)) atMs += random.fraction() * faults.lateMs;
    else {
      atMs = Math.max(atMs, this.#lastArrivalMs[to]);
      this.#lastArrivalMs[to] = atMs;
    }
    timeline.after(atMs - timeline.nowMs, () => {
      if (this.#closedBy.has(to) || (this.#isCut && this.#losesInFlight[to])) totals.dropCount += 1;
      else {
        this.#isIntroduced ||= to === "acceptor";
        this.#setup.arrive(this, to, message);
      }
    });
  }
}
