import type { UniqueId } from "../xml/index.ts";
import type { SessionFailure } from "./session-failure.ts";
import type { IncomingMessage, Transmission } from "./transmission.ts";

/**
 * An exchange: one request, and one answer to it or an empty one, as HTTP has them (R-HTTP-SHAPE-1). This is its token at the side that
 * answers; the side that asks knows its exchange by the request itself.
 */
export type Exchange = object;

/** Facts about exchanges. */
export type ExchangeInput<Message extends IncomingMessage> =
  /** Client: the answer to a request. */
  | { readonly type: "response"; readonly message: Message; readonly request: Transmission }
  /** Client: there is none. `failure` is undefined when the answer was an empty one; one that lasts is not tried again. */
  | {
      readonly type: "no-response";
      readonly request: Transmission;
      readonly failure: SessionFailure | undefined;
      readonly isLasting: boolean;
    }
  /** Server: a request. */
  | { readonly type: "request"; readonly message: Message; readonly exchange: Exchange }
  /** Server: nobody can be answered there any more. */
  | { readonly type: "exchange-lost"; readonly exchange: Exchange }
  /** Client: nobody waits any more for the reply to this message. */
  | { readonly type: "forgotten"; readonly messageId: UniqueId }
  /** Server: the application has a message that it will send no reply to. */
  | { readonly type: "unanswered"; readonly messageNumber: number; readonly messageId: UniqueId | undefined };

/** Orders about exchanges. What a client asks is an effect `transmit`. */
export type ExchangeEffect =
  /** Server: the answer; undefined for an empty one. */
  | { readonly type: "answer"; readonly exchange: Exchange; readonly transmission: Transmission | undefined }
  /** Client: the answer is of no use any more. */
  | { readonly type: "abandon"; readonly request: Transmission }
  /** Client, plain: the message with this number did not get through, or no reply came. */
  | {
      readonly type: "send-failed";
      readonly number: number;
      readonly messageId: UniqueId | undefined;
      readonly failure: SessionFailure;
    }
  /** Client: exchanges fail; they are tried again. */
  | { readonly type: "reconnecting"; readonly cause: unknown }
  | { readonly type: "reconnected" };
