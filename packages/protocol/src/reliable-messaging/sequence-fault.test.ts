import { describe, expect, it } from "vitest";
import { BinaryXmlReader, BinaryXmlWriter, toXmlText } from "../binary-xml/index.ts";
import { ByteWriter, pureUtf8 } from "../bytes/index.ts";
import {
  readSoapFault,
  type SoapFault,
  soap12Addressing10,
  soapNames,
  startEnvelope,
  writeSoapFault,
} from "../soap/index.ts";
import { UniqueId } from "../xml/index.ts";
import {
  detailWriterOf,
  dialects,
  failureOfRemoteFault,
  type RmVersion,
  readDetailChild,
  type SequenceFault,
  type SequenceFaultDetail,
  sequenceFaultOf,
  soapFaultOf,
} from "./index.ts";

const identifier = UniqueId.parse("urn:uuid:00000000-0000-0000-0000-0000000000aa");
const acknowledgement = { identifier, ranges: [{ lower: 1, upper: 9 }], isFinal: false, bufferRemaining: undefined };
const timer = { name: "receiveTimeoutMs", limitMs: 600_000 } as const;

/** An envelope whose Body holds the fault. */
function written(fault: SequenceFault, version: RmVersion): BinaryXmlReader {
  const dialect = dialects[version];
  const out = new ByteWriter(64, pureUtf8);
  const writer = new BinaryXmlWriter(out);
  startEnvelope(writer, soap12Addressing10, "r", dialect.namespace);
  writer.endElement();
  writer.startElement("s", soapNames.Body);
  writeSoapFault(writer, soap12Addressing10, soapFaultOf(fault, dialect), detailWriterOf(fault, dialect));
  writer.endElement();
  writer.endElement();
  const reader = new BinaryXmlReader();
  reader.reset(out.view());
  return reader;
}

function readBack(fault: SequenceFault, version: RmVersion): SequenceFault | undefined {
  const reader = written(fault, version);
  reader.next();
  // Into the Header and out of it again, then into the Body.
  for (let step = 0; step < 4; step++) reader.nextChild();
  const detail: SequenceFaultDetail = {};
  const { fault: soapFault } = readSoapFault(reader, (child) => readDetailChild(child, dialects[version], detail, 8));
  return sequenceFaultOf(soapFault, detail, dialects[version]);
}

/** The faults of the reference, in their versions. */
const faults: readonly (readonly [string, readonly RmVersion[], SequenceFault])[] = [
  [
    "SequenceTerminated by the protocol",
    ["1.0", "1.1"],
    { name: "SequenceTerminated", code: "Sender", reason: "r", identifier },
  ],
  [
    "SequenceTerminated by a failure",
    ["1.0", "1.1"],
    { name: "SequenceTerminated", code: "Receiver", reason: "r", identifier },
  ],
  [
    "SequenceTerminated by a timer of ours",
    ["1.0", "1.1"],
    { name: "SequenceTerminated", code: "Receiver", reason: "r", identifier, expiredTimer: timer },
  ],
  ["UnknownSequence", ["1.0", "1.1"], { name: "UnknownSequence", code: "Sender", reason: "r", identifier }],
  [
    "InvalidAcknowledgement",
    ["1.0", "1.1"],
    { name: "InvalidAcknowledgement", code: "Sender", reason: "r", acknowledgement },
  ],
  ["MessageNumberRollover", ["1.0", "1.1"], { name: "MessageNumberRollover", code: "Sender", reason: "r", identifier }],
  [
    "LastMessageNumberExceeded",
    ["1.0"],
    { name: "LastMessageNumberExceeded", code: "Sender", reason: "r", identifier },
  ],
  ["SequenceClosed", ["1.1"], { name: "SequenceClosed", code: "Sender", reason: "r", identifier }],
  ["CreateSequenceRefused", ["1.0", "1.1"], { name: "CreateSequenceRefused", code: "Sender", reason: "r" }],
  [
    "CreateSequenceRefused, too busy",
    ["1.0", "1.1"],
    { name: "CreateSequenceRefused", code: "Receiver", reason: "r", isConnectionLimitReached: true },
  ],
  ["WsrmRequired", ["1.1"], { name: "WsrmRequired", code: "Sender", reason: "r" }],
  ["EndpointUnavailable", ["1.0", "1.1"], { name: "EndpointUnavailable", code: "Sender", reason: "r" }],
  ["ActionNotSupported", ["1.0"], { name: "ActionNotSupported", code: "Sender", reason: "r" }],
];
const cases = faults.flatMap(([title, versions, fault]) => versions.map((version) => [title, version, fault] as const));

describe("a sequence fault (R-WSRM-FAULT-1)", () => {
  it.each(cases)("%s of version %s reads back as it was written", (_title, version, fault) => {
    expect(readBack(fault, version)).toMatchObject(fault);
  });

  it("is in WCF's words: subcode with prefix a, r declared on the Identifier (R-WCF-FAULT-1)", () => {
    const fault = { name: "SequenceTerminated", code: "Receiver", reason: "Due to", identifier } as const;
    const namespace = dialects["1.0"].namespace.value;
    expect(toXmlText(written(fault, "1.0"))).toContain(
      `<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value xmlns:a="${namespace}">a:SequenceTerminated</s:Value></s:Subcode></s:Code>` +
        '<s:Reason><s:Text xml:lang="">Due to</s:Text></s:Reason>' +
        `<s:Detail><r:Identifier xmlns:r="${namespace}">${identifier}</r:Identifier></s:Detail></s:Fault>`,
    );
  });

  it("names the largest number in a rollover of version 1.1 only", () => {
    const fault = { name: "MessageNumberRollover", code: "Sender", reason: "", identifier } as const;
    expect(toXmlText(written(fault, "1.1"))).toContain(">9223372036854775807</r:MaxMessageNumber>");
    expect(toXmlText(written(fault, "1.0"))).not.toContain("MaxMessageNumber");
  });

  it("starts its detail with the Identifier, which is all that WCF reads, before our timer", () => {
    const fault = {
      name: "SequenceTerminated",
      code: "Receiver",
      reason: "",
      identifier,
      expiredTimer: timer,
    } as const;
    expect(toXmlText(written(fault, "1.1"))).toMatch(
      /<s:Detail><r:Identifier .*<\/r:Identifier><ExpiredTimer name="receiveTimeoutMs" limitMs="600000" xmlns="urn:bowline:reliable-session">/,
    );
  });

  it("of an unknown name in the RM namespace counts as SequenceTerminated, and of another namespace as none of ours (R-WCF-FAULT-4)", () => {
    const of = (namespaceUri: string, localName: string): SoapFault => ({
      code: "Sender",
      subcodes: [{ namespaceUri, localName }],
      reason: "r",
      reasonLanguage: "",
    });
    const dialect = dialects["1.1"];
    expect(sequenceFaultOf(of(dialect.namespace.value, "Surprise"), {}, dialect)?.name).toBe("SequenceTerminated");
    expect(sequenceFaultOf(of(dialects["1.0"].namespace.value, "SequenceTerminated"), {}, dialect)).toBeUndefined();
    expect(sequenceFaultOf(of("http://www.w3.org/2005/08/addressing", "Surprise"), {}, dialect)).toBeUndefined();
    expect(
      sequenceFaultOf({ code: "Receiver", subcodes: [], reason: "", reasonLanguage: "" }, {}, dialect),
    ).toBeUndefined();
  });

  it("means a failure that names the timer when it is one of ours (R-SEED-FAULT-1)", () => {
    const fault = { name: "SequenceTerminated", code: "Receiver", reason: "why", identifier } as const;
    expect(failureOfRemoteFault({ ...fault, expiredTimer: timer })).toMatchObject({
      code: "SESSION_RECEIVE_TIMEOUT",
      timer,
      isRemote: true,
    });
    const other = { name: "inactivityTimeoutMs", limitMs: 1 } as const;
    expect(failureOfRemoteFault({ ...fault, expiredTimer: other }).code).toBe("SESSION_INACTIVITY_TIMEOUT");
    expect(failureOfRemoteFault(fault).code).toBe("SESSION_TERMINATED_BY_PEER");
    expect(failureOfRemoteFault({ ...fault, name: "UnknownSequence" }).code).toBe("SESSION_UNKNOWN_TO_PEER");
  });
});
