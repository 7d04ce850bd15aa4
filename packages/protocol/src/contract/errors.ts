import { XmlError } from "../xml/index.ts";

/** What is wrong with a contract's definition or with a value of one. Documented API. */
export type ContractErrorCode =
  /** A number, date, name or the like that the type cannot hold. */
  | "CONTRACT_VALUE_OUT_OF_RANGE"
  /** A value of another kind than the contract says; a nil where the contract has none. */
  | "CONTRACT_WRONG_TYPE"
  /** A member or parameter that is not optional is not there. */
  | "CONTRACT_MISSING_MEMBER"
  /** An element of another name stands where the contract has exactly one name. */
  | "CONTRACT_UNEXPECTED_ELEMENT"
  /** An `i:type` or a `$type` that is not among the known types. */
  | "CONTRACT_UNKNOWN_TYPE"
  /** A dictionary's key appears twice. */
  | "CONTRACT_DUPLICATE_KEY"
  /** The value has more levels than `maxBodyDepth`: a cycle, as a rule. */
  | "CONTRACT_TOO_DEEP"
  /** The contract itself is wrong: a name, a duplicate, an option. Thrown at definition, never for a message. */
  | "CONTRACT_INVALID_DEFINITION";

/** A value does not fit its contract, or a contract does not fit together. */
export class ContractError extends Error {
  override readonly name = "ContractError";
  readonly code: ContractErrorCode;
  /** Where in the message, such as `order.Lines[1].Quantity`; empty for the whole of it. */
  readonly path: string;
  /** The message without the path. */
  readonly reason: string;

  constructor(
    code: ContractErrorCode,
    reason: string,
    details: { readonly path?: string; readonly cause?: unknown } = {},
  ) {
    const path = details.path ?? "";
    super(path === "" ? reason : `${path}: ${reason}`, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.path = path;
    this.reason = reason;
  }
}

/**
 * The error to throw instead when `error` came out of the part of a value called `segment` (`Quantity`, `[1]`).
 *
 * Paths are put together while the error travels outwards, so that nothing is spent on them as long as all goes well.
 */
export function errorWithin(error: unknown, segment: string): unknown {
  if (error instanceof ContractError) {
    const { path, cause } = error;
    const joint = path === "" || path.startsWith("[") ? "" : ".";
    return new ContractError(error.code, error.reason, {
      path: segment + joint + path,
      ...(cause === undefined ? {} : { cause }),
    });
  }
  if (error instanceof XmlError && error.code === "XML_UNEXPECTED_CONTENT") {
    return new ContractError("CONTRACT_WRONG_TYPE", error.message, { path: segment, cause: error });
  }
  return error;
}

/** A value as it may stand in an error message: short, on one line. */
export function describeValue(value: unknown): string {
  if (typeof value === "string")
    return value.length > 40 ? `"${value.slice(0, 40)}…" (${value.length} characters)` : JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (value === null || typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return `an object of class ${Object.getPrototypeOf(value)?.constructor?.name ?? "none"}`;
}

/** The error for a value of another kind than `expected`. */
export function wrongType(value: unknown, expected: string): ContractError {
  if (value === null) {
    return new ContractError(
      "CONTRACT_WRONG_TYPE",
      `is null, must be ${expected}; declare it nillable(…) to allow null`,
    );
  }
  return new ContractError("CONTRACT_WRONG_TYPE", `is ${describeValue(value)}, must be ${expected}`);
}

/** The error for a value of the right kind outside of what the type holds. */
export function outOfRange(value: unknown, allowed: string, cause?: unknown): ContractError {
  return new ContractError(
    "CONTRACT_VALUE_OUT_OF_RANGE",
    `is ${describeValue(value)}, allowed is ${allowed}`,
    cause === undefined ? {} : { cause },
  );
}

/** The error for a contract that cannot be. */
export function invalidDefinition(reason: string): ContractError {
  return new ContractError("CONTRACT_INVALID_DEFINITION", reason);
}
