import { Silence } from "../machine/index.ts";

/**
 * `"idle"`: a session that runs an operation is not idle, and the end of the operation counts as activity. `"wcf"`: WCF's own rule,
 * by which only requests that arrive and callbacks that leave count, so that a long operation's session may be ended under it
 * (R-WCF-RECEIVE-2).
 */
export type ReceiveTimeoutMode = "idle" | "wcf";

/**
 * When messages last passed, and when a server has waited long enough for an application message (R-SEED-RECEIVE-1).
 *
 * Infrastructure messages never extend `receiveTimeoutMs`; what else does is the mode's matter.
 */
export class Activity {
  readonly #mode: ReceiveTimeoutMode;
  /** Of application messages, and of what else counts as one. */
  readonly #silence: Silence;
  #runningCount = 0;
  #infrastructureSinceApplication = 0;
  lastApplicationMessageAtMs: number | undefined;
  lastInfrastructureMessageAtMs: number | undefined;

  /** @param receiveTimeoutMs `Infinity` where there is none: on clients */
  constructor(receiveTimeoutMs: number, nowMs: number, mode: ReceiveTimeoutMode = "idle") {
    this.#mode = mode;
    this.#silence = new Silence(receiveTimeoutMs);
    this.#silence.heard(nowMs);
  }

  /** Infrastructure messages received since the last application message. */
  get infrastructureSinceApplication(): number {
    return this.#infrastructureSinceApplication;
  }

  /** When to look again; the session is over when it says so then. Undefined without a limit or while an operation runs. */
  get nextDeadlineMs(): number | undefined {
    return this.#runningCount > 0 ? undefined : this.#silence.deadlineMs;
  }

  sent(isApplication: boolean, nowMs: number): void {
    if (isApplication) this.lastApplicationMessageAtMs = nowMs;
    else this.lastInfrastructureMessageAtMs = nowMs;
  }

  received(isApplication: boolean, nowMs: number): void {
    this.sent(isApplication, nowMs);
    if (!isApplication) this.#infrastructureSinceApplication += 1;
  }

  /** An application message was handed to the application, or a callback got its reply. */
  delivered(nowMs: number): void {
    this.#silence.heard(nowMs);
    this.#infrastructureSinceApplication = 0;
  }

  /** A callback left. */
  called(nowMs: number): void {
    if (this.#mode === "wcf") this.#silence.heard(nowMs);
  }

  setRunning(count: number, nowMs: number): void {
    if (this.#mode === "wcf") return;
    if (this.#runningCount > 0 && count === 0) this.#silence.heard(nowMs);
    this.#runningCount = count;
  }

  /** This side could not read for `forMs`, up to now. */
  blocked(forMs: number, nowMs: number): void {
    this.#silence.blocked(forMs, nowMs);
  }

  isReceiveTimeoutOver(nowMs: number): boolean {
    return this.#runningCount === 0 && this.#silence.isTooLong(nowMs);
  }
}
