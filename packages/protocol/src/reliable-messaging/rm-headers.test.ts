import { describe, expect, it } from "vitest";
import { BinaryXmlReader, BinaryXmlWriter, toXmlText } from "../binary-xml/index.ts";
import { ByteWriter, pureUtf8 } from "../bytes/index.ts";
import {
  endEnvelope,
  MessageHeaders,
  readEnvelope,
  soap12Addressing10,
  soapNames,
  startEnvelope,
} from "../soap/index.ts";
import { UniqueId, type XmlWriter } from "../xml/index.ts";
import {
  type Acknowledgement,
  dialects,
  RmError,
  type RmErrorCode,
  RmHeaders,
  type RmVersion,
  writeAcknowledgement,
  writeAckRequested,
  writeSequence,
} from "./index.ts";

const versions = ["1.0", "1.1"] as const;
const identifier = UniqueId.parse("urn:uuid:00000000-0000-0000-0000-0000000000aa");
const otherId = UniqueId.parse("urn:other");

/** An envelope with these header blocks and an empty Body. */
function envelope(version: RmVersion, writeBlocks: (writer: XmlWriter) => void): BinaryXmlReader {
  const out = new ByteWriter(64, pureUtf8);
  const writer = new BinaryXmlWriter(out);
  startEnvelope(writer, soap12Addressing10, "r", dialects[version].namespace);
  writer.startElement("a", "Action");
  writer.text("urn:act");
  writer.endElement();
  writeBlocks(writer);
  writer.endElement();
  writer.startElement("s", soapNames.Body);
  endEnvelope(writer);
  const reader = new BinaryXmlReader();
  reader.reset(out.view());
  return reader;
}

function readHeaders(
  version: RmVersion,
  writeBlocks: (writer: XmlWriter) => void,
  maxAckRangeCount?: number,
): RmHeaders {
  const rm = new RmHeaders(dialects[version], maxAckRangeCount);
  readEnvelope(envelope(version, writeBlocks), soap12Addressing10, new MessageHeaders(), rm);
  return rm;
}

function codeOf(action: () => unknown): RmErrorCode {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(RmError);
    return (error as RmError).code;
  }
  throw new Error("nothing was thrown");
}

/** A SequenceAcknowledgement with these children in the RM namespace. */
function acknowledgementOf(writer: XmlWriter, ...children: (string | readonly [string, string])[]): void {
  writer.startElement("r", "SequenceAcknowledgement");
  for (const child of children) {
    if (typeof child !== "string") {
      writer.startElement("r", "AcknowledgementRange");
      writer.attribute("", "Lower", child[0]);
      writer.attribute("", "Upper", child[1]);
    } else {
      const [name, text] = child.split("=") as [string, string | undefined];
      writer.startElement("r", name);
      if (text !== undefined) writer.text(text);
    }
    writer.endElement();
  }
  writer.endElement();
}

describe.each(versions)("RM headers of version %s", (version) => {
  const dialect = dialects[version];

  it("read back as they were written (R-WSRM-HDR-1)", () => {
    const acknowledgement: Acknowledgement = {
      identifier: otherId,
      ranges: [
        { lower: 1, upper: 3 },
        { lower: 5, upper: 5 },
        { lower: 7, upper: Number.MAX_SAFE_INTEGER },
      ],
      isFinal: version === "1.1",
      bufferRemaining: 4096,
    };
    const rm = readHeaders(version, (writer) => {
      writeAcknowledgement(writer, dialect, acknowledgement);
      writeAckRequested(writer, identifier);
      writeSequence(writer, identifier, 2 ** 40, version === "1.0");
    });
    expect(rm.sequenceId?.key).toBe(identifier.key);
    expect(rm.messageNumber).toBe(2 ** 40);
    expect(rm.isLastMessage).toBe(version === "1.0");
    expect(rm.ackRequestedId?.key).toBe(identifier.key);
    expect(rm.acknowledgement).toEqual(acknowledgement);
    rm.clear();
    expect([rm.sequenceId, rm.messageNumber, rm.isLastMessage, rm.ackRequestedId, rm.acknowledgement]).toEqual([
      undefined,
      0,
      false,
      undefined,
      undefined,
    ]);
  });

  it("say that nothing arrived with 0-0 or None (R-WSRM-ACK-1)", () => {
    const nothing = { identifier, ranges: [], isFinal: false, bufferRemaining: undefined };
    const reader = envelope(version, (writer) => writeAcknowledgement(writer, dialect, nothing));
    expect(toXmlText(reader)).toContain(
      version === "1.0"
        ? '<r:AcknowledgementRange Lower="0" Upper="0">'
        : "<r:None></r:None></r:SequenceAcknowledgement>",
    );
    const rm = readHeaders(version, (writer) => writeAcknowledgement(writer, dialect, nothing));
    expect(rm.acknowledgement).toEqual(nothing);
  });

  it("take ranges in any order and merge those that touch", () => {
    const rm = readHeaders(version, (writer) =>
      acknowledgementOf(writer, "Identifier=urn:a", ["5", "6"], ["1", "2"], ["3", "3"], ["2", "2"]),
    );
    expect(rm.acknowledgement?.ranges).toEqual([
      { lower: 1, upper: 3 },
      { lower: 5, upper: 6 },
    ]);
  });

  it("take a Nack for what it is, no word about arrivals, and pass over what they do not know", () => {
    const rm = readHeaders(version, (writer) => {
      acknowledgementOf(writer, "Identifier=urn:a", "Nack=3", "Extension");
      writer.startElement("r", "AckRequested");
      for (const [name, text] of [
        ["Identifier", "urn:b"],
        ["MessageNumber", "7"],
      ] as const) {
        writer.startElement("r", name);
        writer.text(text);
        writer.endElement();
      }
      writer.endElement();
    });
    expect(rm.acknowledgement?.ranges).toEqual([]);
    expect(`${rm.ackRequestedId}`).toBe("urn:b");
  });

  it.each<[string, (string | readonly [string, string])[]]>([
    ["without an Identifier", [["1", "1"]]],
    ["that says nothing", ["Identifier=urn:a"]],
    ["with None and a range", ["Identifier=urn:a", "None", ["1", "1"]]],
    ["with a range that goes down", ["Identifier=urn:a", ["2", "1"]]],
    ["with a range from 0", ["Identifier=urn:a", ["0", "1"]]],
    ["with a bound that is no number", ["Identifier=urn:a", ["1", "x"]]],
    ["with a bound above 2^53", ["Identifier=urn:a", ["1", "9223372036854775807"]]],
    ["with an empty bound", ["Identifier=urn:a", ["1", " "]]],
  ])("refuse an acknowledgement %s (R-WSRM-ACK-2)", (_name, children) => {
    expect(codeOf(() => readHeaders(version, (writer) => acknowledgementOf(writer, ...children)))).toBe(
      "RM_ILL_FORMED",
    );
  });

  it("refuse each of the three headers when it stands twice (R-WCF-HDR-2)", () => {
    const nothing = { identifier, ranges: [], isFinal: false, bufferRemaining: 8 };
    for (const write of [
      (writer: XmlWriter) => writeAcknowledgement(writer, dialect, nothing),
      (writer: XmlWriter) => writeAckRequested(writer, identifier),
      (writer: XmlWriter) => writeSequence(writer, identifier, 1, false),
    ]) {
      const twice = (writer: XmlWriter): void => {
        write(writer);
        write(writer);
      };
      expect(codeOf(() => readHeaders(version, twice))).toBe("RM_ILL_FORMED");
    }
  });

  it("refuse a Sequence without its parts, and number 0 (R-WSRM-HDR-2)", () => {
    const sequence =
      (...names: readonly (readonly [string, string])[]) =>
      (writer: XmlWriter): void => {
        writer.startElement("r", "Sequence");
        for (const [name, text] of names) {
          writer.startElement("r", name);
          writer.text(text);
          writer.endElement();
        }
        writer.endElement();
      };
    for (const names of [
      [["Identifier", "urn:a"]],
      [["MessageNumber", "1"]],
      [
        ["Identifier", "urn:a"],
        ["MessageNumber", "0"],
      ],
    ] as const) {
      expect(codeOf(() => readHeaders(version, sequence(...names)))).toBe("RM_ILL_FORMED");
    }
  });

  it("take maxAckRangeCount ranges and not one more (R-WCF-LIMIT-1)", () => {
    const ranges = (count: number) => (writer: XmlWriter) =>
      acknowledgementOf(
        writer,
        "Identifier=urn:a",
        ...Array.from({ length: count }, (_, index) => [`${2 * index + 1}`, `${2 * index + 1}`] as const),
      );
    expect(readHeaders(version, ranges(3), 3).acknowledgement?.ranges).toHaveLength(3);
    expect(codeOf(() => readHeaders(version, ranges(4), 3))).toBe("RM_TOO_MANY_ACK_RANGES");
    expect(readHeaders(version, ranges(1024)).acknowledgement?.ranges).toHaveLength(1024);
    expect(codeOf(() => readHeaders(version, ranges(1025)))).toBe("RM_TOO_MANY_ACK_RANGES");
  });

  it("refuse a BufferRemaining below 0", () => {
    const negative = { identifier, ranges: [], isFinal: false, bufferRemaining: -1 };
    expect(codeOf(() => readHeaders(version, (writer) => writeAcknowledgement(writer, dialect, negative)))).toBe(
      "RM_ILL_FORMED",
    );
  });

  it("are not those of the other version", () => {
    const other = version === "1.0" ? "1.1" : "1.0";
    const rm = new RmHeaders(dialects[other]);
    const headers = new MessageHeaders();
    readEnvelope(
      envelope(version, (writer) => writeSequence(writer, identifier, 1, false)),
      soap12Addressing10,
      headers,
      rm,
    );
    expect(rm.sequenceId).toBeUndefined();
    expect(headers.others).toEqual([
      { namespaceUri: dialect.namespace.value, localName: "Sequence", mustUnderstand: true },
    ]);
  });
});
