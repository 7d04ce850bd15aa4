import type { UniqueId } from "../xml/index.ts";
import type { AckRange } from "./ack-ranges.ts";
import type { Closing, ClosingContext } from "./closing.ts";
import type { Dialect } from "./dialect.ts";
import type { RmBody } from "./protocol-message.ts";
import type { IncomingMessage } from "./transmission.ts";

/**
 * Close of version 1.1: CloseSequence and TerminateSequence, each with its response, both ways (R-WCF-CLOSE11-1).
 */
export class Closing11 implements Closing {
  readonly #dialect: Dialect;
  readonly #context: ClosingContext;
  #output: "open" | "draining" | "closing" | "terminating" | "done" = "open";
  #input: "open" | "closed" | "terminated" = "open";
  #closeMessageId: UniqueId | undefined;
  #terminateMessageId: UniqueId | undefined;

  constructor(dialect: Dialect, context: ClosingContext) {
    this.#dialect = dialect;
    this.#context = context;
  }

  get isOutputDone(): boolean {
    return this.#output === "done" || this.#context.source === undefined;
  }

  get isInputDone(): boolean {
    return this.#input === "terminated" || this.#context.destination === undefined;
  }

  get isInputClosed(): boolean {
    return this.#input !== "open";
  }

  start(nowMs: number): void {
    if (this.#output !== "open" || this.#context.source === undefined) return;
    this.#output = "draining";
    if (!this.#context.source.isIdle) this.#context.sendAckRequested();
    this.advance(nowMs);
  }

  advance(nowMs: number): void {
    if (this.#output !== "draining" || this.#context.source?.isIdle !== true) return;
    this.#output = "closing";
    this.#closeMessageId = this.#context.nextId();
    this.#sendClose();
    this.#context.armCloseRetry(nowMs);
  }

  receive(message: IncomingMessage, nowMs: number): void {
    switch (message.body?.type) {
      case "close-sequence":
        return this.#receiveClose(message, message.body.lastMessageNumber);
      case "terminate-sequence":
        return this.#receiveTerminate(message, message.body.lastMessageNumber);
      case "close-sequence-response":
        return this.#receiveCloseResponse(message, nowMs);
      case "terminate-sequence-response":
        return this.#receiveTerminateResponse(message);
      default:
    }
  }

  acceptsUnknownSequence(): boolean {
    if (this.#output !== "terminating") return false;
    this.#finishOutput();
    return true;
  }

  linkUp(nowMs: number): void {
    this.retry(nowMs);
  }

  retry(nowMs: number): void {
    if (this.#output === "closing") this.#sendClose();
    else if (this.#output === "terminating") this.#sendTerminate();
    else return;
    this.#context.armCloseRetry(nowMs);
  }

  #receiveClose(message: IncomingMessage, lastMessageNumber: number | undefined): void {
    const { destination, inputId } = this.#context;
    if (destination === undefined || inputId === undefined) return;
    if (this.#refusesLastNumber("CloseSequence", lastMessageNumber)) return;
    const wasOpen = this.#input === "open";
    if (wasOpen) {
      this.#input = "closed";
      // LastMsgNumber may be left out: then what arrived is all that the peer speaks of.
      destination.endAt(lastMessageNumber ?? destination.highest);
      destination.discardAhead();
    }
    this.#respond(
      this.#dialect.closeSequenceResponse,
      { type: "close-sequence-response", identifier: inputId },
      message,
    );
    if (wasOpen) this.#context.endInput();
  }

  #receiveTerminate(message: IncomingMessage, lastMessageNumber: number | undefined): void {
    const { destination, inputId } = this.#context;
    if (destination === undefined || inputId === undefined) return;
    const wasOpen = this.#input === "open";
    if (!wasOpen && this.#refusesLastNumber("TerminateSequence", lastMessageNumber)) return;
    const isClean =
      !wasOpen ||
      (lastMessageNumber !== undefined && !destination.hasGaps && destination.highest === lastMessageNumber);
    if (wasOpen) destination.endAt(lastMessageNumber ?? destination.highest);
    this.#respond(
      this.#dialect.terminateSequenceResponse,
      { type: "terminate-sequence-response", identifier: inputId },
      message,
    );
    this.#input = "terminated";
    if (!isClean) {
      this.#context.violate({
        name: "SequenceTerminated",
        code: "Sender",
        reason: "TerminateSequence came before all messages and without CloseSequence.",
        identifier: inputId,
      });
    } else if (wasOpen) this.#context.endInput();
  }

  #receiveCloseResponse(message: IncomingMessage, nowMs: number): void {
    if (this.#output !== "closing" || !message.headers.relatesTo?.equals(this.#closeMessageId)) return;
    const { source, outputId } = this.#context;
    const acknowledgement = message.rm.acknowledgement;
    const lastNumber = source?.lastNumber ?? 0;
    if (acknowledgement?.isFinal !== true || !isExactly(acknowledgement.ranges, lastNumber)) {
      const isMissing = acknowledgement?.isFinal !== true;
      this.#context.violate({
        name: isMissing ? "SequenceTerminated" : "InvalidAcknowledgement",
        code: "Sender",
        reason: isMissing
          ? "CloseSequenceResponse carries no final acknowledgement."
          : `The final acknowledgement does not cover messages 1 to ${lastNumber}.`,
        identifier: outputId,
        acknowledgement: isMissing ? undefined : acknowledgement,
      });
      return;
    }
    this.#output = "terminating";
    this.#terminateMessageId = this.#context.nextId();
    this.#sendTerminate();
    this.#context.armCloseRetry(nowMs);
  }

  #receiveTerminateResponse(message: IncomingMessage): void {
    if (this.#output === "terminating" && message.headers.relatesTo?.equals(this.#terminateMessageId))
      this.#finishOutput();
  }

  #finishOutput(): void {
    this.#output = "done";
    this.#context.disarmCloseRetry();
  }

  /** True when the number contradicts what came before, and the session ended for it (R-WCF-CLOSE11-5). */
  #refusesLastNumber(element: string, lastMessageNumber: number | undefined): boolean {
    const { destination, inputId } = this.#context;
    if (destination === undefined || lastMessageNumber === undefined) return false;
    const { lastNumber, highest } = destination;
    if (lastMessageNumber >= highest && (lastNumber ?? lastMessageNumber) === lastMessageNumber) return false;
    const known =
      lastNumber === undefined ? `message ${highest} was received` : `the sequence was closed at ${lastNumber}`;
    const reason = `${element} names ${lastMessageNumber} as last message, but ${known}.`;
    this.#context.violate({ name: "SequenceTerminated", code: "Sender", reason, identifier: inputId });
    return true;
  }

  #respond(action: Dialect["closeSequenceResponse"], body: RmBody, request: IncomingMessage): void {
    this.#context.sendProtocol(action, body, { relatesTo: request.headers.messageId });
  }

  #sendClose(): void {
    this.#sendEnding("close-sequence", this.#closeMessageId);
  }

  #sendTerminate(): void {
    this.#sendEnding("terminate-sequence", this.#terminateMessageId);
  }

  #sendEnding(type: "close-sequence" | "terminate-sequence", messageId: UniqueId | undefined): void {
    const { outputId, source } = this.#context;
    if (outputId === undefined || source === undefined) return;
    // A LastMsgNumber of 0 is a parse error for WCF: nothing was sent, so it is left out.
    const lastMessageNumber = source.lastNumber > 0 ? source.lastNumber : undefined;
    const action = type === "close-sequence" ? this.#dialect.closeSequence : this.#dialect.terminateSequence;
    this.#context.sendProtocol(action, { type, identifier: outputId, lastMessageNumber }, { messageId });
  }
}

function isExactly(ranges: readonly AckRange[], lastNumber: number): boolean {
  if (lastNumber === 0) return ranges.length === 0;
  return ranges.length === 1 && ranges[0]!.lower === 1 && ranges[0]!.upper === lastNumber;
}
