import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { root, run } from "./packages.mjs";

/** What a page may cost that calls two operations over one binary session: its program, minified and compressed. */
const maxGzipByteLength = 60 * 1024;

/**
 * Compiles the browser's program of the README without the types of Node.js, bundles it from the installed packages, and weighs it.
 * @param {import("./snippets.mjs").Snippet} snippet
 * @param {string} folder
 * @returns {Promise<string[]>}
 */
export async function browserProblems(snippet, folder) {
  await compileForBrowser(snippet, folder);
  /** @type {string[]} */
  const problems = [];
  const build = await rolldown({
    input: join(folder, "browser-out", `${snippet.name}.js`),
    cwd: folder,
    platform: "browser",
    onLog: (_level, log) => void problems.push(`the bundler says: ${log.message}`),
  });
  const { output } = await build.generate({ format: "esm", minify: true });
  await build.close();
  const [program, ...others] = output;
  const { length: gzipByteLength } = gzipSync(program.code, { level: 9 });
  console.log(`     ${program.code.length} bytes minified, ${gzipByteLength} bytes with gzip`);
  if (others.length > 0 || program.imports.length > 0)
    problems.push(`it is not one file: ${program.imports.join(", ")}`);
  if (gzipByteLength > maxGzipByteLength) problems.push(`that is over ${maxGzipByteLength} bytes`);
  return problems;
}

/**
 * As a page's project does: the types of a browser, and every declaration file checked.
 * @param {import("./snippets.mjs").Snippet} snippet
 * @param {string} folder
 */
async function compileForBrowser({ name }, folder) {
  const config = {
    compilerOptions: {
      target: "es2023",
      lib: ["es2023", "esnext.disposable", "dom"],
      module: "esnext",
      moduleResolution: "bundler",
      customConditions: ["browser"],
      strict: true,
      skipLibCheck: false,
      types: [],
      outDir: "browser-out",
    },
    files: [`${name}.ts`],
  };
  await writeFile(join(folder, "tsconfig.browser.json"), JSON.stringify(config, undefined, 2));
  await run(join(root, "node_modules/.bin/tsc"), ["-p", "tsconfig.browser.json"], folder);
}
