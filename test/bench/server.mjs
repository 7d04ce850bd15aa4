// The server process of one measurement: prints its port.
import { serveEcho } from "./service.mjs";
import { yardsticks } from "./yardsticks.mjs";

const [transport, kind] = process.argv.slice(2);
const port = await (kind === "raw" ? yardsticks[transport].serve() : serveEcho(transport, kind));
process.stdout.write(`${port}\n`);
process.on("disconnect", () => process.exit());
