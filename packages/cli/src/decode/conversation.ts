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

/** Decodes all connections of a recording, both sides, each with the session tables of its own. Never throws for what the bytes are. */
export function* decodeConversation(lines: readonly RecordedLine[]): Generator<ConversationItem, void> {
  const connections = new Map<number, Connection>();
  for (const line of lines) {
    const connection = connections.get(line.connection) ?? freshConnection();
    connections.set(line.connection, connection);
    if (line.kind === "event") yield line;
    else {
      for (const record of connection[line.from].push(line.bytes)) {
        yield { ...record, kind: "record", connection: line.connection, atMs: line.atMs, from: line.from };
      }
    }
  }
  for (const [number, connection] of connections) {
    for (const from of ["client", "server"] as const) {
      const rest = connection[from].end();
      if (rest !== undefined) yield { ...rest, kind: "record", connection: number, atMs: undefined, from };
    }
  }
}

interface Connection {
  readonly client: DirectionDecoder;
  readonly server: DirectionDecoder;
}

function freshConnection(): Connection {
  const context: ConnectionContext = freshContext();
  return { client: new DirectionDecoder(context), server: new DirectionDecoder(context) };
}
