import type { DictionaryString, UniqueId } from "../xml/index.ts";
import type { Dialect } from "./dialect.ts";
import type { Exchange, ExchangeEffect } from "./exchange.ts";
import type { ReliableSessionOptions } from "./options.ts";
import type { RmBody } from "./protocol-message.ts";
import type { NumberedReply } from "./replies.ts";
import type { RmDestinationState } from "./rm-destination.ts";
import type { Acknowledgement } from "./rm-headers.ts";
import type { SequenceFault } from "./sequence-fault.ts";
import type { Transmission } from "./transmission.ts";

/** Makes the answers of one session over exchanges. Each tells what arrived: WCF's clients end the session for one that does not. */
export class ReplyMessages {
  readonly #options: ReliableSessionOptions;
  readonly #dialect: Dialect;
  readonly #destination: RmDestinationState;
  readonly #inputId: UniqueId;
  readonly #outputId: UniqueId | undefined;
  readonly #emit: (answer: Extract<ExchangeEffect, { type: "answer" }>) => void;

  constructor(
    options: ReliableSessionOptions,
    dialect: Dialect,
    destination: RmDestinationState,
    inputId: UniqueId,
    outputId: UniqueId | undefined,
    emit: (answer: Extract<ExchangeEffect, { type: "answer" }>) => void,
  ) {
    this.#options = options;
    this.#dialect = dialect;
    this.#destination = destination;
    this.#inputId = inputId;
    this.#outputId = outputId;
    this.#emit = emit;
  }

  /** The empty answer. */
  nothing(exchange: Exchange): void {
    this.#emit({ type: "answer", exchange, transmission: undefined });
  }

  acknowledgement(exchange: Exchange): void {
    const addressing = { action: this.#dialect.sequenceAcknowledgement };
    this.#answer(exchange, { addressing, content: { type: "empty" }, acknowledgement: this.#acknowledged() });
  }

  reply(exchange: Exchange, { messageNumber, message: { addressing, body } }: NumberedReply): void {
    this.#answer(exchange, {
      addressing,
      content: { type: "application", body },
      sequenceId: this.#outputId,
      messageNumber,
      acknowledgement: this.#acknowledged(),
      attempt: 1,
    });
  }

  /** The last message of 1.0's sequence of replies. */
  lastMessage(exchange: Exchange, messageNumber: number): void {
    this.#answer(exchange, {
      addressing: { action: this.#dialect.lastMessage },
      content: { type: "empty" },
      sequenceId: this.#outputId,
      messageNumber,
      isLastMessage: true,
      acknowledgement: this.#acknowledged(),
      attempt: 1,
    });
  }

  createSequenceResponse(exchange: Exchange, body: RmBody, relatesTo: UniqueId | undefined): void {
    const addressing = { action: this.#dialect.createSequenceResponse, relatesTo };
    this.#answer(exchange, { addressing, content: { type: "protocol", body } });
  }

  protocol(exchange: Exchange, action: DictionaryString, body: RmBody, relatesTo: UniqueId | undefined): void {
    const acknowledgement = this.#acknowledged();
    this.#answer(exchange, { addressing: { action, relatesTo }, content: { type: "protocol", body }, acknowledgement });
  }

  /** @param tellsReceived whether it says what arrived; it does where the sequence is closed */
  fault(exchange: Exchange, fault: SequenceFault, tellsReceived: boolean = this.#isClosed): void {
    const acknowledged = tellsReceived ? this.#acknowledged() : undefined;
    const acknowledgement = acknowledged === undefined ? undefined : { ...acknowledged, bufferRemaining: undefined };
    const addressing = { action: this.#dialect.fault, isFault: true };
    this.#answer(exchange, { addressing, content: { type: "fault", fault }, acknowledgement });
  }

  /** 1.1: the sequence is closed, and what is said of it is the last word. */
  get #isClosed(): boolean {
    return this.#dialect.version === "1.1" && this.#destination.lastNumber !== undefined;
  }

  #acknowledged(): Acknowledgement {
    const { answeredRanges, finalRanges, bufferRemaining } = this.#destination;
    return {
      identifier: this.#inputId,
      ranges: this.#isClosed ? finalRanges : answeredRanges,
      isFinal: this.#isClosed,
      bufferRemaining: this.#options.flowControlEnabled ? bufferRemaining : undefined,
    };
  }

  #answer(exchange: Exchange, given: Pick<Transmission, "addressing" | "content"> & Partial<Transmission>): void {
    this.#emit({
      type: "answer",
      exchange,
      transmission: {
        sequenceId: undefined,
        messageNumber: 0,
        isLastMessage: false,
        ackRequestedId: undefined,
        acknowledgement: undefined,
        attempt: 0,
        ...given,
      },
    });
  }
}
