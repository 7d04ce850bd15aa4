// node healing-client.mjs PORT TRANSPORT VERSION: one call after the other; tells when the first reply over a new connection is there.
import { connect } from "@bowline/client";
import { hostWindowSizes, Ledger, ledgerEndpoint, paddingOf, sharedNowMs } from "./service.mjs";

const [port, transport, version] = process.argv.slice(2);
const windowSize = hostWindowSizes[0];
const client = await connect(
  Ledger,
  ledgerEndpoint({ port, transport, version, windowSize, path: `ledger-${windowSize}` }),
);
let isNewConnection = false;
client.session.onReconnect(({ isConnected }) => {
  isNewConnection = isConnected;
});
process.on("disconnect", () => process.exit());
process.send({ type: "opened" });
for (let number = 1; ; number++) {
  await client.Ask({ session: 0, number, padding: paddingOf(number, 16) });
  if (isNewConnection) {
    isNewConnection = false;
    process.send({ type: "healed", atMs: sharedNowMs() });
  }
}
