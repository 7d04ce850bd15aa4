import { describe, expect, it } from "vitest";
import { readRecording } from "./recording.ts";

describe("readRecording", () => {
  it("reads the lines of a recording: bytes with their side and time, and events", () => {
    const text = [
      '{"connection": 2, "atMs": 1.5, "event": "open"}',
      "",
      '{"connection": 2, "atMs": 3, "from": "client", "hex": "0C"}',
      '{"from": "server", "hex": "0b"}',
      '{"connection": 2, "atMs": 4, "event": "error-client", "message": "reset"}',
    ].join("\n");

    expect(readRecording(bytes(text))).toEqual([
      { kind: "event", connection: 2, atMs: 1.5, event: "open" },
      { kind: "chunk", connection: 2, atMs: 3, from: "client", bytes: Uint8Array.of(0x0c) },
      { kind: "chunk", connection: 1, atMs: undefined, from: "server", bytes: Uint8Array.of(0x0b) },
      { kind: "event", connection: 2, atMs: 4, event: "error-client (reset)" },
    ]);
  });

  it("reads hex text with white space in it", () => {
    expect(readRecording(bytes(" 00 0100\n0102\n"))).toMatchObject([
      { from: "client", bytes: Uint8Array.of(0, 1, 0, 1, 2) },
    ]);
  });

  it("reads raw bytes, told from text by octets that do not print", () => {
    expect(readRecording(Uint8Array.of(0x06, 0x31, 0x32))).toMatchObject([{ bytes: Uint8Array.of(0x06, 0x31, 0x32) }]);
  });

  it.each([
    ["0001", "client"],
    ["0b06", "server"],
    ["0a", "server"],
    ["0861", "server"],
    ["06", "client"],
  ])("takes bytes that begin with %s for those of a %s", (hex, side) => {
    expect(readRecording(bytes(hex))).toMatchObject([{ from: side }]);
  });

  it("believes the side it is told", () => {
    expect(readRecording(bytes("00"), "server")).toMatchObject([{ from: "server" }]);
  });

  it.each([
    ["", "INPUT_EMPTY", "no bytes"],
    [" \n", "INPUT_EMPTY", "white space only"],
    ['{"event": "open"}', "INPUT_EMPTY", 'no line with "hex"'],
    ["00 0g", "INPUT_FORMAT_UNKNOWN", '"g" at byte 4 is no hex digit'],
    ["00 0", "INPUT_FORMAT_UNKNOWN", "3 digits"],
    ['{"from": "client", "hex": "00"}\n{', "INPUT_LINE_INVALID", "line 2 of the recording is no JSON"],
    ['{"hex": "00"}', "INPUT_LINE_INVALID", 'needs "from"'],
    ['{"from": "client"}', "INPUT_LINE_INVALID", 'needs "hex"'],
    ['{"from": "client", "hex": "0"}', "INPUT_LINE_INVALID", "even count of hex digits"],
    ['{"connection": "a", "from": "client", "hex": "00"}', "INPUT_LINE_INVALID", '"connection" that is no number'],
    ['{"atMs": "a", "from": "client", "hex": "00"}', "INPUT_LINE_INVALID", '"atMs" that is no number'],
  ])("refuses %j", (text, code, message) => {
    expect(() => readRecording(bytes(text))).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });
});

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
