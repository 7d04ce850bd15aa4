// Mono's client against Mono's host, without Bowline: what fails here is Mono's own and no case for us.
// Run: node test/interop/mono/baseline.mjs

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileMono, findMono, MONO_HOST_PAUSE_MS, runMonoClient, startMonoHost } from "./mono.mjs";

const found = findMono();
if (!found.available) {
  console.error(`NOT RUN: ${found.reason}`);
  process.exit(2);
}
console.log(found.reason);

const outDir = mkdtempSync(join(tmpdir(), "bowline-mono-"));
try {
  const executable = compileMono(outDir);
  const host = await startMonoHost(executable);
  try {
    const run = await runMonoClient(executable, host, { pauseMs: MONO_HOST_PAUSE_MS, trace: true });
    for (const each of run.cases) console.log(each.ok ? `ok ${each.name}` : `FAILED ${each.name}: ${each.reason}`);
    if (!run.ok) {
      console.error(run.output);
      console.error(host.output());
      process.exitCode = 1;
    }
  } finally {
    await host.stop();
  }
} finally {
  rmSync(outDir, { recursive: true, force: true });
}
