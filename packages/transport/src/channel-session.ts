import type { BodyWriter, CallError, DuplexSession, EncodedBody, SessionInput } from "@bowline/protocol/session";
import type { Call } from "./session-channel.ts";

/** What a channel knows of the session below it: a `DuplexSession` of this thread, or what stands here for one of another. */
export type ChannelSession = Pick<
  DuplexSession<Call>,
  | "replyTo"
  | "state"
  | "id"
  | "isReliable"
  | "isOverExchanges"
  | "acknowledgesProcessed"
  | "keepAliveCount"
  | "droppedCount"
> & {
  encodeBody(write: BodyWriter): EncodedBody;
  refusal(wantsReply?: boolean): CallError | undefined;
};

/** What runs the session below a channel. */
export interface ChannelDriver {
  /** On the session's clock. */
  readonly nowMs: number;
  /** Hands facts and wishes to the session. What is dispatched from within an effect waits its turn. */
  dispatch(input: SessionInput<Call>): void;
}
