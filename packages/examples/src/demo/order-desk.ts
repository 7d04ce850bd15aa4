import { contract, type NetTcpEndpoint, netTcp, oneWay, operation, xs } from "@bowline/server";

/** What the demo's client and host talk about. Every message carries its number, so that both sides can count. */
export const OrderDesk = contract(
  "http://bowline.example/demo",
  "IOrderDesk",
  {
    /** A call: what would `quantity` pieces cost? */
    Price: operation({ request: { number: xs.int, quantity: xs.int }, reply: xs.int }),
    /** A one-way message. */
    Order: oneWay({ number: xs.int, quantity: xs.int }),
    /** One way too; the desk answers with callbacks, the last of which wants a reply. */
    Watch: oneWay({ number: xs.int, fillCount: xs.int }),
  },
  {
    callback: {
      Fill: oneWay({ number: xs.int }),
      Approve: operation({ request: { number: xs.int, amount: xs.int }, reply: xs.boolean }),
    },
  },
);

export const unitPrice = 7;

/** The session ends when nothing at all comes for this long, so the client sends a keep-alive after half of it. */
export const inactivityTimeoutMs = 4_000;

/** The endpoint, as the host listens on it (port 0: any free one) and as the client reaches it through the relay. */
export function orderDeskAt(port: number): NetTcpEndpoint {
  return netTcp(`net.tcp://127.0.0.1:${port}/order-desk`, { reliableSession: { inactivityTimeoutMs } });
}
