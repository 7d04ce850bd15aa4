import { SessionError } from "@bowline/transport";
import { describe, expect, it } from "vitest";
import { SessionLoss } from "./session-loss.ts";

function lost(code: ConstructorParameters<typeof SessionError>[0]): SessionError {
  return new SessionError(code, "gone", {
    isRemote: false,
    timer: undefined,
    lastApplicationMessageAt: undefined,
    lastInfrastructureMessageAt: undefined,
    cause: undefined,
  });
}

describe("the attempts to replace a lost session (R-SEED-REOPEN-1)", () => {
  it("come at once, then after pauses that double from 50 ms to 5 s, at least half of each", () => {
    const loss = new SessionLoss(lost("SESSION_UNKNOWN_TO_PEER"), Number.POSITIVE_INFINITY);
    const refused = lost("SESSION_CONNECTION_LOST");
    const pauses = Array.from({ length: 10 }, () => loss.nextDelayMs(refused, 0, 1));
    expect(pauses).toEqual([0, 50, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    expect(loss.nextDelayMs(refused, 0, 0)).toBe(2500);
  });

  it("end with the time that is allowed, and with an answer that will not change", () => {
    const loss = new SessionLoss(undefined, 1000);
    expect(loss.nextDelayMs(undefined, 900, 1)).toBe(0);
    expect(loss.nextDelayMs(lost("SESSION_SERVER_TOO_BUSY"), 949, 1)).toBe(50);
    expect(loss.nextDelayMs(lost("SESSION_SERVER_TOO_BUSY"), 949, 1)).toBeUndefined();
    const refused = new SessionLoss(undefined, Number.POSITIVE_INFINITY);
    refused.nextDelayMs(undefined, 0, 1);
    expect(refused.nextDelayMs(lost("SESSION_REFUSED"), 0, 1)).toBeUndefined();
  });

  it("are made for what another session mends only", () => {
    expect(SessionLoss.isMendable(undefined)).toBe(true);
    expect(SessionLoss.isMendable(lost("SESSION_INACTIVITY_TIMEOUT"))).toBe(true);
    for (const code of ["SESSION_ABORTED", "SESSION_PROTOCOL_VIOLATION", "SESSION_MESSAGE_TOO_LARGE"] as const)
      expect(SessionLoss.isMendable(lost(code))).toBe(false);
  });
});
