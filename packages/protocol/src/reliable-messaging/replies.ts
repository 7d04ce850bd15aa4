import type { UniqueId } from "../xml/index.ts";
import type { AckRange } from "./ack-ranges.ts";
import { ReceivedNumbers } from "./ack-ranges.ts";
import type { Exchange } from "./exchange.ts";
import type { ApplicationMessage } from "./sent-window.ts";

/** What becomes of a request: nothing yet, an acknowledgement alone, or a numbered reply. */
export type Outcome = "open" | "acknowledged" | { readonly replyNumber: number; readonly message: ApplicationMessage };

/** A request that arrived, until its reply is acknowledged. */
export interface ReceivedRequest {
  readonly messageNumber: number;
  readonly messageId: UniqueId | undefined;
  /** False once it is known that no reply comes. */
  wantsReply: boolean;
  /** Those that wait for the outcome: more than one where the request was repeated meanwhile. */
  readonly exchanges: Exchange[];
  outcome: Outcome;
}

/**
 * The requests of a session and their replies, kept until the client acknowledges them and repeated for a repeated request
 * (R-HTTP-REPLY-1).
 */
export class Replies {
  readonly #byRequestNumber = new Map<number, ReceivedRequest>();
  readonly #byMessageId = new Map<string, ReceivedRequest>();
  readonly #byReplyNumber = new Map<number, ReceivedRequest>();
  readonly #acknowledged = new ReceivedNumbers();
  #lastNumber = 0;
  #openCount = 0;

  /** Replies that the client has not acknowledged. */
  get keptCount(): number {
    return this.#byReplyNumber.size;
  }

  /** Requests without an outcome. */
  get openCount(): number {
    return this.#openCount;
  }

  /** All replies up to here are acknowledged. */
  get acknowledgedUpTo(): number {
    return this.#acknowledged.contiguous;
  }

  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** The messages of replies that are not acknowledged, in the order of their numbers. */
  get kept(): readonly { readonly messageNumber: number; readonly message: ApplicationMessage }[] {
    return [...this.#byReplyNumber.values()].flatMap(({ outcome }) => {
      return typeof outcome === "string" ? [] : [{ messageNumber: outcome.replyNumber, message: outcome.message }];
    });
  }

  add(messageNumber: number, messageId: UniqueId | undefined, exchange: Exchange): ReceivedRequest {
    const wantsReply = messageId !== undefined;
    const request: ReceivedRequest = { messageNumber, messageId, wantsReply, exchanges: [exchange], outcome: "open" };
    this.#byRequestNumber.set(messageNumber, request);
    if (messageId !== undefined) this.#byMessageId.set(messageId.key, request);
    this.#openCount += 1;
    return request;
  }

  find(messageNumber: number): ReceivedRequest | undefined {
    return this.#byRequestNumber.get(messageNumber);
  }

  findByMessageId(messageId: UniqueId): ReceivedRequest | undefined {
    return this.#byMessageId.get(messageId.key);
  }

  /** The request was not taken after all. */
  drop(request: ReceivedRequest): void {
    this.#openCount -= 1;
    this.#forget(request);
  }

  /** No reply comes: an acknowledgement is all the answer there is. */
  acknowledge(request: ReceivedRequest): void {
    if (request.outcome !== "open") return;
    request.outcome = "acknowledged";
    this.#openCount -= 1;
    // A repetition is answered by an acknowledgement without being known.
    this.#forget(request);
  }

  /** Numbers the reply and keeps it. */
  reply(request: ReceivedRequest, message: ApplicationMessage): void {
    this.#lastNumber += 1;
    request.outcome = { replyNumber: this.#lastNumber, message };
    this.#byReplyNumber.set(this.#lastNumber, request);
    this.#openCount -= 1;
  }

  /** Gives out a number for what needs no acknowledgement: 1.0's LastMessage. */
  takeNumber(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }

  /** The client has these replies. */
  acknowledged(ranges: readonly AckRange[]): void {
    if (this.#byReplyNumber.size === 0) return;
    for (const [number, request] of this.#byReplyNumber) {
      if (!ranges.some(({ lower, upper }) => lower <= number && number <= upper)) continue;
      this.#byReplyNumber.delete(number);
      this.#acknowledged.add(number);
      this.#forget(request);
    }
  }

  /** Nobody can be answered there any more. */
  lost(exchange: Exchange): void {
    for (const { exchanges } of this.#byRequestNumber.values()) {
      const index = exchanges.indexOf(exchange);
      if (index >= 0) exchanges.splice(index, 1);
    }
  }

  /** The exchanges that wait, which then wait no more. */
  takeWaiting(): readonly Exchange[] {
    return [...this.#byRequestNumber.values()].flatMap(({ exchanges }) => exchanges.splice(0));
  }

  #forget({ messageNumber, messageId }: ReceivedRequest): void {
    this.#byRequestNumber.delete(messageNumber);
    if (messageId !== undefined) this.#byMessageId.delete(messageId.key);
  }
}
