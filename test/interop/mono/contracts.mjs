import { array, contract, enumeration, nillable, oneWay, operation, record, xs } from "@bowline/server";

/** The contracts of the Mono peer, as BowlineMono.cs has them. */

const namespace = "http://tempuri.org/";
const typesNamespace = "http://bowline.example/types";
const text = nillable(xs.string);
const bytes = nillable(xs.base64Binary);

const Line = record("Line", typesNamespace, { Quantity: xs.int, Sku: text });

const Order = record("Order", typesNamespace, {
  Amount: xs.decimal,
  Big: xs.long,
  Blob: bytes,
  Colour: enumeration("Colour", typesNamespace, ["Red", "Green", "Blue"]),
  Customer: text,
  Id: xs.int,
  Key: xs.guid,
  Lines: nillable(array(nillable(Line))),
  Maybe: nillable(xs.int),
  Rush: xs.boolean,
  Tags: nillable(array(text)),
  Weight: xs.double,
  When: xs.dateTime,
});

export const MonoProblem = record("Problem", typesNamespace, { Why: text });

export const MonoCalculator = contract(namespace, "ICalculator", {
  Add: operation({ request: { a: xs.int, b: xs.int }, reply: xs.int }),
  Echo: operation({ request: { text }, reply: text }),
  Log: oneWay({ text }),
  LogCount: operation({ request: {}, reply: xs.int }),
  Reverse: operation({ request: { data: bytes }, reply: bytes }),
  Bounce: operation({ request: { order: nillable(Order) }, reply: nillable(Order) }),
  Fail: operation({ request: { why: text }, reply: xs.void, faults: [MonoProblem] }),
});

export const MonoPrices = contract(
  namespace,
  "IPrices",
  {
    Subscribe: operation({ request: { symbol: text }, reply: xs.int }),
    Note: oneWay({ text }),
    NoteCount: operation({ request: {}, reply: xs.int }),
  },
  {
    callback: {
      Price: oneWay({ symbol: text, value: xs.decimal }),
      Confirm: operation({ request: { question: text }, reply: xs.boolean }),
    },
  },
);
