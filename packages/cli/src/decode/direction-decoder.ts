import { ReaderDictionary } from "@bowline/protocol/binary-xml";
import {
  binarySessionContentType,
  explainFraming,
  FramingError,
  type FramingRecord,
  FramingRecordDecoder,
  maxRecordByteLength,
} from "@bowline/protocol/framing";
import { type DecodedEnvelope, decodeEnvelope } from "./envelope.ts";
import { contentTypeOf, titleOfRecord } from "./record-title.ts";

/** A record of one side, or what is wrong with its bytes. */
export interface DecodedRecord {
  /** Of its first octet in the stream of its side, in bytes. */
  readonly streamOffset: number;
  readonly bytes: Uint8Array;
  readonly title: string;
  readonly envelope: DecodedEnvelope | undefined;
  /** What could not be read; undefined when all was. */
  readonly problem: string | undefined;
}

/** What the two sides of one connection have agreed on. */
export interface ConnectionContext {
  /** Announced by the client in its preamble. Sessions over net.tcp mean binary XML with string tables. */
  contentType: string;
  /** The protocol, such as TLS, that the two sides went over to; what follows is not framing. */
  upgrade: string | undefined;
}

/** A connection of which nothing has been seen. */
export function freshContext(): ConnectionContext {
  return { contentType: binarySessionContentType, upgrade: undefined };
}

/** Decodes what one side of a connection sends: framing, string tables of its session, envelopes. */
export class DirectionDecoder {
  readonly #context: ConnectionContext;
  #framing = new FramingRecordDecoder(unlimited);
  #dictionary = freshDictionary();
  /** The bytes since the last record, and where they begin in the stream. */
  #pending: Uint8Array = new Uint8Array(0);
  #pendingOffset = 0;
  #chunks: Uint8Array[] | undefined;
  #state: "framing" | "upgraded" | "broken" = "framing";

  constructor(context: ConnectionContext) {
    this.#context = context;
  }

  /** The records that are whole with these bytes; after a problem in the framing there are no more. */
  push(bytes: Uint8Array): DecodedRecord[] {
    if (this.#state === "broken" || bytes.length === 0) return [];
    this.#pending = joined([this.#pending, bytes]);
    if (this.#state === "upgraded") return [this.#upgradedBytes()];
    this.#framing.push(bytes);
    const records: DecodedRecord[] = [];
    for (;;) {
      const record = this.#next(records);
      if (record === undefined) return records;
      const decoded = this.#decoded(record);
      if (decoded !== undefined) records.push(decoded);
      if (this.#hasUpgraded(record)) {
        this.#state = "upgraded";
        return this.#pending.length === 0 ? records : [...records, this.#upgradedBytes()];
      }
    }
  }

  /**
   * The bytes of a record that lacks its rest; none when the bytes stop where a record does.
   * @param isBroken the connection broke, so that a record without its rest is no problem
   */
  end(isBroken: boolean): DecodedRecord[] {
    if (this.#state !== "framing" || this.#pending.length === 0) return [];
    const rows = explainFraming(this.#pending);
    const { meaning } = rows.at(-1)!;
    const missing = /^(?:cut|start)/.test(meaning) ? meaning : `after "${meaning}" more has to come`;
    const title = `unfinished ${rows[0]!.meaning}`;
    const end = this.#pendingOffset + this.#pending.length;
    const unfinished = this.#take(this.#pending.length, isBroken ? `${title}, ${missing}` : title);
    const problem = isBroken ? undefined : `the bytes end at byte ${end}, inside a record: ${missing}`;
    return [{ ...unfinished, problem }];
  }

  #next(records: DecodedRecord[]): FramingRecord | undefined {
    try {
      return this.#framing.next();
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      this.#state = "broken";
      const problem = `${error.code}: ${error.message}; expected a framing record, 00 to 0c`;
      records.push({ ...this.#take(this.#pending.length, "not framing"), problem });
      return undefined;
    }
  }

  /** Undefined for a part of an envelope that comes in chunks. */
  #decoded(record: FramingRecord): DecodedRecord | undefined {
    switch (record.type) {
      case "unsized-envelope":
        this.#chunks = [];
        return undefined;
      case "chunk":
        this.#chunks?.push(record.bytes.slice(record.from, record.to));
        return undefined;
      case "chunks-end": {
        const chunks = this.#chunks ?? [];
        this.#chunks = undefined;
        const payload = joined(chunks);
        return this.#envelope(
          payload,
          undefined,
          `Unsized Envelope, ${payload.length} bytes in chunks: ${chunks.length}`,
        );
      }
      case "sized-envelope": {
        const payload = record.bytes.slice(record.from, record.to);
        const payloadOffset = this.#framing.streamOffset - payload.length;
        return this.#envelope(payload, payloadOffset, `Sized Envelope, ${payload.length} bytes`);
      }
      default:
        this.#apply(record);
        return this.#take(this.#framing.streamOffset - this.#pendingOffset, titleOfRecord(record));
    }
  }

  #apply(record: FramingRecord): void {
    if (record.type === "known-encoding" || record.type === "extensible-encoding") {
      this.#context.contentType = contentTypeOf(record);
    } else if (record.type === "upgrade-request") this.#context.upgrade = record.upgrade;
    else if (record.type === "version" || record.type === "preamble-ack") this.#dictionary = freshDictionary();
  }

  #upgradedBytes(): DecodedRecord {
    const { length } = this.#pending;
    return this.#take(
      length,
      `${length} bytes of ${this.#context.upgrade ?? "the upgrade"}, which cannot be read here`,
    );
  }

  /** A client sends framing up to its request, a server up to its response. */
  #hasUpgraded(record: FramingRecord): boolean {
    return record.type === "upgrade-request" || record.type === "upgrade-response";
  }

  #envelope(payload: Uint8Array, payloadOffset: number | undefined, title: string): DecodedRecord {
    const envelope = decodeEnvelope(payload, payloadOffset, this.#context.contentType, this.#dictionary);
    const decoded = this.#take(this.#framing.streamOffset - this.#pendingOffset, title);
    return { ...decoded, envelope, problem: envelope.problem };
  }

  #take(byteLength: number, title: string): DecodedRecord {
    const streamOffset = this.#pendingOffset;
    const bytes = this.#pending.slice(0, byteLength);
    this.#pending = this.#pending.subarray(byteLength);
    this.#pendingOffset += byteLength;
    return { streamOffset, bytes, title, envelope: undefined, problem: undefined };
  }
}

function freshDictionary(): ReaderDictionary {
  return new ReaderDictionary({ maxSessionByteLength: maxRecordByteLength });
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((byteLength, part) => byteLength + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The input is a file that is in memory already; a peer's limits are not ours. */
const unlimited = {
  maxViaByteLength: maxRecordByteLength,
  maxContentTypeByteLength: maxRecordByteLength,
  maxUpgradeNameByteLength: maxRecordByteLength,
  maxFaultByteLength: maxRecordByteLength,
  maxEnvelopeByteLength: maxRecordByteLength,
};
