// Data contracts, as .NET's DataContractSerializer writes them: records, enumerations, arrays, dictionaries, nil, options.
import { connect } from "@bowline/client";
import {
  array,
  contract,
  DateTime,
  dictionary,
  enumeration,
  netTcp,
  nillable,
  operation,
  optional,
  record,
  ServiceHost,
  type ValueOf,
  xs,
} from "@bowline/server";

const shop = "http://example.org/shop";
const State = enumeration("State", shop, ["Open", "Shipped"]);
const Line = record("Line", shop, { Item: xs.string, Quantity: xs.int, Price: xs.decimal });
const Order = record("Order", shop, {
  Id: xs.guid,
  State,
  PlacedAt: xs.dateTime,
  Lines: array(Line),
  Labels: dictionary(xs.string, xs.int),
  Note: nillable(xs.string),
  Discount: optional(xs.double),
});

const Orders = contract("http://tempuri.org/", "IOrders", {
  Ship: operation({ request: { order: Order }, reply: Order }),
});

const host = new ServiceHost();
host.addService(
  Orders,
  { Ship: ({ order }) => ({ ...order, State: "Shipped", Discount: 0.1 }) },
  { endpoints: [netTcp("net.tcp://127.0.0.1:0/orders", { reliableSession: {} })] },
);
await host.open();

const order: ValueOf<typeof Order> = {
  Id: "0d6f1c1e-6d53-4f0e-9b63-2f1f6a1f2a10",
  State: "Open",
  PlacedAt: DateTime.parse("2024-05-06T07:08:09.1234567Z"),
  Lines: [{ Item: "rope", Quantity: 2, Price: "12.50" }],
  Labels: new Map([["fragile", 1]]),
  Note: null,
};
const orders = await connect(Orders, netTcp(`net.tcp://127.0.0.1:${host.ports[0]}/orders`, { reliableSession: {} }));
const shipped = await orders.Ship({ order });
console.log(shipped.State, shipped.Discount, shipped.Note, `${shipped.PlacedAt}`);
console.log(shipped.Lines[0], shipped.Labels);
await orders.close();
await host.close();
