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
  dialects,
  messageKindOf,
  type RmBody,
  RmError,
  type RmErrorCode,
  type RmVersion,
  readRmBody,
  writeRmBody,
} from "./index.ts";

const identifier = UniqueId.parse("urn:uuid:00000000-0000-0000-0000-0000000000aa");
const anonymous = "http://www.w3.org/2005/08/addressing/anonymous";
/** An envelope with this Body. */
function envelope(version: RmVersion, writeBody: (writer: XmlWriter) => void): BinaryXmlReader {
  const out = new ByteWriter(64, pureUtf8);
  const writer = new BinaryXmlWriter(out);
  startEnvelope(writer, soap12Addressing10, "r", dialects[version].namespace);
  writer.startElement("a", "Action");
  writer.text("urn:act");
  writer.endElement();
  writer.endElement();
  writer.startElement("s", soapNames.Body);
  writeBody(writer);
  endEnvelope(writer);
  const reader = new BinaryXmlReader();
  reader.reset(out.view());
  return reader;
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

const bodies: readonly (readonly [RmVersion, string, RmBody])[] = [
  ["1.0", "CreateSequence", { type: "create-sequence", acksTo: anonymous, expires: undefined, offer: undefined }],
  [
    "1.0",
    "CreateSequence",
    {
      type: "create-sequence",
      acksTo: "urn:here",
      expires: "PT10M",
      offer: { identifier, endpoint: undefined, incompleteSequenceBehavior: undefined },
    },
  ],
  [
    "1.1",
    "CreateSequence",
    {
      type: "create-sequence",
      acksTo: anonymous,
      expires: undefined,
      offer: { identifier, endpoint: anonymous, incompleteSequenceBehavior: "NoDiscard" },
    },
  ],
  [
    "1.1",
    "CreateSequenceResponse",
    {
      type: "create-sequence-response",
      identifier,
      expires: "PT0S",
      incompleteSequenceBehavior: "DiscardFollowingFirstGap",
      acceptAcksTo: "net.tcp://host/a",
    },
  ],
  [
    "1.0",
    "CreateSequenceResponse",
    {
      type: "create-sequence-response",
      identifier,
      expires: undefined,
      incompleteSequenceBehavior: undefined,
      acceptAcksTo: undefined,
    },
  ],
  ["1.1", "CloseSequence", { type: "close-sequence", identifier, lastMessageNumber: 3 }],
  ["1.1", "CloseSequence", { type: "close-sequence", identifier, lastMessageNumber: undefined }],
  ["1.1", "CloseSequenceResponse", { type: "close-sequence-response", identifier }],
  ["1.0", "TerminateSequence", { type: "terminate-sequence", identifier, lastMessageNumber: undefined }],
  ["1.1", "TerminateSequence", { type: "terminate-sequence", identifier, lastMessageNumber: 2 ** 50 }],
  ["1.1", "TerminateSequenceResponse", { type: "terminate-sequence-response", identifier }],
];

function readBody(version: RmVersion, kind: RmBody["type"], writeBody: (writer: XmlWriter) => void): RmBody {
  const reader = envelope(version, writeBody);
  readEnvelope(reader, soap12Addressing10, new MessageHeaders(), undefined);
  return readRmBody(reader, kind, dialects[version]);
}

describe("protocol messages (R-WSRM-BODY-1)", () => {
  it.each(bodies)("of version %s: %s reads back as it was written", (version, name, body) => {
    const dialect = dialects[version];
    const write = (writer: XmlWriter): void => writeRmBody(writer, body, dialect);
    expect(readBody(version, body.type, write)).toEqual(body);
    expect(toXmlText(envelope(version, write))).toContain(`<${name} xmlns="${dialect.namespace.value}">`);
    expect(messageKindOf(`${dialect.namespace.value}/${name}`, dialect)).toBe(body.type);
  });

  it("pass over extensions wherever they stand", () => {
    const extension = (writer: XmlWriter): void => {
      for (const namespace of ["urn:extension", dialects["1.1"].namespace.value]) {
        writer.startElement("", "Extension");
        writer.declareNamespace("", namespace);
        writer.text("1");
        writer.endElement();
      }
    };
    const text = (writer: XmlWriter, name: string, value: string): void => {
      writer.startElement("", name);
      writer.text(value);
      writer.endElement();
    };
    const body = readBody("1.1", "create-sequence-response", (writer) => {
      writer.startElement("", "CreateSequenceResponse");
      writer.declareNamespace("", dialects["1.1"].namespace);
      extension(writer);
      text(writer, "Identifier", "urn:a");
      writer.startElement("", "Accept");
      extension(writer);
      writer.startElement("", "AcksTo");
      writer.startElement("a", "Address");
      writer.text("urn:to");
      writer.endElement();
      extension(writer);
      writer.endElement();
      writer.endElement();
      extension(writer);
      writer.endElement();
    });
    expect(body).toMatchObject({ type: "create-sequence-response", acceptAcksTo: "urn:to" });
  });

  it.each<[RmBody["type"], string, string]>([
    ["create-sequence", "", "is empty"],
    ["create-sequence", "TerminateSequence", "holds TerminateSequence"],
    ["create-sequence", "CreateSequence", "has no AcksTo"],
    ["create-sequence-response", "CreateSequenceResponse", "has no Identifier"],
    ["create-sequence-response", "CreateSequenceResponse Accept", "Accept has no AcksTo"],
    ["create-sequence", "CreateSequence Offer", "an Offer has no Identifier"],
    ["close-sequence", "CloseSequence", "CloseSequence has no Identifier"],
    ["terminate-sequence", "TerminateSequence", "TerminateSequence has no Identifier"],
    ["close-sequence-response", "CloseSequenceResponse", "CloseSequenceResponse has no Identifier"],
    ["terminate-sequence-response", "TerminateSequenceResponse", "TerminateSequenceResponse has no Identifier"],
    [
      "create-sequence-response",
      "CreateSequenceResponse IncompleteSequenceBehavior",
      'IncompleteSequenceBehavior is ""',
    ],
  ])("%s that holds “%s” is refused: %s (R-WSRM-BODY-2)", (kind, names, message) => {
    const write = (writer: XmlWriter): void => {
      const path = names.split(" ").filter((name) => name !== "");
      for (const [index, name] of path.entries()) {
        writer.startElement("", name);
        if (index === 0) writer.declareNamespace("", dialects["1.1"].namespace);
      }
      for (const _ of path) writer.endElement();
    };
    expect(codeOf(() => readBody("1.1", kind, write))).toBe("RM_ILL_FORMED");
    expect(() => readBody("1.1", kind, write)).toThrow(message);
  });

  it("refuse an Offer without Endpoint in version 1.1, and a second element in the Body (R-WSRM-BODY-2)", () => {
    const offer = { identifier, endpoint: undefined, incompleteSequenceBehavior: undefined };
    const body: RmBody = { type: "create-sequence", acksTo: anonymous, expires: undefined, offer };
    expect(() => readBody("1.1", "create-sequence", (writer) => writeRmBody(writer, body, dialects["1.1"]))).toThrow(
      "an Offer has no Endpoint",
    );
    const ending: RmBody = { type: "terminate-sequence", identifier, lastMessageNumber: undefined };
    const twice = (writer: XmlWriter): void => {
      writeRmBody(writer, ending, dialects["1.1"]);
      writeRmBody(writer, ending, dialects["1.1"]);
    };
    expect(() => readBody("1.1", "terminate-sequence", twice)).toThrow("a second element follows TerminateSequence");
  });

  it("refuse LastMsgNumber 0, which nobody may write (R-WCF-CLOSE11-3)", () => {
    const body: RmBody = { type: "close-sequence", identifier, lastMessageNumber: 0 };
    expect(() => readBody("1.1", "close-sequence", (writer) => writeRmBody(writer, body, dialects["1.1"]))).toThrow(
      "LastMsgNumber is 0; message numbers start at 1",
    );
  });
});

describe("the kind of a message", () => {
  it("is told by its action, and each version knows its own", () => {
    const kinds = (version: RmVersion): string[] =>
      [
        "SequenceAcknowledgement",
        "AckRequested",
        "LastMessage",
        "CloseSequence",
        "TerminateSequenceResponse",
        "fault",
      ].map((name) => messageKindOf(`${dialects[version].namespace.value}/${name}`, dialects[version]));
    expect(kinds("1.0")).toEqual([
      "sequence-acknowledgement",
      "ack-requested",
      "last-message",
      "application",
      "application",
      "application",
    ]);
    expect(kinds("1.1")).toEqual([
      "sequence-acknowledgement",
      "ack-requested",
      "application",
      "close-sequence",
      "terminate-sequence-response",
      "application",
    ]);
    expect(messageKindOf(dialects["1.0"].createSequence.value, dialects["1.1"])).toBe("application");
  });
});
