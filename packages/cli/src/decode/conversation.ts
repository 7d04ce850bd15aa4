import { type ConnectionContext, type DecodedRecord, DirectionDecoder, freshContext } from "./direction-decoder.ts";
import type { RecordedEvent, RecordedLine, Side } from "./recording.ts";

/** A record with who sent it and when it was whole. */
export interface ConversationRecord extends DecodedRecord {
  readonly kind: "record";
  readonly connection: number;
  readonly atMs: number | undefined;
  readonly from: Side;
}

/** What happened in a recording, in its order. */
export type ConversationItem = ConversationRecord | RecordedEvent;

/**
 * Decodes all connections of a recording, both sides, each with the session tables of its own. Never throws for what the bytes are.
 *
 * A record that lacks its rest comes where its side of the connection ended; it is a problem unless the connection broke there.
 */
export function* decodeConversation(lines: readonly RecordedLine[]): Generator<ConversationItem, void> {
  const lastChunks = lastChunksOf(lines);
  const connections = new Map<number, Connection>();
  for (const line of lines) {
    const connection = connections.get(line.connection) ?? freshConnection();
    connections.set(line.connection, connection);
    if (line.kind === "chunk") {
      yield* placed(connection[line.from].push(line.bytes), line, line.from);
      if (lastChunks.has(line)) connection.endedSides.push(line.from);
      continue;
    }
    for (const from of connection.endedSides) {
      if (endsSide(line, from)) yield* placed(connection[from].end(isBreak(line)), line, from);
    }
    yield line;
  }
  for (const [number, connection] of connections) {
    for (const from of sides) yield* placed(connection[from].end(false), { connection: number, atMs: undefined }, from);
  }
}

const sides: readonly Side[] = ["client", "server"];

/** Of each connection the last bytes of each side: events can come before bytes that were on their way. */
function lastChunksOf(lines: readonly RecordedLine[]): ReadonlySet<RecordedLine> {
  const lastChunks = new Map<string, RecordedLine>();
  for (const line of lines) {
    if (line.kind === "chunk") lastChunks.set(`${line.connection} ${line.from}`, line);
  }
  return new Set(lastChunks.values());
}

function endsSide(event: RecordedEvent, from: Side): boolean {
  return isBreak(event) || event.event === `end-${from}`;
}

/** Nobody is to blame for a record that stops at one of these. */
function isBreak({ event }: RecordedEvent): boolean {
  return event === "cut" || event.startsWith("error-");
}

function placed(
  records: readonly DecodedRecord[],
  { connection, atMs }: Pick<RecordedLine, "connection" | "atMs">,
  from: Side,
): ConversationRecord[] {
  return records.map((record) => ({ ...record, kind: "record", connection, atMs, from }));
}

interface Connection {
  readonly client: DirectionDecoder;
  readonly server: DirectionDecoder;
  /** Those of which no more bytes come. */
  readonly endedSides: Side[];
}

function freshConnection(): Connection {
  const context: ConnectionContext = freshContext();
  return { client: new DirectionDecoder(context), server: new DirectionDecoder(context), endedSides: [] };
}
