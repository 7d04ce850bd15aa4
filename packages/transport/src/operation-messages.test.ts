import { BinaryXmlReader, BinaryXmlWriter, ReaderDictionary, WriterDictionary } from "@bowline/protocol/binary-xml";
import { ByteWriter } from "@bowline/protocol/bytes";
import { readSoapFault, type SoapFault, soap12 } from "@bowline/protocol/soap";
import { expect, it } from "vitest";
import { SoapFaultError } from "./errors.ts";
import { faultReplyOf } from "./operation-messages.ts";

/** The fault that a caller reads. */
function faultOf(error: unknown): SoapFault {
  const out = new ByteWriter();
  const writer = new BinaryXmlWriter(out, new WriterDictionary());
  writer.startElement("s", "Body");
  writer.declareNamespace("s", soap12);
  faultReplyOf(error, undefined, false).write(writer);
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
