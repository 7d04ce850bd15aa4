/** One end of a connection, as the network sees it. */
export interface PipeEnd {
  /** What it wants to write now. */
  takeOutput(): Uint8Array | undefined;
  received(bytes: Uint8Array): void;
  /** Once; `error` is undefined when the other side closed it. */
  ended(error: unknown): void;
}

/** Something that wants to be woken. */
export interface Sleeper {
  readonly nextDeadlineMs: number | undefined;
  wake(): void;
}

export type Side = "client" | "server";

/** One connection: bytes go in at one end and come out at the other, in order. */
export interface Pipe {
  readonly client: PipeEnd;
  readonly server: PipeEnd;
  isOpen: boolean;
  /** The side that has closed it; what the other still writes meets nobody. */
  closedBy: Side | undefined;
  /** The side that has not heard yet that it is cut. */
  unnoticedBy: Side | undefined;
}

/** Timeouts of one instant. */
const maxWakeCount = 1000;

interface Event {
  readonly atMs: number;
  readonly run: () => void;
}

/**
 * Simulated time and connections. Time jumps from one deadline to the next; what is on the wire for an instant arrives before the
 * timeouts of that instant, so that an acknowledgement due "now" may still ride on an answer.
 */
export class Network {
  nowMs = 0;
  latencyMs = 0;
  readonly sleepers: Sleeper[] = [];
  #pipes: Pipe[] = [];
  #events: Event[] = [];
  readonly #heldSides = new Set<Side>();
  #held: Event["run"][] = [];

  after(delayMs: number, run: () => void): void {
    const atMs = this.nowMs + delayMs;
    const index = this.#events.findIndex((event) => event.atMs > atMs);
    this.#events.splice(index === -1 ? this.#events.length : index, 0, { atMs, run });
  }

  join(client: PipeEnd, server: PipeEnd): Pipe {
    const pipe: Pipe = { client, server, isOpen: true, closedBy: undefined, unnoticedBy: undefined };
    this.#pipes.push(pipe);
    return pipe;
  }

  /** `by` closes the connection after its last bytes (gracefully), or drops it with them. */
  close(pipe: Pipe, by: Side, isGraceful: boolean): void {
    if (!pipe.isOpen || pipe.closedBy !== undefined) return;
    if (isGraceful) this.#flush(pipe, by);
    pipe.closedBy = by;
    const other = by === "client" ? pipe.server : pipe.client;
    this.#carry(pipe, by, () => {
      pipe.isOpen = false;
      other.ended(isGraceful ? undefined : new Error("connection reset"));
    });
  }

  /**
   * Breaks every connection; what is on the wire is lost. Both sides hear of it at once, but for `unnoticedBy`: that side hears of it
   * when it writes.
   */
  cut(unnoticedBy?: Side): void {
    this.#held = [];
    for (const pipe of this.#pipes) {
      const deaf = pipe.unnoticedBy;
      if (!pipe.isOpen && deaf === undefined) continue;
      const wasOpen = pipe.isOpen;
      pipe.isOpen = false;
      pipe.unnoticedBy = unnoticedBy;
      for (const side of ["client", "server"] as const) {
        if (side === unnoticedBy || side === pipe.closedBy || (!wasOpen && side !== deaf)) continue;
        pipe[side].takeOutput();
        pipe[side].ended(new Error("connection cut"));
      }
    }
  }

  /** What `side` sends waits on the wire until `release`. */
  hold(side: Side): void {
    this.#heldSides.add(side);
  }

  release(): void {
    this.#heldSides.clear();
    for (const run of this.#held.splice(0)) this.after(0, run);
  }

  /** Lets `forMs` pass, and handles everything that is due by its end. */
  run(forMs: number): void {
    const untilMs = this.nowMs + forMs;
    let wakeCount = 0;
    for (;;) {
      this.#flushAll();
      const event = this.#events[0];
      if (event !== undefined && event.atMs <= this.nowMs) {
        this.#events.shift();
        event.run();
        continue;
      }
      const due = this.sleepers.find(
        ({ nextDeadlineMs }) => nextDeadlineMs !== undefined && nextDeadlineMs <= this.nowMs,
      );
      if (due !== undefined) {
        // A deadline that stays where it is although time has come would keep a driver busy for ever.
        if (++wakeCount > maxWakeCount) throw new Error(`a deadline at ${due.nextDeadlineMs} does not move on`);
        due.wake();
        continue;
      }
      const deadlines = this.sleepers.map(({ nextDeadlineMs }) => nextDeadlineMs ?? Number.POSITIVE_INFINITY);
      const nextMs = Math.min(event?.atMs ?? Number.POSITIVE_INFINITY, ...deadlines);
      if (nextMs > untilMs) break;
      if (nextMs > this.nowMs) wakeCount = 0;
      this.nowMs = nextMs;
    }
    this.nowMs = untilMs;
  }

  #flushAll(): void {
    this.#pipes = this.#pipes.filter((pipe) => pipe.isOpen || pipe.unnoticedBy !== undefined);
    for (const pipe of this.#pipes) {
      this.#flush(pipe, "client");
      this.#flush(pipe, "server");
    }
  }

  #flush(pipe: Pipe, side: Side): void {
    const bytes = pipe[side].takeOutput();
    if (bytes === undefined || pipe.closedBy !== undefined) return;
    if (pipe.unnoticedBy === side) {
      pipe.unnoticedBy = undefined;
      pipe[side].ended(new Error("connection reset"));
      return;
    }
    const other = side === "client" ? pipe.server : pipe.client;
    this.#carry(pipe, side, () => {
      if (pipe.isOpen && pipe.closedBy !== (side === "client" ? "server" : "client")) other.received(bytes);
    });
  }

  #carry(pipe: Pipe, from: Side, arrive: () => void): void {
    const run = (): void => {
      if (pipe.isOpen) arrive();
    };
    if (this.#heldSides.has(from)) this.#held.push(run);
    else this.after(this.latencyMs, run);
  }
}
