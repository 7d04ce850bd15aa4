// node flood.mjs ADDRESS COUNT: sends so many notes over a session without reliable messaging, as fast as its connection takes them.
import { connect, contract, netTcp, oneWay, xs } from "@bowline/client";

const Desk = contract("http://tempuri.org/", "IDesk", { Note: oneWay({ number: xs.int }) });

const [address, count] = process.argv.slice(2);
const desk = await connect(Desk, netTcp(address));
for (let number = 1; number <= Number(count); number++) {
  await desk.Note({ number });
  if (number % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
}
await desk.close();
