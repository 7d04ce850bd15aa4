import { fromHex } from "@bowline/protocol/bytes";
import { framingRecordTypes } from "@bowline/protocol/framing";
import { InputError } from "../errors.ts";

/** The end of a connection that sent some bytes: `client` opened it. */
export type Side = "client" | "server";

/** Bytes of one side of a connection, in the order of the recording. */
export interface RecordedChunk {
  readonly kind: "chunk";
  readonly connection: number;
  /** From the start of the recording; undefined for input without times. */
  readonly atMs: number | undefined;
  readonly from: Side;
  readonly bytes: Uint8Array;
}

/** Something that happened to a connection, such as `open`, `end-client` or `cut`. */
export interface RecordedEvent {
  readonly kind: "event";
  readonly connection: number;
  readonly atMs: number | undefined;
  readonly event: string;
}

/** A line of a recording. */
export type RecordedLine = RecordedChunk | RecordedEvent;

/**
 * Reads a recording, hex text, or the raw bytes of one side of a net.tcp stream; which one it is shows in the bytes.
 *
 * @param side who sent raw bytes or hex text; told from the first octet when undefined. No meaning for a recording.
 * @throws InputError when it is none of the three
 */
export function readRecording(input: Uint8Array, side?: Side): RecordedLine[] {
  if (input.length === 0) throw new InputError("INPUT_EMPTY", "the input has no bytes");
  const text = printableText(input);
  if (text === undefined) return oneChunk(input, side);
  if (text.trimStart().startsWith("{")) return linesOf(text);
  const hex = text.replace(/\s+/g, "");
  if (hex === "") throw new InputError("INPUT_EMPTY", "the input has white space only");
  const odd = /[^0-9a-fA-F]/.exec(text.replace(/\s/g, "0"));
  if (odd !== null) {
    const found = JSON.stringify(text[odd.index]);
    throw new InputError(
      "INPUT_FORMAT_UNKNOWN",
      `${found} at byte ${odd.index} is no hex digit; give a recording (lines of JSON), hex text, or the raw bytes of one side of a net.tcp stream`,
    );
  }
  if (hex.length % 2 !== 0) {
    throw new InputError(
      "INPUT_FORMAT_UNKNOWN",
      `the hex text has ${hex.length} digits; two make a byte, so one is missing`,
    );
  }
  return oneChunk(fromHex(hex), side);
}

function oneChunk(bytes: Uint8Array, side: Side | undefined): RecordedLine[] {
  return [{ kind: "chunk", connection: 1, atMs: undefined, from: side ?? likelySide(bytes[0]!), bytes }];
}

/** Only a server begins with an answer, and it begins with nothing else. */
function likelySide(firstOctet: number): Side {
  const type = framingRecordTypes[firstOctet];
  return type === "preamble-ack" || type === "upgrade-response" || type === "fault" ? "server" : "client";
}

/** The input as text when every byte of it prints; records of framing begin with octets that do not. */
function printableText(input: Uint8Array): string | undefined {
  for (const byte of input) {
    const isPrintable = (byte >= 0x20 && byte !== 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d;
    if (!isPrintable) return undefined;
  }
  return new TextDecoder().decode(input);
}

function linesOf(text: string): RecordedLine[] {
  const lines: RecordedLine[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() !== "") lines.push(recordedLine(line, index + 1));
  }
  if (!lines.some(({ kind }) => kind === "chunk")) {
    throw new InputError("INPUT_EMPTY", 'the recording has no line with "hex", so there is nothing to decode');
  }
  return lines;
}

function recordedLine(text: string, lineNumber: number): RecordedLine {
  const refuse = (expected: string, cause?: unknown): never => {
    throw new InputError("INPUT_LINE_INVALID", `line ${lineNumber} of the recording ${expected}`, { cause });
  };
  const { connection = 1, atMs, from, hex, event, message } = parsedObject(text, refuse);
  if (typeof connection !== "number") return refuse('has a "connection" that is no number');
  if (atMs !== undefined && typeof atMs !== "number") return refuse('has an "atMs" that is no number of milliseconds');
  if (typeof event === "string") {
    return { kind: "event", connection, atMs, event: typeof message === "string" ? `${event} (${message})` : event };
  }
  if (from !== "client" && from !== "server") return refuse('needs "from" with "client" or "server", or an "event"');
  if (typeof hex !== "string") return refuse('needs "hex" with the bytes');
  try {
    return { kind: "chunk", connection, atMs, from, bytes: fromHex(hex) };
  } catch (cause) {
    return refuse('has a "hex" that is not an even count of hex digits', cause);
  }
}

function parsedObject(text: string, refuse: (expected: string, cause?: unknown) => never): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return refuse("is no JSON", cause);
  }
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : refuse("is no JSON object");
}
