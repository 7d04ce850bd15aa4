import type { Machine } from "../machine/index.ts";
import {
  type AcceptedOpening,
  type ExchangeEffect,
  type ExchangeInput,
  type IncomingMessage,
  ReliableSession,
  type ReliableSessionEffect,
  type ReliableSessionInput,
  type ReliableSessionOptions,
  type ReliableSessionSetup,
  type ReliableSessionState,
  type UnacknowledgedMessage,
} from "../reliable-messaging/index.ts";
import type { UniqueId } from "../xml/index.ts";
import { PlainSession } from "./plain-session.ts";
import type { ReceivedEnvelope } from "./received-envelope.ts";
import type { SessionSetup } from "./session-types.ts";

/** Facts and wishes that reach a channel. */
export type ChannelInput<Message extends IncomingMessage> = ReliableSessionInput<Message> | ExchangeInput<Message>;

/** Orders and news of a channel. */
export type ChannelEffect<Message extends IncomingMessage> = ReliableSessionEffect<Message> | ExchangeEffect;

/** What this side sends and the peer has not acknowledged. */
export interface ChannelOutput {
  readonly pendingCount: number;
  /** False when `maxQueuedMessageCount` messages or `maxQueuedByteLength` bytes wait already. */
  readonly canQueue: boolean;
  readonly unacknowledged: readonly UnacknowledgedMessage[];
}

/**
 * What carries the messages of a session: `ReliableSession`, or `PlainSession` where one connection is all there is; over exchanges
 * `RequestSession` and `ReplySession`, or their plain kin.
 */
export interface Channel<Message extends IncomingMessage>
  extends Machine<ChannelInput<Message>, ChannelEffect<Message>> {
  readonly state: ReliableSessionState;
  /** Identifier of the sequence that this side sends; undefined without one. */
  readonly outputId: UniqueId | undefined;
  /** Identifier of the sequence that this side receives; undefined without one. */
  readonly inputId: UniqueId | undefined;
  /** Undefined where nothing is acknowledged. */
  readonly output: ChannelOutput | undefined;
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
  setup: SessionSetup,
  nowMs: number,
  accepted: AcceptedSequence | undefined,
): Channel<ReceivedEnvelope> {
  const { role, reliable, address, openTimeoutMs, closeTimeoutMs, exchanges } = setup;
  if (exchanges !== undefined) return exchanges.channelOf(setup, nowMs, accepted);
  if (reliable !== undefined)
    return new ReliableSession<ReceivedEnvelope>(reliableSetupOf(setup, reliable, accepted), nowMs);
  return new PlainSession({
    role: role === "client" ? "initiator" : "acceptor",
    address,
    openTimeoutMs,
    closeTimeoutMs,
  });
}

/** What a reliable session of either kind is made of. */
export function reliableSetupOf(
  { role, shape, address, openTimeoutMs, closeTimeoutMs, nextId }: SessionSetup,
  options: ReliableSessionOptions,
  accepted: AcceptedSequence | undefined,
): ReliableSessionSetup<ReceivedEnvelope> {
  return {
    role: role === "client" ? "initiator" : "acceptor",
    shape,
    options,
    address: accepted?.opening.address ?? address,
    openTimeoutMs,
    closeTimeoutMs,
    nextId,
    retain: (message) => message.retain(),
    accepted,
  };
}
