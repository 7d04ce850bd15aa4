import { contract, oneWay, operation, xs } from "@bowline/client";

/** What the page and its host agree on. Each order is confirmed twice: by the reply to `Buy`, and by a call of the host on the page. */
export const Market = contract(
  "http://tempuri.org/",
  "IMarket",
  {
    Buy: operation({ request: { number: xs.int }, reply: xs.int }),
    Report: operation({ request: {}, reply: xs.string }),
  },
  { callback: { Filled: oneWay({ number: xs.int }) } },
);

export const orderCount = 1_000;
export const cutCount = 5;
