import type { ClientReport, HostReport } from "./processes.ts";

/** What the demo makes of the counts. */
export interface Verdict {
  readonly summary: string;
  /** A sentence for each promise that was broken. */
  readonly broken: readonly string[];
}

/** Compares what one side sent with what the other got, and both with what the demo promises. */
export function verdictOf(client: ClientReport, host: HostReport, cutCount: number): Verdict {
  const series = [
    { name: "requests", sent: client.requestsSentCount, delivered: host.requestCount },
    { name: "replies", sent: host.repliesSentCount, delivered: client.replyCount },
    { name: "callbacks", sent: host.callbacksSentCount, delivered: client.callbackCount },
    { name: "replies to callbacks", sent: client.approvalsSentCount, delivered: host.approvalCount },
  ];
  const faults = [...client.faults, ...host.faults];
  const broken = [...client.mistakes, ...host.mistakes, ...faults];
  for (const { name, sent, delivered } of series) {
    if (sent === 0) broken.push(`no ${name} were sent`);
    if (sent !== delivered) broken.push(`${sent} ${name} were sent, ${delivered} delivered exactly once in order`);
  }
  if (client.keepAliveCount === 0) broken.push("no keep-alive was sent while the session was idle");
  if (cutCount !== 2) broken.push(`the connection was cut ${cutCount} times, not 2`);
  if (client.reconnectCount < cutCount) {
    broken.push(`the session came back ${client.reconnectCount} times after ${cutCount} cuts`);
  }
  const sessionIds = new Set([...client.sessionIds, ...host.sessionIds]);
  if (sessionIds.size !== 1 || host.sessionIds.length !== 1) {
    broken.push(`one session was to live through it all, but there were ${[...sessionIds].join(", ")}`);
  }
  const sentCount = sum(series.map(({ sent }) => sent));
  const deliveredCount = sum(series.map(({ delivered }) => delivered));
  const counts = [
    `messages sent ${sentCount}`,
    `delivered exactly once in order ${deliveredCount}`,
    `keep-alives ${client.keepAliveCount}`,
    `reconnects ${client.reconnectCount}`,
    `faults ${faults.length}`,
  ];
  return { summary: counts.join(" / "), broken };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
