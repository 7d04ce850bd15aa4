import type { ServiceHost } from "@bowline/server";
import { InputError } from "../errors.ts";

/** Exports that may be the host, or a function that gives it; the first one that is there counts. */
const exportNames = ["default", "host"] as const;

/**
 * The host that a module exports, as its default or as `host`: a ServiceHost, or a function that gives one, perhaps by a promise.
 * @throws InputError that says what the module exports instead
 */
export async function hostOf(module: Readonly<Record<string, unknown>>, path: string): Promise<ServiceHost> {
  const name = exportNames.find((candidate) => module[candidate] !== undefined);
  if (name === undefined) {
    const names = Object.keys(module);
    const found = names.length === 0 ? "nothing" : names.join(", ");
    throw new InputError(
      "MODULE_WITHOUT_HOST",
      `${path} exports ${found}; export a ServiceHost, or a function that gives one, as its default or as "host"`,
    );
  }
  const exported = module[name];
  const isFunction = typeof exported === "function";
  const given = isFunction ? await called(exported as () => unknown, name, path) : exported;
  if (isHost(given)) return given;
  const what = isFunction ? "is a function that gives" : "is";
  throw new InputError(
    "MODULE_WITHOUT_HOST",
    `the export "${name}" of ${path} ${what} ${nameOf(given)}; it must be a ServiceHost, or a function that gives one`,
  );
}

async function called(give: () => unknown, name: string, path: string): Promise<unknown> {
  try {
    return await give();
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    throw new InputError("MODULE_FAILED", `the export "${name}" of ${path} failed: ${reason}`, { cause });
  }
}

/** By what it can do: the module may have another copy of the class. */
function isHost(value: unknown): value is ServiceHost {
  if (typeof value !== "object" || value === null) return false;
  const { open, close, addresses } = value as Partial<ServiceHost>;
  return typeof open === "function" && typeof close === "function" && Array.isArray(addresses);
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  const { name } = value.constructor ?? Object;
  return name === "Object" ? "a plain object" : `an object of class ${name}`;
}
