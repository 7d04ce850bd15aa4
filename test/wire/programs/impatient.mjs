// node impatient.mjs PORT INACTIVITY_TIMEOUT_MS CUT_EVERY_MS: sends a note each 20 ms, and tells its parent how long each acknowledgement
// took, of each reconnection, and of a session that faults. Its connections are cut every so often, unless that is 0. Ends when it is told
// to, after a call that must be answered.

import { once } from "node:events";
import { connect as connectSocket, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, contract, netTcp, oneWay, operation, xs } from "@bowline/client";

const Desk = contract("http://tempuri.org/", "IDesk", {
  Add: operation({ request: { a: xs.int, b: xs.int }, reply: xs.int }),
  Note: oneWay({ number: xs.int }),
});

const [port, timeout, cutEveryMs] = process.argv.slice(2);
const sockets = new Set();
const relay = createServer((near) => {
  const far = connectSocket(Number(port), "127.0.0.1");
  for (const [socket, other] of [
    [near, far],
    [far, near],
  ]) {
    sockets.add(socket);
    socket.pipe(other);
    socket.on("error", () => other.destroy());
    socket.on("close", () => sockets.delete(socket));
  }
}).listen(0, "127.0.0.1");
await once(relay, "listening");
const cutting = setInterval(
  () => {
    for (const socket of sockets) socket.resetAndDestroy();
  },
  Number(cutEveryMs) || 2 ** 31 - 1,
);
const address = `net.tcp://127.0.0.1:${relay.address().port}/desk`;
const reliableSession = { inactivityTimeoutMs: Number(timeout) };
const desk = await connect(Desk, netTcp(address, { reliableSession }));
const silent = await connect(Desk, netTcp(address, { reliableSession }));
for (const { session } of [desk, silent])
  session.onStateChange(({ state, error }) => {
    if (state === "faulted") process.send({ faulted: error.message });
  });
desk.session.onReconnect(({ isConnected }) => {
  if (isConnected) process.send({ reconnectedAtMs: Date.now() });
});
let isOver = false;
process.once("message", () => {
  isOver = true;
});
for (let number = 1; !isOver; number++) {
  const sentAtMs = Date.now();
  await desk.Note({ number });
  void desk.session.acknowledged().then(() => process.send({ sentAtMs, acknowledgedAtMs: Date.now() }));
  await sleep(20);
}
clearInterval(cutting);
await desk.session.acknowledged();
const sum = await silent.Add({ a: 1, b: 2 });
await desk.close();
await silent.close();
relay.close();
process.send({ sum, keepAlives: silent.session.keepAliveCount }, () => process.disconnect());
