import { BinaryXmlReader, explain, type ReaderDictionary, toXmlText } from "@bowline/protocol/binary-xml";
import { binaryContentType, binarySessionContentType } from "@bowline/protocol/framing";
import { XmlError } from "@bowline/protocol/xml";
import { stringTableRows } from "./string-table.ts";

/** A run of bytes and what it is. */
export interface ByteRow {
  readonly offset: number;
  readonly byteLength: number;
  /** Elements open around it. */
  readonly depth: number;
  readonly meaning: string;
  /** The specification and its section; "" for bytes that have none. */
  readonly clause: string;
}

/** The message that an envelope record carries. */
export interface DecodedEnvelope {
  readonly payload: Uint8Array;
  /** Of the payload in the stream; undefined when it came in chunks. */
  readonly payloadOffset: number | undefined;
  /** On one line, or what can be shown in its place; undefined when nothing can. */
  readonly xml: string | undefined;
  /** Offsets count from the start of the payload. */
  readonly rows: readonly ByteRow[];
  readonly problem: string | undefined;
}

/** Decodes one message; `dictionary` takes the strings that it adds to the session. Never throws for what the bytes are. */
export function decodeEnvelope(
  payload: Uint8Array,
  payloadOffset: number | undefined,
  contentType: string,
  dictionary: ReaderDictionary,
): DecodedEnvelope {
  const base = { payload, payloadOffset, problem: undefined };
  const mediaType = contentType.split(";", 1)[0]!.trim().toLowerCase();
  if (mediaType === binarySessionContentType) return decodeBinary(payload, payloadOffset, dictionary, true);
  if (mediaType === binaryContentType) return decodeBinary(payload, payloadOffset, dictionary, false);
  const encoding = textEncodings.find(([pattern]) => pattern.test(contentType))?.[1];
  const rows = [{ offset: 0, byteLength: payload.length, depth: 0, meaning: contentType, clause: "" }];
  const isXml = mediaType === "text/xml" || mediaType.endsWith("+xml");
  return {
    ...base,
    rows,
    xml: isXml && encoding !== undefined ? new TextDecoder(encoding).decode(payload) : undefined,
  };
}

function decodeBinary(
  payload: Uint8Array,
  payloadOffset: number | undefined,
  dictionary: ReaderDictionary,
  hasStringTable: boolean,
): DecodedEnvelope {
  const firstId = dictionary.size * 2 + 1;
  let rows: readonly ByteRow[] = [];
  let xml: string | undefined;
  let problem: string | undefined;
  try {
    const from = hasStringTable ? dictionary.readTable(payload, 0, payload.length) : 0;
    rows = [
      ...(hasStringTable ? stringTableRows(payload, from, firstId, dictionary) : []),
      ...explain(payload, from, payload.length, dictionary),
    ];
    const reader = new BinaryXmlReader({ quotas: unlimited });
    reader.reset(payload, from, payload.length, dictionary);
    xml = toXmlText(reader);
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    problem = problemOf(error, payloadOffset);
    if (rows.length === 0) {
      rows = [
        { offset: 0, byteLength: payload.length, depth: 0, meaning: "no string table", clause: "[MC-NBFSE] 2.1" },
      ];
    }
  }
  return { payload, payloadOffset, xml, rows, problem };
}

function problemOf(error: XmlError, payloadOffset: number | undefined): string {
  const message = `the envelope cannot be read: ${error.code}: ${error.message}`;
  if (payloadOffset === undefined || error.offset === undefined) return `${message} of its payload`;
  return `${message} of its payload, which is byte ${payloadOffset + error.offset} of the stream`;
}

/** The encodings of a text message that a Known Encoding record can name, and UTF-8 for all that name none. */
const textEncodings: readonly (readonly [RegExp, string])[] = [
  [/charset="?utf-?16(?:le)?"?/i, "utf-16le"],
  [/charset="?unicodeFFFE"?/i, "utf-16be"],
  [/charset="?utf-?8"?|^[^;]*$/i, "utf-8"],
];

/** The input is a file that is in memory already. Depth stays limited: XML is printed by recursion. */
const unlimited = {
  maxDepth: 1000,
  maxStringContentLength: Number.MAX_SAFE_INTEGER,
  maxArrayLength: Number.MAX_SAFE_INTEGER,
  maxBytesPerRead: Number.MAX_SAFE_INTEGER,
  maxAttributeCount: Number.MAX_SAFE_INTEGER,
};
