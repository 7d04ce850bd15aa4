// A call and its reply over a reliable session. Host and client share one process here; usually they do not.
import { connect } from "@bowline/client";
import { contract, netTcp, operation, ServiceHost, xs } from "@bowline/server";

const Calculator = contract("http://tempuri.org/", "ICalculator", {
  Add: operation({ request: { a: xs.int, b: xs.int }, reply: xs.int }),
});

const host = new ServiceHost();
host.addService(
  Calculator,
  { Add: ({ a, b }) => a + b },
  { endpoints: [netTcp("net.tcp://127.0.0.1:0/calculator", { reliableSession: {} })] },
);
await host.open();

const address = `net.tcp://127.0.0.1:${host.ports[0]}/calculator`;
const calculator = await connect(Calculator, netTcp(address, { reliableSession: {} }));
console.log("1 + 2 =", await calculator.Add({ a: 1, b: 2 }));

// Calls need not wait for each other; past the transfer window (8 messages) they queue in order.
const sums = await Promise.all(Array.from({ length: 20 }, (_, n) => calculator.Add({ a: n, b: n })));
console.log("doubles:", sums.join(" "));

// A call may be given up. Its session lives on.
const gaveUp = await calculator
  .Add({ a: 1, b: 1 }, { signal: AbortSignal.abort() })
  .catch((error: Error) => error.name);
console.log("given up:", gaveUp);

await calculator.close();
await host.close();
console.log("closed");
