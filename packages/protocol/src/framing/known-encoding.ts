/** Content type of a duplex stream of binary XML with an in-band dictionary, the one net.tcp sessions use. */
export const binarySessionContentType = "application/soap+msbinsession1";

/** Content type of binary XML without a dictionary in the stream, for singleton streams. */
export const binaryContentType = "application/soap+msbin1";

/** Content types of text in UTF-8, by the version of SOAP. */
export const contentTypesOfText: Readonly<Record<"1.1" | "1.2", string>> = {
  "1.1": "text/xml; charset=utf-8",
  "1.2": "application/soap+xml; charset=utf-8",
};

/** WCF's texts for the octets 00 to 08 of a Known Encoding record, [MC-NMF] 2.2.3.4.1. */
export const knownEncodings: readonly string[] = [
  contentTypesOfText["1.1"],
  "text/xml; charset=utf16",
  "text/xml; charset=unicodeFFFE",
  contentTypesOfText["1.2"],
  "application/soap+xml; charset=utf16",
  "application/soap+xml; charset=unicodeFFFE",
  "multipart/related",
  binaryContentType,
  binarySessionContentType,
];

/** The content type of a Known Encoding octet; `unknownN` for the octets that have none, which no endpoint accepts. */
export function contentTypeOfKnownEncoding(octet: number): string {
  return knownEncodings[octet] ?? `unknown${octet}`;
}

/** The Known Encoding octet for exactly this content type; undefined when it takes an Extensible Encoding record. */
export function knownEncodingOf(contentType: string): number | undefined {
  const octet = knownEncodings.indexOf(contentType);
  return octet < 0 ? undefined : octet;
}

/**
 * Whether an endpoint that speaks `supported` takes what a peer announced as `offered`, by WCF's rule.
 *
 * Yes when equal but for case, also with parameters after it; or when the media types are equal and the charset of
 * `offered` is among `charsets` or absent. Without `charsets`, as for binary encodings, only the first half holds.
 */
export function acceptsContentType(offered: string, supported: string, charsets: readonly string[] = []): boolean {
  const head = offered.slice(0, supported.length);
  if (
    head.toLowerCase() === supported.toLowerCase() &&
    /^(?:\r\n)?[ \t]*(?:;|$)/.test(offered.slice(supported.length))
  ) {
    return true;
  }
  if (charsets.length === 0 || mediaTypeOf(offered) !== mediaTypeOf(supported)) return false;
  const charset = /;[ \t]*charset[ \t]*=[ \t]*(?:"([^"]*)"|([^\s;"]*))/i.exec(offered);
  if (charset === null) return true;
  const offeredCharset = (charset[1] ?? charset[2] ?? "").toLowerCase();
  return charsets.some((known) => known.toLowerCase() === offeredCharset);
}

function mediaTypeOf(contentType: string): string {
  return contentType.split(";", 1)[0]!.trim().toLowerCase();
}
