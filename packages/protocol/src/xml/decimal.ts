import { trimXmlSpace } from "./number-text.ts";

/** .NET's decimal: `magnitude` (96 bits) divided by 10 to the `scale` (0 to 28). */
export interface Decimal {
  readonly negative: boolean;
  readonly scale: number;
  readonly magnitude: bigint;
}

/** Digits after the point that a decimal can hold. */
export const maxDecimalScale = 28;
const maxMagnitude = 2n ** 96n - 1n;

/**
 * Reads plain decimal notation; trailing zeros count. Zeros beyond what fits are dropped.
 * @throws RangeError when it is not that, or needs more than 96 bits or 28 places
 */
export function parseDecimal(text: string): Decimal {
  const trimmed = trimXmlSpace(text);
  const match = trimmed.length > 1024 ? null : decimalPattern.exec(trimmed);
  if (match === null) throw new RangeError(`"${trimmed.slice(0, 60)}" is not a decimal number in plain notation`);
  const whole = match[2] ?? "";
  let fraction = match[3] ?? match[4] ?? "";
  while (fraction.endsWith("0") && !isWithinLimits(whole, fraction)) fraction = fraction.slice(0, -1);
  if (!isWithinLimits(whole, fraction)) {
    throw new RangeError(
      `${trimmed.slice(0, 60)} does not fit .NET's decimal: 96 bits and ${maxDecimalScale} places after the point`,
    );
  }
  return { negative: match[1] === "-", scale: fraction.length, magnitude: BigInt(whole + fraction || "0") };
}

/** Plain notation with all `scale` places; zero has no sign, as in .NET. */
export function decimalText(value: Decimal): string {
  const digits = value.magnitude.toString().padStart(value.scale + 1, "0");
  const point = digits.length - value.scale;
  const text = value.scale === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return value.negative && value.magnitude !== 0n ? `-${text}` : text;
}

function isWithinLimits(whole: string, fraction: string): boolean {
  return fraction.length <= maxDecimalScale && BigInt(whole + fraction || "0") <= maxMagnitude;
}

const decimalPattern = /^([+-])?(?:(\d+)(?:\.(\d*))?|\.(\d+))$/;
