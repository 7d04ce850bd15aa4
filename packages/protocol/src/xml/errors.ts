/** What went wrong in an XML document, in whatever encoding. Documented API. */
export type XmlErrorCode =
  /** The bytes or characters are not a well-formed document. */
  | "XML_ILL_FORMED"
  /** The document ends before its last end tag. */
  | "XML_UNEXPECTED_END"
  /** A value is not of the type that was asked for, or an element stands where it must not. */
  | "XML_UNEXPECTED_CONTENT"
  /** A dictionary id that nobody defined. */
  | "XML_UNKNOWN_DICTIONARY_ID"
  /** A prefix that no declaration in scope binds. */
  | "XML_UNBOUND_PREFIX"
  /** A reader quota was passed; the message names it, its value and what the document has. */
  | "XML_QUOTA_EXCEEDED";

/** The document is not what it should be. */
export class XmlError extends Error {
  override readonly name = "XmlError";
  readonly code: XmlErrorCode;
  /** Offset in the document, in bytes (binary) or characters (text); undefined where it is not known. */
  readonly offset: number | undefined;

  constructor(
    code: XmlErrorCode,
    message: string,
    details: {
      readonly offset?: number | undefined;
      /** What `offset` counts; default "byte". */
      readonly unit?: "byte" | "character";
      readonly cause?: unknown;
    } = {},
  ) {
    const { offset, unit = "byte" } = details;
    super(offset === undefined ? message : `${message} (at ${unit} ${offset})`, { cause: details.cause });
    this.code = code;
    this.offset = details.offset;
  }
}
