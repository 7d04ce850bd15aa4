// A service within an HTTP server that has more to do: with a reliable session as NetHttpBinding, and plain as BasicHttpBinding.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "@bowline/client";
import { basicHttp, contract, netHttp, operation, ServiceHost, xs } from "@bowline/server";

const Calculator = contract("http://tempuri.org/", "ICalculator", {
  Add: operation({ request: { a: xs.int, b: xs.int }, reply: xs.int }),
});

// Of the addresses only the paths count here: the server below listens.
const host = new ServiceHost({ mountHttp: true });
host.addService(
  Calculator,
  { Add: ({ a, b }) => a + b },
  { endpoints: [netHttp("http://localhost/reliable", { reliableSession: {} }), basicHttp("http://localhost/basic")] },
);
await host.open();

const server = createServer((request, response) => {
  if (!host.httpHandler.request(request, response)) response.end("well");
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}` as const;

// Each call is a POST. A request whose answer is lost is sent again, and its operation runs once all the same.
const reliable = await connect(Calculator, netHttp(`${address}/reliable`, { reliableSession: {} }));
console.log("over NetHttpBinding:", await reliable.Add({ a: 2, b: 3 }));
await reliable.close();

const basic = await connect(Calculator, basicHttp(`${address}/basic`));
console.log("over BasicHttpBinding:", await basic.Add({ a: 3, b: 4 }));
await basic.close();

console.log("health:", await (await fetch(`${address}/health`)).text());
await host.close();
server.close();
console.log("closed");
