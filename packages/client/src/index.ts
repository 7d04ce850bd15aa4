export {
  array,
  ContractError,
  ContractFault,
  contract,
  dateTimeOffset,
  dictionary,
  enumeration,
  faultContract,
  flags,
  lazy,
  member,
  nillable,
  oneWay,
  operation,
  optional,
  polymorphic,
  record,
  type ServiceContract,
  type ValueOf,
  xs,
} from "@bowline/protocol/contract";
export type { ReliableSessionOptions, SessionFailureCode } from "@bowline/protocol/reliable-messaging";
export { CallError, type CallErrorCode, type TraceRecord } from "@bowline/protocol/session";
export type { HeaderBlock, SoapHeader } from "@bowline/protocol/soap";
export { DateTime, Duration } from "@bowline/protocol/xml";
export {
  basicHttp,
  type CallOptions,
  type Endpoint,
  type EndpointOptions,
  type HttpEndpoint,
  type HttpOptions,
  type MemoryEndpoint,
  MemoryNetwork,
  type MessageEncoding,
  type NetHttpOptions,
  type NetTcpEndpoint,
  type NetTcpOptions,
  netHttp,
  netTcp,
  SessionError,
  type SessionState,
  SoapFaultError,
  type TlsOptions,
  type WebSocketEndpoint,
  type WebSocketOptions,
  wsHttp,
} from "@bowline/transport";
export { ClientSession, type StateChange, type WaitOptions } from "./client-session.ts";
export { type Client, type ClientMembers, type ConnectOptions, connect } from "./connect.ts";
export { ClientError, type ClientErrorCode } from "./errors.ts";
export type { InDoubt, SessionLossPolicy, SessionReopening } from "./session-loss.ts";
