import { readFileSync } from "node:fs";
import { pureUtf8 } from "@bowline/protocol/bytes";
import { dialects, type RmVersion } from "@bowline/protocol/reliable-messaging";
import { MessageLink, ReceivedEnvelope, TextMessageCodec } from "@bowline/protocol/session";
import { describe, expect, it } from "vitest";
import { transmissionOf } from "./retransmission.ts";

const encoder = new TextEncoder();
const folder = new URL("../captures/", import.meta.url);
const codec = new TextMessageCodec();

/** The bodies of the HTTP messages of a run, as they were sent. */
function bodiesOf(run: string): string[] {
  const lines = readFileSync(new URL(`${run}/messages.jsonl`, folder), "utf8")
    .trimEnd()
    .split("\n");
  return lines.map((line) => (JSON.parse(line) as { body?: string }).body ?? "").filter((body) => body !== "");
}

function newLink(): MessageLink {
  return new MessageLink({ utf8: pureUtf8, maxMessageByteLength: 65_536 });
}

describe("every text envelope of WCF's reliable sessions (R-WCF-TEXT-1, R-WCF-TEXT-2)", () => {
  it.each<[string, RmVersion]>([
    ["http-rm10-request-reply", "1.0"],
    ["http-rm11-request-reply", "1.1"],
  ])("%s is written by us as it was recorded, from what we read of it", (run, version) => {
    const message = new ReceivedEnvelope(dialects[version], 1024);
    const kinds = new Set<string>();
    for (const body of bodiesOf(run)) {
      const bytes = encoder.encode(body);
      codec.read(message, bytes, 0, bytes.length);
      kinds.add(message.kind);
      const link = newLink();
      // Replies over HTTP have no To.
      if (message.headers.to === undefined) continue;
      const byteLength = codec.write(link, dialects[version], message.headers.to, transmissionOf(message));
      const [envelope] = link.takeMessages();
      expect(envelope).toHaveLength(byteLength);
      const text = new TextDecoder().decode(envelope);
      if (message.kind === "application") expect(headerOf(text)).toBe(headerOf(body));
      else expect(text).toBe(body);
    }
    expect(kinds.size).toBeGreaterThan(3);
  });

  it("is read without a reliable session, too, body and all", () => {
    const message = new ReceivedEnvelope(undefined);
    const texts: string[] = [];
    for (const body of bodiesOf("http-plain-request-reply")) {
      const bytes = encoder.encode(body);
      const reader = codec.read(message, bytes, 0, bytes.length);
      expect(message.headers.action).toMatch(/^http:\/\/tempuri\.org\/ICalculator\//);
      reader.nextChild();
      if (!message.headers.action.endsWith("/EchoResponse")) continue;
      reader.nextChild();
      texts.push(reader.attribute("nil", "http://www.w3.org/2001/XMLSchema-instance") ?? reader.readString());
    }
    expect(texts).toEqual(["héllo é中", "", "true", "x".repeat(200)]);
  });
});

function headerOf(xml: string): string {
  return xml.slice(0, xml.indexOf("<s:Body"));
}
