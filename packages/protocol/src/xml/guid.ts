import { trimXmlSpace } from "./number-text.ts";
import { guidText } from "./unique-id.ts";

/** The lower-case text, with dashes and without braces, of the 16 wire bytes at `at` (.NET's order). */
export function guidTextOfBytes(bytes: Uint8Array, at = 0): string {
  let key = "";
  for (let index = 0; index < 16; index++) key += String.fromCharCode(bytes[at + index]!);
  return guidText(key);
}

/**
 * Writes the 16 wire bytes of a GUID's text at `at`. Accepts what .NET's `Guid` prints: with dashes, with braces or parentheses around,
 * or 32 digits alone. @throws RangeError on anything else
 */
export function copyGuidTextBytes(text: string, bytes: Uint8Array, at: number): void {
  const digits = guidDigits(text);
  for (let index = 0; index < 16; index++) {
    bytes[at + wireIndex[index]!] = Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16);
  }
}

/** The text in the form of `guidTextOfBytes`. @throws RangeError when it is not a GUID */
export function normalizeGuid(text: string): string {
  const digits = guidDigits(text).toLowerCase();
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}

function guidDigits(text: string): string {
  const trimmed = trimXmlSpace(text);
  if (!guidPattern.test(trimmed)) {
    throw new RangeError(`"${trimmed.slice(0, 60)}" is not a GUID such as 00112233-4455-6677-8899-aabbccddeeff`);
  }
  return trimmed.replace(/[-{}()]/g, "");
}

const dashed = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}";
const guidPattern = new RegExp(`^(?:${dashed}|\\{${dashed}\\}|\\(${dashed}\\)|[0-9a-fA-F]{32})$`);
/** Where byte i of the text lies on the wire. */
const wireIndex = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
