import { FramingError } from "@bowline/protocol/framing";
import { RmError } from "@bowline/protocol/reliable-messaging";
import { CallError, LinkError } from "@bowline/protocol/session";
import { SoapError } from "@bowline/protocol/soap";
import { XmlError } from "@bowline/protocol/xml";
import { ServerError } from "../errors.ts";

/** An error on its way between threads, where its class would be lost. */
export interface ErrorImage {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Its own fields that can be carried, such as `code`. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly cause: ErrorImage | undefined;
}

const classes = new Map<string, object>(
  [ServerError, LinkError, FramingError, XmlError, SoapError, RmError, CallError, TypeError, RangeError].map(
    (known) => [known.name, known.prototype as object],
  ),
);

/** What of `error` can be carried. */
export function imageOf(error: unknown): ErrorImage {
  if (!(error instanceof Error))
    return { name: "Error", message: String(error), stack: undefined, fields: {}, cause: undefined };
  const { name, message, stack, cause } = error;
  const fields = Object.fromEntries(
    Object.entries(error).filter(([key, value]) => key !== "cause" && key !== "name" && isPlain(value)),
  );
  return { name, message, stack, fields, cause: cause === undefined ? undefined : imageOf(cause) };
}

/** The error again: of its class where that is one of ours. */
export function errorOf({ name, message, stack, fields, cause }: ErrorImage): Error {
  const error = new Error(message, cause === undefined ? {} : { cause: errorOf(cause) });
  const prototype = classes.get(name);
  if (prototype !== undefined) Object.setPrototypeOf(error, prototype);
  Object.assign(error, fields);
  if (error.name !== name) Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
  if (stack !== undefined) error.stack = stack;
  return error;
}

function isPlain(value: unknown): boolean {
  return value === null || (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol");
}
