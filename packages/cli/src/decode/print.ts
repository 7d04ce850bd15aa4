import { toHex } from "@bowline/protocol/bytes";
import { explainFraming } from "@bowline/protocol/framing";
import type { ConversationItem, ConversationRecord } from "./conversation.ts";
import type { ByteRow } from "./envelope.ts";
import { indentXml } from "./indent-xml.ts";

/** What to show below the line of a record. */
export interface PrintOptions {
  /** Each envelope as indented XML. */
  readonly xml: boolean;
  /** What every byte is. */
  readonly records: boolean;
}

const bodyIndent = "    ";
const shownByteCount = 12;

/** The lines for one item of a conversation, without a line end after the last. */
export function printItem(item: ConversationItem, options: PrintOptions): string {
  const lines = [headLine(item)];
  if (item.kind === "event") return lines[0]!;
  if (options.records) lines.push(...byteTable(item));
  if (options.xml && item.envelope?.xml !== undefined) lines.push(indentXml(item.envelope.xml, bodyIndent));
  if (item.problem !== undefined) lines.push(`${bodyIndent}error: ${item.problem}`);
  return lines.join("\n");
}

/** Connection, time, sender, place in the sender's stream, and what it is. */
function headLine(item: ConversationItem): string {
  const place = `${item.connection}  ${item.atMs === undefined ? "" : `${item.atMs.toFixed(1).padStart(8)} ms  `}`;
  if (item.kind === "event") return `${place}${item.event}`;
  return `${place}${item.from}  byte ${item.streamOffset}  ${item.title}`;
}

function byteTable(record: ConversationRecord): string[] {
  const { envelope, streamOffset } = record;
  const framing = explainFraming(record.bytes).map((row) => ({ ...row, depth: 0, clause: `[MC-NMF] ${row.clause}` }));
  if (envelope === undefined) return framing.map((row) => tableLine(row, record.bytes, streamOffset));
  const message = envelope.rows.map((row) => tableLine(row, envelope.payload, envelope.payloadOffset ?? 0));
  if (envelope.payloadOffset !== undefined) {
    return [...framing.slice(0, -1).map((row) => tableLine(row, record.bytes, streamOffset)), ...message];
  }
  const heading = `${bodyIndent}the message, its chunks joined; offsets count from its first byte`;
  return [...framing.map((row) => tableLine(row, record.bytes, streamOffset)), heading, ...message];
}

function tableLine(row: ByteRow, bytes: Uint8Array, base: number): string {
  const offset = String(base + row.offset).padStart(6);
  const shown = toHex(bytes.subarray(row.offset, row.offset + Math.min(row.byteLength, shownByteCount)));
  const hex = `${shown}${row.byteLength > shownByteCount ? "…" : ""}`.padEnd(shownByteCount * 2 + 1);
  return `${bodyIndent}${offset}  ${hex}  ${"  ".repeat(row.depth)}${row.meaning}  ${row.clause}`.trimEnd();
}
