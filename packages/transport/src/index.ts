export { nativeUtf8 } from "#host/utf8";
export { Answers, type Unheard } from "./answers.ts";
export type { ChannelDriver, ChannelSession } from "./channel-session.ts";
export { type Clock, SystemClock, systemClock } from "./clock.ts";
export { deadlineHeader, remainingMsOf } from "./deadline-header.ts";
export { carriageOf, exchangesOf, obstacleTo } from "./dial.ts";
export { Dispatcher, type DispatcherOptions, type Handler, isPromise } from "./dispatcher.ts";
export type { ConnectionEndpoint, Endpoint } from "./endpoint.ts";
export type { EndpointOptions, EndpointSettings, MessageEncoding } from "./endpoint-settings.ts";
export { SessionError, SoapFaultError } from "./errors.ts";
export { basicHttp, type HttpEndpoint, type HttpOptions, wsHttp } from "./http-endpoint.ts";
export { CountedIds, randomId } from "./ids.ts";
export { Listeners, type SessionState } from "./listeners.ts";
export { type MemoryEndpoint, MemoryNetwork } from "./memory.ts";
export { codecOf } from "./message-codecs.ts";
export { type NetHttpOptions, netHttp, type WebSocketEndpoint, type WebSocketOptions } from "./net-http.ts";
export { type NetTcpEndpoint, type NetTcpOptions, netTcp } from "./net-tcp.ts";
export {
  asRequestError,
  faultReplyOf,
  isPeerMistake,
  type OperationRequest,
  RequestError,
  readRequest,
  UnknownActionError,
} from "./operation-messages.ts";
export { operationProxy } from "./operation-proxy.ts";
export { Call, type CallOptions, type ChannelListener, type Remains, SessionChannel } from "./session-channel.ts";
export { SessionDriver, type SessionDriverOptions } from "./session-driver.ts";
export type { TlsMaterial, TlsOptions } from "./tls-options.ts";
export {
  bufferedTransferMode,
  contentTypeHeader,
  notFoundSubprotocol,
  transferModeHeader,
  webSocketHeaders,
  webSocketSubprotocol,
} from "./websocket-handshake.ts";
export type { LinkOwner, PeerIdentity, Wire } from "./wire.ts";
