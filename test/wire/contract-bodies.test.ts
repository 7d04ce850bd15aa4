import { readFileSync } from "node:fs";
import { BinaryXmlReader, BinaryXmlWriter, ReaderDictionary, toXmlText } from "@bowline/protocol/binary-xml";
import { ByteWriter } from "@bowline/protocol/bytes";
import {
  array,
  type BodyCodec,
  contract,
  dictionary,
  enumeration,
  nillable,
  type Operation,
  oneWay,
  operation,
  record,
  xs,
} from "@bowline/protocol/contract";
import { NodeKind } from "@bowline/protocol/xml";
import { expect, it } from "vitest";
import { bytesOf, sizedEnvelopes } from "../vectors/framed-envelopes.ts";

const types = "http://bowline.example/types";
const Line = record("Line", types, { Sku: nillable(xs.string), Quantity: xs.int });
const Order = record("Order", types, {
  Amount: xs.decimal,
  Big: xs.long,
  Blob: nillable(xs.base64Binary),
  Colour: enumeration("Colour", types, ["Red", "Green", "Blue"]),
  Counts: nillable(dictionary(xs.string, xs.int)),
  Customer: nillable(xs.string),
  Id: xs.int,
  Key: xs.guid,
  Lines: nillable(array(Line)),
  Maybe: nillable(xs.int),
  Rush: xs.boolean,
  Tags: nillable(array(nillable(xs.string))),
  Wait: xs.duration,
  Weight: xs.double,
  When: xs.dateTime,
});
const Problem = record("Problem", types, { Why: nillable(xs.string) });
const text = nillable(xs.string);

const Calculator = contract("http://tempuri.org/", "ICalculator", {
  Add: operation({ request: { a: xs.int, b: xs.int }, reply: xs.int }),
  Echo: operation({ request: { text }, reply: text }),
  Log: oneWay({ text }),
  LogCount: operation({ request: {}, reply: xs.int }),
});
const Rich = contract("http://tempuri.org/", "IRich", {
  Bounce: operation({ request: { order: nillable(Order) }, reply: nillable(Order) }),
  Bytes: operation({ request: { data: nillable(xs.base64Binary) }, reply: nillable(xs.base64Binary) }),
  Fail: operation({ request: { why: text }, reply: xs.int, faults: [Problem] }),
  Crash: operation({ request: {}, reply: xs.int }),
});
const Prices = contract(
  "http://tempuri.org/",
  "IPrices",
  {
    Subscribe: operation({ request: { symbol: text, count: xs.int }, reply: xs.int }),
    Note: oneWay({ text }),
  },
  {
    callback: {
      Price: oneWay({ symbol: text, value: xs.decimal }),
      Confirm: operation({ request: { n: xs.int }, reply: xs.int }),
    },
  },
);

const codecs = new Map<string, BodyCodec<unknown>>();
for (const part of [Calculator, Rich, Prices, Prices.callback!]) {
  for (const compiled of part.operationsByAction.values() as Iterable<Operation>) {
    codecs.set(compiled.action.value, compiled.request);
    if (compiled.replyAction !== undefined) codecs.set(compiled.replyAction.value, compiled.reply!);
    for (const fault of compiled.faults) codecs.set(fault.action.value, fault.detail);
  }
}

interface RecordedLine {
  readonly connection: number;
  readonly from?: "client" | "server";
  readonly hex?: string;
}

function actionsReproduced(run: string): string[] {
  const lines = readFileSync(new URL(`../captures/${run}/recording.jsonl`, import.meta.url), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RecordedLine);
  const actions: string[] = [];
  for (const from of ["client", "server"]) {
    for (const connection of new Set(lines.map((line) => line.connection))) {
      const hex = lines
        .filter((line) => line.from === from && line.connection === connection)
        .map((line) => line.hex ?? "")
        .join("");
      const strings = new ReaderDictionary();
      for (const envelope of sizedEnvelopes(bytesOf(hex))) {
        const at = strings.readTable(envelope, 0, envelope.length);
        actions.push(...bodyRoundTrip(envelope, at, strings));
      }
    }
  }
  return actions;
}

const reader = new BinaryXmlReader();

/** The action of each body that was read and written again to the same text; throws at a difference. */
function bodyRoundTrip(envelope: Uint8Array, from: number, strings: ReaderDictionary): string[] {
  reader.reset(envelope, from, envelope.length, strings);
  const whole = toXmlText(reader);
  const action = /<a:Action[^>]*>([^<]*)</.exec(whole)![1]!;
  const codec = codecs.get(action);
  if (codec === undefined) return [];
  const isFault = action.endsWith("Fault");
  reader.reset(envelope, from, envelope.length, strings);
  while (!(reader.next() === NodeKind.element && reader.localName === (isFault ? "Detail" : "Body")));
  reader.nextChild();
  const value = codec.read(reader);
  expect(reader.nextChild()).toBe(false);

  const out = new ByteWriter();
  const writer = new BinaryXmlWriter(out);
  writer.startElement("s", "Body");
  writer.declareNamespace("s", "http://www.w3.org/2003/05/soap-envelope");
  codec.write(writer, value);
  writer.endElement();
  const bytes = out.copy();
  reader.reset(bytes, 0, bytes.length);
  const body = toXmlText(reader)
    .replace(/^<s:Body[^>]*>/, "")
    .replace(/<\/s:Body>$/, "");
  const recorded = isFault ? /<s:Detail>(.*)<\/s:Detail>/s : /<s:Body>(.*)<\/s:Body>/s;
  expect(body).toBe(recorded.exec(whole)![1]);
  return [action];
}

const runs = ["plain", "rm10", "rm11"].flatMap((kind) =>
  ["types", "request-reply", "callbacks"].map((run) => `tcp-${kind}-${run}`),
);

// R-DCS-1-1, R-DCS-1-2, R-DCS-1-5, R-DCS-1-6, R-DCS-1-8, R-DCS-6-1, R-DCS-6-4
it.each(runs)("every body of %s that a contract describes is read, and written again as .NET wrote it", (run) => {
  expect(actionsReproduced(run).length).toBeGreaterThanOrEqual(8);
});
