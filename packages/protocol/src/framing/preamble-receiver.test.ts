import { describe, expect, it } from "vitest";
import { ByteWriter, fromHex, toHex } from "../bytes/index.ts";
import { nextState } from "../machine/index.ts";
import {
  acceptsContentType,
  type FramingFaultName,
  faultUriOf,
  framingRecordTypes,
  type PreambleEndpoint,
  PreambleReceiver,
  type PreambleReceiverEffect,
  type PreambleReceiverOptions,
  type PreambleReceiverState,
  receiverTransitions,
  writeEncoding,
  writeFault,
  writeUpgradeRequest,
  writeVia,
} from "./index.ts";

const session = "application/soap+msbinsession1";
const via = "net.tcp://host:808/a";
const start = "0001000102";
const viaHex = hexOf((out) => writeVia(out, via));
const plain: PreambleEndpoint = { upgrades: [], accepts: (type) => acceptsContentType(type, session), duplex: true };
const secure: PreambleEndpoint = { ...plain, upgrades: ["application/ssl-tls", "application/negotiate"] };
const sslRequest = hexOf((out) => writeUpgradeRequest(out, "application/ssl-tls"));

describe("PreambleReceiver", () => {
  it("asks for the endpoint, acknowledges and hands on what came behind (R-NMF-3.1.4.9-1)", () => {
    const receiver = connected();

    expect(receive(receiver, `${start}${viaHex}03080c060161`)).toEqual([
      { type: "via", via, mode: "duplex", contentType: session },
    ]);
    expect(receiver.state).toBe("dispatching");
    expect(answer(receiver, plain)).toEqual([
      { type: "transmit", bytes: fromHex("0b") },
      { type: "established", via, mode: "duplex", contentType: session, rest: fromHex("060161"), streamOffset: 30 },
    ]);
    expect(receiver.nextDeadlineMs).toBeUndefined();
    expect(receiver.handle({ type: "ended" }, 1)).toEqual([]);
    expect(receiver.handle({ type: "timeout" }, 1e9)).toEqual([]);
  });

  it("reads the same from single bytes, some of them while the endpoint is looked up", () => {
    const receiver = connected();
    for (const byte of fromHex(`${start}${viaHex}03`)) expect(receive(receiver, [byte])).toEqual([]);
    expect(receive(receiver, "08")).toMatchObject([{ type: "via" }]);

    const borrowed = Uint8Array.of(0x0c);
    expect(receiver.handle({ type: "received", bytes: borrowed }, 0)).toEqual([]);
    borrowed[0] = 0xff;

    expect(answer(receiver, plain)).toMatchObject([{ type: "transmit" }, { type: "established" }]);
  });

  it("does not look at the minor version (R-NMF-2.2.3.1-1)", () => {
    expect(receive(connected(), `0001ff0102${viaHex}0308`)).toMatchObject([{ type: "via" }]);
  });

  it.each<[string, string, FramingFaultName, string]>([
    ["R-NMF-2.2.3.1-1", "000200", "UnsupportedVersion", "FRAMING_UNSUPPORTED_VERSION"],
    ["R-NMF-2.2.3.1-1", "000001", "UnsupportedVersion", "FRAMING_UNSUPPORTED_VERSION"],
    ["R-NMF-2.2.3.2-1", "0001000100", "UnsupportedMode", "FRAMING_UNSUPPORTED_MODE"],
    ["R-NMF-2.2.3.2-1", "0001000105", "UnsupportedMode", "FRAMING_UNSUPPORTED_MODE"],
    ["R-NMF-2.2.3.2-1", "00010001ff", "UnsupportedMode", "FRAMING_UNSUPPORTED_MODE"],
  ])("%s answers %s at once with %s", (_id, hex, name, code) => {
    const receiver = connected();

    const effects = receive(receiver, hex);

    expectFault(effects, name, code);
    expect(receiver.state).toBe("refused");
    expect(receiver.nextDeadlineMs).toBeUndefined();
    expect(receive(receiver, "07")).toEqual([]);
  });

  it.each<[string, string, PreambleEndpoint, FramingFaultName, string]>([
    ["R-NMF-2.2.3.2-3", `0001000101${viaHex}0307`, plain, "UnsupportedMode", "FRAMING_UNSUPPORTED_MODE"],
    [
      "R-NMF-2.2.3.2-3",
      `${start}${viaHex}0308`,
      { ...plain, duplex: false },
      "UnsupportedMode",
      "FRAMING_UNSUPPORTED_MODE",
    ],
    ["R-NMF-3.1.4.6-1", `${start}${viaHex}0307`, plain, "ContentTypeInvalid", "FRAMING_CONTENT_TYPE_INVALID"],
    ["R-NMF-3.1.4.6-1", `${start}${viaHex}0309`, plain, "ContentTypeInvalid", "FRAMING_CONTENT_TYPE_INVALID"],
    ["R-NMF-3.1.4.7-1", `${start}${viaHex}0308${sslRequest}`, plain, "UpgradeInvalid", "FRAMING_UPGRADE_INVALID"],
    ["R-NMF-3.1.4.7-1", `${start}${viaHex}0308090161`, secure, "UpgradeInvalid", "FRAMING_UPGRADE_INVALID"],
  ])("%s answers %s at its endpoint with a fault", (_id, hex, endpoint, name, code) => {
    const receiver = connected();
    receive(receiver, hex);

    expectFault(answer(receiver, endpoint), name, code);
    expect(receiver.state).toBe("refused");
  });

  it.each<[FramingFaultName | undefined, FramingFaultName, string]>([
    [undefined, "EndpointNotFound", "FRAMING_ENDPOINT_NOT_FOUND"],
    ["EndpointUnavailable", "EndpointUnavailable", "FRAMING_ENDPOINT_UNAVAILABLE"],
    ["ServiceActivationFailed", "ServiceActivationFailed", "FRAMING_SERVICE_ACTIVATION_FAILED"],
    ["ServerTooBusy", "ServerTooBusy", "FRAMING_SERVER_TOO_BUSY"],
    ["ConnectionDispatchFailed", "ConnectionDispatchFailed", "FRAMING_CONNECTION_DISPATCH_FAILED"],
  ])("answers no endpoint for reason %s with %s (R-NMF-3.1.4.5-1)", (faultName, name, code) => {
    const receiver = connected();
    receive(receiver, `${start}${viaHex}03080c`);

    const input =
      faultName === undefined ? { type: "no-endpoint" as const } : { type: "no-endpoint" as const, faultName };
    const effects = receiver.handle(input, 0);

    expectFault(effects, name, code);
    expect(answer(receiver, plain)).toEqual([]);
  });

  it("takes a content type as text (R-NMF-2.2.3.4.2-1)", () => {
    const receiver = connected();
    const encoding = hexOf((out) => writeEncoding(out, `${session}; a=b`));
    expect(receive(receiver, `${start}${viaHex}${encoding}0c`)).toMatchObject([{ contentType: `${session}; a=b` }]);
    expect(answer(receiver, plain)).toMatchObject([{ type: "transmit" }, { type: "established" }]);
  });

  it.each([
    ["mode 03 of queues (R-NMF-2.2.3.2-2)", "0001000103", "FRAMING_UNSUPPORTED_MODE"],
    ["mode 04 of queues (R-NMF-2.2.3.2-2)", "0001000104", "FRAMING_UNSUPPORTED_MODE"],
    ["a relative Via (R-NMF-2.2.3.3-1)", `${start}0204 2f612f62`, "FRAMING_VIA_INVALID"],
    ["a Via with a space (R-NMF-2.2.3.3-1)", `${start}0204 613a2062`, "FRAMING_VIA_INVALID"],
    ["a Via that is not UTF-8 (R-NMF-2.2.3.3-1)", `${start}0202 c080`, "FRAMING_TEXT_INVALID"],
    ["a Via of 2049 bytes (R-NMF-2.2.3.3-2)", `${start}02 8110`, "FRAMING_VIA_TOO_LONG"],
    ["a content type of 257 bytes (R-NMF-2.2.3.4.2-1)", `${start}${viaHex}04 8102`, "FRAMING_CONTENT_TYPE_TOO_LONG"],
    ["an HTTP request (R-NMF-2.2.1-2)", "474554202f", "FRAMING_RECORD_UNKNOWN"],
    ["an envelope before its size is read (R-NMF-3.1.1.2-1)", "06", "FRAMING_RECORD_UNEXPECTED"],
  ])("drops %s without a fault", (_name, hex, code) => {
    const effects = receive(connected(), hex.replaceAll(" ", ""));
    expect(effects).toEqual([{ type: "abort", error: expect.objectContaining({ code, faultUri: undefined }) }]);
  });

  it("drops an upgrade name of 257 bytes without a fault (R-NMF-2.2.3.5-1)", () => {
    const receiver = connected();
    receive(receiver, `${start}${viaHex}0308098102`);
    expect(answer(receiver, secure)).toMatchObject([
      { type: "abort", error: { code: "FRAMING_UPGRADE_NAME_TOO_LONG" } },
    ]);
  });

  it("answers an upgrade, gives its handshake the bytes behind, and ends inside it (R-NMF-3.1.4.7-2)", () => {
    const receiver = connected();
    receive(receiver, `${start}${viaHex}0308${sslRequest}160301`);

    expect(answer(receiver, secure)).toEqual([
      { type: "transmit", bytes: fromHex("0a") },
      { type: "upgrade", upgrade: "application/ssl-tls", rest: fromHex("160301") },
    ]);
    expect(() => receive(receiver, "16")).toThrow("bytes go to the handshake");
    expect(receiver.handle({ type: "upgraded" }, 0)).toEqual([]);
    expect(receive(receiver, "0c")).toMatchObject([{ type: "transmit" }, { type: "established" }]);
  });

  it("does not do the same upgrade twice (R-NMF-3.1.4.7-1)", () => {
    const receiver = connected();
    receive(receiver, `${start}${viaHex}0308${sslRequest}`);
    answer(receiver, secure);
    receiver.handle({ type: "upgraded" }, 0);
    expectFault(receive(receiver, sslRequest), "UpgradeInvalid", "FRAMING_UPGRADE_INVALID");
  });

  it("drops a peer that skips a required upgrade, without a fault (R-NMF-3.1.4.7-3)", () => {
    const receiver = connected();
    receive(receiver, `${start}${viaHex}03080c`);
    expect(answer(receiver, secure)).toEqual([
      { type: "abort", error: expect.objectContaining({ code: "FRAMING_UPGRADE_REQUIRED", faultUri: undefined }) },
    ]);
  });

  it("waits 30 s for a preamble: at 29 999 nothing, at 30 000 abort (R-NMF-3.3.4.2-1)", () => {
    const receiver = new PreambleReceiver();
    receiver.handle({ type: "connected" }, 0);
    expect(receiver.nextDeadlineMs).toBe(30_000);

    expect(receiver.handle({ type: "timeout" }, 29_999)).toEqual([]);
    const effects = receiver.handle({ type: "timeout" }, 30_000);

    expect(effects).toMatchObject([
      { type: "abort", error: { code: "FRAMING_PREAMBLE_TIMEOUT", faultUri: undefined } },
    ]);
    expect((effects[0] as { error: Error }).error.message).toContain("preambleTimeoutMs of 30000 ms");
    expect(receiver.nextDeadlineMs).toBeUndefined();
  });

  it("waits 60 s more for the upgrade and the end (R-NMF-3.3.4.2-1)", () => {
    const receiver = connected();
    receive(receiver, `${start}${viaHex}0308`);
    receiver.handle({ type: "endpoint", endpoint: secure }, 20_000);
    expect(receiver.nextDeadlineMs).toBe(80_000);

    expect(receiver.handle({ type: "timeout" }, 79_999)).toEqual([]);
    expect(receiver.handle({ type: "timeout" }, 80_000)).toMatchObject([
      { type: "abort", error: { code: "FRAMING_UPGRADE_TIMEOUT" } },
    ]);
  });

  it("takes its times from its options", () => {
    const receiver = connected({ preambleTimeoutMs: 5 });
    expect(receiver.handle({ type: "timeout" }, 4)).toEqual([]);
    expect(receiver.handle({ type: "timeout" }, 5)).toMatchObject([{ type: "abort" }]);
    for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new PreambleReceiver({ upgradeTimeoutMs: value })).toThrow(`upgradeTimeoutMs is ${value}`);
    }
  });

  it("keeps what is sent ahead up to a limit while the endpoint is looked up (R-NMF-3.3.4.2-2)", () => {
    const receiver = connected({ maxPipelinedByteLength: 4 });
    receive(receiver, `${start}${viaHex}0308`);
    expect(receive(receiver, "0c060161")).toEqual([]);
    expect(receive(receiver, "07")).toMatchObject([{ type: "abort", error: { code: "FRAMING_PIPELINE_TOO_LARGE" } }]);
  });

  it("closes silently when the peer leaves before its first byte (R-NMF-3.1.1.2-3)", () => {
    const receiver = connected();
    expect(receiver.handle({ type: "ended" }, 0)).toEqual([{ type: "closed" }]);
    expect(receiver.nextDeadlineMs).toBeUndefined();
  });

  it("reports a preamble that ends early, wherever it is cut (R-NMF-3.1.1.2-2)", () => {
    const whole = fromHex(`${start}${viaHex}0308`);
    for (let byteLength = 1; byteLength <= whole.length; byteLength++) {
      const receiver = connected();
      receive(receiver, whole.subarray(0, byteLength));
      expect(receiver.handle({ type: "ended" }, 0)).toMatchObject([
        { type: "abort", error: { code: "FRAMING_UNEXPECTED_END" } },
      ]);
    }
  });

  it("refuses every record that its table does not have, in every state (R-NMF-3.1.1.2-1)", () => {
    for (const [state, lead] of Object.entries(leads) as [ReadingState, () => PreambleReceiver][]) {
      for (const [octet, type] of framingRecordTypes.entries()) {
        const receiver = lead();
        expect(receiver.state).toBe(state);

        const effects = receive(receiver, [octet]);

        if (nextState(receiverTransitions, state, type) !== undefined) {
          expect(effects.filter((effect) => effect.type === "abort" || effect.type === "fault")).toEqual([]);
          continue;
        }
        expect(effects, `${state} x ${type}`).toEqual([
          { type: "abort", error: expect.objectContaining({ code: "FRAMING_RECORD_UNEXPECTED", faultUri: undefined }) },
        ]);
        expect(receiver.state).toBe("refused");
      }
    }
  });

  it("holds its caller to the order of answers", () => {
    const receiver = connected();
    expect(() => answer(receiver, plain)).toThrow('is not told "endpoint"');
    expect(() => receiver.handle({ type: "upgraded" }, 0)).toThrow('is not told "upgraded"');
    expect(() => receiver.handle({ type: "connected" }, 0)).toThrow('is not told "connected"');
    expect(() => receiver.handle({ type: "no-endpoint" }, 0)).toThrow("when the receiver asked");
    expect(() => receive(new PreambleReceiver(), "00")).toThrow("told of its connection before bytes");
  });
});

type ReadingState = Extract<PreambleReceiverState, "version" | "mode" | "via" | "encoding" | "upgrade-or-end">;

const leads: { readonly [State in ReadingState]: () => PreambleReceiver } = {
  version: () => connected(),
  mode: () => led("000100"),
  via: () => led("0001000102"),
  encoding: () => led(`${start}${viaHex}`),
  "upgrade-or-end": () => {
    const receiver = led(`${start}${viaHex}0308`);
    answer(receiver, plain);
    return receiver;
  },
};

function led(hex: string): PreambleReceiver {
  const receiver = connected();
  receive(receiver, hex);
  return receiver;
}

function connected(options: PreambleReceiverOptions = {}): PreambleReceiver {
  const receiver = new PreambleReceiver(options);
  expect(receiver.handle({ type: "connected" }, 0)).toEqual([]);
  return receiver;
}

function receive(receiver: PreambleReceiver, bytes: string | ArrayLike<number>): readonly PreambleReceiverEffect[] {
  const borrowed = typeof bytes === "string" ? fromHex(bytes) : Uint8Array.from(bytes);
  return receiver.handle({ type: "received", bytes: borrowed }, 0);
}

function answer(receiver: PreambleReceiver, endpoint: PreambleEndpoint): readonly PreambleReceiverEffect[] {
  return receiver.handle({ type: "endpoint", endpoint }, 0);
}

function expectFault(effects: readonly PreambleReceiverEffect[], name: FramingFaultName, code: string): void {
  const faultUri = faultUriOf(name);
  const bytes = fromHex(hexOf((out) => writeFault(out, faultUri)));
  expect(effects).toEqual([{ type: "fault", faultUri, bytes, error: expect.objectContaining({ code, faultUri }) }]);
}

function hexOf(write: (out: ByteWriter) => void): string {
  const out = new ByteWriter(64);
  write(out);
  return toHex(out.view());
}
