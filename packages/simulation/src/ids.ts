import { UniqueId } from "@bowline/protocol/xml";

/** Identifiers in the order they are asked for, so that a run repeats. */
export class CountedIds {
  #last = 0;

  next(): UniqueId {
    this.#last += 1;
    return UniqueId.parse(`urn:uuid:00000000-0000-4000-8000-${this.#last.toString(16).padStart(12, "0")}`);
  }
}
