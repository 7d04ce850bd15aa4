import { rolldown } from "rolldown";

/** A program for a browser as one file, made of our sources. */
export async function bundle(path: string): Promise<string> {
  const build = await rolldown({
    input: path,
    platform: "browser",
    resolve: { conditionNames: ["@bowline/source", "browser", "import", "default"] },
    // A warning here is a module that no browser has.
    onLog: (level, log) => {
      if (level === "warn") throw new Error(log.message);
    },
  });
  const { output } = await build.generate({ format: "esm" });
  await build.close();
  return output[0].code;
}
