import {
  array,
  contract,
  dictionary,
  enumeration,
  nillable,
  oneWay,
  operation,
  optional,
  record,
  xs,
} from "@bowline/server";

/** The contracts of the .NET peers: those of the WCF client program, of which the recorded conversations have the first operations. */

const namespace = "http://tempuri.org/";
const typesNamespace = "http://bowline.example/types";
const text = nillable(xs.string);

export const Line = record("Line", typesNamespace, { Quantity: xs.int, Sku: text });

export const Order = record("Order", typesNamespace, {
  Amount: xs.decimal,
  Big: xs.long,
  Blob: nillable(xs.base64Binary),
  Colour: enumeration("Colour", typesNamespace, ["Red", "Green"]),
  Counts: nillable(dictionary(xs.string, xs.int)),
  Customer: text,
  Id: xs.int,
  Key: xs.guid,
  Lines: nillable(array(nillable(Line))),
  Maybe: nillable(xs.int),
  Note: optional(xs.string),
  Rush: xs.boolean,
  Tags: nillable(array(text)),
  Wait: xs.duration,
  Weight: xs.double,
  When: xs.dateTime,
});

export const Problem = record("Problem", typesNamespace, { Why: text });

export const Calculator = contract(namespace, "ICalculator", {
  Add: operation({ request: { a: xs.int, b: xs.int }, reply: xs.int }),
  Echo: operation({ request: { text }, reply: text }),
  Reverse: operation({ request: { data: nillable(xs.base64Binary) }, reply: nillable(xs.base64Binary) }),
  Log: oneWay({ text }),
  LogCount: operation({ request: {}, reply: xs.int }),
  SlowAdd: operation({ request: { a: xs.int, b: xs.int, delayMs: xs.int }, reply: xs.int }),
  LoggedNumbers: operation({ request: { sessionTag: text }, reply: nillable(array(xs.int)) }),
});

export const Log = contract(namespace, "ILog", { Write: oneWay({ tag: text, number: xs.int }) });

export const Rich = contract(namespace, "IRich", {
  Bounce: operation({ request: { order: nillable(Order) }, reply: nillable(Order) }),
  Bytes: operation({ request: { data: nillable(xs.base64Binary) }, reply: nillable(xs.base64Binary) }),
  Fail: operation({ request: { why: text }, reply: xs.int, faults: [Problem] }),
  Crash: operation({ request: {}, reply: xs.int }),
});

export const Prices = contract(
  namespace,
  "IPrices",
  {
    Subscribe: operation({ request: { symbol: text, count: xs.int }, reply: xs.int }),
    Note: oneWay({ text }),
  },
  {
    callback: {
      Price: oneWay({ symbol: text, value: xs.double }),
      Confirm: operation({ request: { n: xs.int }, reply: xs.int }),
    },
  },
);
