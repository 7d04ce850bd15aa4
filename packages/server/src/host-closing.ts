import type { Clock } from "@bowline/transport";
import type { ServerSession } from "./server-session.ts";

export interface HostCloseOptions {
  /** How long running operations and closing sessions may take, in ms; what is left then is cut. Default `Infinity`. */
  readonly drainTimeoutMs?: number;
  /** Cuts what is left at once. */
  readonly signal?: AbortSignal;
}

/** A session that did not end in order. */
export interface CutSession {
  readonly sessionId: string | undefined;
  readonly remoteAddress: string | undefined;
  /** The operations that ran, and where each was, such as `Add (in authorize)`. */
  readonly runningOperations: readonly string[];
  /** Messages that waited for a place and were not handled. */
  readonly waitingCount: number;
  /** Why it ended. */
  readonly error: Error;
}

/** What became of the sessions of a host that closed. */
export interface HostCloseReport {
  /** Sessions that ended in order. */
  readonly closedCount: number;
  readonly cut: readonly CutSession[];
}

/** Closes sessions in order, each once its operations are through, and cuts those that take too long. Never throws. */
export async function closeSessions(
  sessions: readonly ServerSession[],
  { drainTimeoutMs = Number.POSITIVE_INFINITY, signal }: HostCloseOptions,
  clock: Clock,
): Promise<HostCloseReport> {
  const cut: CutSession[] = [];
  const running = new Map<ServerSession, Pick<CutSession, "runningOperations" | "waitingCount">>();
  const cutAll = (why: string): void => {
    for (const session of sessions) {
      if (session.state === "closed" || session.state === "faulted") continue;
      const { runningOperations, waitingCount } = session;
      running.set(session, { runningOperations, waitingCount });
      session.stop(why);
    }
  };
  const onAbort = (): void => cutAll("the host is closing and was told not to wait any longer");
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  const alarm = Number.isFinite(drainTimeoutMs)
    ? clock.wakeAt(clock.nowMs() + drainTimeoutMs, () =>
        cutAll(`the host is closing, and drainTimeoutMs ${drainTimeoutMs} is over`),
      )
    : undefined;
  const ends = await Promise.allSettled(sessions.map((session) => session.close()));
  alarm?.[Symbol.dispose]();
  signal?.removeEventListener("abort", onAbort);
  for (const [index, end] of ends.entries()) {
    if (end.status === "fulfilled") continue;
    const session = sessions[index]!;
    const { runningOperations, waitingCount } = running.get(session) ?? { runningOperations: [], waitingCount: 0 };
    const { id: sessionId, remoteAddress } = session;
    cut.push({ sessionId, remoteAddress, runningOperations, waitingCount, error: end.reason as Error });
  }
  return { closedCount: sessions.length - cut.length, cut };
}
