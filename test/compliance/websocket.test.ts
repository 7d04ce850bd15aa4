import { netHttp } from "@bowline/client";
import { describeTransport, overSockets } from "./suite.ts";

const overWebSocket = overSockets((port, path, options) => netHttp(`ws://127.0.0.1:${port}${path}`, options));

describeTransport("WebSocket", overWebSocket);
// Threads take their time to start: each kind of session once.
const spoken = ["plain in binary", "RM 1.1 in binary"];
describeTransport("WebSocket, protocol thread", overWebSocket, { protocolThread: true, spoken });
