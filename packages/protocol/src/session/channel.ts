import type { Machine } from "../machine/index.ts";
import {
  type AcceptedOpening,
  type IncomingMessage,
  ReliableSession,
  type ReliableSessionEffect,
  type ReliableSessionInput,
  type ReliableSessionState,
  type RmSource,
} from "../reliable-messaging/index.ts";
import type { UniqueId } from "../xml/index.ts";
import { PlainSession } from "./plain-session.ts";
import type { ReceivedEnvelope } from "./received-envelope.ts";
import type { SessionSetup } from "./session-types.ts";

/** What carries the messages of a session: `ReliableSession`, or `PlainSession` where one connection is all there is. */
export interface Channel<Message extends IncomingMessage>
  extends Machine<ReliableSessionInput<Message>, ReliableSessionEffect<Message>> {
  readonly state: ReliableSessionState;
  /** Identifier of the sequence that this side sends; undefined without one. */
  readonly outputId: UniqueId | undefined;
  /** Identifier of the sequence that this side receives; undefined without one. */
  readonly inputId: UniqueId | undefined;
  /** What this side sends and the peer has not acknowledged; undefined where nothing is. */
  readonly output: RmSource | undefined;
  readonly keepAliveCount: number;
  /** Messages that were dropped for want of room. */
  readonly droppedCount: number;
}

/** What an acceptor's session starts from: the CreateSequence it answers. Undefined for plain sessions and clients. */
export interface AcceptedSequence {
  readonly opening: AcceptedOpening;
  readonly inputId: UniqueId;
}

/** The channel that a session is set up for. */
export function channelOf(
  { role, reliable, shape, address, openTimeoutMs, closeTimeoutMs, nextId }: SessionSetup,
  nowMs: number,
  accepted: AcceptedSequence | undefined,
): Channel<ReceivedEnvelope> {
  const rmRole = role === "client" ? "initiator" : "acceptor";
  if (reliable === undefined) return new PlainSession({ role: rmRole, address, openTimeoutMs, closeTimeoutMs });
  return new ReliableSession<ReceivedEnvelope>(
    {
      role: rmRole,
      shape,
      options: reliable,
      address: accepted?.opening.address ?? address,
      openTimeoutMs,
      closeTimeoutMs,
      nextId,
      retain: (message) => message.retain(),
      accepted,
    },
    nowMs,
  );
}
