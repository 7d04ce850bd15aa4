import type { ReaderDictionary } from "@bowline/protocol/binary-xml";
import type { ByteWriter } from "@bowline/protocol/bytes";
import type { ReceivedDocument } from "@bowline/protocol/session";

/** Where a received envelope lies in a batch's bytes, and the strings of the connection that it came over; undefined for text. */
export interface PassedEnvelope {
  readonly from: number;
  readonly to: number;
  readonly dictionary: ReaderDictionary | undefined;
}

/** Copies an envelope as a connection would bring it: in binary behind a table of strings, which is empty. */
export function passEnvelope({ bytes, from, to, dictionary }: ReceivedDocument, out: ByteWriter): PassedEnvelope {
  const start = out.position;
  if (dictionary !== undefined) out.byte(0);
  out.write(bytes, from, to);
  return { from: start, to: out.position, dictionary: dictionary as ReaderDictionary | undefined };
}
