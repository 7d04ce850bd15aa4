/** What is wrong with a SOAP message. Documented API. */
export type SoapErrorCode =
  /** Not a SOAP 1.2 envelope, or its parts are out of order. */
  | "SOAP_ILL_FORMED"
  /** A required addressing header is missing, or one stands twice. */
  | "SOAP_ADDRESSING_INVALID"
  /** More header blocks than `maxHeaderCount`. */
  | "SOAP_TOO_MANY_HEADERS";

/** The peer's message is not a SOAP 1.2 message with WS-Addressing 1.0 as it should be. */
export class SoapError extends Error {
  override readonly name = "SoapError";
  readonly code: SoapErrorCode;

  constructor(code: SoapErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
