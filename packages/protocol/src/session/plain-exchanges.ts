import { TimerTable } from "../machine/index.ts";
import {
  type Exchange,
  type IncomingMessage,
  ReceivedNumbers,
  type ReliableSessionState,
  type SessionFailure,
  type Transmission,
} from "../reliable-messaging/index.ts";
import type { UniqueId } from "../xml/index.ts";
import type { Channel, ChannelEffect, ChannelInput } from "./channel.ts";
import { plainTransmission } from "./plain-session.ts";

/**
 * The client's half of plain exchanges (R-HTTP-PLAIN-1): there is no session on the wire, each message is a request of its own, and what
 * fails is that request.
 */
export class PlainRequestSession<Message extends IncomingMessage> implements Channel<Message> {
  readonly outputId: undefined = undefined;
  readonly inputId: undefined = undefined;
  readonly output: undefined = undefined;
  readonly keepAliveCount = 0;
  readonly droppedCount = 0;
  readonly #closeTimeoutMs: number;
  readonly #timers = new TimerTable<"close">();
  readonly #pending = new Map<Transmission, number>();
  readonly #settled = new ReceivedNumbers();
  #state: ReliableSessionState = "created";
  #sentCount = 0;

  constructor(setup: { readonly closeTimeoutMs: number }) {
    this.#closeTimeoutMs = setup.closeTimeoutMs;
  }

  get state(): ReliableSessionState {
    return this.#state;
  }

  get nextDeadlineMs(): number | undefined {
    return this.#timers.nextDeadlineMs;
  }

  handle(input: ChannelInput<Message>, nowMs: number): readonly ChannelEffect<Message>[] {
    if (this.#state === "closed" || this.#state === "faulted") return none;
    switch (input.type) {
      case "open":
        this.#state = "opening";
        return none;
      case "link-up":
        this.#state = "open";
        return [{ type: "opened" }];
      case "send":
        return this.#send(plainTransmission(input.message.addressing, input.message.body));
      case "response":
        return this.#response(input.message, input.request);
      case "no-response":
        return this.#noResponse(input.request, input.failure);
      case "close":
        this.#state = "closing";
        if (this.#pending.size === 0) return this.#finish();
        if (Number.isFinite(this.#closeTimeoutMs)) this.#timers.set("close", nowMs + this.#closeTimeoutMs);
        return none;
      case "fail":
        this.#state = "faulted";
        this.#timers.stopAll();
        return [{ type: "faulted", failure: input.failure }];
      case "timeout":
        return this.#timeout(nowMs);
      case "forgotten":
        return this.#forgotten(input.messageId);
      default:
        return none;
    }
  }

  #send(transmission: Transmission): readonly ChannelEffect<Message>[] {
    this.#sentCount += 1;
    this.#pending.set(transmission, this.#sentCount);
    return [{ type: "transmit", transmission }];
  }

  #response(message: Message, request: Transmission): readonly ChannelEffect<Message>[] {
    const { messageId } = request.addressing;
    // The exchange says whose reply it is; older envelopes do not.
    if (messageId !== undefined) message.headers.relatesTo = messageId;
    const news = messageId === undefined ? none : [{ type: "deliver", message, messageNumber: 0 } as const];
    return [...news, ...this.#settle(request)];
  }

  #noResponse(request: Transmission, failure: SessionFailure | undefined): readonly ChannelEffect<Message>[] {
    const { messageId } = request.addressing;
    const number = this.#pending.get(request);
    if (number === undefined) return none;
    if (failure === undefined && messageId === undefined) return this.#settle(request);
    const because = failure ?? {
      code: "SESSION_PROTOCOL_VIOLATION",
      reason: "The service answered with an empty message; does its contract say that the operation is one-way?",
      isRemote: true,
    };
    return [{ type: "send-failed", number, messageId, failure: because }, ...this.#settle(request)];
  }

  /** The caller has given up: its connection is of no use any more. */
  #forgotten(messageId: UniqueId): readonly ChannelEffect<Message>[] {
    for (const request of this.#pending.keys())
      if (request.addressing.messageId?.equals(messageId) === true)
        return [{ type: "abandon", request }, ...this.#settle(request)];
    return none;
  }

  #settle(request: Transmission): readonly ChannelEffect<Message>[] {
    const number = this.#pending.get(request);
    if (number === undefined) return none;
    this.#pending.delete(request);
    const before = this.#settled.contiguous;
    this.#settled.add(number);
    const upTo = this.#settled.contiguous;
    const accepted = upTo > before ? [{ type: "accepted", upTo } as const] : none;
    return this.#state === "closing" && this.#pending.size === 0 ? [...accepted, ...this.#finish()] : accepted;
  }

  #timeout(nowMs: number): readonly ChannelEffect<Message>[] {
    if (this.#timers.takeExpired(nowMs).length === 0) return none;
    this.#state = "faulted";
    const reason = `${this.#pending.size} requests were not answered within closeTimeoutMs ${this.#closeTimeoutMs}.`;
    return [{ type: "faulted", failure: { code: "SESSION_CLOSE_TIMEOUT", reason, isRemote: false } }];
  }

  #finish(): readonly ChannelEffect<Message>[] {
    this.#state = "closed";
    this.#timers.stopAll();
    return [{ type: "closed" }];
  }
}

/** The service's half of one plain exchange: it is over when the request has its answer. */
export class PlainReplySession<Message extends IncomingMessage> implements Channel<Message> {
  readonly outputId: undefined = undefined;
  readonly inputId: undefined = undefined;
  readonly output: undefined = undefined;
  readonly keepAliveCount = 0;
  readonly droppedCount = 0;
  readonly nextDeadlineMs: undefined = undefined;
  readonly #nextId: () => UniqueId;
  #state: ReliableSessionState = "open";
  #exchange: Exchange | undefined;

  constructor(setup: { readonly nextId: () => UniqueId }) {
    this.#nextId = setup.nextId;
  }

  get state(): ReliableSessionState {
    return this.#state;
  }

  handle(input: ChannelInput<Message>): readonly ChannelEffect<Message>[] {
    if (this.#state === "closed" || this.#state === "faulted") return none;
    switch (input.type) {
      case "request": {
        this.#exchange = input.exchange;
        // Replies are told apart by it, also where the envelope has none.
        input.message.headers.messageId ??= this.#nextId();
        // One request is all there is: the session closes when its operation is done.
        return [{ type: "deliver", message: input.message, messageNumber: 0 }, { type: "input-ended" }];
      }
      case "send":
        return this.#answer(plainTransmission(input.message.addressing, input.message.body));
      case "unanswered":
        return this.#answer(undefined);
      case "exchange-lost":
        if (this.#exchange === undefined) return none;
        this.#exchange = undefined;
        return this.#fail({
          code: "SESSION_CONNECTION_LOST",
          reason: "The client gave its request up.",
          isRemote: true,
        });
      case "close": {
        const answer = this.#answer(undefined);
        this.#state = "closed";
        return [...answer, { type: "closed" }];
      }
      case "fail":
        return this.#fail(input.failure);
      default:
        return none;
    }
  }

  /** The first answer is the only one. */
  #answer(transmission: Transmission | undefined): readonly ChannelEffect<Message>[] {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    return exchange === undefined ? none : [{ type: "answer", exchange, transmission }];
  }

  #fail(failure: SessionFailure): readonly ChannelEffect<Message>[] {
    this.#state = "faulted";
    return [{ type: "faulted", failure }];
  }
}

const none: readonly never[] = [];
