import type { DictionaryString, UniqueId } from "../xml/index.ts";
import { ReceivedNumbers } from "./ack-ranges.ts";
import type { Dialect } from "./dialect.ts";
import type { RmBody } from "./protocol-message.ts";
import type { PendingRequest } from "./request-window.ts";
import type { Acknowledgement } from "./rm-headers.ts";
import type { ApplicationMessage } from "./sent-window.ts";
import type { SequenceFault } from "./sequence-fault.ts";
import type { Transmission } from "./transmission.ts";

/** Makes the requests of one session over exchanges, each with the acknowledgement of the replies that came. */
export class RequestMessages {
  readonly #dialect: Dialect;
  readonly #inputId: UniqueId | undefined;
  readonly #emit: (transmission: Transmission) => void;
  /** Replies that came. */
  readonly replies: ReceivedNumbers = new ReceivedNumbers();
  readonly lastMessage: ApplicationMessage;
  outputId: UniqueId | undefined;

  /** @param inputId identifier of the sequence of replies; undefined without one */
  constructor(dialect: Dialect, inputId: UniqueId | undefined, emit: (transmission: Transmission) => void) {
    this.#dialect = dialect;
    this.#inputId = inputId;
    this.#emit = emit;
    this.lastMessage = { addressing: { action: dialect.lastMessage }, body: undefined, byteLength: 0 };
  }

  request({ messageNumber, message, isLastMessage, attemptCount }: PendingRequest): Transmission {
    return this.#transmit({
      addressing: message.addressing,
      sequenceId: this.outputId,
      messageNumber,
      isLastMessage,
      acknowledgement: this.#acknowledgement(),
      content: isLastMessage ? { type: "empty" } : { type: "application", body: message.body },
      attempt: attemptCount,
    });
  }

  ackRequested(): Transmission {
    return this.#transmit({
      addressing: { action: this.#dialect.ackRequested },
      ackRequestedId: this.outputId,
      acknowledgement: this.#acknowledgement(),
      content: { type: "empty" },
    });
  }

  createSequence(body: RmBody, messageId: UniqueId): Transmission {
    const addressing = { action: this.#dialect.createSequence, messageId };
    return this.#transmit({ addressing, content: { type: "protocol", body } });
  }

  /** A request of the close handshake, which tells of the replies in any case. */
  closing(action: DictionaryString, body: RmBody, messageId: UniqueId | undefined, isFinal: boolean): Transmission {
    const acknowledgement =
      this.#inputId === undefined
        ? undefined
        : { identifier: this.#inputId, ranges: this.replies.ranges, isFinal, bufferRemaining: undefined };
    return this.#transmit({ addressing: { action, messageId }, content: { type: "protocol", body }, acknowledgement });
  }

  fault(fault: SequenceFault): Transmission {
    return this.#transmit({ addressing: { action: this.#dialect.fault }, content: { type: "fault", fault } });
  }

  /** WCF's requests leave it out until there is a reply, and never tell of room. */
  #acknowledgement(): Acknowledgement | undefined {
    if (this.#inputId === undefined || this.replies.rangeCount === 0) return undefined;
    return { identifier: this.#inputId, ranges: this.replies.ranges, isFinal: false, bufferRemaining: undefined };
  }

  #transmit(given: Pick<Transmission, "addressing" | "content"> & Partial<Transmission>): Transmission {
    const transmission: Transmission = {
      sequenceId: undefined,
      messageNumber: 0,
      isLastMessage: false,
      ackRequestedId: undefined,
      acknowledgement: undefined,
      attempt: 0,
      ...given,
    };
    this.#emit(transmission);
    return transmission;
  }
}
