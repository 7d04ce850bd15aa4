/** One record of an [MC-NMF] stream; the chunks of an Unsized Envelope come one by one between its start and its end. */
export type FramingRecord =
  | VersionRecord
  | ModeRecord
  | ViaRecord
  | KnownEncodingRecord
  | ExtensibleEncodingRecord
  | UnsizedEnvelopeRecord
  | ChunkRecord
  | ChunksEndRecord
  | SizedEnvelopeRecord
  | EndRecord
  | FaultRecord
  | UpgradeRequestRecord
  | UpgradeResponseRecord
  | PreambleAckRecord
  | PreambleEndRecord;

/** The name of a record that has a type octet of its own. */
export type FramingRecordType = Exclude<FramingRecord["type"], "chunk" | "chunks-end">;

/** 00, [MC-NMF] 2.2.3.1. Any version is a record; which ones are spoken is the receiver's business. */
export interface VersionRecord {
  readonly type: "version";
  readonly major: number;
  readonly minor: number;
}

/** 01, [MC-NMF] 2.2.3.2. */
export interface ModeRecord {
  readonly type: "mode";
  /** The octet as it came; `modeOfOctet` names it. */
  readonly octet: number;
}

/** 02, [MC-NMF] 2.2.3.3. */
export interface ViaRecord {
  readonly type: "via";
  readonly via: string;
}

/** 03, [MC-NMF] 2.2.3.4.1. */
export interface KnownEncodingRecord {
  readonly type: "known-encoding";
  /** The octet as it came; `contentTypeOfKnownEncoding` names it. */
  readonly octet: number;
}

/** 04, [MC-NMF] 2.2.3.4.2. */
export interface ExtensibleEncodingRecord {
  readonly type: "extensible-encoding";
  readonly contentType: string;
}

/** 05, [MC-NMF] 2.2.4.3: the start; `chunk` records follow, then `chunks-end`. */
export interface UnsizedEnvelopeRecord {
  readonly type: "unsized-envelope";
}

/** One Data Chunk, [MC-NMF] 2.2.4.2: the bytes `bytes[from, to)`, at least one. */
export interface ChunkRecord {
  readonly type: "chunk";
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** The 00 that ends an Unsized Envelope, [MC-NMF] 2.2.4.3. */
export interface ChunksEndRecord {
  readonly type: "chunks-end";
}

/** 06, [MC-NMF] 2.2.4.1: the message `bytes[from, to)`, at least one byte. */
export interface SizedEnvelopeRecord {
  readonly type: "sized-envelope";
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** 07, [MC-NMF] 2.2.3.9: the sender's output is over. */
export interface EndRecord {
  readonly type: "end";
}

/** 08, [MC-NMF] 2.2.5. */
export interface FaultRecord {
  readonly type: "fault";
  readonly faultUri: string;
}

/** 09, [MC-NMF] 2.2.3.5. */
export interface UpgradeRequestRecord {
  readonly type: "upgrade-request";
  /** For example `application/ssl-tls`. */
  readonly upgrade: string;
}

/** 0A, [MC-NMF] 2.2.3.6. */
export interface UpgradeResponseRecord {
  readonly type: "upgrade-response";
}

/** 0B, [MC-NMF] 2.2.3.8. */
export interface PreambleAckRecord {
  readonly type: "preamble-ack";
}

/** 0C, [MC-NMF] 2.2.3.7. */
export interface PreambleEndRecord {
  readonly type: "preamble-end";
}

/** The names of the records by their type octet, 00 to 0C; see [MC-NMF] 2.2.1. */
export const framingRecordTypes: readonly FramingRecordType[] = [
  "version",
  "mode",
  "via",
  "known-encoding",
  "extensible-encoding",
  "unsized-envelope",
  "sized-envelope",
  "end",
  "fault",
  "upgrade-request",
  "upgrade-response",
  "preamble-ack",
  "preamble-end",
];

/** The type octet of a record. */
export function octetOfRecordType(type: FramingRecordType): number {
  return framingRecordTypes.indexOf(type);
}
