import type { UniqueId } from "../xml/index.ts";
import type { Dialect } from "./dialect.ts";
import type { Exchange } from "./exchange.ts";
import type { Replies } from "./replies.ts";
import type { ReplyMessages } from "./reply-messages.ts";
import type { RmDestinationState } from "./rm-destination.ts";
import type { SequenceFault } from "./sequence-fault.ts";
import type { IncomingMessage } from "./transmission.ts";

/** What the close of a session of replies needs of it. */
export interface ReplyClosingContext {
  readonly dialect: Dialect;
  readonly destination: RmDestinationState;
  readonly replies: Replies;
  readonly out: ReplyMessages;
  readonly inputId: UniqueId;
  readonly outputId: UniqueId | undefined;
  /** The client's sequence is complete: the application's input ends. */
  endInput(): void;
  violate(fault: SequenceFault, exchange: Exchange): void;
}

interface WaitingExchange {
  readonly exchange: Exchange;
  readonly messageId: UniqueId | undefined;
}

/**
 * How a service ends a session of replies (R-HTTP-CLOSE10-1, R-HTTP-CLOSE11-1): the client's LastMessage or CloseSequence is answered
 * when the application has closed its side too, its TerminateSequence at once.
 */
export class ReplyClosing {
  readonly #context: ReplyClosingContext;
  /** Exchanges that wait for the application to close. */
  #waiting: WaitingExchange[] = [];
  #hasEndedInput = false;
  #isClosed = false;
  #isDone = false;
  /** Number of our LastMessage. */
  #lastReplyNumber: number | undefined;

  constructor(context: ReplyClosingContext) {
    this.#context = context;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** The last number of the client's sequence is known. */
  get isInputClosed(): boolean {
    return this.#context.destination.lastNumber !== undefined;
  }

  finish(): void {
    this.#isDone = true;
  }

  lost(exchange: Exchange): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting.exchange !== exchange);
  }

  takeWaiting(): readonly Exchange[] {
    return this.#waiting.splice(0).map(({ exchange }) => exchange);
  }

  /** Something happened: takes the next step when it is time. `isClosing`: the application has closed its side. */
  advance(isClosing: boolean): void {
    if (!this.#hasEndedInput && this.#isClosingSeen) {
      this.#hasEndedInput = true;
      this.#context.endInput();
    }
    if (!isClosing || !this.#hasEndedInput || this.#context.replies.openCount > 0) return;
    this.#isClosed = true;
    for (const waiting of this.#waiting.splice(0)) this.#answerClose(waiting);
  }

  /** True when the message is one of the handshake. */
  receive(message: IncomingMessage, exchange: Exchange): boolean {
    if (message.kind === "last-message") this.#receiveLastMessage(message, exchange);
    else if (message.body?.type === "close-sequence")
      this.#receiveClose(message, message.body.lastMessageNumber, exchange);
    else if (message.body?.type === "terminate-sequence")
      this.#receiveTerminate(message, message.body.lastMessageNumber, exchange);
    else return false;
    return true;
  }

  /** 1.0: complete up to the last message. 1.1: closed, whatever is missing. */
  get #isClosingSeen(): boolean {
    const { destination, dialect } = this.#context;
    return dialect.version === "1.0" ? destination.isComplete : destination.lastNumber !== undefined;
  }

  #receiveLastMessage(message: IncomingMessage, exchange: Exchange): void {
    const { destination, inputId, out, violate } = this.#context;
    if (message.rm.sequenceId === undefined) {
      const reason = "A LastMessage came without a Sequence header.";
      return violate({ name: "SequenceTerminated", code: "Sender", reason, identifier: inputId }, exchange);
    }
    const { messageNumber } = message.rm;
    const reception = destination.receiveLastMessage(messageNumber);
    if (reception === "dropped") return out.nothing(exchange);
    if (reception === "beyond-last") {
      const reason = `Message ${messageNumber} claims to be the last, but message ${destination.highest} was received.`;
      return violate({ name: "LastMessageNumberExceeded", code: "Sender", reason, identifier: inputId }, exchange);
    }
    this.#wait({ exchange, messageId: undefined });
  }

  #receiveClose(message: IncomingMessage, lastMessageNumber: number | undefined, exchange: Exchange): void {
    const { destination } = this.#context;
    if (this.#refusesLastNumber("CloseSequence", lastMessageNumber, exchange)) return;
    if (destination.lastNumber === undefined) {
      // LastMsgNumber may be left out: then what arrived is all that the peer speaks of.
      destination.endAt(lastMessageNumber ?? destination.highest);
      destination.discardAhead();
    }
    this.#wait({ exchange, messageId: message.headers.messageId });
  }

  #receiveTerminate(message: IncomingMessage, lastMessageNumber: number | undefined, exchange: Exchange): void {
    const { destination, dialect, inputId, outputId, out, violate } = this.#context;
    if (this.#refusesLastNumber("TerminateSequence", lastMessageNumber, exchange)) return;
    if (dialect.version === "1.1")
      destination.endAt(lastMessageNumber ?? destination.lastNumber ?? destination.highest);
    if (dialect.version === "1.0" ? !destination.isComplete : destination.hasGaps) {
      const reason = "TerminateSequence came before all messages.";
      return violate({ name: "SequenceTerminated", code: "Sender", reason, identifier: inputId }, exchange);
    }
    const { messageId } = message.headers;
    if (dialect.version === "1.1") {
      const body = { type: "terminate-sequence-response", identifier: inputId } as const;
      out.protocol(exchange, dialect.terminateSequenceResponse, body, messageId);
    } else if (outputId === undefined) out.nothing(exchange);
    else {
      const body = { type: "terminate-sequence", identifier: outputId, lastMessageNumber: undefined } as const;
      out.protocol(exchange, dialect.terminateSequence, body, undefined);
    }
    this.#isDone = true;
  }

  #wait(waiting: WaitingExchange): void {
    if (this.#isClosed) this.#answerClose(waiting);
    else this.#waiting.push(waiting);
  }

  #answerClose({ exchange, messageId }: WaitingExchange): void {
    const { dialect, inputId, outputId, out, replies } = this.#context;
    if (dialect.version === "1.1") {
      const body = { type: "close-sequence-response", identifier: inputId } as const;
      out.protocol(exchange, dialect.closeSequenceResponse, body, messageId);
    } else if (outputId === undefined) out.acknowledgement(exchange);
    else {
      this.#lastReplyNumber ??= replies.takeNumber();
      out.lastMessage(exchange, this.#lastReplyNumber);
    }
  }

  /** True when the number contradicts what came before, and the session ended for it (R-WCF-CLOSE11-5). */
  #refusesLastNumber(element: string, lastMessageNumber: number | undefined, exchange: Exchange): boolean {
    const { destination, inputId, violate } = this.#context;
    if (lastMessageNumber === undefined) return false;
    const { lastNumber, highest } = destination;
    if (lastMessageNumber >= highest && (lastNumber ?? lastMessageNumber) === lastMessageNumber) return false;
    const known =
      lastNumber === undefined ? `message ${highest} was received` : `the sequence was closed at ${lastNumber}`;
    const reason = `${element} names ${lastMessageNumber} as last message, but ${known}.`;
    violate({ name: "SequenceTerminated", code: "Sender", reason, identifier: inputId }, exchange);
    return true;
  }
}
