import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { chromiumOfTest, hasChromium } from "./chromium.ts";

const main = fileURLToPath(new URL("../../packages/examples/dist/browser/main.js", import.meta.url));

/** Starts the example and gives the address of its page. */
async function started(): Promise<string> {
  const child: ChildProcess = spawn(process.execPath, [main, "0"], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill());
  const [line] = (await once(child.stdout!.setEncoding("utf8"), "data")) as [string];
  const address = /open (\S+) /.exec(line)?.[1];
  if (address === undefined) throw new Error(`the example printed ${line}`);
  return address;
}

describe.skipIf(!hasChromium)("the example's page", () => {
  it("gets 1,000 replies and 1,000 callbacks exactly once and in order while its connection is cut 5 times", async () => {
    const address = await started();
    const page = await (await chromiumOfTest()).newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));

    await page.goto(address);
    const text = (id: string): Promise<string | null> => page.locator(`#${id}`).textContent();
    await expect.poll(() => text("verdict"), { timeout: 40_000 }).toMatch(/everything|missing|failed/);

    expect({
      verdict: await text("verdict"),
      answered: await text("answered"),
      filled: await text("filled"),
      mistakes: await text("mistakes"),
      reconnects: await text("reconnects"),
      report: await text("report"),
      complaints,
    }).toEqual({
      verdict: "everything arrived exactly once and in order",
      answered: "1000",
      filled: "1000",
      mistakes: "0",
      reconnects: "5",
      report: "1000 orders, 0 of them wrong; 5 connections were cut",
      complaints: [],
    });
  });
});
