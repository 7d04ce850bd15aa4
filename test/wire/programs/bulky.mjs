// node bulky.mjs ADDRESS: calls with messages of 6 MB, one after the other, until it is killed.
import { connect, contract, netTcp, operation, xs } from "@bowline/client";

const Desk = contract("http://tempuri.org/", "IDesk", {
  Bytes: operation({ request: { data: xs.base64Binary }, reply: xs.base64Binary }),
});

const size = { maxReceivedMessageSize: 8_000_000 };
const desk = await connect(Desk, netTcp(process.argv[2], { reliableSession: {}, ...size }));
const data = new Uint8Array(6_000_000);
for (;;) await desk.Bytes({ data });
