// One-way messages: nobody answers, yet the client can wait until all of them have arrived.
import { connect } from "@bowline/client";
import { contract, netTcp, oneWay, ServiceHost, xs } from "@bowline/server";

const Log = contract("http://tempuri.org/", "ILog", {
  Write: oneWay({ line: xs.string }),
});

const lines: string[] = [];
const host = new ServiceHost();
host.addService(
  Log,
  {
    Write({ line }, { messageNumber }) {
      lines.push(`${messageNumber}: ${line}`);
    },
  },
  { endpoints: [netTcp("net.tcp://127.0.0.1:0/log", { reliableSession: {} })] },
);
await host.open();

const log = await connect(Log, netTcp(`net.tcp://127.0.0.1:${host.ports[0]}/log`, { reliableSession: {} }));

// Resolves when the message has left: there is a place for it in the transfer window.
await log.Write({ line: "first" });
for (const line of ["second", "third"]) await log.Write({ line });

// Resolves when the service has acknowledged everything sent so far.
await log.session.acknowledged();
console.log(lines.join("\n"));

await log.close();
await host.close();
