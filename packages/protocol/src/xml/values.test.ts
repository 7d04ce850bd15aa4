import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  copyGuidTextBytes,
  DateTime,
  Duration,
  decimalText,
  doubleText,
  floatText,
  guidTextOfBytes,
  normalizeGuid,
  parseBigInt,
  parseBoolean,
  parseDecimal,
  parseDouble,
  parseInteger,
} from "./index.ts";

describe("DateTime (R-NBFX-2.2.3-12)", () => {
  it.each([
    ["0001-01-01T00:00:00", "unspecified", 0n],
    ["9999-12-31T23:59:59.9999999", "unspecified", 3_155_378_975_999_999_999n],
    ["1970-01-01T00:00:00Z", "utc", 621_355_968_000_000_000n],
    ["2000-02-29T12:00:00.5Z", "utc", 630_874_224_005_000_000n],
    ["2026-11-22T01:02:03.456Z", "utc", 639_309_061_234_560_000n],
  ] as const)("reads and prints %s", (text, kind, ticks) => {
    const value = DateTime.parse(text);
    expect([value.kind, value.ticks]).toEqual([kind, ticks]);
    expect(value.toString()).toBe(text);
    expect(JSON.stringify(value)).toBe(JSON.stringify(text));
  });

  it("turns an offset into UTC ticks of kind local", () => {
    const value = DateTime.parse("2026-11-22T01:00:00+02:00");
    expect([value.kind, value.toString()]).toEqual(["local", "2026-11-21T23:00:00+00:00"]);
    expect(DateTime.parse("2026-11-22T01:00:00-14:00").toString()).toBe("2026-11-22T15:00:00+00:00");
  });

  it("takes a date alone, hour 24, and rounds what is finer than 100 ns to even", () => {
    expect(DateTime.parse("2026-11-22").toString()).toBe("2026-11-22T00:00:00");
    expect(DateTime.parse("2026-12-31T24:00:00").toString()).toBe("2027-01-01T00:00:00");
    expect(DateTime.parse("2026-01-01T00:00:00.00000005").ticks % 10n).toBe(0n);
    expect(DateTime.parse("2026-01-01T00:00:00.00000015").ticks % 10n).toBe(2n);
    expect(DateTime.parse("2026-01-01T00:00:00.000000051").ticks % 10n).toBe(1n);
    expect(DateTime.parse("2026-01-01T00:00:00.00000004999").ticks % 10n).toBe(0n);
  });

  it.each([
    "",
    "now",
    "2026-1-1T00:00:00",
    "2026-02-29T00:00:00",
    "2026-13-01T00:00:00",
    "2026-00-01",
    "2026-01-01T25:00:00",
    "2026-01-01T24:00:01",
    "2026-01-01T00:60:00",
    "2026-01-01T00:00:60",
    "2026-01-01T00:00:00.",
    "2026-01-01T00:00:00+15:00",
    "2026-01-01T00:00:00+01:60",
    "0000-01-01T00:00:00",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59.99999999",
    "2026-01-01T00:00",
  ])("refuses %j", (text) => {
    expect(() => DateTime.parse(text)).toThrow(RangeError);
  });

  it("converts from and to milliseconds since 1970", () => {
    expect(DateTime.fromEpochMs(0).toString()).toBe("1970-01-01T00:00:00Z");
    expect(DateTime.fromEpochMs(-0.5, "local").toString()).toBe("1969-12-31T23:59:59.9995+00:00");
    expect(DateTime.fromEpochMs(1_764_000_000_123).epochMs).toBe(1_764_000_000_123);
    expect(DateTime.unspecified(0n).epochMs).toBe(-62_135_596_800_000);
    for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, 1e15])
      expect(() => DateTime.fromEpochMs(ms)).toThrow(RangeError);
  });

  it("compares by ticks and kind", () => {
    expect(DateTime.utc(1n).equals(DateTime.utc(1n))).toBe(true);
    expect(DateTime.utc(1n).equals(DateTime.local(1n))).toBe(false);
    expect(DateTime.utc(1n).equals(undefined)).toBe(false);
    expect(() => DateTime.utc(-1n)).toThrow(RangeError);
  });

  it("agrees with the host's calendar on every day that is tried", () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (ms) => {
        const text = new Date(ms).toISOString().replace(/\.?0*Z$/, "Z");
        expect(DateTime.fromEpochMs(ms).toString()).toBe(text);
        expect(DateTime.parse(text).epochMs).toBe(ms);
      }),
    );
  });
});

describe("Duration (R-NBFX-2.2.3-12)", () => {
  it.each([
    ["PT0S", 0n],
    ["P1DT2H", 936_000_000_000n],
    ["-PT5M44S", -3_440_000_000n],
    ["PT20M34.567S", 12_345_670_000n],
    ["PT0.0000001S", 1n],
    ["P10675199DT2H48M5.4775807S", 9_223_372_036_854_775_807n],
    ["-P10675199DT2H48M5.4775808S", -9_223_372_036_854_775_808n],
  ])("reads and prints %s", (text, ticks) => {
    expect(Duration.parse(text).ticks).toBe(ticks);
    expect(new Duration(ticks).toString()).toBe(text);
    expect(JSON.stringify(new Duration(ticks))).toBe(JSON.stringify(text));
  });

  it("counts a year as 365 days, a month as 30, and cuts what is finer than 100 ns", () => {
    expect(Duration.parse("P1Y1M").toString()).toBe("P395D");
    expect(Duration.parse("P13M").toString()).toBe("P395D");
    expect(Duration.parse("PT90S").toString()).toBe("PT1M30S");
    expect(Duration.parse("PT0.00000019S").ticks).toBe(1n);
  });

  it.each(["", "P", "PT", "P1", "1D", "P1H", "PT1D", "P-1D", "PT1.S", "P1DT", "P99999999999Y", "PT5S "])(
    "refuses %j",
    (text) => {
      expect(() => Duration.parse(text)).toThrow(RangeError);
    },
  );

  it("converts from and to milliseconds", () => {
    expect(Duration.fromMs(1500.5).toString()).toBe("PT1.5005S");
    expect(Duration.fromMs(-1).ms).toBe(-1);
    expect(Duration.fromMs(1).equals(new Duration(10_000n))).toBe(true);
    expect(Duration.fromMs(1).equals(undefined)).toBe(false);
    for (const ms of [Number.NaN, 1e18]) expect(() => Duration.fromMs(ms)).toThrow(RangeError);
  });
});

describe("numbers (R-NBFX-2.2.3-12)", () => {
  it.each([
    [0, "0"],
    [-0, "-0"],
    [1.5e-300, "1.5E-300"],
    [1e16, "10000000000000000"],
    [1e17, "1E+17"],
    [0.1, "0.1"],
    [0.0001, "0.0001"],
    [0.00001, "1E-05"],
    [-123.456, "-123.456"],
    [1e300, "1E+300"],
    [5e-324, "5E-324"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "INF"],
    [Number.NEGATIVE_INFINITY, "-INF"],
  ])("print %d as .NET does: %s", (value, text) => {
    expect(doubleText(value)).toBe(text);
    expect(parseDouble(` ${text}\n`)).toBe(value);
  });

  it("of 32 bits print the fewest digits that come back", () => {
    expect([floatText(0.1), floatText(16_777_216), floatText(3.4028235e38), floatText(1e-45)]).toEqual([
      "0.1",
      "16777216",
      "3.4028235E+38",
      "1E-45",
    ]);
    expect([floatText(-0), floatText(Number.NaN)]).toEqual(["-0", "NaN"]);
    expect([floatText(999_999_936), floatText(1e9)]).toEqual(["999999940", "1E+09"]);
    expect([floatText(123_456_792), floatText(-4_130_325.25)]).toEqual(["123456790", "-4130325.2"]);
  });

  it("come back from their text", () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(parseDouble(doubleText(value))).toBe(value);
      }),
    );
    fc.assert(
      fc.property(fc.float(), (value) => {
        expect(Math.fround(parseDouble(floatText(value)))).toBe(value);
      }),
    );
  });

  it("are refused when they are none", () => {
    for (const text of ["", "0x10", "Infinity", "1e", "1 2", "--1", "."])
      expect(() => parseDouble(text)).toThrow(RangeError);
    for (const text of ["", "1.0", "1e3", "9007199254740992", "0x1", "+-1"])
      expect(() => parseInteger(text)).toThrow(RangeError);
    for (const text of ["18446744073709551616", "-9223372036854775809", "x"])
      expect(() => parseBigInt(text)).toThrow(RangeError);
    for (const text of ["", "True", "yes", "2"]) expect(() => parseBoolean(text)).toThrow(RangeError);
    expect([parseInteger(" -12 "), parseInteger("+7"), parseInteger("-0")]).toEqual([-12, 7, 0]);
    expect([parseBigInt("-9223372036854775808"), parseBigInt("+18446744073709551615")]).toEqual([
      -(2n ** 63n),
      2n ** 64n - 1n,
    ]);
    expect([parseBoolean(" 1 "), parseBoolean("false")]).toEqual([true, false]);
  });
});

describe("decimals (R-NBFX-2.2.3-8)", () => {
  it.each([
    ["0", "0"],
    ["-0.00", "0.00"],
    ["1.50", "1.50"],
    [".5", "0.5"],
    ["+1.", "1"],
    ["-0.001", "-0.001"],
    ["79228162514264337593543950335", "79228162514264337593543950335"],
    ["0.0000000000000000000000000001", "0.0000000000000000000000000001"],
    ["1.0000000000000000000000000000000000", "1.0000000000000000000000000000"],
  ])("read %s and print %s", (text, printed) => {
    expect(decimalText(parseDecimal(text))).toBe(printed);
  });

  it.each(["", ".", "1e3", "1,5", "79228162514264337593543950336", "0.00000000000000000000000000001", "NaN"])(
    "refuse %j",
    (text) => {
      expect(() => parseDecimal(text)).toThrow(RangeError);
    },
  );
});

describe("GUIDs (R-NBFX-2.2.3-9)", () => {
  it("have one text and one order of bytes", () => {
    const bytes = new Uint8Array(17);
    copyGuidTextBytes("{33221100-5544-7766-8899-AABBCCDDEEFF}", bytes, 1);
    expect(Array.from(bytes, (byte) => byte.toString(16)).join()).toBe(
      "0,0,11,22,33,44,55,66,77,88,99,aa,bb,cc,dd,ee,ff",
    );
    expect(guidTextOfBytes(bytes, 1)).toBe("33221100-5544-7766-8899-aabbccddeeff");
    expect(normalizeGuid("33221100554477668899AABBCCDDEEFF")).toBe("33221100-5544-7766-8899-aabbccddeeff");
    for (const text of ["", "33221100-5544-7766-8899-aabbccddeef", "{33221100-5544-7766-8899-aabbccddeeff)"]) {
      expect(() => normalizeGuid(text)).toThrow(RangeError);
    }
  });
});
