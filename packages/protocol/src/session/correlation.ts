import type { HeaderBlock } from "../soap/index.ts";
import type { UniqueId, XmlReader } from "../xml/index.ts";

/** A request that waits for its reply. */
export interface PendingCall {
  readonly messageId: UniqueId;
  readonly action: string;
  /** When it fails with a time-out; `Infinity` for never. */
  readonly deadlineMs: number;
  /** The wait that ends there, in ms, for the error's message. */
  readonly timeoutMs?: number | undefined;
  /** Stands on the Body of the reply, faults included. What it throws becomes the call's failure. */
  readReply(reader: XmlReader, action: string, headers: readonly HeaderBlock[]): unknown;
  /** Whether `action` is one of this call's answers: its reply or a fault. Asked for an answer that does not say what it relates to. */
  isAnswer?(action: string): boolean;
}

/** Matches replies to requests by RelatesTo. */
export class Correlation<Call extends PendingCall> {
  readonly #calls = new Map<string, Call>();
  #earliestMs = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#calls.size;
  }

  /** Not later than the first deadline; it may be early, since calls that ended do not move it. */
  get nextDeadlineMs(): number | undefined {
    return this.#calls.size === 0 || this.#earliestMs === Number.POSITIVE_INFINITY ? undefined : this.#earliestMs;
  }

  add(call: Call): void {
    this.#calls.set(call.messageId.key, call);
    if (call.deadlineMs < this.#earliestMs) this.#earliestMs = call.deadlineMs;
  }

  /** Removes and returns the call that a reply belongs to. */
  take(relatesTo: UniqueId): Call | undefined {
    const call = this.#calls.get(relatesTo.key);
    if (call !== undefined) this.#calls.delete(relatesTo.key);
    if (this.#calls.size === 0) this.#earliestMs = Number.POSITIVE_INFINITY;
    return call;
  }

  /** The call whose request has this MessageID. */
  find(messageId: UniqueId): Call | undefined {
    return this.#calls.get(messageId.key);
  }

  /** Removes and returns the oldest call of which `action` is an answer. */
  takeOldest(action: string): Call | undefined {
    for (const [key, call] of this.#calls) {
      if (call.isAnswer?.(action) !== true) continue;
      this.#calls.delete(key);
      return call;
    }
    return undefined;
  }

  takeExpired(nowMs: number): readonly Call[] {
    if (this.#earliestMs > nowMs) return [];
    const expired: Call[] = [];
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const call of this.#calls.values()) {
      if (call.deadlineMs <= nowMs) expired.push(call);
      else if (call.deadlineMs < earliestMs) earliestMs = call.deadlineMs;
    }
    this.#earliestMs = earliestMs;
    for (const call of expired) this.#calls.delete(call.messageId.key);
    return expired;
  }

  takeAll(): readonly Call[] {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    this.#earliestMs = Number.POSITIVE_INFINITY;
    return calls;
  }
}
