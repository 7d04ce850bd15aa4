import type { DictionaryString } from "../xml/index.ts";
import { staticStrings } from "./static-dictionary.table.ts";

/** Looks up strings by wire id: even ids in the static dictionary, odd ones in the session's. */
export interface StringTable {
  lookup(id: number): DictionaryString | undefined;
}

class SharedString implements DictionaryString {
  readonly value: string;
  readonly staticId: number;

  constructor(value: string, staticId: number) {
    this.value = value;
    this.staticId = staticId;
  }
}

const byStaticIndex: readonly DictionaryString[] = staticStrings.map(
  (value, index) => new SharedString(value, index * 2),
);
const shared = new Map<string, DictionaryString>(byStaticIndex.map((entry) => [entry.value, entry]));

/**
 * The one shared `DictionaryString` of this text, kept for the life of the process: for names, namespaces and actions of the program.
 * For text that a peer chose use `transientDictionaryString`.
 */
export function dictionaryString(value: string): DictionaryString {
  let entry = shared.get(value);
  if (entry === undefined) {
    entry = new SharedString(value, -1);
    shared.set(value, entry);
  }
  return entry;
}

/** A `DictionaryString` of text that came from outside, such as an address: the shared one where there is one, else not kept. */
export function transientDictionaryString(value: string): DictionaryString {
  return shared.get(value) ?? new SharedString(value, -1);
}

/** The string with this static id (even, 0 to 3CC hex), or undefined. [MC-NBFS] 2 */
export function staticDictionaryString(id: number): DictionaryString | undefined {
  return (id & 1) === 0 ? byStaticIndex[id >> 1] : undefined;
}

/** The static dictionary alone, for documents outside a session (content type `application/soap+msbin1`). */
export const staticDictionary: StringTable = { lookup: staticDictionaryString };
