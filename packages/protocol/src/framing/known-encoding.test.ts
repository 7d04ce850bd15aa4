import { describe, expect, it } from "vitest";
import { acceptsContentType, contentTypeOfKnownEncoding, knownEncodingOf, knownEncodings } from "./index.ts";

describe("known encodings", () => {
  it("map octets 00 to 08 to WCF's texts and back (R-NMF-2.2.3.4.1-1)", () => {
    expect(knownEncodings).toHaveLength(9);
    for (let octet = 0; octet <= 8; octet++) expect(knownEncodingOf(contentTypeOfKnownEncoding(octet))).toBe(octet);
    expect(contentTypeOfKnownEncoding(0)).toBe("text/xml; charset=utf-8");
    expect(contentTypeOfKnownEncoding(3)).toBe("application/soap+xml; charset=utf-8");
    expect(contentTypeOfKnownEncoding(8)).toBe("application/soap+msbinsession1");
  });

  it("read other octets as unknownN, which no endpoint accepts (R-NMF-2.2.3.4.1-1)", () => {
    expect(contentTypeOfKnownEncoding(9)).toBe("unknown9");
    expect(contentTypeOfKnownEncoding(255)).toBe("unknown255");
    expect(knownEncodingOf("application/soap+xml; charset=utf-16LE")).toBeUndefined();
    for (const supported of knownEncodings) expect(acceptsContentType("unknown9", supported)).toBe(false);
  });
});

describe("acceptsContentType (R-NMF-2.2.3.4.2-2)", () => {
  const session = "application/soap+msbinsession1";

  it.each([
    session,
    "Application/SOAP+msbinsession1",
    `${session};a=b`,
    `${session} ;a=b`,
    `${session}\t`,
    `${session}\r\n ;a=b`,
  ])("takes %j", (offered) => {
    expect(acceptsContentType(offered, session)).toBe(true);
  });

  it.each(["", "application/soap+msbin1", `${session}+gzip`, `${session} x`, `x${session}`])(
    "refuses %j",
    (offered) => {
      expect(acceptsContentType(offered, session)).toBe(false);
    },
  );

  it("takes an equal media type with a known charset or none, where charsets are known", () => {
    const text = "application/soap+xml; charset=utf-8";
    const charsets = ["utf-8", "utf-16"];
    expect(acceptsContentType('Application/soap+xml; action="a"; charset="UTF-16"', text, charsets)).toBe(true);
    expect(acceptsContentType("application/soap+xml;charset=utf-8;action=a", text, charsets)).toBe(true);
    expect(acceptsContentType("application/soap+xml", text, charsets)).toBe(true);
    expect(acceptsContentType("application/soap+xml; charset=latin1", text, charsets)).toBe(false);
    expect(acceptsContentType("text/xml; charset=utf-8", text, charsets)).toBe(false);
    expect(acceptsContentType("application/soap+xml", text)).toBe(false);
  });
});
