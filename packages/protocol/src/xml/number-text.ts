/** The text of a double as .NET prints it in XML: shortest digits that read back the same, `1E+17`, `1.5E-300`, `INF`, `-0`. */
export function doubleText(value: number): string {
  return special(value) ?? generalText(value.toExponential(), 17);
}

/** The text of a float: the shortest digits that read back to the same 32 bits. */
export function floatText(value: number): string {
  const known = special(value);
  if (known !== undefined) return known;
  const single = Math.fround(value);
  let digits = 1;
  while (digits < 9 && Math.fround(Number(single.toExponential(digits - 1))) !== single) digits += 1;
  return generalText(evenOfTwo(single, digits), 9);
}

/** `single` in `digits` digits; of two that are equally near the one with the even last digit, where JavaScript takes the larger. */
function evenOfTwo(single: number, digits: number): string {
  const nearest = single.toExponential(digits - 1);
  const split = nearest.indexOf("e");
  const last = nearest.charCodeAt(split - 1) - 0x30;
  if (digits < 2 || last % 2 === 0) return nearest;
  const halfway = single.toExponential(digits);
  const isTie = halfway.charCodeAt(halfway.indexOf("e") - 1) === 0x35 && Number(halfway) === single;
  if (!isTie) return nearest;
  const even = `${nearest.slice(0, split - 1)}${last - 1}${nearest.slice(split)}`;
  return Math.fround(Number(even)) === single ? even : nearest;
}

/** Reads xsd:double; white space around it is ignored. @throws RangeError when it is none */
export function parseDouble(text: string): number {
  const trimmed = trimXmlSpace(text);
  if (doublePattern.test(trimmed)) return Number(trimmed);
  if (trimmed === "INF") return Number.POSITIVE_INFINITY;
  if (trimmed === "-INF") return Number.NEGATIVE_INFINITY;
  if (trimmed === "NaN") return Number.NaN;
  throw new RangeError(`"${trimmed.slice(0, 60)}" is not an xsd:double`);
}

/** Reads a whole number within a safe integer. @throws RangeError when it is none, or larger */
export function parseInteger(text: string): number {
  const trimmed = trimXmlSpace(text);
  const value = integerPattern.test(trimmed) ? Number(trimmed) : Number.NaN;
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  throw new RangeError(`"${trimmed.slice(0, 60)}" is not a whole number up to 2^53-1`);
}

/** Reads a whole number of -2^63 to 2^64-1. @throws RangeError when it is none, or larger */
export function parseBigInt(text: string): bigint {
  const trimmed = trimXmlSpace(text);
  if (integerPattern.test(trimmed)) {
    const unsigned = BigInt(trimmed.replace(/^[+-]/, ""));
    const value = trimmed.startsWith("-") ? -unsigned : unsigned;
    if (value >= -(2n ** 63n) && value < 2n ** 64n) return value;
  }
  throw new RangeError(`"${trimmed.slice(0, 60)}" is not a whole number of -2^63 to 2^64-1`);
}

/** Reads xsd:boolean: `true`, `false`, `1`, `0`. @throws RangeError on anything else */
export function parseBoolean(text: string): boolean {
  const trimmed = trimXmlSpace(text);
  if (trimmed === "true" || trimmed === "1") return true;
  if (trimmed === "false" || trimmed === "0") return false;
  throw new RangeError(`"${trimmed.slice(0, 60)}" is not an xsd:boolean`);
}

/** Without the white space of XML at both ends: space, tab, line feed, carriage return. */
export function trimXmlSpace(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isXmlSpace(text.charCodeAt(from))) from += 1;
  while (to > from && isXmlSpace(text.charCodeAt(to - 1))) to -= 1;
  return from === 0 && to === text.length ? text : text.slice(from, to);
}

/** True for the UTF-16 unit or byte of an XML white space character. */
export function isXmlSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09;
}

function special(value: number): string | undefined {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "INF" : "-INF";
  return undefined;
}

/**
 * .NET's general format: plain digits while the point lies at most `plainDigits` (or all digits) to the right and three zeros to the
 * left, else scientific with an exponent of at least two digits.
 */
function generalText(exponential: string, plainDigits: number): string {
  const split = exponential.indexOf("e");
  const sign = exponential.startsWith("-") ? "-" : "";
  const digits = exponential.slice(sign.length, split).replace(".", "").replace(/0+$/, "");
  const exponent = Number(exponential.slice(split + 1));
  if (exponent + 1 > Math.max(digits.length, plainDigits) || exponent < -4) {
    const size = Math.abs(exponent).toString().padStart(2, "0");
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    return `${sign}${digits[0]!}${fraction}E${exponent < 0 ? "-" : "+"}${size}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const fraction = digits.slice(exponent + 1);
  return `${sign}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

const doublePattern = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const integerPattern = /^[+-]?\d+$/;
