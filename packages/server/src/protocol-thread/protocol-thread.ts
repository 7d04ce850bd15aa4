// Where a protocol thread starts; see `ServiceHostOptions.protocolThread`.
import { parentPort, workerData } from "node:worker_threads";
import type { ThreadSetup } from "./records.ts";
import { ThreadHost } from "./thread-host.ts";

new ThreadHost(parentPort!, workerData as ThreadSetup);
