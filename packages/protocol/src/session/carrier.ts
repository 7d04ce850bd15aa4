import type { Exchange, SessionFailure, Transmission } from "../reliable-messaging/index.ts";
import type { ChannelInput } from "./channel.ts";
import type { PendingCall } from "./correlation.ts";
import type { ExchangeLink } from "./exchange-link.ts";
import type { Link } from "./link.ts";
import type { LinkStrings } from "./link-strings.ts";
import type { ReceivedEnvelope } from "./received-envelope.ts";
import type { SessionInput } from "./session-types.ts";

/** What happens to the links of a session. */
export type LinkInput = Extract<
  SessionInput<PendingCall>,
  { readonly type: "link-connected" | "link-failed" | "link-bound" | "received" | "link-closed" }
>;

/** What a carrier tells its session, and asks of it. */
export interface CarrierHost {
  readonly isOver: boolean;
  /** Not open yet: a lost connection is the end. */
  readonly isOpening: boolean;
  /** Without a reliable session the end of the connection is the end of the session. */
  readonly isReliable: boolean;
  run(input: ChannelInput<ReceivedEnvelope>, nowMs: number): void;
  /** The peer sent its End on a connection that is the session itself. */
  plainPeerEnded(nowMs: number): void;
  envelope(link: Link, bytes: Uint8Array, from: number, to: number, nowMs: number): void;
  /** Puts a message into the output of `link`. */
  write(link: Link, transmission: Transmission, nowMs: number): void;
  fail(failure: SessionFailure, nowMs: number): void;
  /** As `fail`, for what the peer sent, which it is told by a fault of the session. */
  refuse(failure: SessionFailure, nowMs: number): void;
  closeLink(link: Link, isGraceful: boolean): void;
  openLink(delayMs: number, attempt: number): void;
  /** Client: sends what is in the output of `link`, and brings what is answered. */
  exchange(link: ExchangeLink): void;
  reconnecting(cause: unknown): void;
  reconnected(): void;
}

/** What carries the messages of a session: connections, one after the other (`Connections`), or exchanges (`RequestExchanges`, `ReplyExchanges`). */
export interface Carrier {
  /** The connection in use; undefined while there is none, and for exchanges. */
  readonly current: Link | undefined;
  /** The strings with which a Body is best written. */
  readonly strings: LinkStrings | undefined;
  readonly nextDeadlineMs: number | undefined;
  /** Client: the session starts to open. */
  open(nowMs: number): void;
  handle(input: LinkInput, nowMs: number): void;
  timeout(nowMs: number): void;
  /** Runs `work` on a link; what the peer did wrong ends the link, and the session where it must. */
  guard(link: Link, nowMs: number, work: () => void): void;
  /** What a message that came over `link` is to the channel. */
  inputOf(link: Link, message: ReceivedEnvelope): ChannelInput<ReceivedEnvelope>;
  transmit(transmission: Transmission, nowMs: number): void;
  /** Server: answers an exchange, with nothing where `transmission` is undefined. */
  answer(exchange: Exchange, transmission: Transmission | undefined, nowMs: number): void;
  /** Client: nobody waits for the answer to this request any more. */
  abandon(request: Transmission): void;
  /** A session that is its one connection begins to close. */
  end(): void;
  /** The session is over: its links are let go, politely or at once. */
  release(isGraceful: boolean): void;
}
