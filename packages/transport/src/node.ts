// What runs on Node.js alone, for those who accept connections there.
export { joined } from "./http-client.ts";
export { LinkSocket } from "./link-socket.ts";
export { connectTcp } from "./tcp.ts";
export {
  demandCertificate,
  identityOf,
  isSameTls,
  nodeTlsOptions,
  secureAsServer,
  securityError,
  tlsUpgrade,
} from "./tls.ts";
export { WebSocketWire } from "./websocket-wire.ts";
