import { ChaosProxy } from "./chaos-proxy.mjs";
import { ChildProcess } from "./processes.mjs";
import { sharedNowMs } from "./service.mjs";

/**
 * Cuts a session that calls without a pause, again and again, in the middle of a call, and takes the time from each cut to the first reply over the next
 * connection. All over loopback, client and host in processes of their own.
 *
 * @param {{ transport: string, version: string, cutCount: number }} options
 * @returns {Promise<{ medianMs: number, p90Ms: number, maxMs: number }>}
 */
export async function measureHealing({ transport, version, cutCount }) {
  const host = new ChildProcess("host.mjs", transport, version);
  const { port: targetPort } = await host.told("listening");
  const proxy = new ChaosProxy({ targetPort, seed: 1, meanByteLength: 1 });
  const client = new ChildProcess("healing-client.mjs", String(await proxy.open()), transport, version);
  try {
    await client.told("opened");
    const times = [];
    // The first ones find code that never ran before, on both sides; they are not counted.
    const warmUpCount = 5;
    for (let cut = 0; cut < warmUpCount + cutCount; cut++) {
      await new Promise((resolve) => setTimeout(resolve, 10 + (cut % 7)));
      const healed = client.told("healed");
      await proxy.resetInPassing();
      const cutAtMs = sharedNowMs();
      const { atMs } = await healed;
      if (cut >= warmUpCount) times.push(atMs - cutAtMs);
    }
    times.sort((a, b) => a - b);
    const quantile = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
    return { medianMs: quantile(0.5), p90Ms: quantile(0.9), maxMs: times.at(-1) };
  } finally {
    client.stop();
    host.stop();
    proxy.close();
  }
}
