// How a session lives and why it died: states, reconnections, and an error that names the timer, its value and what to change.
import { CallError, connect } from "@bowline/client";
import { contract, netTcp, oneWay, ServiceHost, xs } from "@bowline/server";

const Log = contract("http://tempuri.org/", "ILog", { Write: oneWay({ line: xs.string }) });

// A second without an application message is too long for this service, though keep-alives come all the time.
const host = new ServiceHost();
host.addService(
  Log,
  { Write: ({ line }) => console.log("host: got", line) },
  { endpoints: [netTcp("net.tcp://127.0.0.1:0/log", { reliableSession: {}, receiveTimeoutMs: 1_000 })] },
);
host.onSession(() => console.log("host: a session"));
host.onSessionEnd(({ error }) => console.log("host: session ended:", error?.code ?? "closed in order"));
await host.open();

// This client is content with silence for 600 ms, so it sends a keep-alive every 300 ms.
const address = `net.tcp://127.0.0.1:${host.ports[0]}/log`;
const log = await connect(Log, netTcp(address, { reliableSession: { inactivityTimeoutMs: 600 } }));
log.session.onStateChange(({ state }) => console.log("client: session", state));
log.session.onReconnect(({ isConnected }) => console.log("client:", isConnected ? "connected again" : "cut off"));
await log.Write({ line: "hello" });

const error = await log.session.ended;
if (error === undefined) throw new Error("the session should have ended with an error");
console.log("client:", error.code, error.isRemote ? "(the service said so)" : "(found here)");
console.log("client: timer", error.timer?.name, error.timer?.limitMs, "ms");
console.log("client:", error.message);
console.log("client: keep-alives were sent:", log.session.keepAliveCount > 0);
console.log("client: last ALM before last ILM:", error.lastApplicationMessageAt! < error.lastInfrastructureMessageAt!);

// What is sent now fails at once, and says why.
await log.Write({ line: "too late" }).catch((late: unknown) => {
  if (late instanceof CallError) console.log("client:", late.code);
});
await host.close();
