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
  type Clock,
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
  type PeerIdentity,
  SessionError,
  type SessionState,
  SoapFaultError,
  type TlsOptions,
  type WebSocketEndpoint,
  type WebSocketOptions,
  wsHttp,
} from "@bowline/transport";
export type { CallCounts, SessionCounts } from "./dispatch/counters.ts";
export { accessDenied } from "./dispatch/dispatch-faults.ts";
export type {
  AroundCall,
  Authenticate,
  Authorize,
  ConcurrencyMode,
  DispatchCall,
  DispatchOptions,
  DispatchOrder,
  ErrorHandler,
  Hook,
  HookConcurrency,
  HookSettings,
  InstanceProvider,
  InstancingMode,
  InvokeOperation,
  MessageInspector,
  Middleware,
  OperationContext,
  OutgoingReply,
  ParameterInspector,
  SelectOperation,
} from "./dispatch/hooks.ts";
export { instanceProvider, type ProvidedInstances } from "./dispatch/instance-provider.ts";
export { operationContext } from "./dispatch/operation-context.ts";
export type { ThrottleWarning } from "./dispatch/throttle.ts";
export { ServerError, type ServerErrorCode } from "./errors.ts";
export type { CutSession, HostCloseOptions, HostCloseReport } from "./host-closing.ts";
export type {
  CountRates,
  EndpointCounts,
  HostCounters,
  HostCounts,
  ServiceCounts,
  ThrottleCounts,
} from "./host-counters.ts";
export type { HostHealth, HostState } from "./host-health.ts";
export type { ServiceHostOptions, WhenFull } from "./host-options.ts";
export type { HttpHandler } from "./http-router.ts";
export type { AllowedOrigins } from "./page-origins.ts";
export type { HandlersFor, ServerSession } from "./server-session.ts";
export { type Handlers, type HostError, ServiceHost, type ServiceOptions, type SessionEnd } from "./service-host.ts";
