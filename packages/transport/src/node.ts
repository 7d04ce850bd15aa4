// What runs on Node.js alone, for those who accept connections there.
export { LinkSocket } from "./link-socket.ts";
export { connectTcp } from "./tcp.ts";
export { demandCertificate, nodeTlsOptions, secureAsServer, securityError, tlsUpgrade } from "./tls.ts";
export { WebSocketWire } from "./websocket-wire.ts";
