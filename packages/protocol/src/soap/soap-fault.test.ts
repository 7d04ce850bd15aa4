import { describe, expect, it } from "vitest";
import { BinaryXmlReader, BinaryXmlWriter, toXmlText } from "../binary-xml/index.ts";
import { ByteWriter, pureUtf8 } from "../bytes/index.ts";
import type { XmlReader, XmlWriter } from "../xml/index.ts";
import {
  readSoapFault,
  SoapError,
  type SoapFault,
  soap12,
  soap12Addressing10,
  soapNames,
  writeSoapFault,
} from "./index.ts";

const fault: SoapFault = {
  code: "Sender",
  subcodes: [
    { namespaceUri: "urn:outer", localName: "Refused" },
    { namespaceUri: "urn:inner", localName: "TooBusy" },
  ],
  reason: "not now, 謝謝",
  reasonLanguage: "en",
};

/** A Body with the fault that `write` makes. */
function bodyWith(write: (writer: XmlWriter) => void): BinaryXmlReader {
  const out = new ByteWriter(64, pureUtf8);
  const writer = new BinaryXmlWriter(out);
  writer.startElement("s", soapNames.Body);
  writer.declareNamespace("s", soap12);
  write(writer);
  writer.endElement();
  const reader = new BinaryXmlReader();
  reader.reset(out.view());
  return reader;
}

function readFault<Detail>(reader: BinaryXmlReader, readDetail: (reader: XmlReader) => Detail | undefined) {
  reader.next();
  expect(reader.nextChild()).toBe(true);
  const result = readSoapFault(reader, readDetail);
  expect(reader.nextChild()).toBe(false);
  return result;
}

const skipDetail = (reader: XmlReader): undefined => reader.skip() as undefined;

describe("a SOAP 1.2 fault", () => {
  it("is written as WCF writes it (R-SOAP-FAULT-1)", () => {
    const detail = (writer: XmlWriter): void => {
      writer.startElement("", "Why");
      writer.text("because");
      writer.endElement();
    };
    expect(toXmlText(bodyWith((writer) => writeSoapFault(writer, soap12Addressing10, fault, detail)))).toBe(
      `<s:Body xmlns:s="${soap12.value}"><s:Fault><s:Code><s:Value>s:Sender</s:Value>` +
        '<s:Subcode><s:Value xmlns:a="urn:outer">a:Refused</s:Value>' +
        '<s:Subcode><s:Value xmlns:a="urn:inner">a:TooBusy</s:Value></s:Subcode></s:Subcode></s:Code>' +
        '<s:Reason><s:Text xml:lang="en">not now, 謝謝</s:Text></s:Reason>' +
        "<s:Detail><Why>because</Why></s:Detail></s:Fault></s:Body>",
    );
  });

  it("reads back the same, with and without detail", () => {
    const plain = bodyWith((writer) => writeSoapFault(writer, soap12Addressing10, fault, undefined));
    expect(readFault(plain, skipDetail)).toEqual({ fault, detail: undefined });

    const bare = { code: "Receiver", subcodes: [], reason: "", reasonLanguage: "" };
    const detailed = bodyWith((writer) =>
      writeSoapFault(writer, soap12Addressing10, bare, (inner) => {
        for (const name of ["First", "Second"]) {
          inner.startElement("", name);
          inner.text(name);
          inner.endElement();
        }
      }),
    );
    const read = readFault(detailed, (reader) => {
      if (reader.localName === "First") return reader.readString();
      return skipDetail(reader);
    });
    expect(read).toEqual({ fault: bare, detail: "First" });
  });

  it("takes the first of several reasons and passes over Node, Role and what it does not know (R-SOAP-FAULT-2)", () => {
    const reader = bodyWith((writer) => {
      const element = (name: string, text: string): void => {
        writer.startElement("s", name);
        writer.text(text);
        writer.endElement();
      };
      writer.startElement("s", "Fault");
      writer.startElement("", "Foreign");
      writer.endElement();
      element("Node", "urn:node");
      element("Role", "urn:role");
      writer.startElement("s", "Code");
      element("Value", "s:MustUnderstand");
      element("Unknown", "");
      writer.endElement();
      writer.startElement("s", "Reason");
      for (const language of ["de", "en"]) {
        writer.startElement("s", "Text");
        writer.attribute("xml", "lang", language);
        writer.text(`in ${language}`);
        writer.endElement();
      }
      writer.endElement();
      writer.endElement();
    });
    expect(readFault(reader, skipDetail).fault).toEqual({
      code: "MustUnderstand",
      subcodes: [],
      reason: "in de",
      reasonLanguage: "de",
    });
  });

  it("is refused without a Code", () => {
    const reader = bodyWith((writer) => {
      writer.startElement("s", "Fault");
      writer.endElement();
    });
    expect(() => readFault(reader, skipDetail)).toThrow(SoapError);
  });

  it("may nest 8 subcodes and not 9 (R-SOAP-LIMIT-2)", () => {
    const nested = (count: number): BinaryXmlReader => {
      const subcodes = Array.from({ length: count }, (_, index) => ({ namespaceUri: "urn:n", localName: `n${index}` }));
      return bodyWith((writer) => writeSoapFault(writer, soap12Addressing10, { ...fault, subcodes }, undefined));
    };
    expect(readFault(nested(8), skipDetail).fault.subcodes).toHaveLength(8);
    expect(() => readFault(nested(9), skipDetail)).toThrow(/8 nested subcodes/);
  });
});
