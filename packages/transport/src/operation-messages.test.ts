import { BinaryXmlReader, BinaryXmlWriter, ReaderDictionary, WriterDictionary } from "@bowline/protocol/binary-xml";
import { ByteWriter } from "@bowline/protocol/bytes";
import { contract, operation, record, xs } from "@bowline/protocol/contract";
import { readSoapFault, type SoapFault, soap12, soap12Addressing10 } from "@bowline/protocol/soap";
import { expect, it } from "vitest";
import { SoapFaultError } from "./errors.ts";
import { faultReplyOf, isAnswerTo } from "./operation-messages.ts";

/** The fault that a caller reads. */
function faultOf(error: unknown): SoapFault {
  const out = new ByteWriter();
  const writer = new BinaryXmlWriter(out, new WriterDictionary());
  writer.startElement("s", "Body");
  writer.declareNamespace("s", soap12);
  faultReplyOf(error, undefined, false).write(writer, soap12Addressing10);
  writer.endElement();
  const reader = new BinaryXmlReader();
  reader.reset(out.view(), 0, out.position, new ReaderDictionary());
  reader.nextChild();
  reader.nextChild();
  return readSoapFault(reader, (child) => child.skip()).fault;
}

it("answers an unexpected error with a fault without subcode, since InternalServiceFault makes a WCF peer fault its session (R-LIVE-FAULT-1)", () => {
  const { code, subcodes, reason } = faultOf(new Error("the database password is wrong"));
  expect({ code, subcodes }).toEqual({ code: "Receiver", subcodes: [] });
  expect(reason).not.toContain("password");
});

it("is reticent when it keeps an unexpected error to itself, and only then", () => {
  const unexpected = new Error("the database password is wrong");
  expect(faultReplyOf(unexpected, undefined, false).isReticent).toBe(true);
  expect(faultReplyOf(unexpected, undefined, true).isReticent).toBe(false);
  expect(faultReplyOf(new SoapFaultError("no such account"), undefined, false).isReticent).toBe(false);
});

it("reads a fault whose code has no prefix, as Mono writes it (R-LIVE-MONO-3)", () => {
  const out = new ByteWriter();
  const writer = new BinaryXmlWriter(out, new WriterDictionary());
  writer.startElement("s", "Fault");
  writer.declareNamespace("s", soap12);
  writer.startElement("s", "Code");
  writer.startElement("s", "Value");
  writer.text("Sender");
  for (let depth = 0; depth < 3; depth++) writer.endElement();
  const reader = new BinaryXmlReader();
  reader.reset(out.view(), 0, out.position, new ReaderDictionary());
  reader.nextChild();
  expect(readSoapFault(reader, (child) => child.skip()).fault.code).toBe("Sender");
});

const Failing = contract("urn:test", "IFailing", {
  Fail: operation({ request: {}, reply: xs.void, faults: [record("Problem", "urn:test", { Why: xs.string })] }),
});

it.each([
  "urn:test/IFailing/FailResponse",
  "urn:test/IFailing/FailProblemFault",
  "http://www.w3.org/2005/08/addressing/soap/fault",
])("takes %s for an answer to the operation that declares it (R-LIVE-MONO-1)", (action) => {
  const [fail] = Failing.operationsByAction.values();
  expect(isAnswerTo(fail!, action)).toBe(true);
  expect(isAnswerTo(fail!, fail!.action.value)).toBe(false);
});
