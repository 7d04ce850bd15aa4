import { describe, expect, it } from "vitest";
import { BinaryXmlReader, BinaryXmlWriter, toXmlText } from "../binary-xml/index.ts";
import { ByteWriter, pureUtf8 } from "../bytes/index.ts";
import { UniqueId, type XmlReader, type XmlWriter } from "../xml/index.ts";
import {
  addressing10,
  anonymousAddress,
  defaultMaxHeaderCount,
  endEnvelope,
  type HeaderExtension,
  MessageHeaders,
  readEnvelope,
  SoapError,
  type SoapErrorCode,
  soap12,
  soap12Addressing10,
  soapNames,
  startEnvelope,
  writeAddressingAndStartBody,
} from "./index.ts";

const id = UniqueId.parse("urn:uuid:00000000-0000-0000-0000-000000000001");
const otherId = UniqueId.parse("urn:other");

function written(write: (writer: XmlWriter) => void): Uint8Array {
  const out = new ByteWriter(64, pureUtf8);
  write(new BinaryXmlWriter(out));
  return out.view();
}

function readerOf(bytes: Uint8Array): BinaryXmlReader {
  const reader = new BinaryXmlReader();
  reader.reset(bytes);
  return reader;
}

function xmlOf(bytes: Uint8Array): string {
  return toXmlText(readerOf(bytes));
}

/** An envelope with these header blocks behind the Action. */
function envelope(writeBlocks: (writer: XmlWriter) => void, action: string | undefined = "urn:act"): Uint8Array {
  return written((writer) => {
    startEnvelope(writer, soap12Addressing10);
    if (action !== undefined) block(writer, "Action", action);
    writeBlocks(writer);
    writer.endElement();
    writer.startElement("s", soapNames.Body);
    endEnvelope(writer);
  });
}

function block(writer: XmlWriter, name: string, text: string, role?: string): void {
  writer.startElement("a", name);
  if (role !== undefined) writer.attribute("s", "role", role);
  writer.text(text);
  writer.endElement();
}

function read(bytes: Uint8Array, extension?: HeaderExtension, maxHeaderCount?: number): MessageHeaders {
  const headers = new MessageHeaders();
  const reader = readerOf(bytes);
  readEnvelope(reader, soap12Addressing10, headers, extension, maxHeaderCount);
  expect(reader.is("Body", soap12.value)).toBe(true);
  return headers;
}

function codeOf(bytes: Uint8Array, maxHeaderCount?: number): SoapErrorCode {
  try {
    read(bytes, undefined, maxHeaderCount);
  } catch (error) {
    expect(error).toBeInstanceOf(SoapError);
    return (error as SoapError).code;
  }
  throw new Error("nothing was thrown");
}

describe("the envelope that is written", () => {
  it("has the addressing headers in WCF's order and reads back the same (R-WSA-ORDER-1)", () => {
    const bytes = written((writer) => {
      startEnvelope(writer, soap12Addressing10);
      const addressing = { action: "urn:act", messageId: id, replyTo: anonymousAddress, relatesTo: otherId };
      writeAddressingAndStartBody(writer, soap12Addressing10, addressing, "net.tcp://host/a");
      writer.startElement("", "Content");
      writer.endElement();
      endEnvelope(writer);
    });

    expect(xmlOf(bytes)).toBe(
      `<s:Envelope xmlns:s="${soap12.value}" xmlns:a="${addressing10.value}"><s:Header>` +
        '<a:Action s:mustUnderstand="1">urn:act</a:Action>' +
        `<a:MessageID>${id}</a:MessageID>` +
        `<a:ReplyTo><a:Address>${anonymousAddress.value}</a:Address></a:ReplyTo>` +
        "<a:RelatesTo>urn:other</a:RelatesTo>" +
        '<a:To s:mustUnderstand="1">net.tcp://host/a</a:To></s:Header>' +
        "<s:Body><Content></Content></s:Body></s:Envelope>",
    );
    const headers = read(bytes);
    expect(headers).toMatchObject({
      action: "urn:act",
      to: "net.tcp://host/a",
      replyTo: anonymousAddress.value,
      faultTo: undefined,
      others: [],
    });
    expect(headers.messageId?.equals(id)).toBe(true);
    expect(headers.relatesTo?.equals(otherId)).toBe(true);
  });

  it("leaves out what a one-way message does not have, and declares an extension between s and a", () => {
    const bytes = written((writer) => {
      startEnvelope(writer, soap12Addressing10, "x", addressing10);
      writeAddressingAndStartBody(writer, soap12Addressing10, { action: "urn:act" }, "urn:to");
      endEnvelope(writer);
    });
    expect(xmlOf(bytes)).toBe(
      `<s:Envelope xmlns:s="${soap12.value}" xmlns:x="${addressing10.value}" xmlns:a="${addressing10.value}"><s:Header>` +
        '<a:Action s:mustUnderstand="1">urn:act</a:Action><a:To s:mustUnderstand="1">urn:to</a:To></s:Header>' +
        "<s:Body></s:Body></s:Envelope>",
    );
  });
});

describe("the envelope that is read", () => {
  it("may have its headers in any order, with From and FaultTo (R-WSA-HDR-1)", () => {
    const headers = read(
      envelope((writer) => {
        block(writer, "To", "urn:to");
        for (const [name, address] of [
          ["FaultTo", "urn:faults"],
          ["From", "urn:from"],
          ["ReplyTo", "urn:replies"],
        ] as const) {
          writer.startElement("a", name);
          block(writer, "Address", address);
          block(writer, "Metadata", "passed over");
          writer.endElement();
        }
      }),
    );
    expect(headers).toMatchObject({ to: "urn:to", faultTo: "urn:faults", replyTo: "urn:replies", others: [] });
  });

  it("takes the first RelatesTo, of which there may be more", () => {
    const headers = read(
      envelope((writer) => {
        block(writer, "RelatesTo", "urn:first");
        block(writer, "RelatesTo", "urn:second");
      }),
    );
    expect(`${headers.relatesTo}`).toBe("urn:first");
  });

  it("counts only blocks for the ultimate receiver (R-SOAP-HDR-1)", () => {
    const ultimate = "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver";
    const headers = read(
      envelope((writer) => {
        block(writer, "To", "urn:next", "http://www.w3.org/2003/05/soap-envelope/role/next");
        block(writer, "To", "urn:mine", ultimate);
        block(writer, "Strange", "1", "urn:somebody");
        block(writer, "Strange", "2", "");
      }),
    );
    expect(headers.to).toBe("urn:mine");
    expect(headers.others).toHaveLength(1);
  });

  it("keeps the names of blocks that nobody knows, and whether they must be understood (R-SOAP-HDR-2)", () => {
    const headers = read(
      envelope((writer) => {
        for (const value of ["1", "true", "0", undefined]) {
          writer.startElement("a", "Unknown");
          if (value !== undefined) writer.attribute("s", soapNames.mustUnderstand, value);
          writer.startElement("a", "Deep");
          writer.endElement();
          writer.endElement();
        }
      }),
    );
    expect(headers.others.map(({ localName }) => localName)).toEqual(["Unknown", "Unknown", "Unknown", "Unknown"]);
    expect(headers.others.map(({ mustUnderstand }) => mustUnderstand)).toEqual([true, true, false, false]);
  });

  it("writes blocks of the application behind those of addressing, and keeps the text of those it reads (R-HOST-HEADER-1)", () => {
    const bytes = written((writer) => {
      startEnvelope(writer, soap12Addressing10);
      const headers = [
        { namespaceUri: "urn:tenant", localName: "Tenant", value: "north & south" },
        { namespaceUri: "urn:tenant", localName: "Strict", value: "", mustUnderstand: true },
      ];
      writeAddressingAndStartBody(writer, soap12Addressing10, { action: "urn:act", headers }, "urn:to");
      endEnvelope(writer);
    });
    expect(xmlOf(bytes)).toContain('</a:To><Tenant xmlns="urn:tenant">north &amp; south</Tenant>');
    expect(read(bytes).others).toEqual([
      { namespaceUri: "urn:tenant", localName: "Tenant", mustUnderstand: false, value: "north & south" },
      { namespaceUri: "urn:tenant", localName: "Strict", mustUnderstand: true, value: "" },
    ]);
  });

  it("has no text for a block with elements in it, and reads on behind it (R-HOST-HEADER-1)", () => {
    const headers = read(
      envelope((writer) => {
        writer.startElement("a", "Deep");
        writer.text("some");
        writer.startElement("a", "Inner");
        writer.text("more");
        writer.endElement();
        writer.endElement();
        block(writer, "To", "urn:to");
      }),
    );
    expect(headers).toMatchObject({ to: "urn:to", others: [{ localName: "Deep", value: undefined }] });
  });

  it("gives another layer its blocks first, and forgets the message before", () => {
    const seen: string[] = [];
    const extension = {
      clear: () => seen.push("clear"),
      read: (reader: XmlReader) => {
        if (reader.localName !== "Mine") return false;
        seen.push(reader.readString());
        return true;
      },
    };
    const headers = read(
      envelope((writer) => {
        block(writer, "Mine", "found");
        block(writer, "Other", "left");
      }),
      extension,
    );
    expect(seen).toEqual(["clear", "found"]);
    expect(headers.others).toHaveLength(1);
    readEnvelope(readerOf(envelope(() => undefined)), soap12Addressing10, headers, undefined);
    expect(headers).toMatchObject({ others: [], to: undefined });
  });

  it("is refused without an Action or with a header twice (R-WSA-HDR-2)", () => {
    const bare = written((writer) => {
      startEnvelope(writer, soap12Addressing10);
      writer.endElement();
      writer.startElement("s", soapNames.Body);
      endEnvelope(writer);
    });
    expect(codeOf(bare)).toBe("SOAP_ADDRESSING_INVALID");
    for (const name of ["Action", "To", "MessageID"]) {
      const twice = envelope((writer) => {
        block(writer, name, "urn:1");
        block(writer, name, "urn:2");
      });
      expect(codeOf(twice)).toBe("SOAP_ADDRESSING_INVALID");
    }
    const noAddress = envelope((writer) => {
      writer.startElement("a", "ReplyTo");
      writer.endElement();
    });
    expect(codeOf(noAddress)).toBe("SOAP_ADDRESSING_INVALID");
  });

  it("is refused when it is no SOAP 1.2 envelope or has no Body (R-SOAP-ENV-1)", () => {
    const soap11 = written((writer) => {
      writer.startElement("s", "Envelope");
      writer.declareNamespace("s", "http://schemas.xmlsoap.org/soap/envelope/");
      writer.endElement();
    });
    expect(codeOf(soap11)).toBe("SOAP_ILL_FORMED");
    const headless = written((writer) => {
      startEnvelope(writer, soap12Addressing10);
      block(writer, "Action", "urn:act");
      writer.endElement();
      writer.endElement();
    });
    expect(codeOf(headless)).toBe("SOAP_ILL_FORMED");
    const empty = written((writer) => {
      writer.startElement("s", "Envelope");
      writer.declareNamespace("s", soap12);
      writer.endElement();
    });
    expect(codeOf(empty)).toBe("SOAP_ILL_FORMED");
  });

  it("may have maxHeaderCount blocks and not one more (R-SOAP-LIMIT-1)", () => {
    const withBlocks = (count: number): Uint8Array =>
      envelope((writer) => {
        for (let index = 1; index < count; index++) block(writer, "Any", "");
      });
    expect(read(withBlocks(defaultMaxHeaderCount)).others).toHaveLength(defaultMaxHeaderCount - 1);
    expect(codeOf(withBlocks(defaultMaxHeaderCount + 1))).toBe("SOAP_TOO_MANY_HEADERS");
    expect(read(withBlocks(3), undefined, 3).others).toHaveLength(2);
    expect(codeOf(withBlocks(4), 3)).toBe("SOAP_TOO_MANY_HEADERS");
  });
});
