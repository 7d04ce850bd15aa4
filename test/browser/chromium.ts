import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { onTestFinished } from "vitest";

/** Debian's Chromium, or the one that the environment names. */
const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

export const hasChromium: boolean = existsSync(executablePath);
if (!hasChromium)
  console.error(
    `SKIPPED: nothing of test/browser runs, since there is no ${executablePath}; install Debian's package chromium, or name another Chromium in the variable CHROMIUM`,
  );

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A headless Chromium with a profile of its own. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath, args: flags });
}

/** One that ends with the test. */
export async function chromiumOfTest(): Promise<Browser> {
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  return browser;
}
