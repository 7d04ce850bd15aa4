import { readdirSync, readFileSync } from "node:fs";
import { netTcp } from "@bowline/client";
import { defaultReliableSessionOptions } from "@bowline/protocol/reliable-messaging";
import { describe, expect, it } from "vitest";

const root = new URL("../", import.meta.url);
const page = read("README.md");

describe("README.md", () => {
  it("says the options of netTcp and their defaults", () => {
    const { transport, address, host, port, path, reliable, tls, readerQuotas, ...durationsAndLimits } =
      netTcp("net.tcp://localhost/x");
    const { reliableSession, tls: security, readerQuotas: quotas, ...rows } = tableAfter("`netTcp(address, options)`");

    expect(rows).toEqual(texts(durationsAndLimits));
    expect({ reliableSession, security, quotas }).toEqual({ reliableSession: "none", security: "none", quotas: "" });
    for (const [name, value] of Object.entries(readerQuotas)) expect(page).toContain(`\`${name}\` ${value}`);
  });

  it("says the options of a reliable session and their defaults", () => {
    expect(tableAfter("\n`reliableSession`:")).toEqual(texts(defaultReliableSessionOptions));
  });

  it("says the options of a host and their defaults", () => {
    const source = read("packages/server/src/host-options.ts");
    const declaration = source.slice(
      source.indexOf("export interface ServiceHostOptions"),
      source.indexOf("export type WhenFull"),
    );
    const names = [...declaration.matchAll(/readonly (\w+)\?/g)].map((match) => match[1]!);
    const rows = tableAfter("`new ServiceHost(options)`");

    expect(Object.keys(rows)).toEqual(names);
    for (const [name, value] of Object.entries(rows)) {
      if (!/^\d+$/.test(value)) continue;
      expect(source.replaceAll("_", "")).toContain(`limit("${name}", ${value})`);
    }
  });

  it("says what to do about every code that a session, a call, a client or a host can have", () => {
    const sources = [
      "packages/protocol/src/reliable-messaging/session-failure.ts",
      "packages/protocol/src/session/errors.ts",
      "packages/client/src/errors.ts",
      "packages/server/src/errors.ts",
    ];
    const declared = sources.flatMap((path) =>
      [...read(path).matchAll(/^ {2}\| "([A-Z_]+)"/gm)].map((match) => match[1]!),
    );
    const explained = [...page.matchAll(/`((?:SESSION|CALL|CLIENT|SERVER)_[A-Z_]+)`/g)].map((match) => match[1]!);

    expect(new Set(explained)).toEqual(new Set(declared));
  });

  it("points to files and scripts that are there", () => {
    const scripts = (JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> })
      .scripts;
    const named = [...page.matchAll(/npm run ([\w:]+)/g)].map((match) => match[1]!);

    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
    for (const [, path] of page.matchAll(/\]\(([^)#:]+)\)/g)) {
      expect(() => (path!.includes(".") ? read(path!) : readdirSync(new URL(path!, root))), path).not.toThrow();
    }
  });

  it("has the very code that the pages of client and server show", () => {
    for (const name of ["client", "server"]) {
      const [block] = read(`packages/${name}/README.md`).match(/```ts\n[\s\S]*?\n```/) ?? [];

      expect(block).toBeDefined();
      expect(page).toContain(`<!-- runs: ${name} -->\n${block}\n`);
    }
  });
});

/** Names and defaults in the first table after `heading`. */
function tableAfter(heading: string): Record<string, string> {
  const start = page.indexOf(heading);
  expect(start, heading).toBeGreaterThan(-1);
  const table = /(?:^\|.*\n)+/m.exec(page.slice(start))?.[0] ?? "";
  const rows = [...table.matchAll(/^\| `(\w+)` \|([^|]*)\|/gm)];
  return Object.fromEntries(rows.map(([, name, value]) => [name!, value!.trim()]));
}

function texts(options: object): Record<string, string> {
  const text = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value) : `${value}`);
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, text(value)]));
}

function read(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}
