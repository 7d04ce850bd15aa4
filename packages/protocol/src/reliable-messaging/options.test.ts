import { describe, expect, it } from "vitest";
import { defaultReliableSessionOptions, type ReliableSessionOptions, reliableSessionOptions } from "./index.ts";

describe("the options of a reliable session", () => {
  it("are WCF's when nothing is said, save the windows, which are wide and bounded in bytes (R-WCF-OPTIONS-1)", () => {
    expect(reliableSessionOptions({})).toEqual(defaultReliableSessionOptions);
    expect(defaultReliableSessionOptions).toMatchObject({
      version: "1.0",
      ordered: true,
      acknowledgementIntervalMs: 200,
      inactivityTimeoutMs: 600_000,
      flowControlEnabled: true,
      maxRetryCount: 8,
      ackOn: "received",
      maxTransferWindowSize: 4096,
      maxTransferWindowByteLength: 8_388_608,
      maxQueuedMessageCount: 65_536,
      maxQueuedByteLength: 67_108_864,
    });
    expect(reliableSessionOptions({ version: undefined } as unknown as Partial<ReliableSessionOptions>).version).toBe(
      "1.0",
    );
  });

  it.each<[Partial<ReliableSessionOptions>, string]>([
    [{ ackOn: "stored" as "received" }, 'reliableSession.ackOn is "stored"; it must be "received" or "processed"'],
    [
      { maxTransferWindowByteLength: 0 },
      "reliableSession.maxTransferWindowByteLength is 0; it must be a whole number from 1 to 2147483647",
    ],
    [
      { maxQueuedByteLength: 0.5 },
      "reliableSession.maxQueuedByteLength is 0.5; it must be a whole number from 1 to 2147483647",
    ],
    [{ version: "1.2" as "1.1" }, 'reliableSession.version is "1.2"; it must be "1.0" or "1.1"'],
    [
      { acknowledgementIntervalMs: 0 },
      "reliableSession.acknowledgementIntervalMs is 0; it must be at least 1 ms (Infinity switches it off)",
    ],
    [
      { inactivityTimeoutMs: Number.NaN },
      "reliableSession.inactivityTimeoutMs is NaN; it must be at least 1 ms (Infinity switches it off)",
    ],
    [
      { maxRetransmissionIntervalMs: -1 },
      "reliableSession.maxRetransmissionIntervalMs is -1; it must be at least 1 ms (Infinity switches it off)",
    ],
    [{ maxRetryCount: 0 }, "reliableSession.maxRetryCount is 0; it must be a whole number from 1 to 2147483647"],
    [
      { maxTransferWindowSize: 4097 },
      "reliableSession.maxTransferWindowSize is 4097; it must be a whole number from 1 to 4096",
    ],
    [
      { maxTransferWindowSize: 1.5 },
      "reliableSession.maxTransferWindowSize is 1.5; it must be a whole number from 1 to 4096",
    ],
    [
      { maxQueuedMessageCount: 0 },
      "reliableSession.maxQueuedMessageCount is 0; it must be a whole number from 1 to 2147483647",
    ],
    [
      { maxAckRangeCount: 65_537 },
      "reliableSession.maxAckRangeCount is 65537; it must be a whole number from 1 to 65536",
    ],
  ])("refuse %j with a sentence that says what is allowed", (given, message) => {
    expect(() => reliableSessionOptions(given)).toThrow(new RangeError(message));
  });

  it("take the values at their ends", () => {
    const least = { maxRetryCount: 1, maxTransferWindowSize: 1, maxAckRangeCount: 1, acknowledgementIntervalMs: 1 };
    expect(reliableSessionOptions(least)).toMatchObject(least);
    const most = {
      maxTransferWindowSize: 4096,
      maxAckRangeCount: 65_536,
      inactivityTimeoutMs: Number.POSITIVE_INFINITY,
    };
    expect(reliableSessionOptions(most)).toMatchObject(most);
  });
});
