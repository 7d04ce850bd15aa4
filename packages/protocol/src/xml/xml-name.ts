/**
 * A string that the session encoder may send once and then by number ([MC-NBFSE]): names, namespaces, actions, addresses.
 *
 * Instances are shared: `dictionaryString("Add")` is the same object each time, so that encoders can key on it.
 */
export interface DictionaryString {
  readonly value: string;
  /** The id in the static dictionary [MC-NBFS] (even), or -1. */
  readonly staticId: number;
}

/** A plain string always travels in-line; a `DictionaryString` by number where the encoding can. */
export type XmlName = string | DictionaryString;

export function textOf(name: XmlName): string {
  return typeof name === "string" ? name : name.value;
}
