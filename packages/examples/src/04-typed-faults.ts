// Faults: declared ones travel with a typed detail, unexpected errors without the service's inner affairs.
import { connect, SoapFaultError } from "@bowline/client";
import { contract, netTcp, operation, record, ServiceHost, xs } from "@bowline/server";

const OutOfStock = record("OutOfStock", "http://example.org/shop", { Item: xs.string, Left: xs.int });

const Shop = contract("http://tempuri.org/", "IShop", {
  Buy: operation({ request: { item: xs.string, count: xs.int }, reply: xs.string, faults: [OutOfStock] }),
});

const host = new ServiceHost();
host.addService(
  Shop,
  {
    Buy({ item, count }) {
      if (item === "moon") throw new Error("the secret warehouse is on fire");
      if (count > 3) throw OutOfStock.fault({ Item: item, Left: 3 }, { reason: `only 3 of ${item} are left` });
      return `${count} of ${item}`;
    },
  },
  { endpoints: [netTcp("net.tcp://127.0.0.1:0/shop", { reliableSession: {} })] },
);
// What callers are not told, the host hears.
host.onError(({ error, operation: name }) => console.log(`host: ${name}: ${error}`));
await host.open();

const shop = await connect(Shop, netTcp(`net.tcp://127.0.0.1:${host.ports[0]}/shop`, { reliableSession: {} }));
for (const [item, count] of [
  ["rope", 2],
  ["rope", 5],
  ["moon", 1],
] as const) {
  try {
    console.log("bought", await shop.Buy({ item, count }));
  } catch (error) {
    if (OutOfStock.isFault(error)) console.log("out of stock:", error.reason, "- left:", error.detail.Left);
    else if (error instanceof SoapFaultError) console.log("fault:", error.faultCode, "-", error.reason);
    else throw error;
  }
}

// A fault ends a call, not its session.
console.log("session is", shop.session.state);
await shop.close();
await host.close();
