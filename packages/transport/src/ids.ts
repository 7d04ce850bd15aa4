import { UniqueId } from "@bowline/protocol/xml";
import { v4 } from "uuid";

/** A random identifier that nobody can guess: for sequences. */
export function randomId(): UniqueId {
  return UniqueId.fromGuidBytes(v4(undefined, new Uint8Array(16)));
}

/**
 * Identifiers that are unique but cheap: random bytes once, then a counter in the last four. For messages, whose ids need not be secret.
 */
export class CountedIds {
  readonly #bytes: Uint8Array = v4(undefined, new Uint8Array(16));
  #count = 0;

  next(): UniqueId {
    const count = ++this.#count;
    const bytes = this.#bytes;
    if (count > 0xffff_ffff) {
      v4(undefined, bytes);
      this.#count = 1;
    }
    bytes[12] = this.#count >>> 24;
    bytes[13] = this.#count >>> 16;
    bytes[14] = this.#count >>> 8;
    bytes[15] = this.#count;
    return UniqueId.fromGuidBytes(bytes);
  }
}
