// The server process of the overhead part: prints its port; on request takes its pipeline out or puts it back, and says what it has used
// of the processor, in microseconds.
import { removablePipeline } from "./bare-dispatch.mjs";
import { echoHandlers, serveEcho } from "./service.mjs";

const setBare = removablePipeline(echoHandlers);
process.stdout.write(`${await serveEcho("net.tcp", "1.0")}\n`);
process.on("message", (isBare) => {
  setBare(isBare);
  const { user, system } = process.cpuUsage();
  process.send(user + system);
});
process.on("disconnect", () => process.exit());
