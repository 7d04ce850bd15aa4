export { type AckRange, ReceivedNumbers } from "./ack-ranges.ts";
export { type Dialect, dialects, flowControlNamespace, type RmVersion, rmNames } from "./dialect.ts";
export { RmError, type RmErrorCode } from "./errors.ts";
export type { Exchange, ExchangeEffect, ExchangeInput } from "./exchange.ts";
export { KeepAlive } from "./keep-alive.ts";
export { defaultReliableSessionOptions, type ReliableSessionOptions, reliableSessionOptions } from "./options.ts";
export {
  type IncompleteSequenceBehavior,
  messageKindOf,
  type Offer,
  type RmBody,
  type RmMessageKind,
  readRmBody,
  writeRmBody,
} from "./protocol-message.ts";
export { ReliableSession, type ReliableSessionState } from "./reliable-session.ts";
export type {
  ReliableSessionEffect,
  ReliableSessionInput,
  ReliableSessionSetup,
  RequestSessionSetup,
} from "./reliable-session-types.ts";
export { ReplySession } from "./reply-session.ts";
export { RequestSession } from "./request-session.ts";
export { type Reception, RmDestination } from "./rm-destination.ts";
export {
  type Acknowledgement,
  defaultMaxAckRangeCount,
  RmHeaders,
  writeAcknowledgement,
  writeAckRequested,
  writeSequence,
} from "./rm-headers.ts";
export { type AcknowledgementProblem, RmSource } from "./rm-source.ts";
export type { ApplicationMessage, SentMessage, UnacknowledgedMessage } from "./sent-window.ts";
export {
  detailWriterOf,
  type ExpiredTimer,
  readDetailChild,
  type SequenceFault,
  type SequenceFaultDetail,
  type SequenceFaultName,
  sequenceFaultOf,
  soapFaultOf,
} from "./sequence-fault.ts";
export { type AcceptedOpening, checkCreateSequence, type SessionShape } from "./sequence-opening.ts";
export { failureOfRemoteFault, type SessionFailure, type SessionFailureCode } from "./session-failure.ts";
export { aborted, abortedFault, broken, notReceiving, terminatedBy } from "./session-failures.ts";
export type { IncomingMessage, Transmission, TransmissionContent } from "./transmission.ts";
export { routingIdentifier, unknownSequenceFault, verifyIdentifiers } from "./verification.ts";
