import type {
  DuplexSession,
  ExchangeLink,
  Link,
  PendingCall,
  SessionEffect,
  SessionInput,
} from "@bowline/protocol/session";
import { atTurnEnd, inLaterTurn } from "#host/turn";
import { blockedLoopMs, type Clock } from "./clock.ts";
import type { LinkOwner, Wire } from "./wire.ts";

export interface SessionDriverOptions<Call extends PendingCall> {
  readonly session: DuplexSession<Call>;
  readonly clock: Clock;
  /** Client: opens a connection for `owner`; rejects when that fails. `signal` fires when nobody wants it any more. */
  dial?(owner: LinkOwner, signal: AbortSignal): Promise<Wire>;
  /** Client over exchanges: sends what is in the output of `link`; `owner` hears of the answer, or that there is none. */
  exchange?(link: ExchangeLink, owner: LinkOwner): Wire;
  /** The session is over: whatever it used may be let go. */
  release?(): void;
  /** Every effect that is not about connections. */
  perform(effect: SessionEffect<Call>): void;
}

/**
 * Joins one session to the clock and its connections. Runs to completion: what is dispatched from within an effect waits its turn.
 * What is to be written goes out once per turn of the event loop, and sooner when it is much.
 */
export class SessionDriver<Call extends PendingCall> implements LinkOwner {
  readonly #options: SessionDriverOptions<Call>;
  readonly #inbox: SessionInput<Call>[] = [];
  readonly #wires = new Map<Link, Wire>();
  readonly #dialing = new AbortController();
  #isRunning = false;
  #isWritePlanned = false;
  #isTimeoutPlanned = false;
  #alarm: { readonly atMs: number; readonly handle: Disposable } | undefined;
  #redial: ReturnType<typeof setTimeout> | undefined;
  /** What the session knows of the time in which the loop was blocked. */
  #blockedMs: number;
  #isOver = false;

  constructor(options: SessionDriverOptions<Call>) {
    this.#options = options;
    this.#blockedMs = options.clock.blockedMs?.(options.clock.nowMs()) ?? 0;
  }

  get nowMs(): number {
    return this.#options.clock.nowMs();
  }

  dispatch(input: SessionInput<Call>): void {
    this.#inbox.push(input);
    if (!this.#isRunning) this.#drain();
  }

  /** Server: the connection, and the first envelope on it, belong to this session. */
  adopt(wire: Wire, bytes: Uint8Array, from: number, to: number): void {
    this.#wires.set(wire.link, wire);
    wire.handOver(this);
    this.dispatch({ type: "link-bound", link: wire.link });
    const { session } = this.#options;
    this.#perform(session.receiveEnvelope(wire.link, bytes, from, to, this.nowMs));
    // More may have come with it.
    this.dispatch({ type: "received", link: wire.link, bytes: nothing });
  }

  /** Server: the connection belongs to this session, which reads all of it. */
  bind(wire: Wire): void {
    this.#wires.set(wire.link, wire);
    wire.handOver(this);
    this.dispatch({ type: "link-bound", link: wire.link });
    // Some may have come while the session had to wait for its place.
    this.dispatch({ type: "received", link: wire.link, bytes: nothing });
  }

  received(link: Link, bytes: Uint8Array): void {
    this.dispatch({ type: "received", link, bytes });
  }

  receivedAll(link: Link, messages: readonly Uint8Array[]): void {
    const lastIndex = messages.length - 1;
    for (let index = 0; index < lastIndex; index++) link.push(messages[index]!, this.nowMs);
    this.received(link, messages[lastIndex]!);
  }

  closed(link: Link, error: unknown): void {
    this.#wires.delete(link);
    this.dispatch({ type: "link-closed", link, error });
  }

  #drain(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (let index = 0; index < this.#inbox.length; index++) {
        this.#handle(this.#inbox[index]!);
        this.#writeMuch();
      }
    } finally {
      this.#inbox.length = 0;
      this.#isRunning = false;
      this.#planWrite();
      this.#watchDeadline();
      this.#holdProcess();
    }
  }

  /** Over exchanges there may be no connection while messages wait to be sent again: the process must not end meanwhile. */
  #holdProcess(): void {
    const { session, exchange } = this.#options;
    if (exchange === undefined) return;
    const isWaiting = !this.#isOver && session.unacknowledgedCount > 0;
    if (isWaiting) this.#redial ??= setTimeout(() => undefined, 2 ** 31 - 1);
    else if (this.#redial !== undefined) {
      clearTimeout(this.#redial);
      this.#redial = undefined;
    }
  }

  #handle(input: SessionInput<Call>): void {
    const { nowMs } = this;
    try {
      this.#tellOfBlock(nowMs);
      this.#perform(this.#options.session.handle(input, nowMs));
    } catch (cause) {
      // An error of our own ends this session, never the process. What waits its turn is told so, call by call.
      this.#perform(this.#options.session.handle({ type: "break", cause }, this.nowMs));
    }
  }

  /** Before whatever comes now: what the session decides by it must not be decided by time in which nobody could listen. */
  #tellOfBlock(nowMs: number): void {
    const blockedMs = this.#options.clock.blockedMs?.(nowMs) ?? 0;
    const forMs = blockedMs - this.#blockedMs;
    if (forMs <= 0) return;
    this.#blockedMs = blockedMs;
    this.#perform(this.#options.session.handle({ type: "blocked", forMs }, nowMs));
  }

  /**
   * What there is to write goes out when the running callback and the promises it settled are through: one write for all of it.
   */
  #planWrite(): void {
    if (this.#isWritePlanned || this.#options.session.link?.hasOutput !== true) return;
    this.#isWritePlanned = true;
    atTurnEnd(this.#write);
  }

  /** Much goes out before the turn is over: the peer works on it while this side makes the rest. */
  #writeMuch(): void {
    const { link } = this.#options.session;
    if (link !== undefined && link.outputByteLength >= muchByteLength) this.#wires.get(link)?.flush();
  }

  readonly #write = (): void => {
    this.#isWritePlanned = false;
    const { link } = this.#options.session;
    if (link !== undefined) this.#wires.get(link)?.flush();
  };

  /**
   * Arms the clock for the session's next deadline. What is due now waits for the end of the turn, so that an acknowledgement can ride
   * on a reply that a promise is about to give.
   */
  #watchDeadline(): void {
    if (this.#isOver || this.#isTimeoutPlanned) return;
    const deadlineMs = this.#options.session.nextDeadlineMs;
    // A deadline that moved later is looked at when the earlier alarm rings: that costs nothing now.
    if (deadlineMs === undefined || (this.#alarm !== undefined && this.#alarm.atMs <= deadlineMs)) return;
    if (deadlineMs <= this.nowMs) {
      this.#isTimeoutPlanned = true;
      inLaterTurn(this.#timeout);
      return;
    }
    this.#alarm?.handle[Symbol.dispose]();
    this.#alarm = { atMs: deadlineMs, handle: this.#options.clock.wakeAt(deadlineMs, this.#ring) };
  }

  readonly #ring = (): void => {
    const lateMs = this.nowMs - this.#alarm!.atMs;
    this.#alarm = undefined;
    if (lateMs < blockedLoopMs) return this.#timeout();
    // Something kept the loop from its turn. What came meanwhile is read first, lest a session ends for want of messages that are there.
    this.#isTimeoutPlanned = true;
    inLaterTurn(this.#timeout);
  };

  readonly #timeout = (): void => {
    this.#isTimeoutPlanned = false;
    const deadlineMs = this.#options.session.nextDeadlineMs;
    if (deadlineMs !== undefined && deadlineMs <= this.nowMs) this.dispatch({ type: "timeout" });
    else this.#watchDeadline();
  };

  #perform(effects: readonly SessionEffect<Call>[]): void {
    for (const effect of effects) {
      switch (effect.type) {
        case "open-link":
          this.#planDial(effect.delayMs);
          break;
        case "close-link":
          this.#wires.get(effect.link)?.close(effect.isGraceful);
          this.#wires.delete(effect.link);
          break;
        case "exchange":
          this.#wires.set(effect.link, this.#options.exchange!(effect.link, this));
          break;
        case "closed":
        case "faulted":
          this.#end();
          this.#options.perform(effect);
          break;
        default:
          this.#options.perform(effect);
      }
    }
  }

  #end(): void {
    this.#isOver = true;
    this.#alarm?.handle[Symbol.dispose]();
    this.#alarm = undefined;
    clearTimeout(this.#redial);
    this.#dialing.abort();
    this.#options.release?.();
  }

  #planDial(delayMs: number): void {
    if (delayMs === 0) {
      void this.#dial();
      return;
    }
    // Between half and all of the pause, so that many clients of a restarted service do not come back at one instant.
    const pauseMs = delayMs * (0.5 + Math.random() / 2);
    // Not the shared clock: a program that waits for its session to come back must not end meanwhile.
    this.#redial = setTimeout(() => void this.#dial(), pauseMs);
  }

  async #dial(): Promise<void> {
    const { dial } = this.#options;
    if (dial === undefined || this.#isOver) return;
    try {
      const wire = await dial(this, this.#dialing.signal);
      if (this.#isOver) return wire.close(false);
      this.#wires.set(wire.link, wire);
      this.dispatch({ type: "link-connected", link: wire.link });
    } catch (error) {
      if (!this.#isOver) this.dispatch({ type: "link-failed", error });
    }
  }
}

/** Enough to be worth a write of its own, and about half of what a socket reads at once. */
const muchByteLength = 32 * 1024;
const nothing = new Uint8Array(0);
