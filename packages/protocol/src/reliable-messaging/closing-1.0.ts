import type { Closing, ClosingContext } from "./closing.ts";
import type { Dialect } from "./dialect.ts";
import type { IncomingMessage } from "./transmission.ts";

/**
 * Close of version 1.0: LastMessage both ways, acknowledged, then TerminateSequence both ways, one-way (R-WCF-CLOSE10-1).
 */
export class Closing10 implements Closing {
  readonly #dialect: Dialect;
  readonly #context: ClosingContext;
  #output: "open" | "last-sent" | "terminated" = "open";
  #isPeerTerminated = false;
  #hasEndedInput = false;

  constructor(dialect: Dialect, context: ClosingContext) {
    this.#dialect = dialect;
    this.#context = context;
  }

  get isOutputDone(): boolean {
    return this.#output === "terminated" || this.#context.source === undefined;
  }

  get isInputDone(): boolean {
    return this.#isPeerTerminated || this.#context.destination === undefined;
  }

  get isInputClosed(): boolean {
    return this.#context.destination?.lastNumber !== undefined;
  }

  start(nowMs: number): void {
    if (this.#output !== "open" || this.#context.source === undefined) return;
    this.#output = "last-sent";
    this.#context.sendLastMessage(nowMs);
    this.advance(nowMs);
  }

  advance(_nowMs: number): void {
    if (!this.#hasEndedInput && this.#context.destination?.isComplete === true) {
      this.#hasEndedInput = true;
      this.#context.endInput();
    }
    if (this.#output !== "last-sent" || this.#context.source?.isIdle !== true) return;
    this.#output = "terminated";
    this.#sendTerminate();
  }

  receive(message: IncomingMessage, nowMs: number): void {
    if (message.kind === "last-message") this.#receiveLastMessage(message, nowMs);
    else if (message.kind === "terminate-sequence") this.#receiveTerminate();
  }

  /** The peer ends right after our TerminateSequence, so a repeated one meets nobody. */
  acceptsUnknownSequence(): boolean {
    if (this.#output !== "terminated") return false;
    this.#isPeerTerminated = true;
    return true;
  }

  linkUp(_nowMs: number): void {
    if (this.#output === "terminated") this.#sendTerminate();
  }

  retry(_nowMs: number): void {
    // Nothing to repeat on a living connection: LastMessage is retransmitted as a message, TerminateSequence has no answer.
  }

  #receiveLastMessage(message: IncomingMessage, nowMs: number): void {
    const { destination, inputId } = this.#context;
    if (message.rm.sequenceId === undefined) {
      const reason = "A LastMessage came without a Sequence header.";
      this.#context.violate({ name: "SequenceTerminated", code: "Sender", reason, identifier: inputId });
      return;
    }
    const reception = destination?.receiveLastMessage(message.rm.messageNumber);
    if (reception === "beyond-last") {
      this.#context.violate({
        name: "LastMessageNumberExceeded",
        code: "Sender",
        reason: `Message ${message.rm.messageNumber} claims to be the last, but message ${destination?.highest} was received.`,
        identifier: inputId,
      });
      return;
    }
    this.#context.acknowledgeNow(nowMs);
  }

  #receiveTerminate(): void {
    const { destination, inputId } = this.#context;
    if (destination?.isComplete !== true) {
      this.#context.violate({
        name: "SequenceTerminated",
        code: "Sender",
        reason: "TerminateSequence came before all messages up to the LastMessage.",
        identifier: inputId,
      });
      return;
    }
    this.#isPeerTerminated = true;
  }

  #sendTerminate(): void {
    const { outputId } = this.#context;
    if (outputId === undefined) return;
    this.#context.sendProtocol(
      this.#dialect.terminateSequence,
      { type: "terminate-sequence", identifier: outputId, lastMessageNumber: undefined },
      {},
    );
  }
}
