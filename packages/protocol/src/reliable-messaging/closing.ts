import type { DictionaryString, UniqueId } from "../xml/index.ts";
import type { RmBody } from "./protocol-message.ts";
import type { RmDestinationState } from "./rm-destination.ts";
import type { RmSource } from "./rm-source.ts";
import type { SequenceFault } from "./sequence-fault.ts";
import type { IncomingMessage } from "./transmission.ts";

/** What a close handshake needs of its session. */
export interface ClosingContext {
  /** Undefined when this side sends no sequence (the acceptor of a one-way contract). */
  readonly source: RmSource | undefined;
  /** Undefined when this side receives no sequence (the initiator of a one-way contract). */
  readonly destination: RmDestinationState | undefined;
  readonly outputId: UniqueId | undefined;
  readonly inputId: UniqueId | undefined;
  /** Sends the numbered, empty LastMessage of 1.0. */
  sendLastMessage(nowMs: number): void;
  sendAckRequested(): void;
  /** Sends a protocol message; `messageId` makes it a request, `relatesTo` a response with the final acknowledgement. */
  sendProtocol(
    action: DictionaryString,
    body: RmBody,
    correlation: { messageId?: UniqueId | undefined; relatesTo?: UniqueId | undefined },
  ): void;
  acknowledgeNow(nowMs: number): void;
  /** The peer's sequence is complete: the application's input ends. */
  endInput(): void;
  /** The peer broke the protocol: ends the session with this fault. */
  violate(fault: SequenceFault): void;
  armCloseRetry(nowMs: number): void;
  disarmCloseRetry(): void;
  nextId(): UniqueId;
}

/** The close handshake of one version, both directions. */
export interface Closing {
  /** This side's sequence has ended and the peer knows. */
  readonly isOutputDone: boolean;
  /** The peer's sequence has ended. */
  readonly isInputDone: boolean;
  /** The last number of the peer's sequence is known: new numbers are refused. */
  readonly isInputClosed: boolean;
  /** Ends this side's sequence, once all of it is acknowledged. */
  start(nowMs: number): void;
  /** Something was acknowledged or received: takes the next step when it is time. */
  advance(nowMs: number): void;
  /** Handles a protocol message of the handshake. */
  receive(message: IncomingMessage, nowMs: number): void;
  /** A fault UnknownSequence came: true when it only says that the peer has finished already. */
  acceptsUnknownSequence(): boolean;
  /** A new connection is there: repeats what may be lost. */
  linkUp(nowMs: number): void;
  retry(nowMs: number): void;
}
