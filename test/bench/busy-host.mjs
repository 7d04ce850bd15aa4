// The host of the measurement of a busy application: prints its port; blocks its loop when told to, in the middle of its calls.
import { netTcp, ServiceHost } from "@bowline/server";
import { acknowledgementIntervalMs, blockedMs, inactivityTimeoutMs } from "./busy.mjs";
import { Echo } from "./service.mjs";

const host = new ServiceHost({ protocolThread: process.argv[2] === "protocolThread" });
let faulted = 0;
host.onSessionEnd(({ error }) => {
  if (error !== undefined) faulted += 1;
});
host.addService(
  Echo,
  {
    EchoBytes: ({ data }) => data,
    EchoText: ({ text }) => text,
    PutBytes: () => undefined,
    PutText: () => undefined,
  },
  {
    endpoints: [
      netTcp("net.tcp://127.0.0.1:0/echo", { reliableSession: { inactivityTimeoutMs, acknowledgementIntervalMs } }),
    ],
  },
);
await host.open();
process.stdout.write(`${host.ports[0]}\n`);
process.on("message", (message) => {
  if (message === "report") {
    process.send?.({ faulted });
    return;
  }
  const from = performance.now();
  while (performance.now() - from < blockedMs);
});
process.on("disconnect", () => process.exit());
