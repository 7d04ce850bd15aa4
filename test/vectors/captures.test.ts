import { readdirSync, readFileSync } from "node:fs";
import { BinaryXmlReader, ReaderDictionary, toXmlText } from "@bowline/protocol/binary-xml";
import { describe, expect, it } from "vitest";
import { bytesOf, recordedEnvelopes } from "./framed-envelopes.ts";

interface RecordedLine {
  readonly connection: number;
  readonly from?: "client" | "server";
  readonly hex?: string;
  readonly record?: string;
  readonly xml?: string;
}

const folder = new URL("../captures/", import.meta.url);
const runs = readdirSync(folder).filter((name) => /^(?:tcp|ws)-/.test(name));

function linesOf(run: string, file: string): RecordedLine[] {
  const text = readFileSync(new URL(`${run}/${file}`, folder), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RecordedLine);
}

function directions(lines: readonly RecordedLine[]): string[] {
  return [...new Set(lines.filter((line) => line.from !== undefined).map((line) => `${line.connection} ${line.from}`))];
}

describe("every envelope that .NET sent (R-NBFX-2.2-1, R-NBFSE-2.1-1)", () => {
  it("is there to be read", () => {
    expect(runs.filter((run) => run.startsWith("tcp-")).length).toBeGreaterThanOrEqual(20);
    expect(runs.filter((run) => run.startsWith("ws-"))).toHaveLength(5);
  });

  it.each(runs)("%s decodes to the XML that .NET's own reader made of it", (run) => {
    const recording = linesOf(run, "recording.jsonl");
    const messages = linesOf(run, "messages.jsonl");
    const reader = new BinaryXmlReader();
    let count = 0;
    for (const direction of directions(recording)) {
      const isOf = (line: RecordedLine): boolean => `${line.connection} ${line.from}` === direction;
      const stream = bytesOf(
        recording
          .filter(isOf)
          .map((line) => line.hex ?? "")
          .join(""),
      );
      const expected = messages.filter((line) => isOf(line) && line.xml !== undefined).map((line) => line.xml!);
      const dictionary = new ReaderDictionary();
      const texts = recordedEnvelopes(run, stream).map((envelope) => {
        const from = dictionary.readTable(envelope, 0, envelope.length);
        reader.reset(envelope, from, envelope.length, dictionary);
        const text = toXmlText(reader);
        expect(reader.position).toBe(envelope.length);
        return text;
      });
      expect(texts).toEqual(expected);
      count += texts.length;
    }
    expect(count).toBeGreaterThan(0);
  });
});
