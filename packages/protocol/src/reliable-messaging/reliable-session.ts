import { assert, earliest, type Machine, Silence, TimerTable, unreachable } from "../machine/index.ts";
import type { UniqueId } from "../xml/index.ts";
import { type Dialect, dialects } from "./dialect.ts";
import { KeepAlive } from "./keep-alive.ts";
import { OutgoingMessages } from "./outgoing-messages.ts";
import type { ReliableSessionEffect, ReliableSessionInput, ReliableSessionSetup } from "./reliable-session-types.ts";
import type { Acknowledgement } from "./rm-headers.ts";
import type { RmSource } from "./rm-source.ts";
import type { SequenceFault } from "./sequence-fault.ts";
import { createSequenceBody, createSequenceResponseBody } from "./sequence-opening.ts";
import { SequencePair } from "./sequence-pair.ts";
import { failureOfRemoteFault, type SessionFailure } from "./session-failure.ts";
import { closeTimedOut, inactive, openTimedOut, retriesExhausted, violated } from "./session-failures.ts";
import type { IncomingMessage } from "./transmission.ts";
import { verifyIdentifiers } from "./verification.ts";
import {
  beyondLast,
  invalidAcknowledgement,
  judgeOpeningAnswer,
  plainMessage,
  secondOpening,
  sequenceClosed,
  strayFault,
} from "./violations.ts";
import { WindowProbe } from "./window-probe.ts";

export type ReliableSessionState = "created" | "opening" | "open" | "closing" | "closed" | "faulted";

type TimerName =
  /** Initiator: the whole opening. */
  | "open"
  /** Initiator: CreateSequence is sent again. */
  | "create-sequence"
  /** The whole close handshake. */
  | "close"
  /** 1.1: CloseSequence or TerminateSequence is sent again. */
  | "close-retry";

/** Pause before a protocol request (CreateSequence, CloseSequence, TerminateSequence) is repeated, as in WCF. */
const requestRetryMs = 10_000;
/** Round trip assumed where none was measured, as in WCF's servers. */
const unknownRoundTripMs = 2_000;

/**
 * One reliable session: a sequence each way (or one), opened, kept alive and closed as WCF does it, in either role and version.
 *
 * A composition: `RmSource` sends, `RmDestination` receives, `Acknowledger` and `KeepAlive` decide when, `Closing` ends it.
 */
export class ReliableSession<Message extends IncomingMessage>
  implements Machine<ReliableSessionInput<Message>, ReliableSessionEffect<Message>>
{
  readonly #setup: ReliableSessionSetup<Message>;
  readonly #dialect: Dialect;
  readonly #timers = new TimerTable<TimerName>();
  /** Of any message at all. */
  readonly #silence: Silence;
  readonly #keepAlive: KeepAlive | undefined;
  readonly #createMessageId: UniqueId | undefined;
  readonly #inputId: UniqueId | undefined;
  readonly #out: OutgoingMessages;
  readonly #probe = new WindowProbe();
  #state: ReliableSessionState = "created";
  #effects: ReliableSessionEffect<Message>[] = [];
  /** The sequences, once they are opened. */
  #pair: SequencePair<Message> | undefined;
  #createSentAtMs = 0;
  #acceptedUpTo = 0;
  #acknowledgedUpTo = 0;

  constructor(setup: ReliableSessionSetup<Message>, nowMs: number) {
    this.#setup = setup;
    this.#dialect = dialects[setup.options.version];
    const { options, role, shape, accepted, address } = setup;
    this.#silence = new Silence(options.inactivityTimeoutMs);
    this.#out = new OutgoingMessages({
      dialect: this.#dialect,
      role,
      address,
      emit: (transmission) => {
        this.#effects.push({ type: "transmit", transmission });
      },
    });
    if (role === "initiator") {
      this.#keepAlive = new KeepAlive(options.inactivityTimeoutMs, options.maxRetryCount);
      this.#createMessageId = setup.nextId();
      this.#inputId = shape === "duplex" ? setup.nextId() : undefined;
    } else {
      assert(accepted !== undefined, "an acceptor is made from an accepted CreateSequence");
      this.#inputId = accepted.inputId;
      this.#establish(accepted.opening.offeredId, unknownRoundTripMs, nowMs);
    }
  }

  get state(): ReliableSessionState {
    return this.#state;
  }

  /** Identifier of the sequence that this side sends. */
  get outputId(): UniqueId | undefined {
    return this.#out.outputId;
  }

  /** Identifier of the sequence that this side receives. */
  get inputId(): UniqueId | undefined {
    return this.#inputId;
  }

  get droppedCount(): number {
    return this.#pair?.destination?.droppedCount ?? 0;
  }

  get keepAliveCount(): number {
    return this.#keepAlive?.sentCount ?? 0;
  }

  /** What this side sends, once there is a sequence for it. */
  get output(): RmSource | undefined {
    return this.#pair?.source;
  }

  get nextDeadlineMs(): number | undefined {
    // Messages that were never acknowledged stay in the source, but an ended session repeats nothing.
    if (this.#isOver) return undefined;
    return earliest(
      earliest(earliest(this.#timers.nextDeadlineMs, this.#silence.deadlineMs), this.#pair?.source?.retransmitAtMs),
      earliest(
        this.#out.isLinkUp ? this.#pair?.acknowledger?.dueAtMs : undefined,
        earliest(this.#keepAlive?.dueAtMs, this.#probe.dueAtMs),
      ),
    );
  }

  handle(input: ReliableSessionInput<Message>, nowMs: number): readonly ReliableSessionEffect<Message>[] {
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

  #dispatch(input: ReliableSessionInput<Message>, nowMs: number): void {
    switch (input.type) {
      case "send":
        assert(this.#pair?.source !== undefined, "messages are sent on an open session with an output sequence");
        return this.#pair.source.send(input.message, false, nowMs);
      case "received":
        return this.#receive(input.message, nowMs);
      case "timeout":
        return this.#timeout(nowMs);
      case "open":
        this.#state = "opening";
        if (Number.isFinite(this.#setup.openTimeoutMs)) this.#timers.set("open", nowMs + this.#setup.openTimeoutMs);
        return;
      case "link-up":
        return this.#linkUp(nowMs);
      case "link-lost":
        this.#out.isLinkUp = false;
        this.#pair?.source?.linkLost();
        this.#keepAlive?.pause();
        this.#timers.stop("create-sequence");
        return;
      case "held":
        return this.#pair?.held(input.count, nowMs);
      case "processed":
        return this.#pair?.processed(input.messageNumber, nowMs);
      case "blocked":
        this.#silence.blocked(input.forMs, nowMs);
        this.#createSentAtMs = Math.min(this.#createSentAtMs + input.forMs, nowMs);
        return this.#pair?.source?.blocked(input.forMs, nowMs);
      case "close":
        return this.#close(nowMs);
      case "fail":
        return this.#fail(input.failure, input.fault);
      default:
        unreachable(input);
    }
  }

  /** News that follow from whatever happened: what left the queue, what arrived, whether the handshake is over. */
  #settle(nowMs: number): void {
    const source = this.#pair?.source;
    if (source !== undefined) {
      if (source.lastNumber > this.#acceptedUpTo) {
        this.#acceptedUpTo = source.lastNumber;
        this.#effects.push({ type: "accepted", upTo: source.lastNumber });
      }
      if (source.acknowledgedUpTo > this.#acknowledgedUpTo) {
        this.#acknowledgedUpTo = source.acknowledgedUpTo;
        this.#effects.push({ type: "acknowledged", upTo: this.#acknowledgedUpTo });
      }
      this.#probe.update(source.needsProbe && this.#out.isLinkUp, nowMs);
    }
    if (this.#state === "open" || this.#state === "closing") {
      this.#pair?.closing.advance(nowMs);
      if (this.#pair?.closing.isOutputDone === true && this.#pair?.closing.isInputDone) this.#finish();
    }
  }

  #finish(): void {
    this.#state = "closed";
    this.#timers.stopAll();
    this.#keepAlive?.pause();
    this.#effects.push({ type: "closed" });
  }

  #establish(outputId: UniqueId | undefined, roundTripMs: number, nowMs: number): void {
    this.#state = "open";
    this.#pair = new SequencePair<Message>({
      options: this.#setup.options,
      dialect: this.#dialect,
      out: this.#out,
      outputId,
      inputId: this.#inputId,
      roundTripMs,
      deliver: (message, messageNumber) => {
        this.#effects.push({ type: "deliver", message, messageNumber });
      },
      retain: (message) => this.#setup.retain(message),
      sending: (atMs) => this.#keepAlive?.localActivity(atMs),
      endInput: () => {
        this.#effects.push({ type: "input-ended" });
      },
      violate: (fault) => this.#violate(fault),
      armCloseRetry: (atMs) => this.#timers.set("close-retry", atMs + requestRetryMs),
      disarmCloseRetry: () => this.#timers.stop("close-retry"),
      nextId: () => this.#setup.nextId(),
    });
    this.#remoteActivity(nowMs);
  }

  #linkUp(nowMs: number): void {
    this.#out.isLinkUp = true;
    if (this.#state === "opening") return this.#sendCreateSequence(nowMs);
    // The first message on a new connection tells the service whose it is, and asks what arrived.
    if (this.#setup.role === "initiator") this.#out.ackRequested();
    if ((this.#pair?.destination?.highest ?? 0) > 0) this.#out.acknowledgement(this.#isInputClosed);
    this.#pair?.source?.linkUp(nowMs);
    this.#pair?.closing.linkUp(nowMs);
    this.#keepAlive?.remoteActivity(nowMs);
  }

  #close(nowMs: number): void {
    if (this.#state === "opening" || this.#state === "created") {
      this.#state = "closed";
      this.#timers.stopAll();
      this.#effects.push({ type: "closed" });
      return;
    }
    if (this.#state !== "open") return;
    this.#state = "closing";
    if (Number.isFinite(this.#setup.closeTimeoutMs)) this.#timers.set("close", nowMs + this.#setup.closeTimeoutMs);
    this.#pair?.closing.start(nowMs);
  }

  #receive(message: Message, nowMs: number): void {
    if (this.#state === "opening") return this.#receiveOpening(message, nowMs);
    const { rm } = message;
    if (message.isFault && rm.sequenceId === undefined) return this.#receiveFault(message);
    if (message.kind === "create-sequence") return this.#receiveCreateSequence(message, nowMs);
    const violation = verifyIdentifiers(message, { outputId: this.#out.outputId, inputId: this.#inputId });
    if (violation !== undefined) return this.#violate(violation);
    this.#remoteActivity(nowMs);
    if (rm.acknowledgement !== undefined && !this.#applyAcknowledgement(rm.acknowledgement, nowMs)) return;
    if (message.kind === "application" && rm.sequenceId !== undefined) this.#receiveSequenced(message, nowMs);
    else if (message.kind === "application") this.#violate(plainMessage(this.#dialect.version));
    else {
      this.#pair?.closing.receive(message, nowMs);
      if (rm.ackRequestedId !== undefined) this.#pair?.acknowledger?.now(nowMs);
    }
  }

  #receiveSequenced(message: Message, nowMs: number): void {
    const destination = this.#pair?.destination;
    const acknowledger = this.#pair?.acknowledger;
    if (destination === undefined || acknowledger === undefined) return;
    const { messageNumber, ackRequestedId, isLastMessage } = message.rm;
    if (this.#dialect.version === "1.1" && this.#isInputClosed && !destination.hasReceived(messageNumber)) {
      // Closed for new messages, which the peer must hear; not the end of the session (R-WSRM11-CLOSED-1).
      return this.#out.fault(sequenceClosed(messageNumber, this.#inputId), true);
    }
    const reception = destination.receive(messageNumber, message, message.byteLength, isLastMessage);
    if (reception === "beyond-last") {
      return this.#violate(beyondLast(messageNumber, destination.lastNumber, this.#inputId));
    }
    acknowledger.received(reception, ackRequestedId !== undefined, destination.lastNumber !== undefined, nowMs);
  }

  /** False when the acknowledgement was refused and the session ended. */
  #applyAcknowledgement(acknowledgement: Acknowledgement, nowMs: number): boolean {
    const source = this.#pair?.source;
    const problem = source?.acknowledge(acknowledgement.ranges, acknowledgement.bufferRemaining, nowMs);
    if (source === undefined || problem === undefined) return true;
    this.#violate(invalidAcknowledgement(problem, acknowledgement, source.lastNumber));
    return false;
  }

  #receiveFault(message: Message): void {
    const fault = message.sequenceFault ?? strayFault(message);
    if (fault.name === "UnknownSequence" && this.#pair?.closing.acceptsUnknownSequence() === true) return;
    this.#fail(failureOfRemoteFault(fault), undefined);
  }

  #receiveOpening(message: Message, nowMs: number): void {
    const answer = judgeOpeningAnswer(message, this.#createMessageId, this.#setup.shape, this.#dialect.version);
    if (answer.type === "failed") return this.#fail(answer.failure, answer.fault);
    this.#timers.stop("open");
    this.#timers.stop("create-sequence");
    this.#establish(answer.outputId, nowMs - this.#createSentAtMs, nowMs);
    this.#pair?.source?.linkUp(nowMs);
    this.#effects.push({ type: "opened" });
  }

  /** The CreateSequence that made this session, or a repetition of it because our answer was lost: the same answer. */
  #receiveCreateSequence(message: Message, nowMs: number): void {
    const { accepted, options } = this.#setup;
    const { body, headers } = message;
    const offeredId = body?.type === "create-sequence" ? body.offer?.identifier : undefined;
    const isSame =
      headers.messageId?.equals(accepted?.opening.messageId) || offeredId?.equals(accepted?.opening.offeredId);
    if (accepted === undefined || isSame !== true) return this.#violate(secondOpening(this.#inputId));
    this.#remoteActivity(nowMs);
    const response = createSequenceResponseBody(options.version, options.ordered, accepted.inputId, accepted.opening);
    this.#out.createSequenceResponse(response, headers.messageId);
  }

  #timeout(nowMs: number): void {
    const { options, role } = this.#setup;
    const acknowledgementDueAtMs = this.#pair?.acknowledger?.dueAtMs ?? Number.POSITIVE_INFINITY;
    if (acknowledgementDueAtMs <= nowMs) this.#out.acknowledgement(this.#isInputClosed);
    if (this.#silence.isTooLong(nowMs)) return this.#failByTimer(inactive(options.inactivityTimeoutMs, role));
    for (const name of this.#timers.takeExpired(nowMs)) {
      switch (name) {
        case "open":
          return this.#fail(openTimedOut(this.#setup.openTimeoutMs, this.#setup.address), undefined);
        case "close":
          return this.#failByTimer(closeTimedOut(this.#setup.closeTimeoutMs, this.output?.pendingCount ?? 0));
        case "create-sequence":
          this.#sendCreateSequence(nowMs);
          break;
        case "close-retry":
          this.#pair?.closing.retry(nowMs);
          break;
        default:
          unreachable(name);
      }
    }
    if (this.#pair?.source?.retransmitDue(nowMs) === false)
      return this.#failByTimer(retriesExhausted(options.maxRetryCount));
    // One question serves both purposes.
    const isKeepAliveDue = this.#keepAlive?.takeDue(nowMs) === true;
    if (this.#probe.takeDue(nowMs) || isKeepAliveDue) this.#out.ackRequested();
  }

  /** Ends the session for a reason of our own, which the peer is told as SequenceTerminated (R-WCF-FAULT-2). */
  #failByTimer(failure: SessionFailure): void {
    const identifier = this.#setup.role === "initiator" ? (this.#out.outputId ?? this.#inputId) : this.#inputId;
    this.#fail(failure, {
      name: "SequenceTerminated",
      code: "Receiver",
      reason: failure.reason,
      identifier,
      expiredTimer: failure.timer,
    });
  }

  /** The peer broke the protocol: it is told how, and the session ends. */
  #violate(fault: SequenceFault): void {
    this.#fail(violated(fault), fault);
  }

  #fail(failure: SessionFailure, fault: SequenceFault | undefined): void {
    if (fault !== undefined && this.#out.isLinkUp) this.#out.fault(fault, this.#isInputClosed);
    this.#state = "faulted";
    this.#timers.stopAll();
    this.#keepAlive?.pause();
    this.#effects.push({ type: "faulted", failure: fault === undefined ? failure : { fault, ...failure } });
  }

  #remoteActivity(nowMs: number): void {
    this.#silence.heard(nowMs);
    this.#keepAlive?.remoteActivity(nowMs);
  }

  #sendCreateSequence(nowMs: number): void {
    const { options } = this.#setup;
    this.#createSentAtMs = nowMs;
    const body = createSequenceBody(options.version, options.ordered, this.#inputId);
    this.#out.protocol(this.#dialect.createSequence, body, { messageId: this.#createMessageId });
    this.#timers.set("create-sequence", nowMs + requestRetryMs);
  }

  get #isInputClosed(): boolean {
    return this.#pair?.closing.isInputClosed === true;
  }
}
