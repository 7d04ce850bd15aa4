// A duplex contract: the service calls its client over the session that the client opened.
import { connect } from "@bowline/client";
import { contract, netTcp, oneWay, operation, ServiceHost, xs } from "@bowline/server";

const Prices = contract(
  "http://tempuri.org/",
  "IPrices",
  { Watch: operation({ request: { symbol: xs.string, count: xs.int }, reply: xs.string }) },
  {
    callback: {
      Price: oneWay({ symbol: xs.string, value: xs.decimal }),
      Continue: operation({ request: { shown: xs.int }, reply: xs.boolean }),
    },
  },
);

const host = new ServiceHost();
host.addService(
  Prices,
  {
    async Watch({ symbol, count }, { callback }) {
      for (let shown = 1; shown <= count; shown++) {
        await callback.Price({ symbol, value: `${100 + shown}.50` });
        if (!(await callback.Continue({ shown }))) return `stopped after ${shown}`;
      }
      return "shown all";
    },
  },
  { endpoints: [netTcp("net.tcp://127.0.0.1:0/prices", { reliableSession: {} })] },
);
await host.open();

const address = `net.tcp://127.0.0.1:${host.ports[0]}/prices`;
const prices = await connect(Prices, netTcp(address, { reliableSession: {} }), {
  callbacks: {
    Price: ({ symbol, value }) => console.log(symbol, value),
    Continue: ({ shown }) => shown < 3,
  },
});
console.log(await prices.Watch({ symbol: "ACME", count: 10 }));

await prices.close();
await host.close();
