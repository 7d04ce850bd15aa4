import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** One file of the repository. */
export interface RepositoryFile {
  /** From the root of the repository, with `/` between the names. */
  readonly path: string;
  readonly text: string;
}

/** What a check found wrong: which file, and what to change. */
export interface Finding {
  readonly path: string;
  readonly message: string;
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Every path that is committed or would be with the next `git add`. */
export function repositoryPaths(): string[] {
  const output = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  const paths = output.split("\0").filter((path) => path !== "" && existsSync(`${root}${path}`));
  return [...new Set(paths)].sort();
}

/** The files whose path matches, with their text. */
export function repositoryFiles(pattern: RegExp): RepositoryFile[] {
  return repositoryPaths()
    .filter((path) => pattern.test(path))
    .map((path) => ({ path, text: readFileSync(`${root}${path}`, "utf8") }));
}
