/** Why the input of a command cannot be used, as documented API. */
export type InputErrorCode =
  /** The file does not exist or may not be read. */
  | "INPUT_UNREADABLE"
  /** There is not one byte of a conversation in it. */
  | "INPUT_EMPTY"
  /** Text that is neither a recording nor hex. */
  | "INPUT_FORMAT_UNKNOWN"
  /** A line of a recording that does not have the fields of one. */
  | "INPUT_LINE_INVALID"
  /** The module does not exist, or threw while it was imported. */
  | "MODULE_UNREADABLE"
  /** The module exports no host. */
  | "MODULE_WITHOUT_HOST"
  /** The function that was to give the host threw. */
  | "MODULE_FAILED"
  /** The host of the module could not be opened. */
  | "HOST_NOT_OPENED";

/** The input of a command cannot be used; what to give instead is in the message. */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly code: InputErrorCode;

  constructor(code: InputErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}
