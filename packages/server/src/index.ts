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
export { DateTime, Duration } from "@bowline/protocol/xml";
export {
  type CallOptions,
  type Endpoint,
  type EndpointOptions,
  type MemoryEndpoint,
  MemoryNetwork,
  type MessageEncoding,
  type NetHttpOptions,
  type NetTcpEndpoint,
  type NetTcpOptions,
  netHttp,
  netTcp,
  type PeerIdentity,
  SessionError,
  type SessionState,
  SoapFaultError,
  type TlsOptions,
  type WebSocketEndpoint,
} from "@bowline/transport";
export { ServerError, type ServerErrorCode } from "./errors.ts";
export type { HandlersFor, OperationContext, ServerSession } from "./server-session.ts";
export {
  type Handlers,
  type HostError,
  ServiceHost,
  type ServiceHostOptions,
  type ServiceOptions,
  type SessionEnd,
} from "./service-host.ts";
