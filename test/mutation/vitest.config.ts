import { defineConfig } from "vitest/config";

/** The tests that look at the reliable messaging: its own, whole sessions on a simulated network, the clauses, and a small swarm. */
export default defineConfig({
  resolve: { conditions: ["@bowline/source"] },
  ssr: { resolve: { conditions: ["@bowline/source"] } },
  test: {
    // Thousands of runs: modules are loaded once for all files of a run.
    isolate: false,
    include: [
      "packages/protocol/src/reliable-messaging/**/*.test.ts",
      "test/session/**/*.test.ts",
      "test/clauses/**/*.test.ts",
      "test/mutation/*.mutation.ts",
    ],
  },
});
