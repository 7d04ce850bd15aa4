import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { type EndpointOptions, netHttp } from "@bowline/client";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { complianceCases } from "../compliance/cases.ts";
import { ComplianceHost } from "../compliance/host.ts";
import { merged, sessionKinds } from "../compliance/scene.ts";
import { Relay } from "../wire/relay.ts";
import { bundle } from "./bundle.ts";
import { hasChromium, launchChromium } from "./chromium.ts";
import type { PageCase, Stage } from "./compliance-page.ts";

describe.skipIf(!hasChromium)("WebSocket in Chromium (R-WS-OPEN-3, R-WS-PAGE-1, R-WS-PAGE-2)", () => {
  // A real one: a page whose address nobody knows may not open connections to this machine.
  const pages = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Compliance</title>");
  });
  let origin: string;
  let browser: Browser;
  let page: Page;
  let stage: Stage;

  beforeAll(async () => {
    pages.listen(0, "127.0.0.1");
    await once(pages, "listening");
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    browser = await launchChromium();
    page = await browser.newPage();
    await page.goto(`${origin}/`);
    await page.exposeFunction("stage", (what: keyof Stage) => stage[what]());
    await page.addScriptTag({
      type: "module",
      content: await bundle(fileURLToPath(new URL("compliance-page.ts", import.meta.url))),
    });
  });
  afterAll(async () => {
    await browser.close();
    pages.close();
  });

  /** A host behind a relay; gives the relay's port. */
  async function openStage(options: EndpointOptions): Promise<number> {
    const endpoint = (path: string) => netHttp(`ws://127.0.0.1:0${path}`, options);
    const service = new ComplianceHost(endpoint("/desk"), endpoint("/feed"), { allowedOrigins: [origin] });
    await service.host.open();
    onTestFinished(() => service.host.abort());
    const relay = await Relay.to(service.host.ports[0]!);
    stage = {
      notes: async () => service.notes,
      ends: async () => service.ends,
      cut: async () => relay.cut(),
      hold: async () => relay.hold(),
      release: async () => relay.release(),
      closeSessions: () => service.closeSessions(),
    };
    return relay.port;
  }

  async function run(title: string, options: EndpointOptions): Promise<string | undefined> {
    const pageCase: PageCase = { title, port: await openStage(options), options };
    return page.evaluate(
      (each) => (globalThis as unknown as { run(each: PageCase): Promise<string | undefined> }).run(each),
      pageCase,
    );
  }

  describe.each(sessionKinds)("%s", (_session, sessionOptions) => {
    const kind = sessionOptions.reliableSession === undefined ? "plain" : "reliable";
    for (const { title, sessions, options } of complianceCases) {
      if (sessions !== "all" && sessions !== kind) continue;
      it(title, async () => expect(await run(title, merged(sessionOptions, options))).toBeUndefined());
    }
  });

  it("refuses what no browser reaches before anything is sent, and says what to use", async () => {
    const refusals = await page.evaluate(() =>
      (globalThis as unknown as { refusals(): Promise<readonly [string, string][]> }).refusals(),
    );
    expect(refusals).toEqual([
      ["CLIENT_TRANSPORT_UNAVAILABLE", expect.stringContaining('use netHttp("ws://')],
      ["CLIENT_TRANSPORT_UNAVAILABLE", expect.stringContaining("leave out tls.ca")],
    ]);
  });

  it("keeps most of what a slow connection cannot take out of the browser's buffers", async () => {
    const port = await openStage({});
    const mostByteLength = await page.evaluate(
      (at) => (globalThis as unknown as { flood(port: number): Promise<number> }).flood(at),
      port,
    );
    expect(mostByteLength).toBeGreaterThan(500_000);
    // What it had before it was given the last message, and that message.
    expect(mostByteLength).toBeLessThan(1024 * 1024 + 50_000);
  });
});
