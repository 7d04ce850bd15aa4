import { codeTextOf, lineOf } from "./code-text.ts";
import type { Finding, RepositoryFile } from "./repository.ts";

/** No source has more lines; tables, which nobody reads from end to end, are named `*.table.ts`. */
export const maxLineCount = 400;

/** What lies at the top of the repository, dot files apart. */
export const topLevelNames: readonly string[] = [
  "README.md",
  "package-lock.json",
  "package.json",
  "packages",
  "spec-notes",
  "test",
  "tsconfig.json",
];

/** Sources that are too long to be one thing. */
export function lengthFindings(files: readonly RepositoryFile[]): Finding[] {
  return files
    .filter((file) => !file.path.endsWith(".table.ts"))
    .map((file) => ({ path: file.path, lineCount: file.text.trimEnd().split("\n").length }))
    .filter(({ lineCount }) => lineCount > maxLineCount)
    .map(({ path, lineCount }) => ({ path, message: `has ${lineCount} lines, over ${maxLineCount}; split it` }));
}

/** Uses of what only a host has, in code that must run anywhere. */
export function hostGlobalFindings(files: readonly RepositoryFile[]): Finding[] {
  return files.flatMap((file) => {
    const { code } = codeTextOf(file.text);
    return [...code.matchAll(hostGlobal)].map((match) => ({
      path: `${file.path}:${lineOf(code, match.index)}`,
      message: `uses ${match[0]}, which belongs to a host; take it as an input or a port`,
    }));
  });
}

/** A name of the host's, not a member or a private name, and not the key of a property. */
const hostGlobal = new RegExp(
  `(?<![\\w$.#])(?:Math\\.random|${[
    "Date",
    "Buffer",
    "process",
    "performance",
    "console",
    "crypto",
    "fetch",
    "globalThis",
    "require",
    "setTimeout",
    "setInterval",
    "setImmediate",
    "clearTimeout",
    "clearInterval",
    "queueMicrotask",
    "structuredClone",
    "TextDecoder",
    "TextEncoder",
    "URL",
    "WebSocket",
    "AbortController",
    "AbortSignal",
  ].join("|")})(?![\\w$]|\\??:)`,
  "g",
);

/** Top-level names that are missing or too many. */
export function topLevelFindings(paths: readonly string[]): Finding[] {
  const names = new Set(paths.map((path) => path.split("/", 1)[0]!).filter((name) => !name.startsWith(".")));
  const missing = topLevelNames.filter((name) => !names.has(name));
  const extra = [...names].filter((name) => !topLevelNames.includes(name));
  return [
    ...missing.map((path) => ({ path, message: "is missing at the top of the repository" })),
    ...extra.map((path) => ({ path, message: "does not belong at the top of the repository" })),
  ];
}

/** Markdown pages without exactly one first-level heading. */
export function headingFindings(files: readonly RepositoryFile[]): Finding[] {
  return files
    .map((file) => ({ path: file.path, count: firstLevelHeadings(file.text) }))
    .filter(({ count }) => count !== 1)
    .map(({ path, count }) => ({ path, message: `has ${count} first-level headings; a page has one` }));
}

function firstLevelHeadings(text: string): number {
  let fence: string | undefined;
  let count = 0;
  for (const line of text.split("\n")) {
    const marker = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (marker?.startsWith(fence)) fence = undefined;
    } else if (marker !== undefined) fence = marker;
    else if (/^# /.test(line)) count += 1;
  }
  return count;
}

/** Words that say where or by what process the product was made; they are nothing to its users. */
export function workplaceFindings(files: readonly RepositoryFile[]): Finding[] {
  return files.flatMap((file) =>
    workplaceWords.flatMap(({ pattern, what }) =>
      [...file.text.matchAll(pattern)].map((match) => ({
        path: `${file.path}:${lineOf(file.text, match.index)}`,
        message: `mentions ${what}: ${match[0]}`,
      })),
    ),
  );
}

const workplaceWords: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /(?<![\w.@-])\/(?:work|root|home|Users)\/[\w.-]+/g, what: "a path of one machine" },
  { pattern: /\b(?:issue|ticket|pull request) #?\d+/gi, what: "a tracker's number" },
  { pattern: /\bTODO\b|\bFIXME\b|\bXXX\b/g, what: "unfinished work" },
  { pattern: /https?:\/\/[^\s/"']*(?:registry|verdaccio|artifactory|nexus)[^\s"']*/gi, what: "a registry host" },
];
