import type { MessageCodec } from "@bowline/protocol/session";

/** Why a page speaks binary alone. */
export const noTextEncoding =
  'a browser speaks the binary encoding alone, since text would cost every page an XML parser; leave out encoding: "text"';

/** Stands where there are no encodings of documents. @throws TypeError */
export function newDocumentCodec(): MessageCodec {
  throw new TypeError(noTextEncoding);
}
