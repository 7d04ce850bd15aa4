import { contract, oneWay, operation, record, xs } from "@bowline/client";

export const Problem = record("Problem", "urn:test:types", { Why: xs.string });

/** What is called over every transport. */
export const Desk = contract("http://tempuri.org/", "IDesk", {
  Add: operation({ request: { a: xs.int, b: xs.int }, reply: xs.int }),
  Echo: operation({ request: { text: xs.string }, reply: xs.string }),
  Bytes: operation({ request: { data: xs.base64Binary }, reply: xs.base64Binary }),
  Fail: operation({ request: { why: xs.string }, reply: xs.int, faults: [Problem] }),
  Hang: operation({ request: {}, reply: xs.int }),
  Note: oneWay({ number: xs.int }),
});

/** The same for transports on which a service can call its client. */
export const Feed = contract(
  "http://tempuri.org/",
  "IFeed",
  {
    Start: operation({ request: { count: xs.int }, reply: xs.int }),
    Pour: oneWay({ count: xs.int }),
  },
  {
    callback: {
      Tick: oneWay({ number: xs.int }),
      Confirm: operation({ request: { number: xs.int }, reply: xs.int }),
    },
  },
);
