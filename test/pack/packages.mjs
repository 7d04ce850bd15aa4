import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

/** The packages that are published, in the order of their arrows. */
export const publishedPackages = ["protocol", "transport", "client", "server", "cli"];

export const root = fileURLToPath(new URL("../../", import.meta.url));

const execFileAsync = promisify(execFile);

/**
 * @typedef {object} Tarball
 * @property {string} name the folder of the package
 * @property {string} path
 * @property {string[]} files in the tarball
 */

/**
 * Runs a program and gives its standard output. Fails with all that it printed.
 * @param {string} program
 * @param {string[]} args
 * @param {string} cwd
 * @returns {Promise<string>}
 */
export async function run(program, args, cwd) {
  try {
    const { stdout } = await execFileAsync(program, args, { cwd, timeout: 300_000, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = /** @type {{ stdout?: string, stderr?: string }} */ (error);
    throw new Error(`${program} ${args.join(" ")} failed\n${stdout}${stderr}`.trimEnd(), { cause: error });
  }
}

/**
 * @param {string} folder where the tarballs go
 * @returns {Promise<Tarball[]>}
 */
export async function packAll(folder) {
  const tarballs = [];
  for (const name of publishedPackages) {
    const output = await run("npm", ["pack", "--json", "--pack-destination", folder], join(root, "packages", name));
    const [packed] = JSON.parse(output);
    const files = packed.files.map((/** @type {{ path: string }} */ file) => file.path);
    tarballs.push({ name, path: join(folder, packed.filename), files });
  }
  return tarballs;
}

/**
 * What is wrong with a tarball: its contents, what publint says, what attw says.
 * @param {Tarball} tarball
 * @returns {Promise<string[]>}
 */
export async function tarballProblems(tarball) {
  const needed = ["package.json", "LICENSE", "README.md", "dist/index.js", "dist/index.d.ts"];
  const missing = needed.filter((path) => !tarball.files.includes(path) && !isLayered(tarball, path));
  const unwanted = tarball.files.filter((path) => /\.test\.|\.tsbuildinfo$/.test(path));
  return [
    ...missing.map((path) => `${path} is missing`),
    ...unwanted.map((path) => `${path} does not belong into it`),
    ...(await publintProblems(tarball)),
    ...(await typeProblems(tarball)),
  ];
}

/**
 * The core has an entry for each layer and none for all.
 * @param {Tarball} tarball
 * @param {string} path
 */
function isLayered(tarball, path) {
  return tarball.name === "protocol" && tarball.files.includes(path.replace("/", "/bytes/"));
}

/** @param {Tarball} tarball */
async function publintProblems({ path }) {
  const bytes = await readFile(path);
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({
    pack: { tarball: /** @type {ArrayBuffer} */ (tarball) },
    strict: true,
  });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
}

/** @param {Tarball} tarball */
async function typeProblems({ path }) {
  const attw = join(root, "node_modules/.bin/attw");
  try {
    await run(attw, [path, "--profile", "esm-only", "--no-color", "--no-emoji"], root);
    return [];
  } catch (error) {
    return [`attw: ${/** @type {Error} */ (error).message}`];
  }
}

/**
 * Installs the tarballs into an empty project, as a user would.
 * @param {Tarball[]} tarballs
 * @param {string} folder
 * @returns {Promise<string[]>} what an install would have to compile or download besides the packages
 */
export async function install(tarballs, folder) {
  await mkdir(folder, { recursive: true });
  const workspace = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const manifest = {
    name: "a-user-of-bowline",
    private: true,
    type: "module",
    dependencies: Object.fromEntries(tarballs.map(({ name, path }) => [`@bowline/${name}`, `file:${path}`])),
    devDependencies: { "@types/node": workspace.devDependencies["@types/node"] },
  };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest, undefined, 2));
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  await run("npm", ["install", "--package-lock-only", ...quiet], folder);
  const scripts = await installScripts(folder);
  if (scripts.length > 0) return scripts;
  await run("npm", ["ci", ...quiet], folder);
  return await nativeFiles(join(folder, "node_modules"));
}

/** @param {string} folder */
async function installScripts(folder) {
  const lock = JSON.parse(await readFile(join(folder, "package-lock.json"), "utf8"));
  return Object.entries(lock.packages)
    .filter(([, entry]) => /** @type {{ hasInstallScript?: boolean }} */ (entry).hasInstallScript === true)
    .map(([path]) => `${path} has an install script`);
}

/** @param {string} folder */
async function nativeFiles(folder) {
  const paths = await readdir(folder, { recursive: true });
  return paths
    .filter((path) => /\.node$|(?:^|\/)binding\.gyp$/.test(path))
    .map((path) => `${path} is compiled or asks for a compiler`);
}
