import { builtinModules } from "node:module";
import { posix } from "node:path";
import { codeTextOf, lineOf } from "./code-text.ts";
import type { Finding, RepositoryFile } from "./repository.ts";

/** What a package.json says about where its modules are. */
export interface PackageEntries {
  /** The folder's name. */
  readonly name: string;
  readonly exports: Conditions;
  readonly imports: Conditions;
}

/** A path, or one for each condition, as in package.json. */
export type Conditions = string | { readonly [name: string]: Conditions };

/** Packages from elsewhere that are known to run in a browser. */
const browserPackages: ReadonlySet<string> = new Set(["uuid", "fast-xml-parser"]);

/** The conditions of a bundler that builds our sources for a browser. */
const conditions: ReadonlySet<string> = new Set(["@bowline/source", "browser", "default"]);

const nodeGlobal = /(?<![\w$.#])(?:Buffer|process|require|setImmediate|clearImmediate|NodeJS)(?![\w$]|\??:)/g;

/** What the sources that a bundle for a browser is made of must not use; `entry` is the path of the first. */
export function browserGraphFindings(
  entry: string,
  files: readonly RepositoryFile[],
  packages: readonly PackageEntries[],
): Finding[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const findings: Finding[] = [];
  const graph = [entry];
  for (const path of graph) {
    const file = byPath.get(path);
    if (file === undefined) {
      findings.push({ path, message: "is imported for a browser and does not exist" });
      continue;
    }
    const { code, imports } = codeTextOf(file.text);
    for (const match of code.matchAll(nodeGlobal))
      findings.push({
        path: `${path}:${lineOf(code, match.index)}`,
        message: `uses ${match[0]}, which no browser has`,
      });
    for (const { specifier, line } of imports) {
      const target = targetOf(path, specifier, packages);
      if (target === undefined) findings.push({ path: `${path}:${line}`, message: `imports ${specifier}` });
      else if (target !== "" && !graph.includes(target)) graph.push(target);
    }
  }
  return findings;
}

/** The file that is meant; "" for one that needs no look; undefined for one that is not for browsers. */
function targetOf(path: string, specifier: string, packages: readonly PackageEntries[]): string | undefined {
  if (specifier.startsWith(".")) return posix.join(posix.dirname(path), specifier);
  if (specifier.startsWith("#")) {
    const own = packages.find(({ name }) => path.startsWith(`packages/${name}/`));
    return own === undefined ? undefined : fileIn(own, own.imports, specifier);
  }
  const scoped = /^@bowline\/([^/]+)(.*)$/.exec(specifier);
  if (scoped !== null) {
    const found = packages.find(({ name }) => name === scoped[1]);
    return found === undefined ? undefined : fileIn(found, found.exports, `.${scoped[2]}`);
  }
  return browserPackages.has(specifier) && !builtinModules.includes(specifier) ? "" : undefined;
}

function fileIn({ name }: PackageEntries, entries: Conditions, specifier: string): string | undefined {
  if (typeof entries === "string") return undefined;
  for (const [pattern, target] of Object.entries(entries)) {
    const [before, after] = pattern.split("*") as [string, string | undefined];
    const isMatch =
      after === undefined ? specifier === pattern : specifier.startsWith(before) && specifier.endsWith(after);
    const path = isMatch ? chosen(target) : undefined;
    if (path !== undefined) return posix.join("packages", name, path.replace("*", specifier.slice(before.length)));
  }
  return undefined;
}

/** The first condition that applies, as resolvers choose. */
function chosen(target: Conditions): string | undefined {
  if (typeof target === "string") return target;
  for (const [condition, next] of Object.entries(target)) {
    const path = conditions.has(condition) ? chosen(next) : undefined;
    if (path !== undefined) return path;
  }
  return undefined;
}
