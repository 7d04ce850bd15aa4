import type { HostCounts } from "./host-counters.ts";

/** `"faulted"`: its protocol thread died. */
export type HostState = "created" | "opened" | "closing" | "closed" | "faulted";

/** Whether a host is well, for whoever asks from outside, such as a load balancer. */
export interface HostHealth {
  readonly state: HostState;
  /** It takes new sessions: open, and with room for another. */
  readonly isReady: boolean;
  /** `"ok"`; `"strained"`: a limit is reached or in sight (70 %); `"down"`: it does not listen. */
  readonly status: "ok" | "strained" | "down";
  /** Why it is not "ok", in words. */
  readonly reasons: readonly string[];
  readonly sessions: number;
  readonly callsOutstanding: number;
  readonly callsWaiting: number;
}

const strainedPercent = 70;

export function healthOf(state: HostState, { sessions, calls, throttles }: HostCounts): HostHealth {
  const reasons = Object.entries(throttles)
    .filter(([, { percent }]) => percent >= strainedPercent)
    .map(([name, { inUse, limit, waiting }]) => `${name}: ${inUse} of ${limit} in use, ${waiting} waiting`);
  const isOpen = state === "opened";
  if (!isOpen) reasons.unshift(`the host is ${state}`);
  return {
    state,
    isReady: isOpen && throttles.maxConcurrentSessions.inUse < throttles.maxConcurrentSessions.limit,
    status: isOpen ? (reasons.length > 0 ? "strained" : "ok") : "down",
    reasons,
    sessions: sessions.sessions,
    callsOutstanding: calls.outstanding,
    callsWaiting: throttles.maxConcurrentCalls.waiting,
  };
}
