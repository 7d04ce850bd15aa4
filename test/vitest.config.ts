import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@bowline/source"] },
  ssr: { resolve: { conditions: ["@bowline/source"], externalConditions: ["@bowline/source"] } },
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: [
      "packages/*/src/**/*.test.ts",
      "test/*.test.ts",
      "test/{architecture,vectors,scripts,session,clauses,compliance,replay,fuzz,wire,dispatch,simulation,text}/**/*.test.ts",
    ],
    testTimeout: 30_000,
  },
});
