// The page: a client as on Node.js, over the browser's own WebSocket.
/// <reference lib="dom" />
import { connect, netHttp } from "@bowline/client";
import { Market, orderCount } from "./market.ts";

const batchSize = 20;

const counts = { answered: 0, filled: 0, mistakes: 0 };

/** Notes that `number` came, which must be the one after the last. */
function count(what: "answered" | "filled", number: number): void {
  if (number === counts[what] + 1) counts[what] = number;
  else counts.mistakes += 1;
  for (const [id, value] of Object.entries(counts)) show(id, value);
}

function show(id: string, value: unknown): void {
  document.getElementById(id)!.textContent = String(value);
}

function log(text: string): void {
  document.getElementById("log")!.append(Object.assign(document.createElement("li"), { textContent: text }));
}

try {
  const address = await (await fetch("/address")).text();
  const market = await connect(Market, netHttp(address, { reliableSession: {} }), {
    callbacks: { Filled: ({ number }) => count("filled", number) },
  });
  market.session.onReconnect(({ isConnected }) => {
    show("reconnects", market.session.reconnectCount);
    log(isConnected ? "the session goes on over another connection" : `connection lost at order ${counts.answered}`);
  });
  show("verdict", "trading");

  for (let first = 1; first <= orderCount; first += batchSize) {
    const orders = Array.from({ length: batchSize }, async (_, index) =>
      count("answered", await market.Buy({ number: first + index })),
    );
    await Promise.all(orders);
  }

  show("report", await market.Report({}));
  await market.close();
  const isAllThere = counts.answered === orderCount && counts.filled === orderCount && counts.mistakes === 0;
  show("verdict", isAllThere ? "everything arrived exactly once and in order" : "something is missing");
} catch (error) {
  show("verdict", `failed: ${error}`);
}
