import type { DateTime, Duration } from "./time-values.ts";
import type { UniqueId } from "./unique-id.ts";
import type { XmlName } from "./xml-name.ts";

/**
 * Writes one XML document or fragment, in whatever encoding.
 *
 * The caller chooses prefixes and declares namespaces itself; nothing is invented. Inside a start tag the order is attributes first,
 * then xmlns declarations, as WCF writes them.
 */
export interface XmlWriter {
  startElement(prefix: string, localName: XmlName): void;
  attribute(prefix: string, localName: XmlName, value: XmlName): void;
  /** `true` or `false`, as a record of its own where the encoding has one. */
  attributeBoolean(prefix: string, localName: XmlName, value: boolean): void;
  /** An attribute whose value is a whole number, such as a bound of an acknowledgement range; a safe integer. */
  attributeInteger(prefix: string, localName: XmlName, value: number): void;
  /** xmlns or xmlns:prefix ("" for the default namespace). */
  declareNamespace(prefix: string, namespaceUri: XmlName): void;
  endElement(): void;

  /** Content of the element that is open. A `DictionaryString` may travel by number. */
  text(value: XmlName): void;
  boolean(value: boolean): void;
  /** A safe integer. */
  integer(value: number): void;
  /** -2^63 to 2^64-1. */
  bigint(value: bigint): void;
  float(value: number): void;
  double(value: number): void;
  /** Plain decimal notation. @throws RangeError when it does not fit .NET's decimal (96 bits, 28 places) */
  decimal(value: string): void;
  dateTime(value: DateTime): void;
  duration(value: Duration): void;
  /** @throws RangeError when it is not a GUID */
  guid(value: string): void;
  uniqueId(value: UniqueId): void;
  /** A whole value, as base64, or as raw bytes where the encoding has them. */
  bytes(value: Uint8Array): void;
  /** A QName; `prefix` must be declared in scope. */
  qname(prefix: string, localName: XmlName): void;
}
