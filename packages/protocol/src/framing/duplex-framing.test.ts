import { describe, expect, it } from "vitest";
import { ByteWriter, fromHex } from "../bytes/index.ts";
import { nextState } from "../machine/index.ts";
import {
  DuplexFraming,
  type DuplexFramingState,
  duplexTransitions,
  FramingError,
  type FramingRole,
  faultUriOf,
  framingRecordTypes,
  writeFault,
} from "./index.ts";

const records: readonly string[] = [
  "000100",
  "0102",
  "020161",
  "0308",
  "040161",
  "0500",
  "060161",
  "07",
  "080161",
  "090161",
  "0a",
  "0b",
  "0c",
];

describe("DuplexFraming", () => {
  it.each<FramingRole>(["initiator", "receiver"])("reads messages until both sides of the %s ended", (role) => {
    const framing = new DuplexFraming(role);
    framing.push(fromHex("060161060162"));
    expect(framing.next()).toMatchObject({ type: "sized-envelope", from: 2, to: 3 });
    framing.endSent();
    framing.endSent();
    expect(framing.state).toBe("output-ended");
    expect(framing.next()).toMatchObject({ type: "sized-envelope", from: 5, to: 6 });
    expect(framing.next()).toBeUndefined();

    framing.push(fromHex("07"));

    expect(framing.next()).toEqual({ type: "end" });
    expect(framing.state).toBe("closed");
    expect(framing.inputEnded()).toBe("ended");
  });

  it("leaves the bytes after both Ends to the next preamble (R-NMF-3.1.4.11-3)", () => {
    const framing = new DuplexFraming("receiver");
    framing.endSent();
    framing.push(fromHex("07000100"));
    expect(framing.next()).toEqual({ type: "end" });
    expect(framing.next()).toBeUndefined();
    expect(framing.takeRest()).toEqual(fromHex("000100"));
  });

  it("refuses what a peer sends between its End and ours (R-NMF-3.1.4.11-1)", () => {
    const framing = new DuplexFraming("receiver");
    framing.push(fromHex("07060161"));
    expect(framing.next()).toEqual({ type: "end" });
    expect(framing.state).toBe("input-ended");
    expect(() => framing.next()).toThrow("while the stream was input-ended");
    expect(framing.state).toBe("faulted");
    expect(framing.next()).toBeUndefined();
  });

  it("ends with a fault for an initiator (R-NMF-3.1.4.11-2)", () => {
    const faultUri = faultUriOf("MaxMessageSizeExceededFault");
    const out = new ByteWriter();
    writeFault(out, faultUri);
    const framing = new DuplexFraming("initiator");
    framing.push(out.copy());

    const error = failure(framing);

    expect(error).toMatchObject({ code: "FRAMING_MAX_MESSAGE_SIZE_EXCEEDED", receivedFaultUri: faultUri });
    expect(framing.state).toBe("faulted");
    expect(framing.inputEnded()).toBe("cut");
  });

  it("tells a receiver to answer a message that is too large, before its bytes come (R-NMF-2.2.4.1-1)", () => {
    const framing = new DuplexFraming("receiver", { maxEnvelopeByteLength: 2 }, 50);
    framing.push(fromHex("0602616206"));
    expect(framing.next()).toMatchObject({ type: "sized-envelope" });
    expect(framing.next()).toBeUndefined();
    framing.push(fromHex("03"));

    expect(failure(framing)).toMatchObject({
      code: "FRAMING_MAX_MESSAGE_SIZE_EXCEEDED",
      faultUri: faultUriOf("MaxMessageSizeExceededFault"),
      streamOffset: 54,
    });
  });

  it("tells a lost link from a broken record when the input ends (R-NMF-3.1.1.2-2)", () => {
    const framing = new DuplexFraming("receiver");
    expect(framing.inputEnded()).toBe("cut");
    framing.push(fromHex("0601610602"));
    framing.next();
    framing.next();
    expect(() => framing.inputEnded()).toThrow(FramingError);
    expect(framing.state).toBe("faulted");

    const ended = new DuplexFraming("initiator");
    ended.push(fromHex("07"));
    ended.next();
    expect(ended.inputEnded()).toBe("ended");
  });

  it("accepts in every state what its table has, and nothing else (R-NMF-3.1.1.2-1)", () => {
    const states: [DuplexFramingState, string, boolean][] = [
      ["open", "", false],
      ["output-ended", "", true],
      ["input-ended", "07", false],
    ];
    for (const role of ["initiator", "receiver"] as const) {
      for (const [state, lead, isEndSent] of states) {
        for (const [octet, type] of framingRecordTypes.entries()) {
          const framing = new DuplexFraming(role);
          if (isEndSent) framing.endSent();
          framing.push(fromHex(lead + records[octet]!));
          if (lead !== "") framing.next();
          expect(framing.state).toBe(state);
          const expected = nextState(duplexTransitions[role], state, type);

          if (expected !== undefined && type !== "fault") {
            expect(framing.next()?.type).toBe(type);
            expect(framing.state).toBe(expected);
            continue;
          }
          expect(failure(framing).code, `${role} ${state} x ${type}`).toBe(
            expected === undefined ? "FRAMING_RECORD_UNEXPECTED" : "FRAMING_FAULT_UNKNOWN",
          );
          expect(framing.state).toBe("faulted");
        }
      }
    }
  });

  it("refuses a record in the wrong place before its payload has come (R-NMF-3.1.1.2-1)", () => {
    const framing = new DuplexFraming("receiver");
    framing.push(fromHex("05"));
    expect(failure(framing).code).toBe("FRAMING_RECORD_UNEXPECTED");
  });
});

function failure(framing: DuplexFraming): FramingError {
  try {
    framing.next();
  } catch (error) {
    if (error instanceof FramingError) return error;
    throw error;
  }
  throw new Error("the record was read without an error");
}
