import type { UniqueId } from "../xml/index.ts";
import type { ReliableSessionOptions } from "./options.ts";
import type { ApplicationMessage } from "./sent-window.ts";
import type { SequenceFault } from "./sequence-fault.ts";
import type { AcceptedOpening, SessionShape } from "./sequence-opening.ts";
import type { SessionFailure } from "./session-failure.ts";
import type { IncomingMessage, Transmission } from "./transmission.ts";

/** Facts and wishes that reach a reliable session. */
export type ReliableSessionInput<Message extends IncomingMessage> =
  /** Initiator: start opening. */
  | { readonly type: "open" }
  | { readonly type: "send"; readonly message: ApplicationMessage }
  | { readonly type: "received"; readonly message: Message }
  /** A connection is ready to carry messages of this session. */
  | { readonly type: "link-up" }
  /** The connection is gone; `cause` is what broke it, where something did. */
  | { readonly type: "link-lost"; readonly cause?: unknown }
  /** How many delivered messages the application has not taken yet. */
  | { readonly type: "held"; readonly count: number }
  /** The application is done with a delivered message; matters with `ackOn: "processed"` only. */
  | { readonly type: "processed"; readonly messageNumber: number }
  /** Our own event loop was blocked for so long, up to now: what the peer sent meanwhile may not be read yet. */
  | { readonly type: "blocked"; readonly forMs: number }
  /** End this side's sequence, then wait for the peer to end its own. */
  | { readonly type: "close" }
  /** End now, telling the peer `fault` when there is a connection. */
  | { readonly type: "fail"; readonly failure: SessionFailure; readonly fault: SequenceFault | undefined }
  | { readonly type: "timeout" };

/** Orders and news of a reliable session. */
export type ReliableSessionEffect<Message extends IncomingMessage> =
  | { readonly type: "transmit"; readonly transmission: Transmission }
  | { readonly type: "deliver"; readonly message: Message; readonly messageNumber: number }
  | { readonly type: "opened" }
  /** Application messages 1 to `upTo` have left the queue and are on their way. */
  | { readonly type: "accepted"; readonly upTo: number }
  /** Application messages 1 to `upTo` have arrived. */
  | { readonly type: "acknowledged"; readonly upTo: number }
  /** The peer sends no more messages. */
  | { readonly type: "input-ended" }
  | { readonly type: "closed" }
  | { readonly type: "faulted"; readonly failure: SessionFailure };

/** What a session is made of; fixed for its life. */
export interface ReliableSessionSetup<Message extends IncomingMessage> {
  readonly role: "initiator" | "acceptor";
  readonly shape: SessionShape;
  readonly options: ReliableSessionOptions;
  /** The address that the client calls, verbatim as in its To. */
  readonly address: string;
  readonly openTimeoutMs: number;
  readonly closeTimeoutMs: number;
  nextId(): UniqueId;
  /** Makes a message that may be kept after the input returned. */
  retain(message: Message): Message;
  /** Acceptor: what it answers. Initiator: undefined. */
  readonly accepted?: { readonly opening: AcceptedOpening; readonly inputId: UniqueId } | undefined;
}

/** What a client's session over exchanges is made of. */
export interface RequestSessionSetup<Message extends IncomingMessage> extends ReliableSessionSetup<Message> {
  /** Requests under way at once. */
  readonly maxRequestCount: number;
}
