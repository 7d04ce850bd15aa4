import type { UniqueId } from "../xml/index.ts";
import type { AckRange } from "./ack-ranges.ts";
import { ReceivedNumbers } from "./ack-ranges.ts";
import type { Exchange } from "./exchange.ts";
import type { ApplicationMessage } from "./sent-window.ts";

/** A reply, and its number in the sequence of replies. */
export interface NumberedReply {
  readonly messageNumber: number;
  readonly message: ApplicationMessage;
}

/** A request that arrived, until its reply is acknowledged or it is known that there is none. */
export interface ReceivedRequest {
  readonly messageNumber: number;
  readonly messageId: UniqueId | undefined;
  /** False once it is known that no reply comes. */
  wantsReply: boolean;
  /** Those that wait for the reply: more than one where the request was repeated meanwhile. */
  readonly exchanges: Exchange[];
  reply: NumberedReply | undefined;
}

/**
 * The requests of a session and their replies, kept until the client acknowledges them and repeated for a repeated request
 * (R-HTTP-REPLY-1).
 */
export class Replies {
  readonly #byRequestNumber = new Map<number, ReceivedRequest>();
  readonly #byMessageId = new Map<string, ReceivedRequest>();
  readonly #kept = new Map<number, { readonly request: ReceivedRequest; readonly reply: NumberedReply }>();
  readonly #acknowledged = new ReceivedNumbers();
  #lastNumber = 0;

  /** Replies that the client has not acknowledged. */
  get keptCount(): number {
    return this.#kept.size;
  }

  /** Requests that may still have a reply. */
  get openCount(): number {
    return this.#byRequestNumber.size - this.#kept.size;
  }

  /** All replies up to here are acknowledged. */
  get acknowledgedUpTo(): number {
    return this.#acknowledged.contiguous;
  }

  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** The messages of replies that are not acknowledged, in the order of their numbers. */
  get kept(): readonly NumberedReply[] {
    return [...this.#kept.values()].map(({ reply }) => reply);
  }

  add(messageNumber: number, messageId: UniqueId | undefined, exchange: Exchange): ReceivedRequest {
    const wantsReply = messageId !== undefined;
    const request: ReceivedRequest = { messageNumber, messageId, wantsReply, exchanges: [exchange], reply: undefined };
    this.#byRequestNumber.set(messageNumber, request);
    if (messageId !== undefined) this.#byMessageId.set(messageId.key, request);
    return request;
  }

  find(messageNumber: number): ReceivedRequest | undefined {
    return this.#byRequestNumber.get(messageNumber);
  }

  findByMessageId(messageId: UniqueId): ReceivedRequest | undefined {
    return this.#byMessageId.get(messageId.key);
  }

  /** The request was not taken after all, or no reply comes: a repetition is answered by an acknowledgement without being known. */
  forget({ messageNumber, messageId }: ReceivedRequest): void {
    this.#byRequestNumber.delete(messageNumber);
    if (messageId !== undefined) this.#byMessageId.delete(messageId.key);
  }

  /** Numbers the reply and keeps it. */
  reply(request: ReceivedRequest, message: ApplicationMessage): void {
    const reply = { messageNumber: this.takeNumber(), message };
    request.reply = reply;
    this.#kept.set(reply.messageNumber, { request, reply });
  }

  /** Gives out a number for what needs no acknowledgement: 1.0's LastMessage. */
  takeNumber(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }

  /** The client has these replies. */
  acknowledged(ranges: readonly AckRange[]): void {
    for (const [number, { request }] of this.#kept) {
      if (!ranges.some(({ lower, upper }) => lower <= number && number <= upper)) continue;
      this.#kept.delete(number);
      this.#acknowledged.add(number);
      this.forget(request);
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
}
