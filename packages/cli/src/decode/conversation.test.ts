import { readdirSync, readFileSync } from "node:fs";
import { toHex } from "@bowline/protocol/bytes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ConversationItem, decodeConversation } from "./conversation.ts";
import { type RecordedLine, readRecording, type Side } from "./recording.ts";

const captures = new URL("../../../../test/captures/", import.meta.url);
const runs = readdirSync(captures).filter((name) => name.startsWith("tcp-"));

describe("decodeConversation", () => {
  it.each(runs)("reads every envelope of %s as .NET's own reader does", (run) => {
    const items = [...decodeConversation(readRecording(readFileSync(new URL(`${run}/recording.jsonl`, captures))))];

    const expected = readFileSync(new URL(`${run}/messages.jsonl`, captures), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { connection: number; from: string; xml?: string })
      .filter(({ xml }) => xml !== undefined);
    const envelopes = records(items).filter(({ envelope }) => envelope !== undefined);
    expect(envelopes.length).toBe(expected.length);
    for (const from of ["client", "server"]) {
      expect(envelopes.filter((item) => item.from === from).map(({ envelope }) => envelope!.xml)).toEqual(
        expected.filter((item) => item.from === from).map(({ xml }) => xml),
      );
    }
    expect(records(items).filter(({ problem }) => problem !== undefined)).toEqual([]);
    for (const { envelope } of envelopes) expectGapless(envelope!.rows, envelope!.payload.length);
  });

  it("gives the records of a side without gap or overlap, however its bytes were cut", () => {
    const stream = `${preamble}${envelope}07`;

    const whole = records([...decodeConversation([chunk("client", stream)])]);
    const single = records([...decodeConversation(stream.match(/../g)!.map((octet) => chunk("client", octet)))]);

    expect(single).toEqual(whole);
    expect(whole.map(({ bytes }) => toHex(bytes)).join("")).toBe(stream);
    expect(whole.map(({ title }) => title)).toEqual([
      "Version 1.0",
      "Mode duplex",
      "Via a:b",
      "Known Encoding application/soap+msbinsession1",
      "Preamble End",
      "Sized Envelope, 7 bytes",
      "End",
    ]);
    expect(whole[5]!.envelope!.xml).toBe("<doc>1</doc>");
  });

  it("begins with empty session tables after another preamble on the same connection", () => {
    const items = records([...decodeConversation([chunk("client", `${preamble}${tableUse}07${preamble}${tableUse}`)])]);

    expect(items.map(({ envelope }) => envelope?.xml).filter((xml) => xml !== undefined)).toEqual([
      "<a></a>",
      "<a></a>",
    ]);
    expect(items.filter(({ problem }) => problem !== undefined)).toEqual([]);
  });

  it("joins an envelope that comes in chunks, and reads it without a table in a singleton", () => {
    const singleton = "000100 0101 0203613a62 0307 0c";

    const items = records([...decodeConversation([chunk("client", `${singleton} 05 03400364 036f6383 00`)])]);

    expect(items.at(-1)).toMatchObject({ title: "Unsized Envelope, 6 bytes in chunks: 2", problem: undefined });
    expect(items.at(-1)!.envelope).toMatchObject({ xml: "<doc>1</doc>", payloadOffset: undefined });
  });

  it("shows an envelope in a text encoding as it is", () => {
    const text = toHex(new TextEncoder().encode("<a>é</a>"));
    const items = records([...decodeConversation([chunk("client", `000100 0102 0203613a62 0303 0c 0609${text}`)])]);

    expect(items.at(-1)!.envelope!.xml).toBe("<a>é</a>");
  });

  it("leaves bytes alone after an upgrade", () => {
    const lines = [
      chunk("client", "000100 0102 0203613a62 0308 0903746c73 1603"),
      chunk("server", "0a"),
      chunk("server", "16"),
    ];

    const items = records([...decodeConversation(lines)]);

    expect(items.map(({ title }) => title).slice(4)).toEqual([
      "Upgrade Request tls",
      "2 bytes of tls, which cannot be read here",
      "Upgrade Response",
      "1 bytes of tls, which cannot be read here",
    ]);
  });

  it("says which octet is no record and what was expected, and goes on with the other side", () => {
    const lines = [chunk("client", `${preamble}ff06`), chunk("client", "00"), chunk("server", "0b")];

    const items = records([...decodeConversation(lines)]);

    expect(items.at(-2)).toMatchObject({ streamOffset: 13, title: "not framing" });
    expect(items.at(-2)!.problem).toMatch(/^FRAMING_RECORD_UNKNOWN: 0xff .*\(at byte 13\); expected a framing record/);
    expect(items.at(-1)).toMatchObject({ from: "server", title: "Preamble Ack" });
  });

  it("says where bytes end inside a record, and how many are there", () => {
    const items = records([...decodeConversation([chunk("client", `${preamble}0605 0040`)])]);

    expect(items.at(-1)).toMatchObject({
      streamOffset: 13,
      problem: "the bytes end at byte 17, inside a record: cut short: 2 of 5 bytes",
    });
  });

  it.each(["01", "0005"])("says that bytes end inside a record after %s", (hex) => {
    const items = records([...decodeConversation([chunk("client", hex)])]);

    expect(items.at(-1)!.problem).toMatch(/inside a record/);
  });

  it.each([
    ["cut", "error-client (reset)"],
    ["error-server (reset)", "cut"],
  ])("shows a record that lacks its rest where its connection broke, as no problem (%s)", (...breaks) => {
    const lines = [
      chunk("client", `${preamble}0605 0040`),
      event("open"),
      event("end-server"),
      ...breaks.map(event),
      { ...chunk("server", "0b"), connection: 2 },
    ];

    const items = [...decodeConversation(lines)].slice(5);

    expect(items.map((item) => (item.kind === "record" ? item.title : item.event))).toEqual([
      "open",
      "end-server",
      "unfinished Sized Envelope record, cut short: 2 of 5 bytes",
      ...breaks,
      "Preamble Ack",
    ]);
    expect(items[2]).toMatchObject({ streamOffset: 13, atMs: 7, problem: undefined });
  });

  it("waits for the rest of a record that comes after the event", () => {
    const items = records([
      ...decodeConversation([
        chunk("client", `${preamble}0605 0040`),
        event("error-server"),
        chunk("client", "016101"),
      ]),
    ]);

    expect(items.at(-1)).toMatchObject({ title: "Sized Envelope, 5 bytes", problem: undefined });
  });

  it("blames a side that ended inside a record, where it ended", () => {
    const items = [...decodeConversation([chunk("client", `${preamble}0605 0040`), event("end-client")])];

    expect(items.at(-2)).toMatchObject({
      title: "unfinished Sized Envelope record",
      atMs: 7,
      problem: "the bytes end at byte 17, inside a record: cut short: 2 of 5 bytes",
    });
  });

  it("says which byte of an envelope is wrong, in the payload and in the stream, and goes on", () => {
    const items = records([...decodeConversation([chunk("client", `${preamble}0604 0040ff61 07`)])]);

    expect(items.at(-2)!.problem).toMatch(
      /XML_\w+: .*\(at byte \d+\) of its payload, which is byte \d+ of the stream$/,
    );
    expect(items.at(-1)).toMatchObject({ title: "End", problem: undefined });
  });

  it("accounts for every byte of any input and never throws", () => {
    const octets = fc.oneof(fc.nat({ max: 255 }), fc.nat({ max: 12 }));
    const starts = fc.constantFrom("", preamble, `${preamble}0606`, `${preamble}0507`, "000100010303");
    fc.assert(
      fc.property(starts, fc.array(octets, { maxLength: 48 }), (start, rest) => {
        const stream = start + toHex(Uint8Array.from(rest));
        const items = records([...decodeConversation([chunk("client", stream)])]);
        expect(items.map(({ bytes }) => toHex(bytes)).join("")).toBe(stream);
      }),
    );
  });

  it("says so when a string table is none", () => {
    const items = records([...decodeConversation([chunk("client", `${preamble}0602 0561`)])]);

    expect(items.at(-1)!.problem).toMatch(/^the envelope cannot be read: XML_/);
    expectGapless(items.at(-1)!.envelope!.rows, 2);
  });
});

const preamble = "00010001020203613a6203080c";
/** No new strings, then `<doc>1</doc>`. */
const envelope = "0607004003646f6383";
/** A table with the string "a", which gets id 1, and an element of that name. */
const tableUse = "0606 020161 420101".replaceAll(" ", "");

function event(name: string): RecordedLine {
  return { kind: "event", connection: 1, atMs: 7, event: name };
}

function chunk(from: Side, hex: string): RecordedLine {
  const bytes = Uint8Array.from(hex.replaceAll(" ", "").match(/../g) ?? [], (octet) => Number.parseInt(octet, 16));
  return { kind: "chunk", connection: 1, atMs: undefined, from, bytes };
}

function records(items: readonly ConversationItem[]): Extract<ConversationItem, { kind: "record" }>[] {
  return items.filter((item) => item.kind === "record");
}

function expectGapless(rows: readonly { offset: number; byteLength: number }[], byteLength: number): void {
  let at = 0;
  for (const row of rows) {
    expect(row.offset).toBe(at);
    at += row.byteLength;
  }
  expect(at).toBe(byteLength);
}
