import { defineConfig } from "vitest/config";

const conditions = ["@bowline/source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    root: new URL("..", import.meta.url).pathname,
    projects: [
      {
        extends: true,
        test: {
          name: "pure",
          include: [
            "packages/protocol/src/**/*.test.ts",
            "test/{vectors,session,clauses,simulation,text}/**/*.test.ts",
          ],
          // Nothing here touches what files share, so that modules are loaded once for many files.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: "hosted",
          include: [
            "packages/{cli,client,examples,server,simulation,transport}/src/**/*.test.ts",
            "test/*.test.ts",
            "test/{architecture,compliance,wire,dispatch}/**/*.test.ts",
          ],
        },
      },
    ],
    // Many tests wait: more workers than the two processors of a small machine are not too many.
    maxWorkers: 3,
    testTimeout: 30_000,
  },
});
