import { builtinModules } from "node:module";
import { posix } from "node:path";
import { codeTextOf, type ImportedModule } from "./code-text.ts";
import type { Finding, RepositoryFile } from "./repository.ts";

/** From the top down: a package or layer may use those in rows below its own. */
export const packageRows: readonly (readonly string[])[] = [
  ["cli", "inspector", "examples"],
  ["port-sharing"],
  ["server", "client"],
  ["transport", "store", "simulation"],
  ["protocol"],
];

/** The same inside `packages/protocol/src`. */
export const layerRows: readonly (readonly string[])[] = [
  ["session", "contract"],
  ["reliable-messaging"],
  ["soap", "framing"],
  ["binary-xml"],
  ["xml"],
  ["bytes", "machine"],
];

/** Arrows that the rows allow and the design does not: framing knows no XML, and the reliable messages know no framing. */
const forbiddenLayerArrows: ReadonlySet<string> = new Set([
  "framing -> xml",
  "framing -> binary-xml",
  "reliable-messaging -> framing",
]);

const scope = "@bowline/";

/** A package as its manifest and its tsconfig.json describe it. */
export interface PackageManifest {
  /** The folder's name. */
  readonly name: string;
  readonly dependencies: readonly string[];
  /** Folder names of the referenced projects. */
  readonly references: readonly string[];
}

/** Whether `from` stands in a row above `to`. */
export function pointsDown(rows: readonly (readonly string[])[], from: string, to: string): boolean {
  const fromRow = rows.findIndex((row) => row.includes(from));
  const toRow = rows.findIndex((row) => row.includes(to));
  return fromRow >= 0 && fromRow < toRow;
}

/** Imports inside `packages/{name}/src` that go up, sideways, past an index.ts, or to a package that is not declared. */
export function importFindings(files: readonly RepositoryFile[], manifests: readonly PackageManifest[]): Finding[] {
  return files.flatMap((file) => {
    const place = placeOf(file.path);
    if (place === undefined) return [];
    const findings: Finding[] = [];
    for (const imported of codeTextOf(file.text).imports) {
      const message = imported.specifier.startsWith(".")
        ? relativeFinding(place, file.path, imported)
        : bareFinding(place, file.path, imported, manifests);
      if (message !== undefined) findings.push({ path: `${file.path}:${imported.line}`, message });
    }
    return findings;
  });
}

/** Dependencies that go up or sideways, differ from the references, or are used by no file. */
export function manifestFindings(manifests: readonly PackageManifest[], files: readonly RepositoryFile[]): Finding[] {
  return manifests.flatMap((manifest) => {
    const path = `packages/${manifest.name}/package.json`;
    const own = manifest.dependencies.filter((name) => name.startsWith(scope)).map((name) => name.slice(scope.length));
    const used = usedPackages(manifest.name, files);
    const findings: Finding[] = [];
    for (const name of own) {
      if (!pointsDown(packageRows, manifest.name, name)) findings.push({ path, message: upwards(manifest.name, name) });
    }
    for (const name of manifest.dependencies) {
      if (!used.has(name)) findings.push({ path, message: `no source imports the dependency ${name}` });
    }
    const references = [...manifest.references].sort().join(" ");
    if ([...own].sort().join(" ") !== references) {
      findings.push({ path, message: `depends on "${own.join(" ")}", but tsconfig.json references "${references}"` });
    }
    return findings;
  });
}

/** Files under `test/` reach packages by their names, as users do. */
export function testImportFindings(files: readonly RepositoryFile[]): Finding[] {
  return files.flatMap((file) =>
    codeTextOf(file.text)
      .imports.filter(({ specifier }) => specifier.startsWith("."))
      .filter(({ specifier }) => resolved(file.path, specifier).startsWith("packages/"))
      .map(({ specifier, line }) => ({
        path: `${file.path}:${line}`,
        message: `imports ${specifier}; import the package by its name`,
      })),
  );
}

interface Place {
  readonly packageName: string;
  /** Undefined outside packages/protocol. */
  readonly layer: string | undefined;
  readonly isTest: boolean;
}

function placeOf(path: string): Place | undefined {
  const match = /^packages\/([^/]+)\/src\/(?:([^/]+)\/)?/.exec(path);
  if (match === null) return undefined;
  const packageName = match[1]!;
  return { packageName, layer: packageName === "protocol" ? match[2] : undefined, isTest: path.endsWith(".test.ts") };
}

function relativeFinding(place: Place, path: string, imported: ImportedModule): string | undefined {
  const target = resolved(path, imported.specifier);
  const targetPlace = placeOf(target);
  if (targetPlace?.packageName !== place.packageName) {
    return `imports ${imported.specifier}, outside its package; import the package by its name`;
  }
  if (place.layer === undefined || targetPlace.layer === place.layer) return undefined;
  const to = targetPlace.layer ?? "src";
  const arrow = `${place.layer} -> ${to}`;
  if (!pointsDown(layerRows, place.layer, to) || forbiddenLayerArrows.has(arrow)) return upwards(place.layer, to);
  const index = `packages/protocol/src/${to}/index.ts`;
  return target === index ? undefined : `imports ${imported.specifier}; another layer is imported through its index.ts`;
}

function bareFinding(
  place: Place,
  path: string,
  { specifier }: ImportedModule,
  manifests: readonly PackageManifest[],
): string | undefined {
  // An entry of the package's own manifest, which names one file for each host.
  if (specifier.startsWith("#")) return undefined;
  const name = packageNameOf(specifier);
  if (place.isTest && testPackages.has(name)) return undefined;
  if (isBuiltin(specifier)) {
    return place.packageName === "protocol" && !place.isTest
      ? `imports ${specifier}; the core knows no host`
      : undefined;
  }
  if (name.startsWith(scope)) {
    const to = name.slice(scope.length);
    if (to === place.packageName) return `imports its own package as ${specifier}; import the file`;
    if (!pointsDown(packageRows, place.packageName, to)) return upwards(place.packageName, to);
  }
  const manifest = manifests.find((candidate) => candidate.name === place.packageName);
  if (manifest?.dependencies.includes(name)) return undefined;
  return `imports ${name}, which the package.json of ${path.split("/", 2).join("/")} does not depend on`;
}

/** What tests may import besides: the test runner and the generators of random input. */
const testPackages: ReadonlySet<string> = new Set(["vitest", "fast-check"]);

function usedPackages(packageName: string, files: readonly RepositoryFile[]): ReadonlySet<string> {
  const sources = files.filter((file) => {
    const place = placeOf(file.path);
    return place?.packageName === packageName && !place.isTest;
  });
  return new Set(
    sources.flatMap((file) => codeTextOf(file.text).imports.map(({ specifier }) => packageNameOf(specifier))),
  );
}

function packageNameOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith("node:") || builtinModules.includes(specifier);
}

function resolved(path: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(path), specifier));
}

function upwards(from: string, to: string): string {
  return `${from} must not use ${to}; arrows point to lower rows only`;
}
