// Every case of the WCF client program on our host, and what is left on the host when it is through.

import { setTimeout as sleep } from "node:timers/promises";
import { startWcfHost } from "./host.mjs";
import { buildWcf, runWcf } from "./wcf/wcf.mjs";

/** What cases provoke on purpose: a path that no service has, and an operation that crashes. */
const expectedErrors = [/no-such-service/, /the operation crashed, as it should/];
/** The last sessions may be under way when the client ends. */
const restLimitMs = 3_000;

/**
 * @param {readonly string[]} [args] as `runWcf` takes them
 * @returns {Promise<{ results: import("./wcf/wcf.mjs").CaseResult[], skipped: string | undefined }>}
 */
export async function runWcfCases(args = []) {
  const client = await buildWcf();
  if (!client.available) return { results: [], skipped: client.reason };
  const host = await startWcfHost();
  try {
    const results = await runWcf(client, host.baseUri, args);
    const deadlineMs = performance.now() + restLimitMs;
    while (host.host.sessions.length > 0 && performance.now() < deadlineMs) await sleep(20);
    const left = host.host.sessions.map((session) => session.id ?? "a plain session").join(", ");
    results.push({ name: "the host has no session left", ok: left === "", detail: left });
    const unexpected = host.errors
      .map(({ error, operation }) => `${operation ?? "no operation"}: ${error}`)
      .filter((text) => !expectedErrors.some((expected) => expected.test(text)));
    results.push({
      name: "the host met no error of its own",
      ok: unexpected.length === 0,
      detail: unexpected.slice(0, 5).join("; "),
    });
    return { results, skipped: undefined };
  } finally {
    await host.stop();
  }
}
