import {
  contentTypeOfKnownEncoding,
  type ExtensibleEncodingRecord,
  type FramingRecord,
  faultNameOf,
  type KnownEncodingRecord,
  modeOfOctet,
} from "@bowline/protocol/framing";

/** What a record is and says, on one line. */
export function titleOfRecord(record: FramingRecord): string {
  switch (record.type) {
    case "version":
      return `Version ${record.major}.${record.minor}`;
    case "mode":
      return `Mode ${modeOfOctet(record.octet) ?? `undefined (${record.octet})`}`;
    case "via":
      return `Via ${record.via}`;
    case "known-encoding":
      return `Known Encoding ${contentTypeOf(record)}`;
    case "extensible-encoding":
      return `Extensible Encoding ${contentTypeOf(record)}`;
    case "upgrade-request":
      return `Upgrade Request ${record.upgrade}`;
    case "fault":
      return `Fault ${faultNameOf(record.faultUri) ?? record.faultUri}`;
    default:
      return plainTitles[record.type];
  }
}

/** The content type that a record of the preamble announces. */
export function contentTypeOf(record: KnownEncodingRecord | ExtensibleEncodingRecord): string {
  return record.type === "known-encoding" ? contentTypeOfKnownEncoding(record.octet) : record.contentType;
}

const plainTitles = {
  "unsized-envelope": "Unsized Envelope",
  chunk: "Data Chunk",
  "chunks-end": "end of the chunks",
  "sized-envelope": "Sized Envelope",
  end: "End",
  "upgrade-response": "Upgrade Response",
  "preamble-ack": "Preamble Ack",
  "preamble-end": "Preamble End",
} as const;
