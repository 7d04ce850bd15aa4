export type { ReceiveTimeoutMode } from "./activity.ts";
export { appendDocument, BinaryMessageCodec } from "./binary-message-codec.ts";
export { callEnded, callTimedOut, callUnanswered, peerCannotReply, queueFull, sessionNotOpen } from "./call-errors.ts";
export type { AcceptedSequence } from "./channel.ts";
export { Correlation, type PendingCall } from "./correlation.ts";
export { Deliveries, type DeliveriesSetup } from "./deliveries.ts";
export { DuplexSession } from "./duplex-session.ts";
export { EndpointAcceptor, type EndpointAcceptorSetup, type FirstMessageVerdict } from "./endpoint-acceptor.ts";
export { CallError, type CallErrorCode, NotUnderstoodError } from "./errors.ts";
export { ExchangeLink, type ExchangeLinkOptions, statusErrorOf } from "./exchange-link.ts";
export { FramedLink, type FramedLinkOptions, type LinkUpgrade } from "./framed-link.ts";
export { type Link, LinkError, type LinkErrorCode, type LinkRecord } from "./link.ts";
export { isPeerMistake } from "./link-failures.ts";
export { LinkStrings } from "./link-strings.ts";
export type { BodyWriter, EncodedBody, MessageCodec, MessageCodecOptions } from "./message-codec.ts";
export {
  closeErrorOf,
  MessageLink,
  type MessageLinkOptions,
  pageCloseCodeOf,
  tooLarge,
  WebSocketCloseCode,
} from "./message-link.ts";
export { overExchanges } from "./over-exchanges.ts";
export { PassedMessages } from "./passed-messages.ts";
export { type ReceivedDocument, ReceivedEnvelope } from "./received-envelope.ts";
export type {
  DeliveredMessage,
  ExchangesSetup,
  LaterBody,
  RemainingMessage,
  SessionEffect,
  SessionFault,
  SessionInput,
  SessionSetup,
  TraceRecord,
} from "./session-types.ts";
export { StatelessBinaryMessageCodec } from "./stateless-binary-message-codec.ts";
export { TextMessageCodec } from "./text-message-codec.ts";
