import { setTimeout as sleep } from "node:timers/promises";
import { inactivityTimeoutMs } from "./order-desk.ts";
import { type Direction, endWithMain, leaveMain, ordered, tell, timeOfDayMs } from "./processes.ts";
import { Trader } from "./trader.ts";

// The client process: plays the demo, and counts.
endWithMain();

const trader = new Trader();

heading("Open a session: client and host agree on a sequence for each direction");
await trader.open(Number(process.argv[2]));

heading("Three calls: each reply carries the acknowledgement of its request");
for (const quantity of [1, 2, 3]) await trader.price(quantity);

heading("Five one-way messages: nobody answers, yet the client learns that they have arrived");
for (let quantity = 1; quantity <= 5; quantity++) await trader.order(quantity);
await trader.session.acknowledged();

heading("Callbacks: the host calls its client over the same session");
await trader.watch(3);
await trader.session.acknowledged();

const idleMs = inactivityTimeoutMs + 500;
heading(
  `Nothing to say for ${idleMs / 1000} s: keep-alives hold a session that may be silent for ${inactivityTimeoutMs / 1000} s`,
);
await sleep(idleMs);

heading("The connection is cut in the middle of a request, with calls in flight");
await cutUnderLoad("client-to-host", 600);

heading("And again, in the middle of a reply");
await cutUnderLoad("host-to-client", 450);

heading("Close: everything is acknowledged, then both sequences end");
await trader.close();

tell({ type: "client-report", report: trader.report() });
leaveMain();

/** Calls and one-way messages in turn, all at once, while the relay cuts the connection. */
async function cutUnderLoad(direction: Direction, afterByteLength: number): Promise<void> {
  const isSet = ordered("cut-is-set");
  tell({ type: "cut", direction, afterByteLength });
  await isSet;
  const waits: Promise<void>[] = [];
  for (let count = 1; count <= 6; count++) waits.push(trader.price(count), trader.order(count));
  await Promise.all(waits);
  await trader.session.acknowledged();
}

function heading(text: string): void {
  tell({ type: "heading", atMs: timeOfDayMs(), text });
}
