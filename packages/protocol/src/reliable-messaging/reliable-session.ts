import { assert, type Machine, TimerTable, unreachable } from "../machine/index.ts";
import type { OutgoingAddressing } from "../soap/index.ts";
import type { DictionaryString, UniqueId } from "../xml/index.ts";
import { Acknowledger } from "./acknowledger.ts";
import type { Closing } from "./closing.ts";
import { Closing10 } from "./closing-1.0.ts";
import { Closing11 } from "./closing-1.1.ts";
import { type Dialect, dialects } from "./dialect.ts";
import { KeepAlive } from "./keep-alive.ts";
import type { RmBody } from "./protocol-message.ts";
import type { ReliableSessionEffect, ReliableSessionInput, ReliableSessionSetup } from "./reliable-session-types.ts";
import { RmDestination } from "./rm-destination.ts";
import { type ApplicationMessage, RmSource, type SentMessage } from "./rm-source.ts";
import type { SequenceFault } from "./sequence-fault.ts";
import { createSequenceBody, createSequenceResponseBody } from "./sequence-opening.ts";
import { failureOfRefusal, failureOfRemoteFault, type SessionFailure } from "./session-failure.ts";
import { closeTimedOut, inactive, openTimedOut, retriesExhausted, violated } from "./session-failures.ts";
import type { IncomingMessage, Transmission, TransmissionContent } from "./transmission.ts";
import { verifyIdentifiers } from "./verification.ts";

export type ReliableSessionState = "created" | "opening" | "open" | "closing" | "closed" | "faulted";

type TimerName =
  /** Initiator: the whole opening. */
  | "open"
  /** Initiator: CreateSequence is sent again. */
  | "create-sequence"
  /** No message at all came for inactivityTimeoutMs. */
  | "inactivity"
  /** The peer's buffer was full: ask whether it still is. */
  | "probe"
  /** The whole close handshake. */
  | "close"
  /** 1.1: CloseSequence or TerminateSequence is sent again. */
  | "close-retry";

/** Pause before a protocol request (CreateSequence, CloseSequence, TerminateSequence) is repeated, as in WCF. */
const requestRetryMs = 10_000;
/** A closed window is asked about first after this long; the pause doubles up to `probeMaxMs`. */
const probeMs = 500;
const probeMaxMs = 30_000;
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
  readonly #keepAlive: KeepAlive | undefined;
  readonly #createMessageId: UniqueId | undefined;
  readonly #inputId: UniqueId | undefined;
  #outputId: UniqueId | undefined;
  #state: ReliableSessionState = "created";
  #isLinkUp = false;
  #effects: ReliableSessionEffect<Message>[] = [];
  #source: RmSource | undefined;
  #destination: RmDestination<Message> | undefined;
  #acknowledger: Acknowledger | undefined;
  #closing: Closing | undefined;
  #createSentAtMs = 0;
  #probeCount = 0;
  #acceptedUpTo = 0;
  #acknowledgedUpTo = 0;

  constructor(setup: ReliableSessionSetup<Message>, nowMs: number) {
    this.#setup = setup;
    this.#dialect = dialects[setup.options.version];
    const { options, role, shape, accepted } = setup;
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
    return this.#outputId;
  }

  /** Identifier of the sequence that this side receives. */
  get inputId(): UniqueId | undefined {
    return this.#inputId;
  }

  get keepAliveCount(): number {
    return this.#keepAlive?.sentCount ?? 0;
  }

  /** Application messages handed over so far that no acknowledgement covers. */
  get unacknowledgedCount(): number {
    return (this.#source?.unacknowledgedCount ?? 0) + (this.#source?.waitingCount ?? 0);
  }

  /** False when `maxQueuedMessageCount` messages wait already. */
  get canQueue(): boolean {
    return this.#source?.canQueue ?? true;
  }

  get nextDeadlineMs(): number | undefined {
    return earliest(
      earliest(this.#timers.nextDeadlineMs, this.#source?.retransmitAtMs),
      earliest(this.#isLinkUp ? this.#acknowledger?.dueAtMs : undefined, this.#keepAlive?.dueAtMs),
    );
  }

  handle(input: ReliableSessionInput<Message>, nowMs: number): readonly ReliableSessionEffect<Message>[] {
    this.#effects = [];
    if (this.#state !== "closed" && this.#state !== "faulted") {
      this.#dispatch(input, nowMs);
      this.#settle(nowMs);
    }
    return this.#effects;
  }

  #dispatch(input: ReliableSessionInput<Message>, nowMs: number): void {
    switch (input.type) {
      case "send":
        assert(this.#source !== undefined, "messages are sent on an open session with an output sequence");
        this.#source.send(input.message, false, nowMs);
        return;
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
        this.#isLinkUp = false;
        this.#source?.linkLost();
        this.#keepAlive?.pause();
        this.#timers.stop("create-sequence");
        return;
      case "held":
        if (this.#destination) this.#destination.heldCount = input.count;
        this.#acknowledger?.roomMade(nowMs);
        return;
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
    const source = this.#source;
    if (source !== undefined) {
      if (source.lastNumber > this.#acceptedUpTo) {
        this.#acceptedUpTo = source.lastNumber;
        this.#effects.push({ type: "accepted", upTo: source.lastNumber });
      }
      if (source.acknowledgedUpTo > this.#acknowledgedUpTo) {
        this.#acknowledgedUpTo = source.acknowledgedUpTo;
        this.#effects.push({ type: "acknowledged", upTo: this.#acknowledgedUpTo });
      }
      if (source.needsProbe && this.#isLinkUp) {
        if (!this.#timers.isArmed("probe"))
          this.#timers.set("probe", nowMs + Math.min(probeMs * 2 ** Math.min(this.#probeCount, 10), probeMaxMs));
      } else {
        this.#probeCount = 0;
        this.#timers.stop("probe");
      }
    }
    if (this.#state === "open" || this.#state === "closing") {
      this.#closing?.advance(nowMs);
      if (this.#closing?.isOutputDone === true && this.#closing.isInputDone) this.#finish();
    }
  }

  #finish(): void {
    this.#state = "closed";
    this.#timers.stopAll();
    this.#keepAlive?.pause();
    this.#effects.push({ type: "closed" });
  }

  #establish(outputId: UniqueId | undefined, roundTripMs: number, nowMs: number): void {
    const { options, retain: _ } = this.#setup;
    this.#state = "open";
    this.#outputId = outputId;
    if (outputId !== undefined)
      this.#source = new RmSource(options, roundTripMs, (sent, atMs) => this.#transmitSequenced(sent, atMs));
    if (this.#inputId !== undefined) {
      this.#destination = new RmDestination<Message>(options, (message, messageNumber) => {
        this.#effects.push({ type: "deliver", message, messageNumber });
      });
      this.#acknowledger = new Acknowledger(
        options,
        this.#destination as unknown as RmDestination<never>,
        this.#inputId,
      );
    }
    this.#closing = this.#makeClosing();
    this.#remoteActivity(nowMs);
  }

  #makeClosing(): Closing {
    const context = {
      source: this.#source,
      destination: this.#destination as unknown as RmDestination<never> | undefined,
      outputId: this.#outputId,
      inputId: this.#inputId,
      sendLastMessage: (nowMs: number) => this.#source?.send(this.#lastMessage, true, nowMs),
      sendAckRequested: () => this.#sendAckRequested(),
      sendProtocol: (
        action: DictionaryString,
        body: RmBody,
        correlation: { messageId?: UniqueId | undefined; relatesTo?: UniqueId | undefined },
      ) => this.#sendProtocol(action, body, correlation),
      acknowledgeNow: (nowMs: number) => this.#acknowledger?.now(nowMs),
      endInput: () => {
        this.#effects.push({ type: "input-ended" });
      },
      violate: (fault: SequenceFault) => this.#fail(violated(fault), fault),
      armCloseRetry: (nowMs: number) => this.#timers.set("close-retry", nowMs + requestRetryMs),
      disarmCloseRetry: () => this.#timers.stop("close-retry"),
      nextId: () => this.#setup.nextId(),
    };
    return this.#dialect.version === "1.0"
      ? new Closing10(this.#dialect, context)
      : new Closing11(this.#dialect, context);
  }

  get #lastMessage(): ApplicationMessage {
    return { addressing: { action: this.#dialect.lastMessage }, body: undefined };
  }

  #linkUp(nowMs: number): void {
    this.#isLinkUp = true;
    if (this.#state === "opening") return this.#sendCreateSequence(nowMs);
    // The first message on a new connection tells the service whose it is, and asks what arrived.
    if (this.#setup.role === "initiator") this.#sendAckRequested();
    if (this.#destination !== undefined && this.#destination.highest > 0) this.#sendAcknowledgement();
    this.#source?.linkUp(nowMs);
    this.#closing?.linkUp(nowMs);
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
    this.#closing?.start(nowMs);
  }

  #receive(message: Message, nowMs: number): void {
    if (this.#state === "opening") return this.#receiveOpening(message, nowMs);
    const { rm } = message;
    if (message.isFault && rm.sequenceId === undefined) return this.#receiveFault(message);
    if (message.kind === "create-sequence") return this.#receiveCreateSequence(message, nowMs);
    const violation = verifyIdentifiers(message, { outputId: this.#outputId, inputId: this.#inputId });
    if (violation !== undefined) return this.#fail(violated(violation), violation);
    this.#remoteActivity(nowMs);
    if (rm.acknowledgement !== undefined && !this.#applyAcknowledgement(message, nowMs)) return;
    if (message.kind === "application" && rm.sequenceId !== undefined) this.#receiveSequenced(message, nowMs);
    else if (message.kind === "application") this.#refusePlainMessage();
    else {
      this.#closing?.receive(message, nowMs);
      if (rm.ackRequestedId !== undefined) this.#acknowledger?.now(nowMs);
    }
  }

  #receiveSequenced(message: Message, nowMs: number): void {
    const destination = this.#destination;
    if (destination === undefined || this.#acknowledger === undefined) return;
    const { messageNumber, ackRequestedId } = message.rm;
    if (this.#dialect.version === "1.1" && this.#closing?.isInputClosed === true) {
      // Closed for new messages, which the peer must hear; not the end of the session (R-WSRM11-CLOSED-1).
      const reason = `The sequence is closed and takes no message ${messageNumber}.`;
      this.#sendFault({ name: "SequenceClosed", code: "Sender", reason, identifier: this.#inputId }, true);
      return;
    }
    const reception = destination.receive(messageNumber, message, this.#setup.retain);
    if (reception === "beyond-last") {
      const reason = `Message ${messageNumber} came after the last message ${destination.lastNumber}.`;
      const fault: SequenceFault = {
        name: "LastMessageNumberExceeded",
        code: "Sender",
        reason,
        identifier: this.#inputId,
      };
      return this.#fail(violated(fault), fault);
    }
    this.#acknowledger.received(reception, ackRequestedId !== undefined, destination.lastNumber !== undefined, nowMs);
  }

  /** False when the acknowledgement was refused and the session ended. */
  #applyAcknowledgement(message: Message, nowMs: number): boolean {
    const acknowledgement = message.rm.acknowledgement;
    if (acknowledgement === undefined || this.#source === undefined) return true;
    const problem = this.#source.acknowledge(acknowledgement.ranges, acknowledgement.bufferRemaining, nowMs);
    if (problem === undefined) return true;
    const reason =
      problem === "beyond-last-sent"
        ? `The acknowledgement covers message ${acknowledgement.ranges.at(-1)?.upper}, but ${this.#source.lastNumber} is the last one sent.`
        : "The acknowledgement leaves out messages that were acknowledged before.";
    const fault: SequenceFault = {
      name: "InvalidAcknowledgement",
      code: "Sender",
      reason,
      identifier: this.#outputId,
      acknowledgement,
    };
    this.#fail(violated(fault), fault);
    return false;
  }

  #refusePlainMessage(): void {
    const isRm11 = this.#dialect.version === "1.1";
    const reason = "A message without a Sequence header came within a reliable session.";
    const fault: SequenceFault = { name: isRm11 ? "WsrmRequired" : "ActionNotSupported", code: "Sender", reason };
    this.#fail(violated(fault), fault);
  }

  #receiveFault(message: Message): void {
    const fault = message.sequenceFault ?? {
      name: "SequenceTerminated",
      code: "Receiver",
      reason: `a SOAP fault outside the sequence, action ${message.headers.action}`,
    };
    if (fault.name === "UnknownSequence" && this.#closing?.acceptsUnknownSequence() === true) return;
    this.#fail(failureOfRemoteFault(fault), undefined);
  }

  #receiveOpening(message: Message, nowMs: number): void {
    if (message.isFault) {
      const fault = message.sequenceFault ?? {
        name: "CreateSequenceRefused",
        code: "Sender",
        reason: `a SOAP fault with action ${message.headers.action}`,
      };
      return this.#fail(failureOfRefusal(fault), undefined);
    }
    const { body } = message;
    if (body?.type !== "create-sequence-response" || !message.headers.relatesTo?.equals(this.#createMessageId)) {
      const reason = `The service answered CreateSequence with ${message.headers.action}; expected CreateSequenceResponse. Is reliableSession.version ${this.#dialect.version} right?`;
      return this.#fail({ code: "SESSION_PROTOCOL_VIOLATION", reason, isRemote: false }, undefined);
    }
    const problem = this.#problemOfResponse(body.acceptAcksTo);
    if (problem !== undefined) {
      const fault: SequenceFault = {
        name: "SequenceTerminated",
        code: "Sender",
        reason: problem,
        identifier: body.identifier,
      };
      return this.#fail(violated(fault), fault);
    }
    this.#timers.stop("open");
    this.#timers.stop("create-sequence");
    this.#establish(body.identifier, nowMs - this.#createSentAtMs, nowMs);
    this.#source?.linkUp(nowMs);
    this.#effects.push({ type: "opened" });
  }

  #problemOfResponse(acceptAcksTo: string | undefined): string | undefined {
    const isDuplex = this.#setup.shape === "duplex";
    if (isDuplex && acceptAcksTo === undefined)
      return "The service did not accept the offered sequence; its contract has one-way operations only.";
    if (!isDuplex && acceptAcksTo !== undefined) return "The service accepted a sequence that was not offered.";
    return undefined;
  }

  /** The client asks again because our answer was lost: the same answer, for the same offer. */
  #receiveCreateSequence(message: Message, nowMs: number): void {
    const { accepted } = this.#setup;
    if (
      accepted === undefined ||
      message.body?.type !== "create-sequence" ||
      !message.body.offer?.identifier.equals(accepted.opening.offeredId)
    ) {
      const reason = "A second CreateSequence with another offer came within a session.";
      const fault: SequenceFault = { name: "SequenceTerminated", code: "Sender", reason, identifier: this.#inputId };
      return this.#fail(violated(fault), fault);
    }
    this.#remoteActivity(nowMs);
    this.#sendCreateSequenceResponse(message.headers.messageId);
  }

  #timeout(nowMs: number): void {
    const { options, role } = this.#setup;
    if (this.#acknowledger?.dueAtMs !== undefined && this.#acknowledger.dueAtMs <= nowMs && this.#isLinkUp)
      this.#sendAcknowledgement();
    for (const name of this.#timers.takeExpired(nowMs)) {
      switch (name) {
        case "inactivity":
          return this.#failByTimer(inactive(options.inactivityTimeoutMs, role));
        case "open":
          return this.#fail(openTimedOut(this.#setup.openTimeoutMs, this.#setup.address), undefined);
        case "close":
          return this.#failByTimer(closeTimedOut(this.#setup.closeTimeoutMs, this.unacknowledgedCount));
        case "create-sequence":
          this.#sendCreateSequence(nowMs);
          break;
        case "probe":
          this.#probeCount += 1;
          this.#sendAckRequested();
          break;
        case "close-retry":
          this.#closing?.retry(nowMs);
          break;
        default:
          unreachable(name);
      }
    }
    if (this.#source?.retransmitDue(nowMs) === false) return this.#failByTimer(retriesExhausted(options.maxRetryCount));
    if (this.#keepAlive?.takeDue(nowMs) === true) this.#sendAckRequested();
  }

  /** Ends the session for a reason of our own, which the peer is told as SequenceTerminated (R-WCF-FAULT-2). */
  #failByTimer(failure: SessionFailure): void {
    const identifier = this.#setup.role === "initiator" ? (this.#outputId ?? this.#inputId) : this.#inputId;
    this.#fail(failure, {
      name: "SequenceTerminated",
      code: "Receiver",
      reason: failure.reason,
      identifier,
      expiredTimer: failure.timer,
    });
  }

  #fail(failure: SessionFailure, fault: SequenceFault | undefined): void {
    if (this.#state === "faulted" || this.#state === "closed") return;
    if (fault !== undefined && this.#isLinkUp) this.#sendFault(fault, this.#closing?.isInputClosed === true);
    this.#state = "faulted";
    this.#timers.stopAll();
    this.#keepAlive?.pause();
    this.#effects.push({ type: "faulted", failure: fault === undefined ? failure : { fault, ...failure } });
  }

  #remoteActivity(nowMs: number): void {
    const { inactivityTimeoutMs } = this.#setup.options;
    if (Number.isFinite(inactivityTimeoutMs)) this.#timers.set("inactivity", nowMs + inactivityTimeoutMs);
    this.#keepAlive?.remoteActivity(nowMs);
  }

  #transmitSequenced(sent: SentMessage, nowMs: number): void {
    this.#keepAlive?.localActivity(nowMs);
    this.#transmit(
      sent.message.addressing,
      sent.isLastMessage ? { type: "empty" } : { type: "application", body: sent.message.body },
      {
        sequenceId: this.#outputId,
        messageNumber: sent.messageNumber,
        isLastMessage: sent.isLastMessage,
        ackRequestedId: sent.requestsAck ? this.#outputId : undefined,
        acknowledgement: this.#acknowledger?.piggyback(),
        attempt: sent.attemptCount,
      },
    );
  }

  #sendCreateSequence(nowMs: number): void {
    if (!this.#isLinkUp) return;
    const { options } = this.#setup;
    this.#createSentAtMs = nowMs;
    this.#sendProtocol(
      this.#dialect.createSequence,
      createSequenceBody(options.version, options.ordered, this.#inputId),
      {
        messageId: this.#createMessageId,
      },
    );
    this.#timers.set("create-sequence", nowMs + requestRetryMs);
  }

  #sendCreateSequenceResponse(relatesTo: UniqueId | undefined): void {
    const { accepted, options } = this.#setup;
    if (accepted === undefined) return;
    const body = createSequenceResponseBody(options.version, options.ordered, accepted.inputId, accepted.opening);
    this.#transmit({ action: this.#dialect.createSequenceResponse, relatesTo }, { type: "protocol", body }, {});
  }

  #sendAckRequested(): void {
    if (this.#outputId === undefined || !this.#isLinkUp) return;
    this.#transmit({ action: this.#dialect.ackRequested }, { type: "empty" }, { ackRequestedId: this.#outputId });
  }

  #sendAcknowledgement(): void {
    if (this.#acknowledger === undefined) return;
    const isFinal = this.#dialect.version === "1.1" && this.#closing?.isInputClosed === true;
    const acknowledgement = this.#acknowledger.take(isFinal);
    this.#transmit({ action: this.#dialect.sequenceAcknowledgement }, { type: "empty" }, { acknowledgement });
  }

  #sendProtocol(
    action: DictionaryString,
    body: RmBody,
    correlation: { messageId?: UniqueId | undefined; relatesTo?: UniqueId | undefined },
  ): void {
    const { messageId, relatesTo } = correlation;
    // R-WCF-CLOSE11-2: a WCF client takes a close request of the service only with the service's own address as ReplyTo.
    const isServiceRequest = this.#setup.role === "acceptor" && messageId !== undefined;
    const replyTo = isServiceRequest ? this.#setup.address : undefined;
    const acknowledgement = relatesTo === undefined ? undefined : this.#acknowledger?.take(true);
    this.#transmit({ action, messageId, relatesTo, replyTo }, { type: "protocol", body }, { acknowledgement });
  }

  #sendFault(fault: SequenceFault, withFinalAcknowledgement: boolean): void {
    const acknowledgement =
      withFinalAcknowledgement && this.#dialect.version === "1.1" ? this.#acknowledger?.take(true) : undefined;
    this.#transmit({ action: this.#dialect.fault }, { type: "fault", fault }, { acknowledgement });
  }

  #transmit(addressing: OutgoingAddressing, content: TransmissionContent, rm: Partial<Transmission>): void {
    if (!this.#isLinkUp) return;
    const transmission: Transmission = {
      addressing,
      sequenceId: rm.sequenceId,
      messageNumber: rm.messageNumber ?? 0,
      isLastMessage: rm.isLastMessage ?? false,
      ackRequestedId: rm.ackRequestedId,
      acknowledgement: rm.acknowledgement,
      content,
      attempt: rm.attempt ?? 0,
    };
    this.#effects.push({ type: "transmit", transmission });
  }
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined || a < b ? a : b;
}
