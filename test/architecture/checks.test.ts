import { describe, expect, it } from "vitest";
import { importFindings, manifestFindings, type PackageManifest, testImportFindings } from "./arrows.ts";
import { browserGraphFindings, type PackageEntries } from "./browser-graph.ts";
import { codeTextOf } from "./code-text.ts";
import { headingFindings, hostGlobalFindings, lengthFindings, topLevelFindings, workplaceFindings } from "./files.ts";
import type { Finding, RepositoryFile } from "./repository.ts";
import { requirementFindings } from "./requirements.ts";

const manifests: readonly PackageManifest[] = [
  { name: "protocol", dependencies: [], references: [] },
  { name: "transport", dependencies: ["@bowline/protocol", "uuid"], references: ["protocol"] },
  { name: "client", dependencies: ["@bowline/transport"], references: ["transport"] },
];

function file(path: string, text: string): RepositoryFile {
  return { path, text };
}

function messages(findings: readonly Finding[]): string[] {
  return findings.map(({ message }) => message);
}

describe("the text of code", () => {
  it("has neither comments nor the contents of literals, and keeps its lines", () => {
    const source = 'a(); // Date\nb("Date", `Date ${Date} Date`, /[/]Date/g); /* Date\n*/ c(x / Date / y);';

    const { code } = codeTextOf(source);

    expect(code.length).toBe(source.length);
    expect(code.match(/Date/g)).toHaveLength(2);
    expect(code.split("\n").map((line) => line.replace(/ +/g, " "))).toEqual([
      "a(); ",
      'b(" ", ` ${Date} `, / /g); ',
      " c(x / Date / y);",
    ]);
  });

  it("tells braces of code in a template from the template's end", () => {
    const { code } = codeTextOf("`${{ a: `Date${b}Date` }}Date` + Date");

    expect(code).toBe("`${{ a: `    ${b}    ` }}    ` + Date");
  });

  it("names what is imported, also for types, for effect, by import() and across lines", () => {
    const source = [
      'import { a,\n b } from "./a.ts";',
      "export type { C } from './c.ts';",
      'import "./d.ts";',
      'const e = await import("./e.ts");',
      'let f: import("./f.ts").F;',
      'Array.from("no"); // import "./no.ts"',
      "const g = 'import \"./no.ts\"';",
    ].join("\n");

    const { imports } = codeTextOf(source);

    expect(imports.map(({ specifier }) => specifier)).toEqual(["./a.ts", "./c.ts", "./d.ts", "./e.ts", "./f.ts"]);
    expect(imports[1]!.line).toBe(3);
  });
});

describe("the check of imports", () => {
  const check = (path: string, text: string): string[] => messages(importFindings([file(path, text)], manifests));

  it("lets an arrow pass that points down through an index or a name", () => {
    expect(check("packages/protocol/src/soap/a.ts", 'import { x } from "../xml/index.ts";')).toEqual([]);
    expect(check("packages/protocol/src/soap/a.ts", 'import { x } from "./b.ts";')).toEqual([]);
    expect(check("packages/transport/src/a.ts", 'import { x } from "@bowline/protocol/xml";')).toEqual([]);
    expect(check("packages/transport/src/a.ts", 'import { v4 } from "uuid"; import "node:net";')).toEqual([]);
    expect(check("packages/protocol/src/xml/a.test.ts", 'import { it } from "vitest"; import "node:fs";')).toEqual([]);
  });

  it.each([
    ["up", "packages/protocol/src/xml/a.ts", "../soap/index.ts", "xml must not use soap"],
    ["sideways", "packages/protocol/src/bytes/a.ts", "../machine/index.ts", "bytes must not use machine"],
    ["sideways in a test", "packages/protocol/src/soap/a.test.ts", "../framing/index.ts", "soap must not use framing"],
    ["from framing to XML", "packages/protocol/src/framing/a.ts", "../xml/index.ts", "framing must not use xml"],
    ["to no layer", "packages/protocol/src/xml/a.ts", "../a.ts", "xml must not use src"],
    ["past an index.ts", "packages/protocol/src/soap/a.ts", "../xml/guid.ts", "through its index.ts"],
    ["up a package", "packages/transport/src/a.ts", "@bowline/client", "transport must not use client"],
    ["sideways to a package", "packages/client/src/a.ts", "@bowline/server", "client must not use server"],
    ["to a package by its path", "packages/client/src/a.ts", "../../protocol/src/xml/index.ts", "outside its package"],
    ["to itself by name", "packages/client/src/a.ts", "@bowline/client", "its own package"],
    ["to what is not declared", "packages/client/src/a.ts", "@bowline/protocol/xml", "does not depend on"],
    ["to a library not declared", "packages/client/src/a.ts", "uuid", "does not depend on"],
    ["from the core to a host", "packages/protocol/src/xml/a.ts", "node:fs", "the core knows no host"],
  ])("stops an arrow that points %s", (_, path, specifier, message) => {
    expect(check(path, `import { x } from "${specifier}";`)).toEqual([expect.stringContaining(message)]);
  });

  it("stops a test that reaches into a package by its path", () => {
    const text = 'import { x } from "../../packages/client/src/index.ts"; import { y } from "./y.ts";';

    expect(messages(testImportFindings([file("test/wire/a.test.ts", text)]))).toEqual([
      expect.stringContaining("import the package by its name"),
    ]);
  });
});

describe("the check of manifests", () => {
  const uses = [file("packages/transport/src/a.ts", 'import "@bowline/protocol/xml"; import "uuid";')];
  const check = (change: Partial<PackageManifest>): string[] =>
    messages(manifestFindings([{ ...manifests[1]!, ...change }], uses));

  it("passes dependencies that point down, are referenced and are used", () => {
    expect(check({})).toEqual([]);
  });

  it("stops a dependency upwards", () => {
    expect(
      check({ dependencies: ["@bowline/client", "@bowline/protocol"], references: ["client", "protocol"] }),
    ).toEqual([
      expect.stringContaining("transport must not use client"),
      expect.stringContaining("no source imports the dependency @bowline/client"),
    ]);
  });

  it("stops a dependency that is not referenced, and a reference that is no dependency", () => {
    expect(check({ references: [] })).toEqual([expect.stringContaining('tsconfig.json references ""')]);
    expect(check({ references: ["protocol", "store"] })).toEqual([expect.stringContaining("store")]);
  });

  it("stops a dependency that only tests import", () => {
    const tests = [file("packages/transport/src/a.test.ts", 'import "@bowline/protocol/xml"; import "uuid";')];

    expect(messages(manifestFindings([manifests[1]!], tests))).toHaveLength(2);
  });
});

describe("the checks of files", () => {
  it("stop a file of 401 lines, save a table", () => {
    const lines = (count: number): string => "x\n".repeat(count);

    expect(lengthFindings([file("a.ts", lines(400)), file("a.table.ts", lines(401))])).toEqual([]);
    expect(lengthFindings([file("a.ts", lines(401))])).toHaveLength(1);
  });

  it.each([
    "const now = Date.now();",
    "const chance = Math.random();",
    "setTimeout(wake, 1);",
    "return new TextDecoder();",
    "globalThis.process.exit();",
    "let chunk: Buffer;",
  ])("stop a host global in the core: %s", (text) => {
    expect(hostGlobalFindings([file("packages/protocol/src/a.ts", text)]).length).toBeGreaterThan(0);
  });

  it("let words pass that only look like a host global", () => {
    const text = "// Date\nclock.performance; this.#process(); const o = { Date: xs.Date }; 'console'; DateTime;";

    expect(hostGlobalFindings([file("packages/protocol/src/a.ts", text)])).toEqual([]);
  });

  it("stop a top level with a name too many or too few", () => {
    const names = [
      "README.md",
      "package-lock.json",
      "package.json",
      "spec-notes/a.md",
      "test/a.ts",
      "tsconfig.json",
      ".ci/run",
    ];

    expect(topLevelFindings([...names, "packages/a.ts"])).toEqual([]);
    expect(topLevelFindings(names)).toEqual([expect.objectContaining({ path: "packages" })]);
    expect(topLevelFindings([...names, "packages/a.ts", "docs/b.md"])).toEqual([
      expect.objectContaining({ path: "docs" }),
    ]);
  });

  it("stop a page without one first-level heading, not counting those in code", () => {
    expect(headingFindings([file("a.md", "# A\n\n```sh\n# comment\n```\n\n## B\n")])).toEqual([]);
    expect(headingFindings([file("a.md", "## A\n")])).toHaveLength(1);
    expect(headingFindings([file("a.md", "# A\n\n# B\n")])).toHaveLength(1);
  });

  it.each([
    `see ${["", "work", "main"].join("/")}`,
    "in /root/notes.md",
    "as in issue #3",
    "TODO later",
    "https://registry.example.org/left-pad",
  ])("stop words of the workplace: %s", (text) => {
    expect(workplaceFindings([file("a.md", text)])).toHaveLength(1);
  });

  it("let addresses and relative paths pass that only look alike", () => {
    expect(
      workplaceFindings([file("a.ts", "http://example.org/work/a and src/work/b; an issue with 3 parts")]),
    ).toEqual([]);
  });
});

describe("the check of what a browser is given", () => {
  const packages: readonly PackageEntries[] = [
    {
      name: "client",
      exports: { ".": { "@bowline/source": "./src/index.ts", default: "./dist/index.js" } },
      imports: {},
    },
    {
      name: "transport",
      exports: { ".": { "@bowline/source": "./src/index.ts" }, "./node": { "@bowline/source": "./src/node.ts" } },
      imports: { "#host/*": { "@bowline/source": { browser: "./src/browser/*.ts", default: "./src/node/*.ts" } } },
    },
  ];
  const check = (clientText: string, ...files: readonly RepositoryFile[]): string[] =>
    browserGraphFindings(
      "packages/client/src/index.ts",
      [file("packages/client/src/index.ts", clientText), ...files],
      packages,
    ).map(({ path, message }) => `${path} ${message}`);
  const transport = file("packages/transport/src/index.ts", 'export { a } from "#host/a";');

  it("follows files, packages and the browser's side of a host entry", () => {
    const there = [
      transport,
      file("packages/client/src/b.ts", 'import { v4 } from "uuid";'),
      file("packages/transport/src/browser/a.ts", "export const a = 1;"),
      file("packages/transport/src/node/a.ts", 'import "node:net";'),
    ];
    const text = 'import { a } from "@bowline/transport"; import "./b.ts";';

    expect(check(text, ...there)).toEqual([]);
    expect(check(text, ...there.slice(0, 2))).toEqual([
      "packages/transport/src/browser/a.ts is imported for a browser and does not exist",
    ]);
  });

  it("stops built-ins, also as types, packages that need Node.js, and its globals", () => {
    expect(check('import type { Socket } from "node:net"; import "fs"; import "ws"; process.nextTick(f);')).toEqual([
      "packages/client/src/index.ts:1 uses process, which no browser has",
      "packages/client/src/index.ts:1 imports node:net",
      "packages/client/src/index.ts:1 imports fs",
      "packages/client/src/index.ts:1 imports ws",
    ]);
    const node = file("packages/transport/src/node.ts", 'import "./c.ts";');
    expect(
      check('import "@bowline/transport/node";', node, file("packages/transport/src/c.ts", 'import "net";')),
    ).toEqual(["packages/transport/src/c.ts:1 imports net"]);
  });
});

describe("the check of requirements", () => {
  const notes = [file("spec-notes/a.md", "# A\n\n- **R-A-1** One.\n- **R-A-2.1-1** Two.\n")];
  const check = (files: readonly RepositoryFile[], pages = notes): string[] =>
    messages(requirementFindings(pages, files));

  it("passes when tests cite all that is defined", () => {
    expect(check([file("packages/a/src/a.test.ts", 'it("does (R-A-1, R-A-2.1-1).")')])).toEqual([]);
    expect(check([file("test/interop/run.mjs", "// R-A-1. R-A-2.1-1:")])).toEqual([]);
  });

  it("stops a requirement that no test cites", () => {
    const files = [file("packages/a/src/a.test.ts", "R-A-1"), file("packages/a/src/a.ts", "R-A-2.1-1")];

    expect(check(files)).toEqual(["no test cites R-A-2.1-1"]);
  });

  it("stops a citation of what is not defined", () => {
    expect(check([file("packages/a/src/a.test.ts", "R-A-1 R-A-2.1-1 R-A-2.1-11")])).toEqual([
      "cites R-A-2.1-11, which spec-notes do not define",
    ]);
  });

  it("stops a requirement that is defined twice", () => {
    const again = [...notes, file("spec-notes/b.md", "- **R-A-1** Again.\n")];

    expect(check([file("packages/a/src/a.test.ts", "R-A-1 R-A-2.1-1")], again)).toEqual([
      "defines R-A-1, which spec-notes/a.md:3 defines already",
    ]);
  });

  it("stops an id that cannot be cited", () => {
    const odd = [file("spec-notes/a.md", "- **R-a_1** Odd.\n")];

    expect(check([], odd)).toEqual(["R-a_1 is no requirement id", "no test cites R-a_1"]);
  });
});
