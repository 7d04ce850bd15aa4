import { netTcp } from "@bowline/client";
import { describeTransport, overSockets } from "./suite.ts";

const overTcp = overSockets((port, path, options) => netTcp(`net.tcp://127.0.0.1:${port}${path}`, options));

describeTransport("net.tcp", overTcp);
// Threads take their time to start: each encoding and each kind of session once.
const spoken = ["plain in binary", "RM 1.0 in binary", "RM 1.1 in text"];
describeTransport("net.tcp, protocol thread", overTcp, { protocolThread: true, spoken });
