import { readdirSync, readFileSync } from "node:fs";
import { BinaryXmlReader, ReaderDictionary, toXmlText } from "@bowline/protocol/binary-xml";
import { pureUtf8 } from "@bowline/protocol/bytes";
import { dialects, type RmVersion } from "@bowline/protocol/reliable-messaging";
import { BinaryMessageCodec, FramedLink, ReceivedEnvelope } from "@bowline/protocol/session";
import { describe, expect, it } from "vitest";
import { bytesOf, recordedEnvelopes, sizedEnvelopes } from "../vectors/framed-envelopes.ts";
import { transmissionOf } from "./retransmission.ts";

interface RecordedLine {
  readonly connection: number;
  readonly from?: "client" | "server";
  readonly hex?: string;
  readonly record?: string;
  readonly xml?: string;
}

const folder = new URL("../captures/", import.meta.url);
const runs = readdirSync(folder).filter((name) => /^(?:tcp|ws)-rm/.test(name));
const codec = new BinaryMessageCodec();

function linesOf(run: string, file: string): RecordedLine[] {
  const text = readFileSync(new URL(`${run}/${file}`, folder), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RecordedLine);
}

function newLink(): FramedLink {
  return FramedLink.receiver({ utf8: pureUtf8, limits: {}, streamOffset: 0 });
}

/** The message as we write it, as XML. */
function rewritten(message: ReceivedEnvelope, version: RmVersion): string {
  const link = newLink();
  codec.write(link, dialects[version], message.headers.to ?? "", transmissionOf(message));
  const [envelope] = sizedEnvelopes(link.takeOutput()!);
  const dictionary = new ReaderDictionary();
  const from = dictionary.readTable(envelope!, 0, envelope!.length);
  const reader = new BinaryXmlReader();
  reader.reset(envelope!, from, envelope!.length, dictionary);
  return toXmlText(reader);
}

describe("every envelope of WCF's reliable sessions (R-WCF-HDR-1, R-WSA-ORDER-1)", () => {
  it.each(runs)("%s is written by us as it was recorded, from what we read of it", (run) => {
    const version = run.includes("-rm10-") ? "1.0" : "1.1";
    const recording = linesOf(run, "recording.jsonl");
    const messages = linesOf(run, "messages.jsonl");
    const directions = new Set(recording.filter(({ hex }) => hex !== undefined).map(nameOf));
    const kinds = new Set<string>();
    for (const direction of directions) {
      const isOf = (line: RecordedLine): boolean => nameOf(line) === direction;
      const stream = bytesOf(
        recording
          .filter(isOf)
          .map(({ hex }) => hex ?? "")
          .join(""),
      );
      const expected = messages.filter((line) => isOf(line) && line.xml !== undefined).map(({ xml }) => xml!);
      const link = newLink();
      const message = new ReceivedEnvelope(dialects[version], 1024);
      for (const [index, envelope] of recordedEnvelopes(run, stream).entries()) {
        codec.read(message, envelope, 0, envelope.length, link);
        kinds.add(message.isFault ? "fault" : message.kind);
        const isApplication = message.kind === "application" && !message.isFault;
        const [ours, theirs] = [rewritten(message, version), expected[index]!];
        if (isApplication) expect(headerOf(ours)).toBe(headerOf(theirs));
        else expect(ours).toBe(theirs);
      }
    }
    expect(kinds.size).toBeGreaterThan(1);
  });
});

function nameOf({ connection, from }: RecordedLine): string {
  return `${connection} ${from}`;
}

function headerOf(xml: string): string {
  return xml.slice(0, xml.indexOf("<s:Body"));
}
