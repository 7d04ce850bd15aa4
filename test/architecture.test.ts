import { describe, expect, it } from "vitest";
import {
  importFindings,
  manifestFindings,
  type PackageManifest,
  packageRows,
  testImportFindings,
} from "./architecture/arrows.ts";
import { browserGraphFindings, type PackageEntries } from "./architecture/browser-graph.ts";
import {
  headingFindings,
  hostGlobalFindings,
  lengthFindings,
  topLevelFindings,
  workplaceFindings,
} from "./architecture/files.ts";
import { type Finding, repositoryFiles, repositoryPaths } from "./architecture/repository.ts";
import { requirementFindings } from "./architecture/requirements.ts";

const sources = repositoryFiles(/^packages\/[^/]+\/src\/.*\.ts$/);
const manifests = readManifests();

describe("arrows", () => {
  it("has a row for every package", () => {
    const rows = packageRows.flat();

    expect(manifests.map(({ name }) => name).filter((name) => !rows.includes(name))).toEqual([]);
    expect(manifests.length).toBeGreaterThanOrEqual(6);
  });

  it("point down, and go through the index of a layer or the name of a package", () => {
    expect(report(importFindings(sources, manifests))).toEqual([]);
  });

  it("are the dependencies of each package.json and the references of each tsconfig.json", () => {
    expect(report(manifestFindings(manifests, sources))).toEqual([]);
  });

  it("lead from the tests to packages by name", () => {
    expect(report(testImportFindings(repositoryFiles(/^test\/.*\.(?:ts|mjs)$/)))).toEqual([]);
  });
});

describe("files", () => {
  it("are short enough to be read in one go", () => {
    expect(report(lengthFindings(repositoryFiles(/^(?:packages|test)\/.*\.(?:ts|mjs|js)$/)))).toEqual([]);
  });

  it("of the core use nothing that only a host has", () => {
    const core = sources.filter(
      ({ path }) => /^packages\/(?:protocol|simulation)\//.test(path) && !path.endsWith(".test.ts"),
    );

    expect(core.length).toBeGreaterThan(50);
    expect(report(hostGlobalFindings(core))).toEqual([]);
  });

  it("that a browser is given use nothing of Node.js", () => {
    const entries = repositoryFiles(/^packages\/[^/]+\/package\.json$/).map(({ path, text }): PackageEntries => {
      const { exports = {}, imports = {} } = JSON.parse(text) as Partial<PackageEntries>;
      return { name: path.split("/")[1]!, exports, imports };
    });

    expect(report(browserGraphFindings("packages/client/src/index.ts", sources, entries))).toEqual([]);
  });

  it("lie under the few names at the top", () => {
    expect(report(topLevelFindings(repositoryPaths()))).toEqual([]);
  });

  it("in Markdown have one first-level heading", () => {
    expect(report(headingFindings(repositoryFiles(/\.md$/)))).toEqual([]);
  });

  it("speak of the product only", () => {
    const texts = repositoryFiles(/\.(?:ts|mjs|js|cs|md|json|csproj)$|^\.ci\/|^\.github\/|^\.npmrc$/);

    expect(report(workplaceFindings(texts.filter(({ path }) => !isOfThisCheck(path))))).toEqual([]);
  });
});

describe("requirements", () => {
  it("are defined once, and each is cited by a test", () => {
    const notes = repositoryFiles(/^spec-notes\/.*\.md$/);
    const files = repositoryFiles(/^(?:packages|test)\/.*\.(?:ts|mjs|js|cs)$/).filter(
      ({ path }) => !isOfThisCheck(path),
    );

    expect(report(requirementFindings(notes, files))).toEqual([]);
  });
});

/** The tests of the checks hold made-up inputs that break every rule. */
function isOfThisCheck(path: string): boolean {
  return path.startsWith("test/architecture/");
}

function report(findings: readonly Finding[]): string[] {
  return findings.map(({ path, message }) => `${path} ${message}`);
}

function readManifests(): PackageManifest[] {
  const projects = new Map(repositoryFiles(/^packages\/[^/]+\/tsconfig\.json$/).map(({ path, text }) => [path, text]));
  return repositoryFiles(/^packages\/[^/]+\/package\.json$/).map(({ path, text }) => {
    const name = path.split("/")[1]!;
    const manifest = JSON.parse(text) as { readonly dependencies?: Readonly<Record<string, string>> };
    const project = JSON.parse(projects.get(`packages/${name}/tsconfig.json`) ?? "{}") as {
      readonly references?: readonly { readonly path: string }[];
    };
    return {
      name,
      dependencies: Object.keys(manifest.dependencies ?? {}),
      references: (project.references ?? []).map((reference) => reference.path.replace(/^\.\.\//, "")),
    };
  });
}
