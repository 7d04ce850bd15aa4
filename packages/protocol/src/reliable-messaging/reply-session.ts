import { assert, earliest, type Machine, Silence, TimerTable } from "../machine/index.ts";
import type { UniqueId } from "../xml/index.ts";
import { type Dialect, dialects } from "./dialect.ts";
import type { Exchange, ExchangeEffect, ExchangeInput } from "./exchange.ts";
import type { ReliableSessionState } from "./reliable-session.ts";
import type { ReliableSessionEffect, ReliableSessionInput, ReliableSessionSetup } from "./reliable-session-types.ts";
import { type ReceivedRequest, Replies } from "./replies.ts";
import { ReplyClosing } from "./reply-closing.ts";
import { ReplyMessages } from "./reply-messages.ts";
import { RmDestination } from "./rm-destination.ts";
import type { ApplicationMessage, UnacknowledgedMessage } from "./sent-window.ts";
import type { SequenceFault } from "./sequence-fault.ts";
import { type AcceptedOpening, createSequenceResponseBody } from "./sequence-opening.ts";
import { failureOfRemoteFault, type SessionFailure } from "./session-failure.ts";
import { closeTimedOut, inactive, terminatedBy, violated } from "./session-failures.ts";
import type { IncomingMessage } from "./transmission.ts";
import { verifyIdentifiers } from "./verification.ts";
import {
  beyondLast,
  invalidAcknowledgement,
  plainMessage,
  secondOpening,
  sequenceClosed,
  strayFault,
} from "./violations.ts";

type Input<Message extends IncomingMessage> = ReliableSessionInput<Message> | ExchangeInput<Message>;
type Effect<Message extends IncomingMessage> = ReliableSessionEffect<Message> | ExchangeEffect;

/**
 * The service's half of a reliable session over exchanges, as WCF's reply shape has it (R-HTTP-SHAPE-1): what it says goes out as the
 * answer to a request, each once; replies are kept until they are acknowledged.
 */
export class ReplySession<Message extends IncomingMessage> implements Machine<Input<Message>, Effect<Message>> {
  readonly inputId: UniqueId;
  /** The sequence that the client offered for the replies; undefined for one-way contracts. */
  readonly outputId: UniqueId | undefined;
  readonly keepAliveCount = 0;
  readonly #setup: ReliableSessionSetup<Message>;
  readonly #opening: AcceptedOpening;
  readonly #dialect: Dialect;
  /** `close`: the whole close handshake. */
  readonly #timers = new TimerTable<"close">();
  /** Of any message at all. */
  readonly #silence: Silence;
  readonly #destination: RmDestination<Message>;
  readonly #replies = new Replies();
  readonly #out: ReplyMessages;
  readonly #closing: ReplyClosing;
  #state: ReliableSessionState = "open";
  #effects: Effect<Message>[] = [];
  /** The application has closed the session. */
  #isCloseAsked = false;
  #acknowledgedUpTo = 0;
  /** Requests that there was no room for a reply to. */
  #refusedCount = 0;

  constructor(setup: ReliableSessionSetup<Message>, nowMs: number) {
    const { options, accepted, retain } = setup;
    assert(accepted !== undefined, "a session of replies is made from an accepted CreateSequence");
    this.#setup = setup;
    this.#dialect = dialects[options.version];
    this.#opening = accepted.opening;
    this.#silence = new Silence(options.inactivityTimeoutMs);
    this.inputId = accepted.inputId;
    this.outputId = accepted.opening.offeredId;
    this.#destination = new RmDestination<Message>(
      options,
      (message, messageNumber) => {
        this.#effects.push({ type: "deliver", message, messageNumber });
      },
      (message) => retain(message),
    );
    this.#out = new ReplyMessages(options, this.#dialect, this.#destination, this.inputId, this.outputId, (answer) => {
      this.#effects.push(answer);
    });
    this.#closing = new ReplyClosing({
      dialect: this.#dialect,
      destination: this.#destination,
      replies: this.#replies,
      out: this.#out,
      inputId: this.inputId,
      outputId: this.outputId,
      endInput: () => this.#effects.push({ type: "input-ended" }),
      violate: (fault, exchange) => this.#violate(fault, exchange),
    });
    this.#silence.heard(nowMs);
  }

  get state(): ReliableSessionState {
    return this.#state;
  }

  get output(): {
    readonly pendingCount: number;
    readonly canQueue: boolean;
    readonly unacknowledged: readonly UnacknowledgedMessage[];
  } {
    const { keptCount, kept } = this.#replies;
    // A reply has the place that its request was given.
    return {
      pendingCount: keptCount,
      canQueue: true,
      unacknowledged: kept.map((reply) => ({ ...reply, wasSent: true })),
    };
  }

  get droppedCount(): number {
    return this.#destination.droppedCount + this.#refusedCount;
  }

  get nextDeadlineMs(): number | undefined {
    return this.#isOver ? undefined : earliest(this.#timers.nextDeadlineMs, this.#silence.deadlineMs);
  }

  handle(input: Input<Message>, nowMs: number): readonly Effect<Message>[] {
    this.#effects = [];
    if (!this.#isOver) {
      this.#dispatch(input, nowMs);
      this.#settle();
    }
    return this.#effects;
  }

  get #isOver(): boolean {
    return this.#state === "closed" || this.#state === "faulted";
  }

  #dispatch(input: Input<Message>, nowMs: number): void {
    switch (input.type) {
      case "request":
        return this.#receive(input.message, input.exchange, nowMs);
      case "send":
        return this.#reply(input.message);
      case "unanswered":
        return this.#unanswered(input.messageNumber);
      case "processed":
        return this.#processed(input.messageNumber);
      case "held":
        this.#destination.heldCount = input.count;
        return;
      case "exchange-lost":
        this.#replies.lost(input.exchange);
        this.#closing.lost(input.exchange);
        return;
      case "timeout":
        return this.#timeout(nowMs);
      case "blocked":
        return this.#silence.blocked(input.forMs, nowMs);
      case "close":
        if (this.#isCloseAsked) return;
        this.#isCloseAsked = true;
        if (Number.isFinite(this.#setup.closeTimeoutMs)) this.#timers.set("close", nowMs + this.#setup.closeTimeoutMs);
        return;
      case "fail":
        return this.#fail(input.failure, input.fault);
      default:
        // Whatever else there is, is news of connections, or of the side that asks.
        return;
    }
  }

  #settle(): void {
    if (this.#isOver) return;
    if (this.#replies.acknowledgedUpTo > this.#acknowledgedUpTo) {
      this.#acknowledgedUpTo = this.#replies.acknowledgedUpTo;
      this.#effects.push({ type: "acknowledged", upTo: this.#acknowledgedUpTo });
    }
    // What was acknowledged is handled, although it may still wait for an earlier message (R-HTTP-CLOSE-2).
    const isNothingLeft = this.#destination.aheadCount === 0 && this.#replies.openCount === 0;
    if (this.#isCloseAsked && isNothingLeft) this.#state = "closing";
    this.#closing.advance(this.#state === "closing");
    if (this.#closing.isDone) this.#finish();
  }

  #finish(): void {
    this.#state = "closed";
    this.#effects.push({ type: "closed" });
  }

  #receive(message: Message, exchange: Exchange, nowMs: number): void {
    const { rm, kind } = message;
    if (message.isFault && rm.sequenceId === undefined) {
      this.#out.nothing(exchange);
      return this.#fail(failureOfRemoteFault(message.sequenceFault ?? strayFault(message)), undefined);
    }
    if (kind === "create-sequence") return this.#receiveCreateSequence(message, exchange, nowMs);
    const violation = verifyIdentifiers(message, { outputId: this.outputId, inputId: this.inputId });
    if (violation !== undefined) return this.#violate(violation, exchange);
    this.#silence.heard(nowMs);
    if (rm.acknowledgement !== undefined) {
      const upper = rm.acknowledgement.ranges.at(-1)?.upper ?? 0;
      if (upper > this.#replies.lastNumber) {
        const fault = invalidAcknowledgement("beyond-last-sent", rm.acknowledgement, this.#replies.lastNumber);
        return this.#violate(fault, exchange);
      }
      this.#replies.acknowledged(rm.acknowledgement.ranges);
    }
    if (kind === "application" && rm.sequenceId !== undefined) return this.#receiveSequenced(message, exchange);
    if (kind === "application") return this.#violate(plainMessage(this.#dialect.version), exchange);
    if (this.#closing.receive(message, exchange)) return;
    if (this.#isClosedHere) return this.#refuse(exchange);
    if (rm.ackRequestedId !== undefined) this.#out.acknowledgement(exchange);
    else this.#out.nothing(exchange);
  }

  /** The service has closed its side, which it has no message of its own to tell of. */
  get #isClosedHere(): boolean {
    return this.#state === "closing" && !this.#closing.isInputClosed;
  }

  /** What comes for a session that the service has closed is not handled, and another session may have it (R-HTTP-CLOSE-1). */
  #refuse(exchange: Exchange): void {
    // A reply that is on its way must not come behind this.
    if (this.#replies.keptCount > 0) return this.#out.nothing(exchange);
    const reason = "The service has closed this session; open a new one.";
    const fault = { name: "SequenceTerminated", code: "Receiver", reason, identifier: this.inputId } as const;
    this.#out.fault(exchange, fault, true);
    this.#closing.finish();
  }

  #receiveSequenced(message: Message, exchange: Exchange): void {
    const { messageNumber, isLastMessage } = message.rm;
    const destination = this.#destination;
    if (destination.hasReceived(messageNumber)) return this.#repeat(messageNumber, exchange);
    if (this.#dialect.version === "1.1" && this.#closing.isInputClosed)
      return this.#out.fault(exchange, sequenceClosed(messageNumber, this.inputId));
    if (this.#isClosedHere) return this.#refuse(exchange);
    const isTooLate = this.#isCloseAsked && messageNumber > destination.highest;
    // The answer is an empty one: no acknowledgement may come without the number of its request.
    if (isTooLate || this.#replies.keptCount >= this.#setup.options.maxTransferWindowSize) {
      this.#refusedCount += 1;
      return this.#out.nothing(exchange);
    }
    const request = this.#replies.add(messageNumber, message.headers.messageId, exchange);
    const reception = destination.receive(messageNumber, message, message.byteLength, isLastMessage);
    if (reception !== "stored") {
      this.#replies.forget(request);
      if (reception === "dropped") return this.#out.nothing(exchange);
      return this.#violate(beyondLast(messageNumber, destination.lastNumber, this.inputId), exchange);
    }
    if (this.outputId === undefined) request.wantsReply = false;
    if (!request.wantsReply && this.#setup.options.ackOn === "received") this.#acknowledge(request);
  }

  /** A repeated request has the answer of the first one, as soon as there is one. */
  #repeat(messageNumber: number, exchange: Exchange): void {
    const request = this.#replies.find(messageNumber);
    if (request === undefined) return this.#out.acknowledgement(exchange);
    request.exchanges.push(exchange);
    if (request.reply !== undefined) this.#answer(request);
  }

  #answer(request: ReceivedRequest): void {
    const { reply } = request;
    for (const exchange of request.exchanges.splice(0)) {
      if (reply === undefined) this.#out.acknowledgement(exchange);
      else this.#out.reply(exchange, reply);
    }
  }

  #acknowledge(request: ReceivedRequest): void {
    this.#replies.forget(request);
    this.#answer(request);
  }

  #reply(message: ApplicationMessage): void {
    const { relatesTo } = message.addressing;
    const request = relatesTo === undefined ? undefined : this.#replies.findByMessageId(relatesTo);
    if (request === undefined || request.reply !== undefined) return;
    // A reply says that its operation has returned, and must acknowledge its request.
    this.#destination.processed(request.messageNumber);
    if (this.outputId === undefined) return this.#acknowledge(request);
    this.#replies.reply(request, message);
    this.#answer(request);
  }

  #unanswered(messageNumber: number): void {
    const request = this.#replies.find(messageNumber);
    if (request === undefined || request.reply !== undefined) return;
    request.wantsReply = false;
    if (this.#setup.options.ackOn === "received") this.#acknowledge(request);
  }

  /** With `ackOn: "processed"` a request is acknowledged when its operation has returned. */
  #processed(messageNumber: number): void {
    this.#destination.processed(messageNumber);
    const request = this.#replies.find(messageNumber);
    if (request === undefined || request.reply !== undefined || request.wantsReply) return;
    this.#acknowledge(request);
  }

  /** The CreateSequence that made this session, or a repetition of it because our answer was lost: the same answer. */
  #receiveCreateSequence(message: Message, exchange: Exchange, nowMs: number): void {
    const { version, ordered } = this.#setup.options;
    const { body, headers } = message;
    const offeredId = body?.type === "create-sequence" ? body.offer?.identifier : undefined;
    const isSame = headers.messageId?.equals(this.#opening.messageId) || offeredId?.equals(this.#opening.offeredId);
    if (isSame !== true) return this.#violate(secondOpening(this.inputId), exchange);
    this.#silence.heard(nowMs);
    const response = createSequenceResponseBody(version, ordered, this.inputId, this.#opening);
    this.#out.createSequenceResponse(exchange, response, headers.messageId);
  }

  #timeout(nowMs: number): void {
    const { options, closeTimeoutMs } = this.#setup;
    if (this.#silence.isTooLong(nowMs)) return this.#failByTimer(inactive(options.inactivityTimeoutMs, "acceptor"));
    if (this.#timers.takeExpired(nowMs).length > 0)
      this.#failByTimer(closeTimedOut(closeTimeoutMs, this.#replies.keptCount));
  }

  #failByTimer(failure: SessionFailure): void {
    this.#fail(failure, terminatedBy(failure, this.inputId));
  }

  #violate(fault: SequenceFault, exchange: Exchange): void {
    this.#out.fault(exchange, fault);
    this.#fail(violated(fault), fault);
  }

  /** Whoever waits for an answer is told; nobody else can be. */
  #fail(failure: SessionFailure, fault: SequenceFault | undefined): void {
    for (const exchange of [...this.#replies.takeWaiting(), ...this.#closing.takeWaiting()]) {
      if (fault === undefined) this.#out.nothing(exchange);
      else this.#out.fault(exchange, fault);
    }
    this.#state = "faulted";
    this.#effects.push({ type: "faulted", failure: fault === undefined ? failure : { fault, ...failure } });
  }
}
