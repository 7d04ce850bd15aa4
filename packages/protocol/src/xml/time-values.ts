import { dateOfDay, dayOfDate, daysInMonth, isDateInRange } from "./calendar.ts";

/** What a `DateTime`'s ticks mean: nothing stated, UTC, or the sender's local time (carried as UTC ticks, as on the wire). */
export type DateTimeKind = "unspecified" | "utc" | "local";

const ticksPerMs = 10_000n;
const ticksPerSecond = 10_000_000n;
const ticksPerMinute = 60n * ticksPerSecond;
const ticksPerHour = 60n * ticksPerMinute;
const ticksPerDay = 24n * ticksPerHour;
/** Of 9999-12-31T23:59:59.9999999. */
const maxDateTimeTicks = 3_155_378_975_999_999_999n;
/** Of 1970-01-01T00:00:00. */
const epochTicks = 621_355_968_000_000_000n;
const maxDurationTicks = 9_223_372_036_854_775_807n;

/**
 * A moment as .NET's `DateTime` holds it: 100 ns ticks since 0001-01-01T00:00:00, years 1 to 9999, with a kind. Immutable.
 *
 * The ticks of kind "local" are UTC ticks: the offset of the sender is not on the wire.
 */
export class DateTime {
  readonly ticks: bigint;
  readonly kind: DateTimeKind;

  private constructor(ticks: bigint, kind: DateTimeKind) {
    if (ticks < 0n || ticks > maxDateTimeTicks) {
      throw new RangeError(
        `${ticks} ticks is no date: the years 1 to 9999 have 0 to ${maxDateTimeTicks} ticks of 100 ns`,
      );
    }
    this.ticks = ticks;
    this.kind = kind;
  }

  /** @throws RangeError outside the years 1 to 9999, as all constructors here */
  static utc(ticks: bigint): DateTime {
    return new DateTime(ticks, "utc");
  }

  static unspecified(ticks: bigint): DateTime {
    return new DateTime(ticks, "unspecified");
  }

  /** @param ticks UTC ticks */
  static local(ticks: bigint): DateTime {
    return new DateTime(ticks, "local");
  }

  /** @param ms milliseconds since 1970-01-01T00:00:00Z, fractions allowed */
  static fromEpochMs(ms: number, kind: DateTimeKind = "utc"): DateTime {
    if (!Number.isFinite(ms)) throw new RangeError(`${ms} ms is no date`);
    const wholeMs = Math.floor(ms);
    return new DateTime(epochTicks + BigInt(wholeMs) * ticksPerMs + BigInt(Math.round((ms - wholeMs) * 1e4)), kind);
  }

  /**
   * Reads xsd:dateTime, or a date alone for midnight: `Z` gives kind utc, an offset local, neither unspecified. Fractions finer than
   * 100 ns are rounded to even, as .NET does. @throws RangeError on anything else
   */
  static parse(text: string): DateTime {
    const match = dateTimePattern.exec(text);
    if (match === null)
      throw new RangeError(`"${shortened(text)}" is not an xsd:dateTime such as 2026-11-22T01:02:03.5Z`);
    const year = Number(match[1]);
    const month = Number(match[2]);
    const day = Number(match[3]);
    const hour = Number(match[4] ?? 0);
    const minute = Number(match[5] ?? 0);
    const second = Number(match[6] ?? 0);
    const isEndOfDay = hour === 24 && minute === 0 && second === 0 && !/[1-9]/.test(match[7] ?? "");
    if (!isDateInRange(year, month, day) || (hour > 23 && !isEndOfDay) || minute > 59 || second > 59) {
      throw new RangeError(
        `"${shortened(text)}" names no moment: day 1 to ${daysInMonth(year, month)}, hour 0 to 23, minute and second 0 to 59`,
      );
    }
    const seconds = BigInt((hour * 60 + minute) * 60 + second);
    const ticks =
      BigInt(dayOfDate(year, month, day)) * ticksPerDay + seconds * ticksPerSecond + fractionTicks(match[7] ?? "");
    const zone = match[8];
    if (zone === undefined) return new DateTime(ticks, "unspecified");
    if (zone === "Z") return new DateTime(ticks, "utc");
    const offsetMinutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
    if (offsetMinutes > 14 * 60 || Number(zone.slice(4, 6)) > 59) {
      throw new RangeError(`"${shortened(text)}" has an offset beyond 14:00`);
    }
    return new DateTime(
      ticks - BigInt(zone.startsWith("-") ? -offsetMinutes : offsetMinutes) * ticksPerMinute,
      "local",
    );
  }

  /** Milliseconds since 1970-01-01T00:00:00, the kind not looked at; fractions to about a microsecond. */
  get epochMs(): number {
    return ticksToMs(this.ticks - epochTicks);
  }

  equals(other: DateTime | undefined): boolean {
    return other !== undefined && this.ticks === other.ticks && this.kind === other.kind;
  }

  /** As .NET's `XmlConvert` prints it (round-trip kind); local time is printed in UTC, with offset +00:00. */
  toString(): string {
    const { year, month, day } = dateOfDay(Number(this.ticks / ticksPerDay));
    const ofDay = this.ticks % ticksPerDay;
    const seconds = Number(ofDay / ticksPerSecond);
    const time = `${padded(Math.floor(seconds / 3600), 2)}:${padded(Math.floor(seconds / 60) % 60, 2)}:${padded(seconds % 60, 2)}`;
    const zone = this.kind === "utc" ? "Z" : this.kind === "local" ? "+00:00" : "";
    return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}T${time}${fractionText(ofDay % ticksPerSecond)}${zone}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** A length of time as .NET's `TimeSpan` holds it: 100 ns ticks in 64 bits, signed, about 29,000 years each way. Immutable. */
export class Duration {
  readonly ticks: bigint;

  /** @throws RangeError when the ticks do not fit 64 bits */
  constructor(ticks: bigint) {
    if (ticks > maxDurationTicks || ticks < -maxDurationTicks - 1n) {
      throw new RangeError(`${ticks} ticks do not fit a duration, which has 64 bits of 100 ns`);
    }
    this.ticks = ticks;
  }

  /** @param ms milliseconds, fractions allowed */
  static fromMs(ms: number): Duration {
    if (!Number.isFinite(ms)) throw new RangeError(`${ms} ms is no duration`);
    const wholeMs = Math.floor(ms);
    return new Duration(BigInt(wholeMs) * ticksPerMs + BigInt(Math.round((ms - wholeMs) * 1e4)));
  }

  /**
   * Reads xsd:duration as .NET does: a year is 365 days, a month 30 days, twelve months a year; fractions finer than 100 ns are cut.
   * @throws RangeError on anything else
   */
  static parse(text: string): Duration {
    const match = durationPattern.exec(text);
    if (match === null) throw new RangeError(`"${shortened(text)}" is not an xsd:duration such as P1DT2H or -PT5M44S`);
    const part = (index: number): bigint => BigInt(match[index] ?? "0");
    const months = part(3);
    const days = (part(2) + months / 12n) * 365n + (months % 12n) * 30n + part(4);
    const fraction = BigInt((match[8] ?? "").slice(0, 7).padEnd(7, "0"));
    const ticks =
      days * ticksPerDay + part(5) * ticksPerHour + part(6) * ticksPerMinute + part(7) * ticksPerSecond + fraction;
    return new Duration(match[1] === "-" ? -ticks : ticks);
  }

  /** Milliseconds, fractions included. */
  get ms(): number {
    return ticksToMs(this.ticks);
  }

  equals(other: Duration | undefined): boolean {
    return other !== undefined && this.ticks === other.ticks;
  }

  /** As .NET's `XmlConvert` prints it: days, hours, minutes and seconds where they are not zero, `PT0S` for nothing. */
  toString(): string {
    if (this.ticks === 0n) return "PT0S";
    const size = this.ticks < 0n ? -this.ticks : this.ticks;
    const days = size / ticksPerDay;
    const hours = (size / ticksPerHour) % 24n;
    const minutes = (size / ticksPerMinute) % 60n;
    const seconds = (size / ticksPerSecond) % 60n;
    const fraction = size % ticksPerSecond;
    let time = "";
    if (hours > 0n) time += `${hours}H`;
    if (minutes > 0n) time += `${minutes}M`;
    if (seconds > 0n || fraction > 0n) time += `${seconds}${fractionText(fraction)}S`;
    return `${this.ticks < 0n ? "-" : ""}P${days > 0n ? `${days}D` : ""}${time === "" ? "" : `T${time}`}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** Whole milliseconds stay exact; ticks as one number would not. */
function ticksToMs(ticks: bigint): number {
  return Number(ticks / ticksPerMs) + Number(ticks % ticksPerMs) / 1e4;
}

/** Ticks of the digits after the point; the rest beyond seven digits rounds to the nearest, a half to even. */
function fractionTicks(digits: string): bigint {
  const ticks = BigInt(digits.slice(0, 7).padEnd(7, "0"));
  const rest = digits.slice(7).replace(/0+$/, "");
  if (rest === "" || rest < "5") return ticks;
  return rest === "5" ? ticks + (ticks & 1n) : ticks + 1n;
}

function fractionText(ticks: bigint): string {
  return ticks === 0n ? "" : `.${ticks.toString().padStart(7, "0").replace(/0+$/, "")}`;
}

function padded(value: number, digits: number): string {
  return value.toString().padStart(digits, "0");
}

/** Enough of a value to recognise it in an error. */
function shortened(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}

const dateTimePattern = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,64}))?)?(Z|[+-]\d{2}:\d{2})?$/;
const durationPattern =
  /^(-)?P(?=[0-9T])(?:(\d{1,20})Y)?(?:(\d{1,20})M)?(?:(\d{1,20})D)?(?:T(?=[0-9])(?:(\d{1,20})H)?(?:(\d{1,20})M)?(?:(\d{1,20})(?:\.(\d{1,64}))?S)?)?$/;
