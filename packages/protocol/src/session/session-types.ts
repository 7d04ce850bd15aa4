import type {
  ExpiredTimer,
  ReliableSessionOptions,
  SessionFailure,
  SessionShape,
} from "../reliable-messaging/index.ts";
import type { HeaderBlock, OutgoingAddressing } from "../soap/index.ts";
import type { UniqueId, XmlReader } from "../xml/index.ts";
import type { ReceiveTimeoutMode } from "./activity.ts";
import type { Carrier, CarrierHost } from "./carrier.ts";
import type { AcceptedSequence, Channel } from "./channel.ts";
import type { PendingCall } from "./correlation.ts";
import type { ExchangeLink } from "./exchange-link.ts";
import type { Link } from "./link.ts";
import type { EncodedBody, MessageCodec } from "./message-codec.ts";
import type { PassedMessages } from "./passed-messages.ts";
import type { ReceivedEnvelope } from "./received-envelope.ts";

/** Facts and wishes that reach a session. */
export type SessionInput<Call extends PendingCall> =
  /** Client: start opening. */
  | { readonly type: "open" }
  /** Client: the socket that `open-link` asked for is there. */
  | { readonly type: "link-connected"; readonly link: Link }
  /** Client: it could not be had. */
  | { readonly type: "link-failed"; readonly error: unknown }
  /** Server: a connection whose preamble is over belongs to this session from now on. */
  | { readonly type: "link-bound"; readonly link: Link }
  | { readonly type: "received"; readonly link: Link; readonly bytes: Uint8Array }
  /** The connection is gone; `error` is undefined when the peer closed it. */
  | { readonly type: "link-closed"; readonly link: Link; readonly error: unknown }
  /** A call that wants a reply. */
  | {
      readonly type: "request";
      readonly call: Call;
      readonly addressing: OutgoingAddressing;
      readonly body: EncodedBody | undefined;
    }
  /** A one-way message or a reply. */
  | { readonly type: "send"; readonly addressing: OutgoingAddressing; readonly body: EncodedBody | undefined }
  /** Nobody waits for this call any more. */
  | { readonly type: "forget"; readonly call: Call }
  /** How many delivered messages no operation has taken yet. */
  | { readonly type: "held"; readonly count: number }
  /** With `passOn`, instead of "held": how many of the messages that were passed on the application has taken, of all so far. */
  | { readonly type: "taken"; readonly count: number }
  /** The operation of a delivered message has returned; matters with `ackOn: "processed"` only. */
  | { readonly type: "processed"; readonly messageNumber: number }
  /** Server: no reply comes to a delivered message. Matters over exchanges, whose requests wait for an answer. */
  | { readonly type: "unanswered"; readonly message: DeliveredMessage }
  /** Our own event loop was blocked for so long, up to now: that is no silence of the peer (R-WCF-LATE-2). */
  | { readonly type: "blocked"; readonly forMs: number }
  /** How many operations of this session run; receiveTimeout waits for them. */
  | { readonly type: "running"; readonly count: number }
  | { readonly type: "close" }
  | { readonly type: "abort"; readonly reason: string | undefined }
  /** An error of our own: the session cannot be trusted any more. */
  | { readonly type: "break"; readonly cause: unknown }
  | { readonly type: "timeout" };

/** Orders and news of a session. */
export type SessionEffect<Call extends PendingCall> =
  /** Client: connect, after `delayMs`. */
  | { readonly type: "open-link"; readonly delayMs: number; readonly attempt: number }
  /** Write what is left in its output, then close: politely (wait for the peer) or at once. */
  | { readonly type: "close-link"; readonly link: Link; readonly isGraceful: boolean }
  /** Client over exchanges: send what is in the output of `link`; its answer is `received`, `link-closed` says that there is none. */
  | { readonly type: "exchange"; readonly link: ExchangeLink }
  | { readonly type: "opened" }
  | { readonly type: "reconnecting"; readonly cause: unknown }
  | { readonly type: "reconnected" }
  | { readonly type: "reply"; readonly call: Call; readonly value: unknown }
  | { readonly type: "call-failed"; readonly call: Call; readonly error: unknown }
  /** Messages 1 to `upTo` that were sent or requested have left the queue. */
  | { readonly type: "accepted"; readonly upTo: number }
  /** Plain exchanges: this message did not get through. */
  | { readonly type: "send-failed"; readonly number: number; readonly error: unknown }
  /** Messages 1 to `upTo` have arrived at the peer. Reliable sessions only. */
  | { readonly type: "acknowledged"; readonly upTo: number }
  | { readonly type: "message"; readonly message: DeliveredMessage }
  /** The peer sends no more messages; close this side when its operations are done. No reply comes to the calls that are left. */
  | { readonly type: "input-ended"; readonly unanswered: readonly Call[] }
  | { readonly type: "closed" }
  | {
      readonly type: "faulted";
      readonly fault: SessionFault;
      /** What no acknowledgement covers; its calls have not failed yet. Whoever gives it up fails them with `callEnded`. */
      readonly remaining: readonly RemainingMessage<Call>[];
    };

/** A message that was handed over to a session and that the peer, as far as this side knows, does not have. */
export interface RemainingMessage<Call extends PendingCall> {
  /** What `accepted` and `acknowledged` would have counted it as. */
  readonly number: number;
  readonly addressing: OutgoingAddressing;
  readonly body: EncodedBody | undefined;
  /** The call whose request it is. */
  readonly call: Call | undefined;
  /** It left over a connection: the peer may have it all the same. */
  readonly wasSent: boolean;
}

/** Reads the Body of a message that has been delivered: `read` is given a reader on it. @throws what `read` throws */
export type LaterBody = (read: (reader: XmlReader) => unknown) => unknown;

/** An application message, read. */
export interface DeliveredMessage {
  readonly action: string;
  /** Present when a reply is wanted. */
  readonly messageId: UniqueId | undefined;
  /** 0 without a reliable session. */
  readonly messageNumber: number;
  /** On the machine's clock. */
  readonly deliveredAtMs: number;
  /** Header blocks that are neither addressing nor reliable messaging. */
  readonly headers: readonly HeaderBlock[];
  /** What `readBody` made of it; `error` instead when it threw. A `LaterBody` with `defersBodies`. */
  readonly body: unknown;
  readonly error: unknown;
}

/** Why a session ended, with what it last saw; times on the machine's clock, in ms. */
export interface SessionFault extends SessionFailure {
  readonly atMs: number;
  /** Last application message (ALM) sent or received; undefined when there was none. */
  readonly lastApplicationMessageAtMs: number | undefined;
  /** Last infrastructure message (ILM) sent or received. */
  readonly lastInfrastructureMessageAtMs: number | undefined;
  readonly timer?: ExpiredTimer | undefined;
}

/** One message on the wire, for people: traces, the demo, the inspector. */
export interface TraceRecord {
  readonly atMs: number;
  readonly direction: "sent" | "received";
  /** Application-level or infrastructure-level message. */
  readonly level: "ALM" | "ILM";
  /** Last part of the action, such as `Add` or `AckRequested`. */
  readonly name: string;
  readonly messageNumber: number | undefined;
  /** 2 and up for a retransmission. */
  readonly attempt: number | undefined;
  /** Message numbers that it acknowledges, such as `1-7`. */
  readonly acknowledges: string | undefined;
  readonly requestsAcknowledgement: boolean;
  readonly byteLength: number;
}

/** How requests and their answers carry a session; see `overExchanges`. */
export interface ExchangesSetup {
  channelOf(setup: SessionSetup, nowMs: number, accepted: AcceptedSequence | undefined): Channel<ReceivedEnvelope>;
  carrierOf(setup: SessionSetup, host: CarrierHost): Carrier;
}

/** What a session is made of; fixed for its life. Durations in ms; `Infinity` switches a timeout off. */
export interface SessionSetup {
  readonly role: "client" | "server";
  readonly shape: SessionShape;
  /** The service's address, verbatim as it stands in To. */
  readonly address: string;
  /** Undefined for a plain net.tcp session. */
  readonly reliable: ReliableSessionOptions | undefined;
  readonly openTimeoutMs: number;
  readonly closeTimeoutMs: number;
  /** Server: end the session when no application message came for this long. */
  readonly receiveTimeoutMs: number;
  /** What keeps a session from that end; see `ReceiveTimeoutMode`. Default "idle". */
  readonly receiveTimeoutMode?: ReceiveTimeoutMode | undefined;
  readonly codec: MessageCodec;
  /** Takes messages before the session is open, and sends them then; as many as `maxQueuedMessageCount`. Default false. */
  readonly queuesUntilOpen?: boolean | undefined;
  nextId(): UniqueId;
  /** Present: requests and their answers carry the session. Absent: connections do. */
  readonly exchanges?: ExchangesSetup | undefined;
  /** Reads the Body of a message that is no reply; the reader stands on the Body. What it throws is handed on. */
  readBody(action: string, reader: XmlReader): unknown;
  /** Bodies are not read on delivery: each message keeps its bytes, and is read when it is known what it is. Default false. */
  readonly defersBodies?: boolean | undefined;
  /**
   * Present: the application is elsewhere, and matches replies to its calls itself. Every message, replies included, is delivered unread,
   * as one that this function's result passes on; each counts as held until it is "taken".
   */
  readonly passOn?: (() => PassedMessages) | undefined;
  /** Sees every message; undefined costs nothing. */
  readonly trace?: ((record: TraceRecord) => void) | undefined;
}
