import { mergeConfig } from "vitest/config";
import base from "../vitest.config.ts";

/** What needs a real browser; the other tests run without one. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  {
    test: { include: ["test/browser/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false },
  },
);
