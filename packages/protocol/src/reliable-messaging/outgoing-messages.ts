import type { OutgoingAddressing } from "../soap/index.ts";
import type { DictionaryString, UniqueId } from "../xml/index.ts";
import type { Acknowledger } from "./acknowledger.ts";
import type { Dialect } from "./dialect.ts";
import type { RmBody } from "./protocol-message.ts";
import type { SentMessage } from "./sent-window.ts";
import type { SequenceFault } from "./sequence-fault.ts";
import type { Transmission, TransmissionContent } from "./transmission.ts";

/** Whom a protocol message asks, or answers. */
export interface ProtocolCorrelation {
  readonly messageId?: UniqueId | undefined;
  readonly relatesTo?: UniqueId | undefined;
}

export interface OutgoingMessagesSetup {
  readonly dialect: Dialect;
  readonly role: "initiator" | "acceptor";
  /** The service's address, for ReplyTo. */
  readonly address: string;
  emit(transmission: Transmission): void;
}

/** Makes the messages of one session, with the headers that belong on each. Nothing leaves while no connection is there. */
export class OutgoingMessages {
  readonly #setup: OutgoingMessagesSetup;
  isLinkUp = false;
  outputId: UniqueId | undefined;
  acknowledger: Acknowledger | undefined;

  constructor(setup: OutgoingMessagesSetup) {
    this.#setup = setup;
  }

  /** A numbered message; a pending acknowledgement rides on it. */
  sequenced(sent: SentMessage): void {
    this.#transmit(
      sent.message.addressing,
      sent.isLastMessage ? { type: "empty" } : { type: "application", body: sent.message.body },
      {
        sequenceId: this.outputId,
        messageNumber: sent.messageNumber,
        isLastMessage: sent.isLastMessage,
        ackRequestedId: sent.requestsAck ? this.outputId : undefined,
        acknowledgement: this.acknowledger?.piggyback(),
        attempt: sent.attemptCount,
      },
    );
  }

  /** A message that says only "tell me what arrived": also the keep-alive and the probe. */
  ackRequested(): void {
    if (this.outputId === undefined) return;
    this.#transmit({ action: this.#setup.dialect.ackRequested }, { type: "empty" }, { ackRequestedId: this.outputId });
  }

  /** A message that says only what arrived. */
  acknowledgement(isInputClosed: boolean): void {
    if (this.acknowledger === undefined || !this.isLinkUp) return;
    const acknowledgement = this.acknowledger.take(isInputClosed && this.#setup.dialect.version === "1.1");
    this.#transmit({ action: this.#setup.dialect.sequenceAcknowledgement }, { type: "empty" }, { acknowledgement });
  }

  createSequenceResponse(body: RmBody, relatesTo: UniqueId | undefined): void {
    const addressing = { action: this.#setup.dialect.createSequenceResponse, relatesTo };
    this.#transmit(addressing, { type: "protocol", body }, {});
  }

  /** A protocol request (with `messageId`), response (with `relatesTo`, and then the final acknowledgement) or notice. */
  protocol(action: DictionaryString, body: RmBody, { messageId, relatesTo }: ProtocolCorrelation): void {
    if (!this.isLinkUp) return;
    // R-WCF-CLOSE11-2: a WCF client takes a close request of the service only with the service's own address as ReplyTo.
    const isServiceRequest = this.#setup.role === "acceptor" && messageId !== undefined;
    const replyTo = isServiceRequest ? this.#setup.address : undefined;
    const acknowledgement = relatesTo === undefined ? undefined : this.acknowledger?.take(true);
    this.#transmit({ action, messageId, relatesTo, replyTo }, { type: "protocol", body }, { acknowledgement });
  }

  /** A fault about the session; in 1.1 with the final acknowledgement once the peer has closed its sequence. */
  fault(fault: SequenceFault, withFinalAcknowledgement: boolean): void {
    if (!this.isLinkUp) return;
    const { dialect } = this.#setup;
    const isFinal = withFinalAcknowledgement && dialect.version === "1.1";
    const final = isFinal ? this.acknowledger?.take(true) : undefined;
    // No room is offered in a sequence that is closed; WCF's faults leave it out as well.
    const acknowledgement = final === undefined ? undefined : { ...final, bufferRemaining: undefined };
    this.#transmit({ action: dialect.fault }, { type: "fault", fault }, { acknowledgement });
  }

  #transmit(addressing: OutgoingAddressing, content: TransmissionContent, rm: Partial<Transmission>): void {
    if (!this.isLinkUp) return;
    this.#setup.emit({
      addressing,
      sequenceId: rm.sequenceId,
      messageNumber: rm.messageNumber ?? 0,
      isLastMessage: rm.isLastMessage ?? false,
      ackRequestedId: rm.ackRequestedId,
      acknowledgement: rm.acknowledgement,
      content,
      attempt: rm.attempt ?? 0,
    });
  }
}
