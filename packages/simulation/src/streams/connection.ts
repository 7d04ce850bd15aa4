import { otherSide, type Side } from "../facts.ts";
import type { Host } from "../host.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { Timeline } from "../timeline.ts";
import type { Totals } from "../totals.ts";

/** What a bad network does to the bytes of a connection; times in ms. */
export interface StreamFaults {
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** How likely a write arrives in pieces. */
  readonly splitting: number;
}

/** One end of a connection, as the network sees it. */
export interface ConnectionEnd {
  /** The peer's orderly end is expected: it is no news. */
  readonly expectsEnd: boolean;
  takeOutput(): Uint8Array | undefined;
  /** `bytes` are borrowed until the call returns. */
  received(bytes: Uint8Array): void;
  /** Once; `error` is undefined when the other side closed it. */
  ended(error: Error | undefined): void;
}

export interface ConnectionSetup {
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly totals: Totals;
  readonly hosts: Readonly<Record<Side, Host>>;
  /** Asked for each write, so that a network can heal. */
  faults(): StreamFaults;
}

/** When either side hears that a connection broke; undefined: when it writes again, at the earliest. */
export type Notices = Readonly<Record<Side, number | undefined>>;

interface End {
  readonly end: ConnectionEnd;
  /** Its owner has let it go, or knows that it is gone. */
  isClosed: boolean;
  lastArrivalMs: number;
  /** Bytes for this end wait until then. */
  stalledUntilMs: number;
  /** Bytes for this end until the connection breaks. */
  remainingByteCount: number;
}

/** Something a side writes into a broken connection comes back as a reset after this long. */
const resetAfterMs = 200;

/** One TCP connection: bytes go in at one end and come out at the other, in order, until something happens. */
export class Connection {
  readonly #setup: ConnectionSetup;
  readonly #ends: Readonly<Record<Side, End>>;
  #isBroken = false;
  #notices: Notices = { initiator: 0, acceptor: 0 };

  constructor(setup: ConnectionSetup, initiator: ConnectionEnd, acceptor: ConnectionEnd) {
    this.#setup = setup;
    this.#ends = { initiator: newEnd(initiator), acceptor: newEnd(acceptor) };
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Neither side uses it any more. */
  get isOver(): boolean {
    return this.#ends.initiator.isClosed && this.#ends.acceptor.isClosed;
  }

  /** Sends what `side` has written. */
  flush(side: Side): void {
    const own = this.#ends[side];
    if (own.isClosed) return;
    const bytes = own.end.takeOutput();
    if (bytes === undefined) return;
    if (this.#isBroken) return this.#writeIntoNothing(side);
    this.#carryPieces(otherSide(side), bytes);
  }

  /** `side` lets it go: behind its last bytes, or at once and without them. */
  close(side: Side, isGraceful: boolean): void {
    const own = this.#ends[side];
    if (own.isClosed) return;
    if (isGraceful) this.flush(side);
    own.isClosed = true;
    if (!this.#isBroken)
      this.#carry(otherSide(side), () => this.#hear(otherSide(side), isGraceful ? undefined : reset()));
  }

  /** It breaks when `byteCount` more bytes have arrived at `side`: anywhere inside a record. */
  breakAfter(side: Side, byteCount: number, notices: Notices): void {
    this.#ends[side].remainingByteCount = byteCount;
    this.#notices = notices;
  }

  /** Nothing that is on its way arrives; each side hears of it when its notice says. */
  break(notices: Notices = this.#notices): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#setup.totals.cutCount += 1;
    for (const side of ["initiator", "acceptor"] as const) {
      const afterMs = notices[side];
      if (afterMs !== undefined) this.#tellAfter(side, afterMs);
    }
  }

  /** Bytes for `side` wait: a stall, and when the other way goes on, a one-way partition. */
  stall(side: Side, forMs: number): void {
    const end = this.#ends[side];
    end.stalledUntilMs = Math.max(end.stalledUntilMs, this.#setup.timeline.nowMs + forMs);
  }

  /** `side` hears an end that its peer never meant; the other way goes on until `side` lets go. */
  halfClose(side: Side): void {
    this.#setup.totals.cutCount += 1;
    this.#perform(side, () => this.#hear(side, undefined));
  }

  /** Whoever thinks a broken connection is alive hears that it is not, and what was to break does not. */
  settle(): void {
    for (const end of Object.values(this.#ends)) end.remainingByteCount = Number.POSITIVE_INFINITY;
    if (!this.#isBroken) return;
    for (const side of ["initiator", "acceptor"] as const) this.#tellAfter(side, 0);
  }

  #writeIntoNothing(side: Side): void {
    this.#setup.totals.dropCount += 1;
    this.#tellAfter(side, resetAfterMs);
  }

  #tellAfter(side: Side, afterMs: number): void {
    this.#setup.timeline.after(afterMs, () => this.#perform(side, () => this.#hear(side, reset())));
  }

  #hear(side: Side, error: Error | undefined): void {
    const own = this.#ends[side];
    if (own.isClosed) return;
    if (error === undefined && own.end.expectsEnd) return;
    own.isClosed = true;
    own.end.ended(error);
    if (!this.#isBroken) this.#carry(otherSide(side), () => this.#hear(otherSide(side), reset()));
  }

  #carryPieces(to: Side, bytes: Uint8Array): void {
    const { random } = this.#setup;
    const { splitting } = this.#setup.faults();
    let from = 0;
    while (from < bytes.length) {
      const left = bytes.length - from;
      const byteLength = random.chance(splitting)
        ? random.integer(1, Math.min(left, random.pick([1, 8, 200, 5_000])))
        : left;
      const piece = bytes.slice(from, from + byteLength);
      this.#carry(to, () => this.#arrive(to, piece));
      from += byteLength;
    }
  }

  #arrive(to: Side, piece: Uint8Array): void {
    const receiver = this.#ends[to];
    if (receiver.isClosed) {
      this.#setup.totals.dropCount += 1;
      return;
    }
    const bytes = piece.subarray(0, receiver.remainingByteCount);
    receiver.remainingByteCount -= bytes.length;
    if (bytes.length > 0) receiver.end.received(bytes);
    // Bytes are lent for the call only: whoever kept a view of them finds rubbish.
    piece.fill(0xa5);
    if (receiver.remainingByteCount <= 0) this.break();
  }

  #carry(to: Side, arrive: () => void): void {
    const { timeline, random, totals } = this.#setup;
    const { latencyMs, jitterMs } = this.#setup.faults();
    const receiver = this.#ends[to];
    const travelMs = latencyMs + random.fraction() * jitterMs;
    const atMs = Math.max(timeline.nowMs + travelMs, receiver.lastArrivalMs, receiver.stalledUntilMs);
    receiver.lastArrivalMs = atMs;
    timeline.after(atMs - timeline.nowMs, () => {
      if (this.#isBroken) totals.dropCount += 1;
      else this.#perform(to, arrive);
    });
  }

  #perform(side: Side, action: () => void): void {
    this.#setup.hosts[side].perform(action);
  }
}

function newEnd(end: ConnectionEnd): End {
  return { end, isClosed: false, lastArrivalMs: 0, stalledUntilMs: 0, remainingByteCount: Number.POSITIVE_INFINITY };
}

function reset(): Error {
  return new Error("the connection was reset");
}
