// The server process of one measurement: prints its port.
import { serveFrames } from "./net-frames.mjs";
import { serveEcho } from "./service.mjs";

const [kind] = process.argv.slice(2);
const port = kind === "net-frames" ? await serveFrames() : await serveEcho(kind);
process.stdout.write(`${port}\n`);
process.on("disconnect", () => process.exit());
