/** Limits of one document, by WCF's names (`XmlDictionaryReaderQuotas`). Past one: `XmlError` with code `XML_QUOTA_EXCEEDED`. */
export interface ReaderQuotas {
  /** Elements inside each other. */
  readonly maxDepth: number;
  /** UTF-16 characters in one text, attribute value or comment. */
  readonly maxStringContentLength: number;
  /** Bytes of one base64 value; items of one array record. */
  readonly maxArrayLength: number;
  /** Bytes of one start tag with its attributes. */
  readonly maxBytesPerRead: number;
  /** Attributes and xmlns declarations on one element. */
  readonly maxAttributeCount: number;
}

/**
 * Defaults: depth 128 as WCF applies for buffered messages. The other three are what a message of the default 64 KiB can hold at
 * most, so they bite only when `maxReceivedMessageSize` is raised; raise them together.
 */
export const defaultReaderQuotas: ReaderQuotas = Object.freeze({
  maxDepth: 128,
  maxStringContentLength: 1 << 20,
  maxArrayLength: 1 << 20,
  maxBytesPerRead: 64 * 1024,
  maxAttributeCount: 256,
});
