import type { Throttle } from "./dispatch/throttle.ts";
import type { WhenFull } from "./host-options.ts";

export interface SessionAdmissionOptions {
  readonly throttle: Throttle;
  readonly whenFull: WhenFull;
  /** Sessions that wait at once. */
  readonly maxPendingSessions: number;
  isClosing(): boolean;
}

/** Decides what becomes of those who want a session with a host (R-HOST-THROTTLE-4). */
export class SessionAdmission {
  readonly #options: SessionAdmissionOptions;

  constructor(options: SessionAdmissionOptions) {
    this.#options = options;
  }

  get isClosing(): boolean {
    return this.#options.isClosing();
  }

  /** `"free"`: take a place by `take`. `"wait"`: wait for one. Else why there will be none. */
  ask(): "free" | "wait" | { readonly refusal: string } {
    const { throttle, whenFull, maxPendingSessions } = this.#options;
    if (this.isClosing) return { refusal: "This host is closing; try again later." };
    if (throttle.hasRoom) return "free";
    if (whenFull === "wait" && throttle.waitingCount < maxPendingSessions) return "wait";
    const waiting = whenFull === "wait" ? `, and ${maxPendingSessions} wait for a place (maxPendingSessions)` : "";
    const refusal = `This host has ${throttle.limit} sessions already (maxConcurrentSessions)${waiting}; try again later.`;
    return { refusal };
  }

  take(): void {
    this.#options.throttle.take();
  }

  release(): void {
    this.#options.throttle.release();
  }

  /** `admitted` is called with a place taken, in the order of the calls here. */
  wait(admitted: () => void): Disposable {
    return this.#options.throttle.wait({}, admitted);
  }
}
