// node chatty.mjs ADDRESS: sends a note each 50 ms until it is killed.
import { setTimeout as sleep } from "node:timers/promises";
import { connect, contract, netTcp, oneWay, operation, xs } from "@bowline/client";

const Desk = contract("http://tempuri.org/", "IDesk", {
  Add: operation({ request: { a: xs.int, b: xs.int }, reply: xs.int }),
  Note: oneWay({ number: xs.int }),
});

const desk = await connect(Desk, netTcp(process.argv[2], { reliableSession: {} }));
for (let number = 1; ; number++) {
  await desk.Note({ number });
  await sleep(50);
}
