// A module for `bowline serve`: a desk that adds when it is told to, and closes its own host for the note 0.
import { contract, netTcp, oneWay, operation, ServiceHost, xs } from "@bowline/server";

const Desk = contract("http://tempuri.org/", "IDesk", {
  Add: operation({ request: { a: xs.int, b: xs.int }, reply: xs.int }),
  Note: oneWay({ number: xs.int }),
});

// Keeps the process for ever: `bowline serve` must end it all the same.
const holding = setInterval(() => undefined, 1_000);

export async function host() {
  const desk = new ServiceHost();
  /** Takes as many ms as its first argument says. */
  const Add = ({ a, b }) => new Promise((resolve) => setTimeout(resolve, a, a + b));
  const Note = ({ number }) => {
    if (number !== 0) return;
    clearInterval(holding);
    void desk.close();
  };
  desk.addService(Desk, { Add, Note }, { endpoints: [netTcp("net.tcp://127.0.0.1:0/desk", { reliableSession: {} })] });
  return desk;
}
