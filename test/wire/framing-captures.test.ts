import { readdirSync, readFileSync } from "node:fs";
import { fromHex } from "@bowline/protocol/bytes";
import {
  acceptsContentType,
  binarySessionContentType,
  DuplexFraming,
  explainFraming,
  type FramingRole,
  PreambleInitiator,
  PreambleReceiver,
} from "@bowline/protocol/framing";
import { describe, expect, it } from "vitest";
import { plainRecords } from "./framing-records.ts";

interface Line {
  readonly connection: number;
  readonly from?: "client" | "server";
  readonly hex?: string;
  readonly event?: string;
  readonly record?: string;
  readonly value?: string;
  readonly size?: number;
}

const root = new URL("../captures/", import.meta.url);
const runs = readdirSync(root).filter((run) => run.startsWith("tcp-"));
const endpoint = {
  upgrades: [],
  accepts: (contentType: string): boolean => acceptsContentType(contentType, binarySessionContentType),
  duplex: true,
};

describe("recorded conversations of WCF peers over net.tcp", () => {
  it.each(runs)("%s holds the records that .NET saw (R-NMF-2.2.2-4)", (run) => {
    const seen = lines(run, "messages").filter(({ record }) => record !== undefined);
    for (const { connection, from, chunks } of directions(run)) {
      const expected = seen.filter((line) => line.connection === connection && line.from === from);

      const records = plainRecords(chunks);

      expect(records.map(({ type, hex }) => [type, hex === undefined ? undefined : hex.length / 2])).toEqual(
        expected.map(({ record, size }) => [kebab(record!), size]),
      );
    }
  });

  it.each(runs)("%s is taken by our machines from preamble to End (R-NMF-3.1.4.9-1, R-NMF-3.2.4.2-1)", (run) => {
    for (const { from, chunks } of directions(run)) {
      const bytes = Buffer.concat(chunks);
      const rest = from === "client" ? receivePreamble(bytes) : initiatePreamble(run, bytes);
      const isOver = establish(from === "client" ? "receiver" : "initiator", rest);
      if (isOver) expect(explainFraming(bytes).at(-1)).toMatchObject({ meaning: "End record" });
    }
  });
});

/** What the client sent, to our receiver. */
function receivePreamble(bytes: Uint8Array): Uint8Array {
  const receiver = new PreambleReceiver();
  receiver.handle({ type: "connected" }, 0);
  expect(receiver.handle({ type: "received", bytes }, 0)).toMatchObject([{ type: "via", mode: "duplex" }]);
  const [transmit, established] = receiver.handle({ type: "endpoint", endpoint }, 0);
  expect(transmit).toEqual({ type: "transmit", bytes: fromHex("0b") });
  if (established?.type !== "established") throw new Error("the preamble was not accepted");
  return established.rest;
}

/** What the server sent, to our initiator, which must send what the recorded client did. */
function initiatePreamble(run: string, bytes: Uint8Array): Uint8Array {
  const recorded = lines(run, "messages");
  const via = recorded.find(({ record }) => record === "Via")!.value!;
  const initiator = new PreambleInitiator({ via, contentType: binarySessionContentType });
  const [sent] = initiator.handle({ type: "connected" }, 0);
  const client = lines(run, "recording").find(({ from }) => from === "client")!;
  expect(sent).toEqual({ type: "transmit", bytes: fromHex(client.hex!) });
  const [established] = initiator.handle({ type: "received", bytes }, 0);
  if (established?.type !== "established") throw new Error("the preamble was not acknowledged");
  return established.rest;
}

/** Whether the peer ended its output; some recorded connections were cut. */
function establish(role: FramingRole, bytes: Uint8Array): boolean {
  const framing = new DuplexFraming(role);
  framing.push(bytes);
  while (framing.next() !== undefined) expect(framing.state).not.toBe("faulted");
  return framing.inputEnded() === "ended";
}

function directions(run: string): { connection: number; from: "client" | "server"; chunks: Uint8Array[] }[] {
  const found = new Map<string, { connection: number; from: "client" | "server"; chunks: Uint8Array[] }>();
  for (const { connection, from, hex } of lines(run, "recording")) {
    if (from === undefined || hex === undefined) continue;
    const key = `${connection} ${from}`;
    const direction = found.get(key) ?? { connection, from, chunks: [] };
    direction.chunks.push(fromHex(hex));
    found.set(key, direction);
  }
  return [...found.values()];
}

function lines(run: string, file: "recording" | "messages"): readonly Line[] {
  const text = readFileSync(new URL(`${run}/${file}.jsonl`, root), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter, index: number) => (index === 0 ? "" : "-") + letter.toLowerCase());
}
