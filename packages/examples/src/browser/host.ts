import { netHttp, ServiceHost } from "@bowline/server";
import { CuttingRelay } from "../demo/cutting-relay.ts";
import { cutCount, Market, orderCount } from "./market.ts";

/** Hosts the market behind a relay that breaks the connection `cutCount` times, and gives the address for the page of `origin`. */
export async function openMarket(origin: string): Promise<string> {
  let lastNumber = 0;
  let mistakeCount = 0;
  let seenCutCount = 0;
  const host = new ServiceHost({ allowedOrigins: [origin] });
  host.addService(
    Market,
    {
      Buy: ({ number }, { callback }) => {
        if (number !== ++lastNumber) mistakeCount += 1;
        void callback.Filled({ number });
        // Both ways in turn, in the middle of what is on its way next.
        if (number % Math.floor(orderCount / (cutCount + 1)) === 0 && seenCutCount < cutCount)
          relay.cutAfter(seenCutCount % 2 === 0 ? "host-to-client" : "client-to-host", 100);
        return number;
      },
      Report: () => `${lastNumber} orders, ${mistakeCount} of them wrong; ${seenCutCount} connections were cut`,
    },
    { endpoints: [netHttp("ws://127.0.0.1:0/market", { reliableSession: {} })] },
  );
  host.onSession(() => {
    lastNumber = mistakeCount = seenCutCount = 0;
  });
  await host.open();
  const relay = new CuttingRelay(host.ports[0]!, () => {
    seenCutCount += 1;
  });
  return `ws://127.0.0.1:${await relay.open()}/market`;
}
