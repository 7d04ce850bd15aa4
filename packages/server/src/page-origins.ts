import type { IncomingMessage } from "node:http";

/** Whose pages may call, beside those that come from where they call: origins such as `https://app.example.org`, or every one. */
export type AllowedOrigins = readonly string[] | "any";

/** @throws RangeError that names the value and what is allowed */
export function checkedOrigins(value: AllowedOrigins | undefined): AllowedOrigins {
  if (value === undefined) return [];
  if (value === "any") return value;
  if (!Array.isArray(value))
    throw new RangeError(`allowedOrigins is ${JSON.stringify(value)}; it must be an array of origins, or "any"`);
  for (const origin of value) {
    // A page from a file, or in a sandbox, has the origin "null".
    if (origin !== "null" && originOf(origin) !== origin)
      throw new RangeError(
        `allowedOrigins has ${JSON.stringify(origin)}; an origin looks like https://app.example.org, or http://localhost:8080`,
      );
  }
  return [...value];
}

/**
 * The origin of the page that makes this request, where that may not call; undefined where it may. A browser lets a page open a
 * WebSocket to whatever its user can reach, and tells the origin alone (RFC 6455 10.2); programs send none.
 */
export function strangeOriginOf({ headers }: IncomingMessage, allowed: AllowedOrigins): string | undefined {
  const { origin, host } = headers;
  if (origin === undefined || allowed === "any" || allowed.includes(origin)) return undefined;
  return host !== undefined && hostOf(origin) === host.toLowerCase() ? undefined : origin;
}

function originOf(text: unknown): string | undefined {
  return typeof text === "string" && URL.canParse(text) ? new URL(text).origin : undefined;
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
