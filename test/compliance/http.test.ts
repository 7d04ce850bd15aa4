import { basicHttp, netHttp } from "@bowline/client";
import { describeTransport, overSockets } from "./suite.ts";

const overHttp = overSockets((port, path, options) => netHttp(`http://127.0.0.1:${port}${path}`, options));
const overSoap11 = overSockets((port, path, { reliableSession, ...options }) =>
  basicHttp(`http://127.0.0.1:${port}${path}`, options),
);

describeTransport("HTTP", overHttp, { isOverRequests: true });
// One encoding, and no sessions.
describeTransport("HTTP, SOAP 1.1", overSoap11, { isOverRequests: true, spoken: ["plain in text"] });
