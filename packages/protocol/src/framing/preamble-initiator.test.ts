import { describe, expect, it } from "vitest";
import { ByteWriter, fromHex, toHex } from "../bytes/index.ts";
import { nextState } from "../machine/index.ts";
import {
  type FramingFaultName,
  faultUriOf,
  framingFaults,
  framingRecordTypes,
  initiatorTransitions,
  PreambleInitiator,
  type PreambleInitiatorEffect,
  type PreambleInitiatorOptions,
  writeFault,
} from "./index.ts";

const via = "net.tcp://h/a";
const contentType = "application/soap+msbinsession1";
const preamble = `00010001 02020d${toHex(Buffer.from(via))}0308`.replaceAll(" ", "");
const sslRequest = `0913${toHex(Buffer.from("application/ssl-tls"))}`;

describe("PreambleInitiator", () => {
  it("sends the whole preamble in one go and is open with the ack (R-NMF-3.2.4.2-1)", () => {
    const initiator = new PreambleInitiator({ via, contentType });

    expect(initiator.handle({ type: "connected" }, 0)).toEqual([{ type: "transmit", bytes: fromHex(`${preamble}0c`) }]);
    expect(initiator.state).toBe("awaiting-ack");
    expect(receive(initiator, "0b")).toEqual([{ type: "established", rest: new Uint8Array(0), streamOffset: 1 }]);
    expect(initiator.nextDeadlineMs).toBeUndefined();
    expect(initiator.handle({ type: "ended" }, 0)).toEqual([]);
    expect(initiator.handle({ type: "timeout" }, 1e9)).toEqual([]);
  });

  it("hands on messages that came right behind the ack (R-NMF-3.1.4.10-1)", () => {
    expect(receive(connected(), "0b060161")).toEqual([
      { type: "established", rest: fromHex("060161"), streamOffset: 1 },
    ]);
  });

  it("asks for each upgrade in turn and ends its preamble inside the last (R-NMF-3.2.4.2-2)", () => {
    const initiator = new PreambleInitiator({ via, contentType, upgrades: ["application/ssl-tls", "b"] });

    expect(initiator.handle({ type: "connected" }, 0)).toEqual([
      { type: "transmit", bytes: fromHex(preamble + sslRequest) },
    ]);
    expect(receive(initiator, "0a1503")).toEqual([
      { type: "upgrade", upgrade: "application/ssl-tls", rest: fromHex("1503") },
    ]);
    expect(() => receive(initiator, "16")).toThrow("in state upgrading");
    expect(initiator.handle({ type: "upgraded" }, 0)).toEqual([{ type: "transmit", bytes: fromHex("090162") }]);
    expect(receive(initiator, "0a")).toMatchObject([{ type: "upgrade", upgrade: "b" }]);
    expect(initiator.handle({ type: "upgraded" }, 0)).toEqual([{ type: "transmit", bytes: fromHex("0c") }]);
    expect(receive(initiator, "0b")).toMatchObject([{ type: "established" }]);
  });

  it("opens a singleton stream too", () => {
    const initiator = new PreambleInitiator({ via, contentType: "application/soap+msbin1", mode: "singleton-unsized" });
    const [effect] = initiator.handle({ type: "connected" }, 0);
    expect(toHex((effect as { bytes: Uint8Array }).bytes)).toBe(
      `${preamble.slice(0, 8)}01${preamble.slice(10, -2)}070c`,
    );
  });

  it.each(Object.keys(framingFaults) as FramingFaultName[])("reports the fault %s (R-NMF-2.2.5-1)", (name) => {
    for (const options of [{}, { upgrades: ["application/ssl-tls"] }]) {
      const fault = faultHex(faultUriOf(name));
      for (const chunks of [[fault], fault.match(/../g)!]) {
        const initiator = connected(options);

        const effects = chunks.flatMap((chunk) => [...receive(initiator, chunk)]);

        const { code } = framingFaults[name];
        expect(effects).toEqual([
          { type: "abort", error: expect.objectContaining({ code, receivedFaultUri: faultUriOf(name) }) },
        ]);
        expect(initiator.state).toBe("refused");
        expect(receive(initiator, "0b")).toEqual([]);
      }
    }
  });

  it("reports a fault that nobody named (R-NMF-2.2.5-2)", () => {
    expect(receive(connected(), faultHex("urn:late"))).toMatchObject([
      { type: "abort", error: { code: "FRAMING_FAULT_UNKNOWN", receivedFaultUri: "urn:late" } },
    ]);
  });

  it("reads 256 bytes of fault and no more (R-NMF-2.2.5-3)", () => {
    expect(receive(connected(), faultHex("u".repeat(256)))).toMatchObject([
      { error: { code: "FRAMING_FAULT_UNKNOWN" } },
    ]);
    expect(receive(connected(), faultHex("u".repeat(257)))).toMatchObject([
      { error: { code: "FRAMING_FAULT_TOO_LONG" } },
    ]);
  });

  it.each(["48", "68"])("takes a first octet of %s for HTTP (R-NMF-2.2.1-2)", (first) => {
    const [effect] = receive(connected(), `${first}545450`);
    expect(effect).toMatchObject({ type: "abort", error: { code: "FRAMING_RECORD_UNKNOWN" } });
    expect((effect as { error: Error }).error.message).toContain("is this an HTTP server?");
  });

  it("reports a server that closes before its ack (R-NMF-3.1.1.2-2)", () => {
    for (const before of ["", "08", "0805"]) {
      const initiator = connected();
      if (before !== "") expect(receive(initiator, before)).toEqual([]);
      const effects = initiator.handle({ type: "ended" }, 0);
      expect(effects).toMatchObject([{ type: "abort", error: { code: "FRAMING_UNEXPECTED_END" } }]);
      expect((effects[0] as { error: Error }).error.message).toContain(via);
    }
  });

  it("waits a minute: at 59 999 nothing, at 60 000 abort (R-NMF-3.2.4.2-3)", () => {
    const initiator = connected();
    expect(initiator.nextDeadlineMs).toBe(60_000);
    expect(initiator.handle({ type: "timeout" }, 59_999)).toEqual([]);
    expect(initiator.handle({ type: "timeout" }, 60_000)).toMatchObject([
      { type: "abort", error: { code: "FRAMING_PREAMBLE_TIMEOUT" } },
    ]);
    expect(initiator.nextDeadlineMs).toBeUndefined();
  });

  it("refuses every record that its table does not have, in every state (R-NMF-3.1.1.2-1)", () => {
    for (const state of ["awaiting-ack", "awaiting-upgrade"] as const) {
      for (const [octet, type] of framingRecordTypes.entries()) {
        const initiator = connected(state === "awaiting-ack" ? {} : { upgrades: ["a"] });
        expect(initiator.state).toBe(state);

        const effects = receive(initiator, Buffer.from([octet]).toString("hex"));

        if (nextState(initiatorTransitions, state, type) !== undefined) {
          expect(effects.filter((effect) => effect.type === "abort")).toEqual([]);
          continue;
        }
        expect(effects, `${state} x ${type}`).toMatchObject([
          { type: "abort", error: { code: "FRAMING_RECORD_UNEXPECTED" } },
        ]);
        expect(initiator.state).toBe("refused");
      }
    }
  });

  it("refuses an address, a content type or an upgrade that no server would read", () => {
    expect(() => new PreambleInitiator({ via: "", contentType })).toThrow(RangeError);
    expect(() => new PreambleInitiator({ via, contentType, preambleTimeoutMs: 0 })).toThrow("preambleTimeoutMs is 0");
    expect(() => new PreambleInitiator({ via: "a".repeat(2049), contentType })).toThrow("maxViaByteLength");
    expect(() => new PreambleInitiator({ via, contentType: "é".repeat(129) })).toThrow("contentType takes 258 bytes");
    expect(() => new PreambleInitiator({ via, contentType, upgrades: [""] })).toThrow(RangeError);
    expect(new PreambleInitiator({ via: "a".repeat(2048), contentType }).state).toBe("idle");
  });

  it("holds its caller to the order of inputs", () => {
    const initiator = connected();
    expect(() => initiator.handle({ type: "connected" }, 0)).toThrow("once");
    expect(() => initiator.handle({ type: "upgraded" }, 0)).toThrow("after it began");
    expect(() => receive(new PreambleInitiator({ via, contentType }), "0b")).toThrow("in state idle");
  });
});

function connected(options: Partial<PreambleInitiatorOptions> = {}): PreambleInitiator {
  const initiator = new PreambleInitiator({ via, contentType, ...options });
  initiator.handle({ type: "connected" }, 0);
  return initiator;
}

function receive(initiator: PreambleInitiator, hex: string): readonly PreambleInitiatorEffect[] {
  return initiator.handle({ type: "received", bytes: fromHex(hex) }, 0);
}

function faultHex(faultUri: string): string {
  const out = new ByteWriter(64);
  writeFault(out, faultUri);
  return toHex(out.view());
}
