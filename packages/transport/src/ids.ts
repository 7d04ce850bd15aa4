import { UniqueId } from "@bowline/protocol/xml";
import { v4 } from "uuid";

/** A UUID of version 4 in the byte order of a .NET Guid, which has the version's byte behind its neighbour. */
function randomGuidBytes(into: Uint8Array): Uint8Array {
  v4(undefined, into);
  const version = into[6]!;
  into[6] = into[7]!;
  into[7] = version;
  return into;
}

/** A random identifier that nobody can guess: for sequences. */
export function randomId(): UniqueId {
  return UniqueId.fromGuidBytes(randomGuidBytes(new Uint8Array(16)));
}

/**
 * Identifiers that are unique but cheap: random bytes once, then a counter in the last four. For messages, whose ids need not be secret.
 */
export class CountedIds {
  readonly #bytes: Uint8Array = randomGuidBytes(new Uint8Array(16));
  #count = 0;

  next(): UniqueId {
    const count = ++this.#count;
    const bytes = this.#bytes;
    if (count > 0xffff_ffff) {
      randomGuidBytes(bytes);
      this.#count = 1;
    }
    bytes[12] = this.#count >>> 24;
    bytes[13] = this.#count >>> 16;
    bytes[14] = this.#count >>> 8;
    bytes[15] = this.#count;
    return UniqueId.fromGuidBytes(bytes);
  }
}
