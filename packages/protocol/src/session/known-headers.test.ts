import { describe, expect, it } from "vitest";
import { BinaryXmlReader, dictionaryString } from "../binary-xml/index.ts";
import { pureUtf8 } from "../bytes/index.ts";
import { dialects, type RmVersion, type Transmission } from "../reliable-messaging/index.ts";
import { anonymousAddress } from "../soap/index.ts";
import { NodeKind, UniqueId, type XmlReader } from "../xml/index.ts";
import { BinaryMessageCodec } from "./binary-message-codec.ts";
import { FramedLink } from "./framed-link.ts";
import { ReceivedEnvelope } from "./received-envelope.ts";

const address = dictionaryString("net.tcp://localhost/desk");
const actions = [dictionaryString("urn:desk/Add"), dictionaryString("urn:desk/Log")];
const add = actions[0]!;
const ids = Array.from({ length: 8 }, (_, index) =>
  UniqueId.parse(`urn:uuid:6ff24650-58d2-4ee3-9f3b-f4b9b8a4b1c${index}`),
);
const [sequence, offered, message] = ids as [UniqueId, UniqueId, UniqueId];
const numbers = [1, 2, 127, 128, 32_767, 32_768, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1];
const codec = new BinaryMessageCodec();

function transmission(parts: Partial<Transmission> = {}): Transmission {
  return {
    addressing: { action: add, messageId: message, replyTo: anonymousAddress },
    sequenceId: sequence,
    messageNumber: 1,
    isLastMessage: false,
    ackRequestedId: undefined,
    acknowledgement: undefined,
    content: { type: "application", body: undefined },
    attempt: 1,
    ...parts,
  };
}

function acknowledging(lower: number, upper: number, bufferRemaining: number | undefined): Partial<Transmission> {
  return { acknowledgement: { identifier: offered, ranges: [{ lower, upper }], isFinal: false, bufferRemaining } };
}

/** Messages of all kinds that come again and again, with values of every size. */
function regularMessages(version: RmVersion): Transmission[] {
  return numbers.flatMap((number, index) => [
    transmission({ messageNumber: number }),
    transmission({ messageNumber: number, ackRequestedId: sequence }),
    transmission({ messageNumber: number, ...acknowledging(1, number, index) }),
    transmission({ messageNumber: number, ...acknowledging(number, number, undefined) }),
    transmission({ addressing: { action: actions[index % 2]! }, messageNumber: number }),
    transmission({ addressing: { action: add, relatesTo: ids[index % 8]! }, messageNumber: number }),
    transmission({
      addressing: { action: dialects[version].sequenceAcknowledgement },
      sequenceId: undefined,
      messageNumber: 0,
      content: { type: "empty" },
      ...acknowledging(1, number, number % 4096),
    }),
  ]);
}

/** Messages whose headers have no template. */
const irregularMessages: readonly Transmission[] = [
  transmission({ isLastMessage: true, content: { type: "empty" } }),
  transmission({ addressing: { action: "urn:in-line", messageId: message } }),
  transmission({ addressing: { action: add, messageId: UniqueId.parse("urn:no-guid") } }),
  transmission({
    acknowledgement: {
      identifier: offered,
      ranges: [
        { lower: 1, upper: 2 },
        { lower: 4, upper: 4 },
      ],
      isFinal: false,
      bufferRemaining: 3,
    },
  }),
  transmission({ acknowledgement: { identifier: offered, ranges: [], isFinal: false, bufferRemaining: 3 } }),
];

function link(): FramedLink {
  return FramedLink.receiver({ utf8: pureUtf8, limits: {}, streamOffset: 0 });
}

function written(on: FramedLink, sent: Transmission, version: RmVersion): Uint8Array {
  codec.write(on, dialects[version], address, sent);
  return on.takeOutput()!.slice();
}

/** Writes each message often enough that whatever has a template is written by it. */
function warmedUp(version: RmVersion): FramedLink {
  const warm = link();
  for (let round = 0; round < 10; round++) for (const sent of regularMessages(version)) written(warm, sent, version);
  return warm;
}

/** Written record by record, since it is one of the first on its connection, with the string ids that `warmedUp` has. */
function writtenCold(sent: Transmission, version: RmVersion): Uint8Array {
  const cold = link();
  const first = [...regularMessages(version).slice(0, 7), transmission({ addressing: { action: actions[1]! } })];
  for (const earlier of first) written(cold, earlier, version);
  return written(cold, sent, version);
}

/** The document in a record of [MC-NMF]: behind the record's type, its size and an empty string table. */
function documentOf(record: Uint8Array): Uint8Array {
  let at = 1;
  while (record[at++]! >= 0x80);
  expect(record[at]).toBe(0);
  return record.subarray(at + 1);
}

/** A link that has read many regular messages, and the documents of a few. */
function reader(version: RmVersion): { readonly on: FramedLink; readonly documents: readonly Uint8Array[] } {
  const [writer, on] = [link(), link()];
  const received = new ReceivedEnvelope(dialects[version], 16);
  const documents: Uint8Array[] = [];
  for (let round = 0; round < 3; round++) {
    for (const sent of regularMessages(version)) {
      const record = written(writer, sent, version);
      let at = 1;
      while (record[at++]! >= 0x80);
      codec.read(received, record, at, record.length, on);
      if (round === 2) documents.push(documentOf(record));
    }
  }
  return { on, documents };
}

/** All that was read: headers, and the Body as XML; or the error. */
function outcome(received: ReceivedEnvelope, read: () => XmlReader): unknown {
  try {
    const at = read();
    const { headers, rm, kind, isFault } = received;
    const flat = {
      ...headers,
      messageId: headers.messageId?.toString(),
      relatesTo: headers.relatesTo?.toString(),
      sequenceId: rm.sequenceId?.toString(),
      messageNumber: rm.messageNumber,
      isLastMessage: rm.isLastMessage,
      ackRequestedId: rm.ackRequestedId?.toString(),
      acknowledgement: rm.acknowledgement && {
        ...rm.acknowledgement,
        identifier: rm.acknowledgement.identifier.toString(),
      },
    };
    return { flat, kind, isFault, body: kind === "application" && !isFault ? restOf(at) : undefined };
  } catch (error) {
    return { error: (error as Error).name, code: (error as { code?: string }).code };
  }
}

/** Names and texts from the Body on. */
function restOf(at: XmlReader): string {
  const parts = [`${at.depth}:${at.prefix}:{${at.namespaceUri}}${at.localName}:${at.lookupNamespace("r")}`];
  while (at.next() !== NodeKind.endOfDocument && parts.length < 50)
    parts.push(`${at.kind}:${at.depth}:${at.localName}:${at.text}`);
  return parts.join("|");
}

describe.each(["1.0", "1.1"] as const)("headers that were seen before, RM %s", (version) => {
  it("are written by a template byte for byte as without one", () => {
    const warm = warmedUp(version);
    const messages = [...regularMessages(version), ...irregularMessages];
    for (const sent of messages) {
      expect(written(warm, sent, version)).toEqual(writtenCold(sent, version));
    }
    for (const sent of regularMessages(version)) expect(warm.strings.headerTemplates.find(sent, address)).toBeDefined();
    for (const sent of irregularMessages) expect(warm.strings.headerTemplates.find(sent, address)).toBeUndefined();
  });

  it("are read by comparison exactly as record by record", () => {
    const { on, documents } = reader(version);
    const [fast, slow] = [new ReceivedEnvelope(dialects[version], 16), new ReceivedEnvelope(dialects[version], 16)];
    let knownCount = 0;
    for (const document of documents) {
      fast.begin(document, 0, document.length, on.strings.reader);
      if (on.strings.knownHeaders.read(fast, document, 0, document.length, new BinaryXmlReader())) knownCount += 1;
      const table = Uint8Array.of(0, ...document);
      expect(outcome(fast, () => codec.read(fast, table, 0, table.length, on))).toEqual(
        outcome(slow, () =>
          codec.readAgain(slow, { bytes: document, from: 0, to: document.length, dictionary: on.strings.reader }),
        ),
      );
    }
    // All but those with the two numbers that only a 64-bit record holds.
    expect(knownCount).toBe(7 * 7);
  });

  it("are not mistaken for those of a message that differs in any byte, or is cut", () => {
    const [fast, slow] = [new ReceivedEnvelope(dialects[version], 16), new ReceivedEnvelope(dialects[version], 16)];
    for (const document of reader(version).documents.slice(0, 14)) {
      const { on } = reader(version);
      for (let index = 0; index < document.length; index++) {
        for (const change of [1, 2, 0x7f, 0x80, 0xff]) {
          const table = Uint8Array.of(0, ...document);
          table[index + 1]! ^= change;
          const to = change === 0xff ? index + 1 : table.length;
          expect(outcome(fast, () => codec.read(fast, table, 0, to, on))).toEqual(
            outcome(slow, () => codec.readAgain(slow, { bytes: table, from: 1, to, dictionary: on.strings.reader })),
          );
        }
      }
    }
  });
});
