import { setTimeout as sleep } from "node:timers/promises";
import { Conversation } from "./conversation.mjs";
import { newStepReader } from "./recording.mjs";
import { mask } from "./websocket-steps.mjs";

/**
 * Plays one side of a recording to a live peer of ours.
 *
 * @typedef {import("./conversation.mjs").Message} Message
 * @typedef {import("./recording.mjs").Recording} Recording
 * @typedef {import("./recording.mjs").Side} Side
 * @typedef {import("./recording.mjs").Step} Step
 * @typedef {object} Wire the connections to the live peer, numbered as in the recording
 * @property {(connection: number, bytes: Uint8Array) => void} send
 * @property {(connection: number) => Promise<void>} open resolves when the connection is there
 * @property {(connection: number, isReset: boolean) => void} close
 */

/** Ports of the recorded hosts, of net.tcp two and of WebSocket one; behind a relay, so that Via and Host have another. */
const recordedPorts = [19_000, 19_100, 19_001];
/** How long a step waits for what came before it in the recording; a client's pauses between connections grow up to 5 s. */
const patienceMs = 8_000;
/** And how long once one has waited in vain: the run has failed, and is played on for what else it shows. */
const spentPatienceMs = 100;
/** Before a connection is cut and at the end, our side may have more to say than the recorded one had. */
const quietMs = 60;

export class Playback {
  /** The recording, with names for identifiers. */
  recorded = new Conversation();
  /** What passed now. */
  live = new Conversation();
  /** Steps that our side never gave a reason to play, and acknowledgements that are not true. @type {string[]} */
  problems = [];
  #recording;
  #played;
  #isTimed;
  /** @type {Map<number, Message>} */
  #messages = new Map();
  /** What is no longer waited for, since it did not come when it should have. @type {Set<number>} */
  #waived = new Set();
  /** Message numbers that the played side has used. @type {Set<number>} */
  #sentNumbers = new Set();
  #startMs = 0;
  #lastLiveMs = 0;
  #wake = () => {};

  /**
   * @param {Recording} recording
   * @param {Side} played the side that the recording speaks
   * @param {{ isTimed: boolean }} options with isTimed, no step is played earlier than in the recording
   */
  constructor(recording, played, { isTimed }) {
    this.#recording = recording;
    this.#played = played;
    this.#isTimed = isTimed;
    for (const step of recording.steps) {
      if (step.kind === "cut" || step.kind === "gone" || step.from === "network") continue;
      this.#messages.set(step.index, this.recorded.observe(step.from, step));
    }
    for (const [name, id] of this.recorded.ids) {
      if (this.recorded.owners.get(name) === played) this.live.name(id, name, played);
    }
  }

  /** Port of our side's To, which answers must repeat; undefined when the recorded address may stay. @type {number | undefined} */
  port;

  /** The side that is ours. @returns {Side} */
  get ours() {
    return this.#played === "client" ? "server" : "client";
  }

  /** For one direction of a connection of our side. */
  newReader() {
    return newStepReader(this.#recording.transport);
  }

  /** The first connection was opened, with which both clocks start. */
  started() {
    if (this.#startMs === 0) this.#startMs = performance.now();
  }

  /** Something of our side arrived. @param {number} connection @param {import("./recording.mjs").ReadStep[]} steps */
  received(connection, steps) {
    const now = performance.now();
    this.#lastLiveMs = now;
    for (const step of steps) {
      const message = this.live.observe(this.ours, { ...step, connection, atMs: this.#elapsedMs });
      this.#checkTruth(message);
    }
    this.#wake();
  }

  /** @param {Wire} wire */
  async run(wire) {
    const { steps } = this.#recording;
    for (const step of steps) {
      if (step.from === this.ours) continue;
      await this.#until(step.index, `${step.from} ${this.#messages.get(step.index)?.key ?? step.kind}`);
      if (this.#isTimed && this.#startMs > 0) await sleep(step.atMs - this.#elapsedMs);
      await this.#play(step, wire);
    }
    await this.#until(steps.length, "the end");
    await this.#quiet();
  }

  get #elapsedMs() {
    return Math.round(performance.now() - this.#startMs);
  }

  /** Nothing may be acknowledged that was not sent. @param {Message} message */
  #checkTruth({ key, acknowledges }) {
    for (const { lower, upper } of acknowledges) {
      for (let number = lower; number <= upper; number++) {
        if (!this.#sentNumbers.has(number)) this.problems.push(`${key} acknowledges ${number}, which was not sent yet`);
      }
    }
  }

  /** @param {Step} step @param {Wire} wire */
  async #play(step, wire) {
    if (step.kind === "cut" || step.kind === "gone") {
      await this.#quiet();
      wire.close(step.connection, step.kind === "cut" || step.isReset === true);
      return;
    }
    const message = this.#messages.get(step.index);
    if (message !== undefined && this.#deniesArrivals(message)) return;
    await wire.open(step.connection);
    if (this.#startMs === 0) this.#startMs = performance.now() - step.atMs;
    const bytes = this.#translated(step);
    if (bytes === undefined) {
      this.problems.push(`${message?.key} could not be said: it names what our side never named`);
      return;
    }
    wire.send(step.connection, bytes);
    const said = this.live.observe(this.#played, step);
    if (said.messageNumber !== undefined) this.#sentNumbers.add(said.messageNumber);
  }

  /**
   * The recorded host's threads sent some messages out of order, and an acknowledgement in between shows them as missing. Ours had sent
   * them by then. It would send them again, slow down, and wait for an answer that no recording has: such an acknowledgement is left
   * out, and the next one covers it.
   * @param {Message} message
   */
  #deniesArrivals({ isAcknowledgement, acknowledges }) {
    if (!isAcknowledgement) return false;
    return acknowledges.slice(1).some(({ lower }, index) => {
      const from = /** @type {import("./conversation.mjs").Range} */ (acknowledges[index]).upper + 1;
      return this.live.messages.some(
        (sent) => sent.from === this.ours && (sent.messageNumber ?? 0) >= from && (sent.messageNumber ?? 0) < lower,
      );
    });
  }

  /** Waits until our side has done all that the recorded one had done before step `index`. @param {number} index @param {string} what */
  async #until(index, what) {
    const wanted = this.#recording.steps.filter(
      (step) => step.index < index && step.from === this.ours && !this.#waived.has(step.index),
    );
    const missing = () => wanted.filter((step) => !this.#isDone(step));
    const lastAtMs = wanted.at(-1)?.atMs ?? 0;
    const pauseMs = this.#isTimed ? Math.max(0, lastAtMs - this.#elapsedMs) : 0;
    const limitMs = this.#waived.size === 0 ? patienceMs : spentPatienceMs;
    const deadlineMs = performance.now() + limitMs + (this.#startMs > 0 ? pauseMs : 0);
    while (missing().length > 0) {
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) break;
      await this.#change(leftMs);
    }
    for (const step of missing()) {
      this.#waived.add(step.index);
      this.problems.push(`${what} waited in vain for ${this.#messages.get(step.index)?.key}`);
    }
  }

  /** @param {number} limitMs */
  #change(limitMs) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(limitMs, 2_000_000_000));
      this.#wake = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
  }

  /** @param {Step} step */
  #isDone(step) {
    const message = this.#messages.get(step.index);
    if (message === undefined) return true;
    if (message.isAcknowledgement) return this.live.acknowledges(this.ours, message.acknowledges);
    // When a question comes is for a timer to say, but with one a client comes back on a new connection.
    if (message.isQuestion && !this.#isTimed && !this.#isFirstOnConnection(step)) return true;
    // What was sent again was sent again for want of an answer, which our side may have had.
    if (message.key.includes(" again ")) return true;
    return this.live.has(`${this.ours} ${message.key}`);
  }

  /** @param {Step} step an envelope */
  #isFirstOnConnection({ connection, index }) {
    const first = this.#recording.steps.find((step) => step.connection === connection && step.kind === "envelope");
    return first?.index === index;
  }

  async #quiet() {
    const fromMs = performance.now();
    for (;;) {
      const leftMs = Math.max(this.#lastLiveMs, fromMs) + quietMs - performance.now();
      if (leftMs <= 0) return;
      await sleep(leftMs);
    }
  }

  /**
   * The recorded bytes with our side's identifiers in the place of the recorded ones; undefined when one has no counterpart.
   * Nothing else is touched: string tables, prefixes and record types stay as the recorded peer wrote them.
   * A handshake is answered with what our client's key makes of it.
   * @param {Step} step
   */
  #translated({ kind, bytes: recorded, connection, maskAt }) {
    const bytes = Buffer.from(recorded);
    mask(bytes, maskAt);
    if (this.port !== undefined) {
      for (const port of recordedPorts) replaceAll(bytes, hostAndPort(port), hostAndPort(this.port));
    }
    for (const [name, id] of this.recorded.ids) {
      if (this.recorded.owners.get(name) === this.#played) continue;
      const old = guidBytes(id);
      if (!bytes.includes(old)) continue;
      const now = this.live.ids.get(name);
      if (now === undefined) return undefined;
      replaceAll(bytes, old, guidBytes(now));
    }
    if (this.#played === "server" && kind === "handshake") {
      replaceAll(bytes, Buffer.from(this.recorded.acceptOf(connection)), Buffer.from(this.live.acceptOf(connection)));
    }
    mask(bytes, maskAt);
    return bytes;
  }
}

/** All ports here have five digits, so that lengths stay. @param {number} port */
function hostAndPort(port) {
  return Buffer.from(`127.0.0.1:${port}`);
}

/** @param {Buffer} bytes @param {Buffer} old @param {Buffer} now of the same length */
function replaceAll(bytes, old, now) {
  for (let at = bytes.indexOf(old); at >= 0; at = bytes.indexOf(old, at + 1)) now.copy(bytes, at);
}

/** The 16 bytes of a unique-id record: the first three fields are little-endian. @param {string} id `urn:uuid:…` */
function guidBytes(id) {
  const bytes = Buffer.from(id.replace("urn:uuid:", "").replaceAll("-", ""), "hex");
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}
