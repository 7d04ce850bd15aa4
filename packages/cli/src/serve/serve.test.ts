import { contract, netTcp, operation, ServiceHost, xs } from "@bowline/server";
import { describe, expect, it } from "vitest";
import { runCommand } from "../command.ts";

const Desk = contract("http://tempuri.org/", "IDesk", {
  Add: operation({ request: { a: xs.int, b: xs.int }, reply: xs.int }),
});

function newHost(address = "net.tcp://127.0.0.1:0/desk"): ServiceHost {
  const host = new ServiceHost();
  host.addService(Desk, { Add: ({ a, b }) => a + b }, { endpoints: [netTcp(address, { reliableSession: {} })] });
  return host;
}

/** Runs `bowline serve` with what the module exports; `stop` is what a signal does. */
function serving(exports: Readonly<Record<string, unknown>>) {
  const written = { out: "", error: "" };
  let listener: ((why: string) => void) | undefined;
  let hears = (): void => undefined;
  const listening = new Promise<void>((resolve) => {
    hears = resolve;
  });
  const exitCode = runCommand(["serve", "desk.js"], {
    version: "1.2.3",
    readInput: () => Promise.reject(new Error("nothing is read")),
    importModule: async () => exports,
    onStop(given) {
      listener = given;
      hears();
      return {
        [Symbol.dispose]: () => {
          listener = undefined;
        },
      };
    },
    writeOut: (text) => {
      written.out += text;
    },
    writeError: (text) => {
      written.error += text;
    },
  });
  return {
    exitCode,
    written,
    listening,
    stop: (why: string) => listener?.(why),
    isHeard: () => listener !== undefined,
  };
}

describe("bowline serve", () => {
  const host = newHost;
  it.each([
    ["its default export", () => ({ default: host() })],
    ['its export "host"', () => ({ host: host(), other: 1 })],
    ["a function", () => ({ default: host })],
    ["a function that gives a promise", () => ({ host: async () => host() })],
  ])("serves the host of a module: %s", async (_what, exports) => {
    const { exitCode, written, listening, stop, isHeard } = serving(exports());
    await listening;
    expect(written.out).toMatch(/^serving net\.tcp:\/\/127\.0\.0\.1:[1-9]\d*\/desk\n$/);

    stop("SIGTERM");

    expect(await exitCode).toBe(0);
    expect(written.out.split("\n").slice(1)).toEqual([
      "SIGTERM: closing within 25000 ms; a second signal cuts what is left",
      "closed: 0 sessions in order, 0 cut",
      "",
    ]);
    expect([written.error, isHeard()]).toEqual(["", false]);
  });

  it("serves a host that its module has opened", async () => {
    const opened = newHost();
    await opened.open();
    const { exitCode, listening, stop } = serving({ default: opened });
    await listening;

    stop("SIGINT");

    expect(await exitCode).toBe(0);
    expect(opened.health.state).toBe("closed");
  });

  class Something {}
  it.each([
    [{}, 'desk.js exports nothing; export a ServiceHost, or a function that gives one, as its default or as "host"'],
    [{ a: 1, b: 2 }, "desk.js exports a, b; export a ServiceHost"],
    [{ default: 7 }, 'the export "default" of desk.js is a number; it must be a ServiceHost'],
    [{ host: {} }, 'the export "host" of desk.js is a plain object; it must be'],
    [{ host: new Something() }, 'the export "host" of desk.js is an object of class Something; it must be'],
    [{ default: null }, 'the export "default" of desk.js is null; it must be'],
    [{ default: () => undefined }, 'the export "default" of desk.js is a function that gives undefined; it must be'],
    [
      { default: () => Promise.reject(new Error("no database")) },
      'the export "default" of desk.js failed: Error: no database\n    at ',
    ],
  ])("exits with 1 for a module that exports %j, and says what to change", async (exports, reason) => {
    const { exitCode, written } = serving(exports);

    expect(await exitCode).toBe(1);
    expect(written.out).toBe("");
    expect(written.error.startsWith(`bowline: ${reason}`)).toBe(true);
  });

  it("exits with 1 when the host cannot be opened", async () => {
    const first = newHost();
    await first.open();
    const { exitCode, written } = serving({ default: newHost(first.addresses[0]) });

    expect(await exitCode).toBe(1);
    expect(written.error).toContain("bowline: cannot open the host of desk.js: cannot listen on 127.0.0.1:");
    await first.close();
  });

  it("exits with 1 when the module cannot be imported", async () => {
    expect(await serving({ default: undefined }).exitCode).toBe(1);
  });
});
