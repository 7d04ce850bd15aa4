export { callEnded, callUnanswered } from "./call-errors.ts";
export type { AcceptedSequence } from "./channel.ts";
export { Correlation, type PendingCall } from "./correlation.ts";
export { DuplexSession } from "./duplex-session.ts";
export { EndpointAcceptor, type EndpointAcceptorSetup, type FirstMessageVerdict } from "./endpoint-acceptor.ts";
export { CallError, type CallErrorCode, NotUnderstoodError } from "./errors.ts";
export { FramedLink, type FramedLinkOptions, type LinkRecord } from "./framed-link.ts";
export { type BodyWriter, type EncodedBody, MessageCodec, type MessageCodecOptions } from "./message-codec.ts";
export { ReceivedEnvelope } from "./received-envelope.ts";
export type {
  DeliveredMessage,
  RemainingMessage,
  SessionEffect,
  SessionFault,
  SessionInput,
  SessionSetup,
  TraceRecord,
} from "./session-types.ts";
