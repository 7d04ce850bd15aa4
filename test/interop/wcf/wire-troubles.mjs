// What a seed draws for the wire between a WCF client and our host while calls are under way. Each kind of trouble decides about
// every envelope that passes, says what it did, and says when that was less than it was made for.

import { SeededRandom } from "../../chaos/seeded-random.mjs";

/**
 * @typedef {import("./record-proxy.mjs").PassingEnvelope} PassingEnvelope
 * @typedef {import("./record-proxy.mjs").Fate} Fate
 *
 * @typedef {{ fateOf(envelope: PassingEnvelope): Fate, toString(): string, readonly shortfall: readonly string[] }} WireTrouble
 */

/**
 * Connections that end: so many of them, spread over the calls, by reset or close, within a record or between two.
 * @implements {WireTrouble}
 */
export class Cuts {
  #counts = { reset: 0, close: 0, withinRecord: 0 };
  #random;
  #handledCount;
  /** Each cut comes when so many calls were handled. */
  #thresholds;

  /** @param {{ seed: number, cutCount: number, callCount: number, handledCount: () => number }} options */
  constructor({ seed, cutCount, callCount, handledCount }) {
    this.#random = new SeededRandom(seed);
    this.#handledCount = handledCount;
    const share = Math.floor((callCount - 1) / cutCount);
    this.#thresholds = Array.from({ length: cutCount }, (_, cut) => cut * share + this.#random.between(1, share));
  }

  /** @param {PassingEnvelope} envelope @returns {Fate} */
  fateOf({ byteLength }) {
    const next = this.#thresholds[this.#count];
    if (next === undefined || this.#handledCount() < next) return undefined;
    const random = this.#random;
    // Not always the first record after it, which would be the host's reply as a rule.
    if (random.isTrue(0.5)) return undefined;
    const cut = random.pick(/** @type {const} */ (["reset", "close"]));
    this.#counts[cut] += 1;
    if (random.isTrue(0.5)) return { cut, afterByteLength: random.pick([0, byteLength]) };
    this.#counts.withinRecord += 1;
    return { cut, afterByteLength: random.between(1, byteLength - 1) };
  }

  get shortfall() {
    const cutCount = this.#thresholds.length;
    return this.#count === cutCount ? [] : [`${this.#count} connections were cut, not ${cutCount}`];
  }

  toString() {
    const { reset, close, withinRecord } = this.#counts;
    return `${reset} resets and ${close} closes, ${withinRecord} of them within a record`;
  }

  get #count() {
    return this.#counts.reset + this.#counts.close;
  }
}

/**
 * Cuts that take a request with them, one after every so many calls, and how long each takes to heal.
 * @implements {WireTrouble}
 */
export class TimedCuts {
  #cutCount;
  #pauseCount;
  #handledCount;
  /** @type {{ atMs: number, connection: number, handledCount: number } | undefined} */
  #cut;
  #isBack = true;
  #handledAtHealing = 0;
  /** From each cut to the client's first record over the next connection, in ms. @type {number[]} */
  #backAfterMs = [];
  /** And to the next reply. @type {number[]} */
  #healedAfterMs = [];

  /** @param {{ cutCount: number, pauseCount: number, handledCount: () => number }} options */
  constructor({ cutCount, pauseCount, handledCount }) {
    this.#cutCount = cutCount;
    this.#pauseCount = pauseCount;
    this.#handledCount = handledCount;
  }

  /** @param {PassingEnvelope} envelope @returns {Fate} */
  fateOf({ from, connection }) {
    const cut = this.#cut;
    const handledCount = this.#handledCount();
    if (cut !== undefined) {
      const afterMs = performance.now() - cut.atMs;
      if (!this.#isBack && from === "client" && connection > cut.connection) {
        this.#isBack = true;
        this.#backAfterMs.push(afterMs);
      } else if (from === "host" && handledCount > cut.handledCount) {
        this.#healedAfterMs.push(afterMs);
        this.#handledAtHealing = handledCount;
        this.#cut = undefined;
      }
      return undefined;
    }
    const isDue =
      this.#healedAfterMs.length < this.#cutCount && handledCount >= this.#handledAtHealing + this.#pauseCount;
    if (!isDue || from === "host") return undefined;
    this.#cut = { atMs: performance.now(), connection, handledCount };
    this.#isBack = false;
    return { cut: "reset", afterByteLength: 0 };
  }

  get shortfall() {
    const healedCount = this.#healedAfterMs.length;
    return healedCount === this.#cutCount ? [] : [`${healedCount} cuts healed, not ${this.#cutCount}`];
  }

  toString() {
    const [back, healed] = [this.#backAfterMs, this.#healedAfterMs].map((times) => median(times).toFixed(0));
    return `the WCF client is back on the wire ${back} ms after a cut and has its next reply after ${healed} ms (medians of ${this.#cutCount})`;
  }
}

/** @param {readonly number[]} times */
function median(times) {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
}

const kinds = /** @type {const} */ (["doubled", "late", "lost"]);
/** How many records pass between one trouble of a kind and the next, in the mean. */
const meanGaps = { doubled: 10, late: 10, lost: 33 };

/**
 * Records that come twice or more, late or never, in both directions. The string table of a binary session makes records depend on
 * earlier ones; those that add to it are left alone.
 * @implements {WireTrouble}
 */
export class RecordTroubles {
  #counts = { client: { doubled: 0, late: 0, lost: 0 }, host: { doubled: 0, late: 0, lost: 0 } };
  #random;
  #isActive;
  /** Records until the next trouble, by side and kind. */
  #gaps;

  /** @param {{ seed: number, isActive: () => boolean }} options */
  constructor({ seed, isActive }) {
    this.#random = new SeededRandom(seed);
    this.#isActive = isActive;
    const draw = () => ({ doubled: this.#gap("doubled"), late: this.#gap("late"), lost: this.#gap("lost") });
    this.#gaps = { client: draw(), host: draw() };
  }

  /** @param {PassingEnvelope} envelope @returns {Fate} */
  fateOf({ from, hasStringTable }) {
    if (hasStringTable || !this.#isActive()) return undefined;
    const due = kinds.filter((kind) => --this.#gaps[from][kind] === 0);
    for (const kind of due) this.#gaps[from][kind] = this.#gap(kind);
    const happening = due.includes("lost") ? /** @type {const} */ (["lost"]) : due;
    for (const kind of happening) this.#counts[from][kind] += 1;
    if (due.includes("lost")) return { copyCount: 0 };
    return {
      copyCount: due.includes("doubled") ? this.#random.between(2, 4) : 1,
      delayMs: due.includes("late") ? this.#random.between(1, 60) : 0,
    };
  }

  get shortfall() {
    return Object.entries(this.#counts).flatMap(([from, counts]) =>
      kinds.filter((kind) => counts[kind] === 0).map((kind) => `no record of the ${from} was ${kind}`),
    );
  }

  toString() {
    return Object.entries(this.#counts)
      .map(
        ([from, { doubled, late, lost }]) => `of the ${from}'s records ${doubled} doubled, ${late} late, ${lost} lost`,
      )
      .join(", ");
  }

  /** @param {keyof typeof meanGaps} kind */
  #gap(kind) {
    return this.#random.between(1, 2 * meanGaps[kind] - 1);
  }
}
