import { describe, expect, it } from "vitest";
import { ByteWriter } from "../bytes/index.ts";
import { TextXmlReader, TextXmlWriter, type XmlReader, type XmlWriter } from "../xml/index.ts";
import {
  endEnvelope,
  isOnSoapFault,
  MessageHeaders,
  readEnvelope,
  readSoapFault,
  SoapError,
  type SoapFault,
  soap11,
  soap11WithoutAddressing,
  soap12Addressing10,
  startEnvelope,
  writeAddressingAndStartBody,
  writeSoapFault,
} from "./index.ts";

const encoder = new TextEncoder();

function readerOf(text: string): TextXmlReader {
  const reader = new TextXmlReader();
  reader.reset(encoder.encode(text));
  return reader;
}

function envelope(content: string): string {
  return `<soap:Envelope xmlns:soap="${soap11.value}">${content}</soap:Envelope>`;
}

function headersOf(header: string): MessageHeaders {
  const headers = new MessageHeaders();
  const reader = readerOf(envelope(`<soap:Header>${header}</soap:Header><soap:Body/>`));
  readEnvelope(reader, soap11WithoutAddressing, headers, undefined);
  expect(reader.is("Body", soap11.value)).toBe(true);
  return headers;
}

/** The envelope that is written around `writeBody`. */
function written(writeBody: (writer: XmlWriter) => void): string {
  const out = new ByteWriter();
  const writer = new TextXmlWriter(out);
  startEnvelope(writer, soap11WithoutAddressing);
  writeAddressingAndStartBody(writer, soap11WithoutAddressing, { action: "urn:act" }, "http://host/");
  writeBody(writer);
  endEnvelope(writer);
  return new TextDecoder().decode(out.view());
}

it("has a Header where the application has blocks to send, and none otherwise (R-HOST-HEADER-1, R-SOAP11-ENV-1)", () => {
  const out = new ByteWriter();
  const writer = new TextXmlWriter(out);
  startEnvelope(writer, soap11WithoutAddressing);
  const headers = [
    { namespaceUri: "urn:tenant", localName: "Tenant", value: "north & south" },
    { namespaceUri: "urn:tenant", localName: "Strict", value: "", mustUnderstand: true },
  ];
  writeAddressingAndStartBody(writer, soap11WithoutAddressing, { action: "urn:act", headers }, "http://host/");
  endEnvelope(writer);
  expect(new TextDecoder().decode(out.view())).toBe(
    envelope(
      '<s:Header><Tenant xmlns="urn:tenant">north &amp; south</Tenant><Strict s:mustUnderstand="1" xmlns="urn:tenant"/></s:Header><s:Body/>',
    )
      .replaceAll("soap:", "s:")
      .replace("xmlns:soap", "xmlns:s"),
  );
  expect(headersOf('<Tenant xmlns="urn:tenant">north &amp; <!-- and --><![CDATA[south]]></Tenant>').others).toEqual([
    { namespaceUri: "urn:tenant", localName: "Tenant", mustUnderstand: false, value: "north & south" },
  ]);
  expect(written(() => undefined)).not.toContain("Header");
});

/** What is read of a fault with these children. */
function faultOf(children: string, readDetail: (reader: XmlReader) => string | undefined = skip) {
  const reader = readerOf(`<s:Fault xmlns:s="${soap11.value}">${children}</s:Fault>`);
  reader.next();
  expect(isOnSoapFault(reader)).toBe(true);
  return readSoapFault(reader, readDetail);
}

function skip(reader: XmlReader): undefined {
  reader.skip();
}

describe("a SOAP 1.1 envelope without addressing (R-SOAP11-ENV-1)", () => {
  it("has no Header when nothing is in it, and names neither action nor address", () => {
    expect(written((writer) => writer.startElement("", "Add")).startsWith("<s:Envelope")).toBe(true);
    expect(written(() => undefined)).toBe(`<s:Envelope xmlns:s="${soap11.value}"><s:Body/></s:Envelope>`);
  });

  it("is read without an action, with addressing headers among the others", () => {
    const headers = headersOf(
      '<a:Action xmlns:a="http://www.w3.org/2005/08/addressing">urn:x</a:Action>' +
        '<b xmlns="urn:b" soap:mustUnderstand="1"/><c soap:mustUnderstand="0"/>',
    );
    expect([headers.action, headers.to, headers.messageId]).toEqual(["", undefined, undefined]);
    expect(headers.others).toEqual([
      {
        namespaceUri: "http://www.w3.org/2005/08/addressing",
        localName: "Action",
        mustUnderstand: false,
        value: "urn:x",
      },
      { namespaceUri: "urn:b", localName: "b", mustUnderstand: true, value: "" },
      { namespaceUri: "", localName: "c", mustUnderstand: false, value: "" },
    ]);
  });

  it("holds blocks for others, which are passed over (R-SOAP11-HDR-1)", () => {
    const blocks = '<a soap:actor="urn:someone" soap:mustUnderstand="1"/><b soap:actor=""/><c/>';
    expect(headersOf(blocks).others.map(({ localName }) => localName)).toEqual(["b", "c"]);
  });

  it("is no envelope of the other version", () => {
    const read = (text: string, version: typeof soap12Addressing10): void =>
      readEnvelope(readerOf(text), version, new MessageHeaders(), undefined);
    expect(() => read(envelope("<soap:Body/>"), soap12Addressing10)).toThrow(/not a SOAP 1\.2 Envelope/);
    expect(() => read(envelope("<soap:Body/>").replace(soap11.value, "urn:x"), soap11WithoutAddressing)).toThrow(
      /not a SOAP 1\.1 Envelope/,
    );
  });
});

describe("a SOAP 1.1 fault (R-SOAP11-FAULT-1)", () => {
  const fault: SoapFault = { code: "Sender", subcodes: [], reason: "not <so>", reasonLanguage: "en-US" };

  it("is written with its elements in no namespace, and the code by its name in 1.1", () => {
    const text = written((writer) =>
      writeSoapFault(writer, soap11WithoutAddressing, fault, (detail) => {
        detail.startElement("", "Why");
        detail.endElement();
      }),
    );
    expect(text).toContain(
      '<s:Fault><faultcode>s:Client</faultcode><faultstring xml:lang="en-US">not &lt;so&gt;</faultstring><detail><Why/></detail></s:Fault>',
    );
    const bare = written((writer) =>
      writeSoapFault(writer, soap11WithoutAddressing, { ...fault, code: "MustUnderstand" }, undefined),
    );
    expect(bare).toContain("<faultcode>s:MustUnderstand</faultcode>");
    expect(bare).not.toContain("detail");
  });

  it("has its first subcode for a code, as WCF's services write it (R-SOAP11-FAULT-2)", () => {
    const subcodes = [
      { namespaceUri: "urn:dispatcher", localName: "InternalServiceFault" },
      { namespaceUri: "urn:inner", localName: "Lost" },
    ];
    const text = written((writer) =>
      writeSoapFault(writer, soap11WithoutAddressing, { ...fault, subcodes }, undefined),
    );
    expect(text).toContain('<faultcode xmlns:a="urn:dispatcher">a:InternalServiceFault</faultcode>');
    const read = faultOf('<faultcode xmlns:a="urn:dispatcher">a:InternalServiceFault</faultcode>').fault;
    expect([read.code, read.subcodes]).toEqual(["Receiver", subcodes.slice(0, 1)]);
  });

  it.each([
    ["s:Client", "Sender"],
    ["s:Server", "Receiver"],
    [" s:Server.Busy ", "Receiver"],
    ["s:VersionMismatch", "VersionMismatch"],
    ["Client", "Sender"],
    ["s:constructor", "constructor"],
  ])("with code %s is read as one of %s", (faultcode, code) => {
    expect(faultOf(`<faultcode>${faultcode}</faultcode>`).fault).toMatchObject({ code, subcodes: [] });
  });

  it("is read with its detail, and whatever else it has passed over", () => {
    const { fault: read, detail } = faultOf(
      '<faultcode>s:Server</faultcode><faultactor>urn:a</faultactor><s:detail><x/></s:detail><faultstring xml:lang="de">nein</faultstring>' +
        "<detail> <Why>because</Why> <Other/> </detail>",
      (reader) => (reader.localName === "Why" ? reader.readString() : skip(reader)),
    );
    expect([read.reason, read.reasonLanguage, detail]).toEqual(["nein", "de", "because"]);
    expect(() => faultOf("<faultstring>x</faultstring>")).toThrow(SoapError);
  });
});
