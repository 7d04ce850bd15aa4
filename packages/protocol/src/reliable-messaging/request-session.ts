import { assert, earliest, type Machine, Silence, TimerTable, unreachable } from "../machine/index.ts";
import type { UniqueId } from "../xml/index.ts";
import { type Dialect, dialects } from "./dialect.ts";
import type { ExchangeEffect, ExchangeInput } from "./exchange.ts";
import { ExchangeHealth } from "./exchange-health.ts";
import { KeepAlive } from "./keep-alive.ts";
import type { ReliableSessionState } from "./reliable-session.ts";
import type { ReliableSessionEffect, ReliableSessionInput, RequestSessionSetup } from "./reliable-session-types.ts";
import { RequestClosing } from "./request-closing.ts";
import { RequestMessages } from "./request-messages.ts";
import { covers, RequestWindow } from "./request-window.ts";
import type { Acknowledgement } from "./rm-headers.ts";
import type { SequenceFault } from "./sequence-fault.ts";
import { createSequenceBody } from "./sequence-opening.ts";
import { failureOfRemoteFault, type SessionFailure } from "./session-failure.ts";
import { closeTimedOut, inactive, openTimedOut, retriesExhausted, terminatedBy, violated } from "./session-failures.ts";
import type { IncomingMessage, Transmission } from "./transmission.ts";
import { verifyIdentifiers } from "./verification.ts";
import { invalidAcknowledgement, judgeOpeningAnswer, strayFault } from "./violations.ts";
import { WindowProbe } from "./window-probe.ts";

type TimerName =
  /** The whole opening. */
  | "open"
  /** The whole close handshake. */
  | "close"
  /** After a failed exchange: whatever has none is sent again. */
  | "retry"
  /** CreateSequence, CloseSequence or TerminateSequence is sent again, as WCF does it. */
  | "protocol-retry";

/** Pause before a protocol request is repeated whose exchange is under way. */
const protocolRetryMs = 10_000;

type Input<Message extends IncomingMessage> = ReliableSessionInput<Message> | ExchangeInput<Message>;
type Effect<Message extends IncomingMessage> = ReliableSessionEffect<Message> | ExchangeEffect;

/**
 * The client's half of a reliable session over exchanges, as WCF's request shape has it (R-HTTP-SHAPE-1): each message is a request of
 * its own, whose answer brings the acknowledgement and the reply; acknowledgements of replies ride on the requests.
 */
export class RequestSession<Message extends IncomingMessage> implements Machine<Input<Message>, Effect<Message>> {
  readonly droppedCount = 0;
  readonly #setup: RequestSessionSetup<Message>;
  readonly #dialect: Dialect;
  readonly #timers = new TimerTable<TimerName>();
  /** Of any message at all. */
  readonly #silence: Silence;
  readonly #keepAlive: KeepAlive;
  readonly #probe = new WindowProbe();
  readonly #health = new ExchangeHealth();
  readonly #createMessageId: UniqueId;
  readonly #inputId: UniqueId | undefined;
  readonly #out: RequestMessages;
  readonly #closing: RequestClosing;
  #window: RequestWindow | undefined;
  #state: ReliableSessionState = "created";
  #effects: Effect<Message>[] = [];
  /** The protocol request under way. */
  #protocolRequest: Transmission | undefined;
  #createSentAtMs = 0;
  #heardAtMs = 0;
  #acceptedUpTo = 0;
  #acknowledgedUpTo = 0;

  constructor(setup: RequestSessionSetup<Message>) {
    this.#setup = setup;
    const { options, shape } = setup;
    this.#dialect = dialects[options.version];
    this.#keepAlive = new KeepAlive(options.inactivityTimeoutMs, options.maxRetryCount);
    this.#silence = new Silence(options.inactivityTimeoutMs);
    this.#createMessageId = setup.nextId();
    this.#inputId = shape === "duplex" ? setup.nextId() : undefined;
    this.#out = new RequestMessages(this.#dialect, this.#inputId, (transmission) => {
      this.#effects.push({ type: "transmit", transmission });
    });
    this.#closing = this.#newClosing();
  }

  get state(): ReliableSessionState {
    return this.#state;
  }

  get outputId(): UniqueId | undefined {
    return this.#out.outputId;
  }

  get inputId(): UniqueId | undefined {
    return this.#inputId;
  }

  get output(): RequestWindow | undefined {
    return this.#window;
  }

  get keepAliveCount(): number {
    return this.#keepAlive.sentCount;
  }

  get nextDeadlineMs(): number | undefined {
    if (this.#isOver) return undefined;
    return earliest(
      earliest(earliest(this.#timers.nextDeadlineMs, this.#silence.deadlineMs), this.#probe.dueAtMs),
      earliest(this.#window?.dueAtMs, this.#keepAlive.dueAtMs),
    );
  }

  handle(input: Input<Message>, nowMs: number): readonly Effect<Message>[] {
    this.#effects = [];
    if (!this.#isOver) {
      this.#dispatch(input, nowMs);
      this.#settle(nowMs);
    }
    return this.#effects;
  }

  get #isOver(): boolean {
    return this.#state === "closed" || this.#state === "faulted";
  }

  #dispatch(input: Input<Message>, nowMs: number): void {
    switch (input.type) {
      case "send":
        assert(this.#window !== undefined, "messages are sent on an open session");
        return this.#window.send(input.message, false, nowMs);
      case "response":
        return this.#response(input.message, input.request, nowMs);
      case "no-response":
        return this.#noResponse(input, nowMs);
      case "timeout":
        return this.#timeout(nowMs);
      case "open":
        this.#state = "opening";
        this.#arm("open", this.#setup.openTimeoutMs, nowMs);
        return;
      case "link-up":
        return this.#sendCreateSequence(nowMs);
      case "blocked":
        this.#silence.blocked(input.forMs, nowMs);
        this.#createSentAtMs = Math.min(this.#createSentAtMs + input.forMs, nowMs);
        return this.#window?.blocked(input.forMs, nowMs);
      case "close":
        return this.#close(nowMs);
      case "fail":
        return this.#fail(input.failure, input.fault);
      default:
        // Whatever else there is, is news of connections, or of the side that answers.
        return;
    }
  }

  /** News that follow from whatever happened. */
  #settle(nowMs: number): void {
    const window = this.#window;
    if (window === undefined || this.#isOver) return;
    if (window.lastNumber > this.#acceptedUpTo) {
      this.#acceptedUpTo = window.lastNumber;
      this.#effects.push({ type: "accepted", upTo: window.lastNumber });
    }
    if (window.acknowledgedUpTo > this.#acknowledgedUpTo) {
      this.#acknowledgedUpTo = window.acknowledgedUpTo;
      this.#effects.push({ type: "acknowledged", upTo: this.#acknowledgedUpTo });
    }
    this.#probe.update(window.needsProbe, nowMs);
    this.#closing.advance();
    if (this.#closing.isDone) this.#finish();
  }

  #finish(): void {
    this.#state = "closed";
    this.#effects.push({ type: "closed" });
  }

  #response(message: Message, request: Transmission, nowMs: number): void {
    this.#ended(request);
    this.#isWell();
    const window = this.#window;
    if (window === undefined) return this.#openingAnswer(message, nowMs);
    const { rm } = message;
    if (message.isFault && rm.sequenceId === undefined) return this.#receiveFault(message);
    const violation = verifyIdentifiers(message, this);
    if (violation !== undefined) return this.#fail(violated(violation), violation);
    this.#remoteActivity(nowMs);
    if (!this.#applyAcknowledgement(window, message, request, nowMs)) return;
    if (request.content.type === "protocol") {
      const problem = this.#closing.answered(message);
      if (problem !== undefined) return this.#fail(violated(problem), problem);
    }
    window.pump(nowMs);
  }

  /** False when the acknowledgement was refused. */
  #applyAcknowledgement(window: RequestWindow, message: Message, request: Transmission, nowMs: number): boolean {
    const { acknowledgement, sequenceId } = message.rm;
    if (acknowledgement !== undefined && (acknowledgement.ranges.at(-1)?.upper ?? 0) > window.lastNumber) {
      const fault = invalidAcknowledgement("beyond-last-sent", acknowledgement, window.lastNumber);
      this.#fail(violated(fault), fault);
      return false;
    }
    // The window knows no request with the number 0, which those outside the sequence have.
    const number = request.messageNumber;
    if (sequenceId !== undefined && !this.#takeReply(message)) window.refused(number, nowMs);
    else this.#answered(window, number, sequenceId !== undefined, acknowledgement, nowMs);
    if (acknowledgement !== undefined) window.takeCredit(acknowledgement.bufferRemaining);
    return true;
  }

  /** An answer that is no reply says by its acknowledgement whether the request was taken. */
  #answered(
    window: RequestWindow,
    number: number,
    isReply: boolean,
    acknowledgement: Acknowledgement | undefined,
    nowMs: number,
  ): void {
    const isTaken = acknowledgement === undefined || covers(acknowledgement, number);
    if (isReply || isTaken) window.answered(number, nowMs);
    else window.refused(number, nowMs);
  }

  /** True when the reply is here, now or from before. */
  #takeReply(message: Message): boolean {
    const number = message.rm.messageNumber;
    const { replies } = this.#out;
    if (replies.has(number)) return true;
    const isMerged = replies.has(number - 1) || replies.has(number + 1);
    if (!isMerged && replies.rangeCount >= this.#setup.options.maxAckRangeCount) return false;
    replies.add(number);
    if (message.kind === "application") this.#effects.push({ type: "deliver", message, messageNumber: number });
    return true;
  }

  #noResponse({ request, failure, isLasting }: Extract<Input<Message>, { type: "no-response" }>, nowMs: number): void {
    this.#ended(request);
    const window = this.#window;
    if (window === undefined) return this.#fail(failure ?? emptyOpeningAnswer(this.#setup.address), undefined);
    if (failure !== undefined)
      return isLasting ? this.#failAndTell(failure) : this.#exchangeFailed(window, request, failure, nowMs);
    this.#isWell();
    if (request.content.type === "protocol") this.#closing.answered(undefined);
    else window.refused(request.messageNumber, nowMs);
  }

  #exchangeFailed(window: RequestWindow, request: Transmission, failure: SessionFailure, nowMs: number): void {
    if (this.#health.isWell) this.#effects.push({ type: "reconnecting", cause: failure.cause });
    if (!this.#timers.isArmed("retry")) this.#timers.set("retry", nowMs + this.#health.failed());
    window.failed(request.messageNumber, this.#timers.deadlineMs("retry")!);
  }

  /** The peer is there: exchanges come to an end again. */
  #isWell(): void {
    if (this.#health.isWell) return;
    this.#health.recovered();
    this.#effects.push({ type: "reconnected" });
  }

  #ended(request: Transmission): void {
    if (this.#protocolRequest === request) this.#protocolRequest = undefined;
    this.#window?.ended(request);
  }

  #receiveFault(message: Message): void {
    const fault = message.sequenceFault ?? strayFault(message);
    if (fault.name === "UnknownSequence" && this.#closing.acceptsUnknownSequence) return this.#closing.finish();
    if (verifyIdentifiers(message, this) === undefined) this.#window?.peerEnded(message.rm.acknowledgement);
    this.#fail(failureOfRemoteFault(fault), undefined);
  }

  #openingAnswer(message: Message, nowMs: number): void {
    const { options, shape, maxRequestCount } = this.#setup;
    const answer = judgeOpeningAnswer(message, this.#createMessageId, shape, options.version);
    if (answer.type === "failed") return this.#fail(answer.failure, answer.fault);
    this.#timers.stop("open");
    this.#timers.stop("protocol-retry");
    this.#state = "open";
    this.#out.outputId = answer.outputId;
    this.#window = new RequestWindow({
      options,
      maxRequestCount,
      roundTripMs: nowMs - this.#createSentAtMs,
      transmit: (request, atMs) => {
        this.#keepAlive.localActivity(atMs);
        return this.#out.request(request);
      },
      abandon: (request) => this.#effects.push({ type: "abandon", request }),
    });
    this.#remoteActivity(nowMs);
    this.#effects.push({ type: "opened" });
  }

  #timeout(nowMs: number): void {
    const { options } = this.#setup;
    if (this.#silence.isTooLong(nowMs)) return this.#failAndTell(inactive(options.inactivityTimeoutMs, "initiator"));
    for (const name of this.#timers.takeExpired(nowMs)) {
      switch (name) {
        case "open":
          return this.#fail(openTimedOut(this.#setup.openTimeoutMs, this.#setup.address), undefined);
        case "close":
          return this.#failAndTell(closeTimedOut(this.#setup.closeTimeoutMs, this.#window?.pendingCount ?? 0));
        case "retry":
        case "protocol-retry":
          this.#repeatProtocolRequest(name === "protocol-retry", nowMs);
          break;
        default:
          unreachable(name);
      }
    }
    const repeated = this.#window?.repeatDue(this.#heardAtMs, nowMs);
    if (repeated === "exhausted") return this.#failAndTell(retriesExhausted(options.maxRetryCount));
    // One question serves all purposes: is the peer alive, has it room.
    const isUnanswered = repeated !== undefined && repeated.unansweredCount > 0;
    const isKeepAliveDue = this.#keepAlive.takeDue(nowMs);
    if (this.#probe.takeDue(nowMs) || isKeepAliveDue || isUnanswered) this.#out.ackRequested();
  }

  #repeatProtocolRequest(isOverdue: boolean, nowMs: number): void {
    if (this.#protocolRequest !== undefined && !isOverdue) return;
    if (this.#protocolRequest !== undefined) this.#effects.push({ type: "abandon", request: this.#protocolRequest });
    if (this.#state === "opening") this.#sendCreateSequence(nowMs);
    else if (this.#state === "closing") {
      this.#closing.send();
      this.#timers.set("protocol-retry", nowMs + protocolRetryMs);
    }
  }

  #close(nowMs: number): void {
    if (this.#state === "opening" || this.#state === "created") return this.#finish();
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#arm("close", this.#setup.closeTimeoutMs, nowMs);
    this.#timers.set("protocol-retry", nowMs + protocolRetryMs);
    this.#closing.start(nowMs);
  }

  #newClosing(): RequestClosing {
    const session = this;
    return new RequestClosing(
      this.#dialect,
      {
        get outputId() {
          return session.#out.outputId;
        },
        get isIdle() {
          return session.#window?.isIdle !== false;
        },
        get lastNumber() {
          return session.#window?.lastNumber ?? 0;
        },
        sendLastMessage: (nowMs) => this.#window?.send(this.#out.lastMessage, true, nowMs),
        sendProtocol: (action, body, messageId) => {
          this.#protocolRequest = this.#out.closing(action, body, messageId, this.#closing.isFinal);
        },
        nextId: () => this.#setup.nextId(),
      },
      this.#setup.shape === "one-way",
    );
  }

  /** Ends the session for a reason of our own, which the peer is told as SequenceTerminated. */
  #failAndTell(failure: SessionFailure): void {
    this.#fail(failure, terminatedBy(failure, this.outputId ?? this.#inputId));
  }

  #fail(failure: SessionFailure, fault: SequenceFault | undefined): void {
    if (fault !== undefined) this.#out.fault(fault);
    this.#state = "faulted";
    this.#effects.push({ type: "faulted", failure: fault === undefined ? failure : { fault, ...failure } });
  }

  #remoteActivity(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#silence.heard(nowMs);
    this.#keepAlive.remoteActivity(nowMs);
  }

  #arm(name: TimerName, afterMs: number, nowMs: number): void {
    if (Number.isFinite(afterMs)) this.#timers.set(name, nowMs + afterMs);
  }

  #sendCreateSequence(nowMs: number): void {
    if (this.#state !== "opening") return;
    const { options } = this.#setup;
    this.#createSentAtMs = nowMs;
    const body = createSequenceBody(options.version, options.ordered, this.#inputId);
    this.#protocolRequest = this.#out.createSequence(body, this.#createMessageId);
    this.#timers.set("protocol-retry", nowMs + protocolRetryMs);
  }
}

function emptyOpeningAnswer(address: string): SessionFailure {
  const reason = `The service at ${address} answered CreateSequence with an empty message; does it speak WS-ReliableMessaging?`;
  return { code: "SESSION_REFUSED", reason, isRemote: true };
}
