import type { DictionaryString, UniqueId } from "../xml/index.ts";
import type { AckRange } from "./ack-ranges.ts";
import type { Dialect } from "./dialect.ts";
import type { RmBody } from "./protocol-message.ts";
import type { SequenceFault } from "./sequence-fault.ts";
import type { IncomingMessage } from "./transmission.ts";

/** What the close of a session of requests needs of it. */
export interface RequestClosingContext {
  readonly outputId: UniqueId | undefined;
  /** All requests have their answers. */
  readonly isIdle: boolean;
  readonly lastNumber: number;
  /** Sends the numbered, empty LastMessage of 1.0. */
  sendLastMessage(nowMs: number): void;
  sendProtocol(action: DictionaryString, body: RmBody, messageId: UniqueId | undefined): void;
  nextId(): UniqueId;
}

type Step = "open" | "draining" | "closing" | "terminating" | "done";

/**
 * How a client ends a session of requests (R-HTTP-CLOSE10-1, R-HTTP-CLOSE11-1): 1.0 with LastMessage as the last request, 1.1 with
 * CloseSequence; then TerminateSequence, each answered.
 */
export class RequestClosing {
  readonly #dialect: Dialect;
  readonly #context: RequestClosingContext;
  /** Without a sequence back, 1.0's TerminateSequence asks for nothing and has no MessageID. */
  readonly #isOneWay: boolean;
  #step: Step = "open";
  #messageId: UniqueId | undefined;

  constructor(dialect: Dialect, context: RequestClosingContext, isOneWay: boolean) {
    this.#dialect = dialect;
    this.#context = context;
    this.#isOneWay = isOneWay;
  }

  get isDone(): boolean {
    return this.#step === "done";
  }

  /** The peer may have forgotten the sequence: that it does not know it only says that it has finished already. */
  get acceptsUnknownSequence(): boolean {
    return this.#step === "terminating";
  }

  /** The last word on the replies is spoken: acknowledgements are final. */
  get isFinal(): boolean {
    return this.#dialect.version === "1.1" && (this.#step === "closing" || this.#step === "terminating");
  }

  start(nowMs: number): void {
    if (this.#step !== "open") return;
    this.#step = "draining";
    if (this.#dialect.version === "1.0") this.#context.sendLastMessage(nowMs);
    this.advance();
  }

  advance(): void {
    if (this.#step !== "draining" || !this.#context.isIdle) return;
    this.#messageId = this.#context.nextId();
    this.#step = this.#dialect.version === "1.0" ? "terminating" : "closing";
    this.send();
  }

  /** Sends what the handshake stands at, first or again. */
  send(): void {
    if (this.#step !== "closing" && this.#step !== "terminating") return;
    const { outputId, lastNumber } = this.#context;
    if (outputId === undefined) return;
    const type = this.#step === "closing" ? "close-sequence" : "terminate-sequence";
    const action = this.#step === "closing" ? this.#dialect.closeSequence : this.#dialect.terminateSequence;
    // A LastMsgNumber of 0 is a parse error for WCF: nothing was sent, so it is left out.
    const lastMessageNumber = this.#dialect.version === "1.1" && lastNumber > 0 ? lastNumber : undefined;
    const isNotice = this.#isOneWay && this.#dialect.version === "1.0";
    this.#context.sendProtocol(
      action,
      { type, identifier: outputId, lastMessageNumber },
      isNotice ? undefined : this.#messageId,
    );
  }

  /** The answer to what was sent last; undefined is an empty one. Returns what the peer did wrong. */
  answered(message: IncomingMessage | undefined): SequenceFault | undefined {
    if (this.#step === "terminating") {
      // Whatever it says, nothing is left to be done about it; WCF looks no closer at it in 1.0.
      if (this.#dialect.version === "1.0" || message?.body?.type === "terminate-sequence-response") this.#step = "done";
      return undefined;
    }
    if (message?.body?.type !== "close-sequence-response") return undefined;
    // Before the request there is no MessageID that an answer could name.
    if (!message.headers.relatesTo?.equals(this.#messageId)) return undefined;
    const problem = problemOfFinal(message, this.#context);
    if (problem !== undefined) return problem;
    this.#step = "terminating";
    this.#messageId = this.#context.nextId();
    this.send();
    return undefined;
  }

  finish(): void {
    this.#step = "done";
  }
}

function problemOfFinal(
  { rm }: IncomingMessage,
  { outputId, lastNumber }: RequestClosingContext,
): SequenceFault | undefined {
  const { acknowledgement } = rm;
  if (acknowledgement?.isFinal !== true) {
    const reason = "CloseSequenceResponse carries no final acknowledgement.";
    return { name: "SequenceTerminated", code: "Sender", reason, identifier: outputId };
  }
  if (isExactly(acknowledgement.ranges, lastNumber)) return undefined;
  const reason = `The final acknowledgement does not cover messages 1 to ${lastNumber}.`;
  return { name: "InvalidAcknowledgement", code: "Sender", reason, identifier: outputId, acknowledgement };
}

function isExactly(ranges: readonly AckRange[], lastNumber: number): boolean {
  if (lastNumber === 0) return ranges.length === 0;
  return ranges.length === 1 && ranges[0]!.lower === 1 && ranges[0]!.upper === lastNumber;
}
