/**
 * Random values of every kind that both sides know, in the form in which they travel to the .NET program:
 * floats as their bits in hex, 64-bit numbers as text, times as [ticks, kind].
 *
 * @typedef {import("./random.mjs").Random} Random
 */

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const unusual = [
  "<",
  ">",
  "&",
  '"',
  "'",
  "]]>",
  " ",
  "  ",
  "\t",
  "\n",
  "\r",
  "\r\n",
  "é",
  "ß",
  "Ω",
  "中",
  "文",
  "あ",
  "한",
  "€",
  "😀",
  "𝄞",
  "\u00a0",
  "\u0085",
  "\u2028",
  "\ufeff",
  "\ufffd",
  "\u0001",
  "\u001f\u0000",
  "\ufffe",
];
const maxTicks = 3155378975999999999n;

/**
 * @param {Random} random
 * @returns {string}
 */
export function randomText(random) {
  switch (random.below(12)) {
    case 0:
      return "";
    case 1:
      return random.pick([
        "0",
        "1",
        "true",
        "false",
        "-1",
        "00",
        "1.0",
        "NaN",
        "INF",
        " 1",
        "urn:uuid:",
        "2026-11-22T00:00:00Z",
      ]);
    case 2:
      return random.pick(unusual);
    case 3:
      return repeat(random.between(1, 90), (index) => String.fromCharCode(0x4e00 + ((random.bits() + index) % 0x5000)));
    case 4:
      return repeat(random.between(1, 40), () => (random.oneIn(3) ? random.pick(unusual) : random.pick([...letters])));
    case 5:
      return random.oneIn(12) ? boundaryText(random) : repeat(random.between(60, 300), () => random.pick([...letters]));
    default:
      return repeat(random.between(1, 24), () => letters[random.below(letters.length)]);
  }
}

/** @param {Random} random */
function boundaryText(random) {
  const length = random.oneIn(6) ? random.between(65534, 65537) : random.between(253, 258);
  const character = random.pick(["x", "é", "中", "😀"]);
  return character.repeat(Math.ceil(length / (random.oneIn(2) ? 1 : new TextEncoder().encode(character).length)));
}

/**
 * @param {number} count
 * @param {(index: number) => string | undefined} make
 */
function repeat(count, make) {
  let text = "";
  for (let index = 0; index < count; index++) text += make(index) ?? "";
  return text;
}

/** @param {Random} random */
export function randomFloatBits(random) {
  if (random.oneIn(10))
    return random.pick([
      "NaN",
      "7f800000",
      "ff800000",
      "00000001",
      "7f7fffff",
      "00800000",
      "5f000000",
      "df000000",
      "4b800000",
    ]);
  const bytes = new DataView(new ArrayBuffer(4));
  if (random.oneIn(2)) bytes.setUint32(0, random.bits());
  else bytes.setFloat32(0, randomDecimalNumber(random));
  const value = bytes.getFloat32(0);
  if (Number.isNaN(value)) return "NaN";
  return Object.is(value, -0) ? "00000000" : bytes.getUint32(0).toString(16).padStart(8, "0");
}

/** @param {Random} random */
export function randomDoubleBits(random) {
  if (random.oneIn(10)) {
    return random.pick([
      "NaN",
      "7ff0000000000000",
      "fff0000000000000",
      "0000000000000001",
      "7fefffffffffffff",
      "4340000000000000",
      "43e0000000000000",
      "c3e0000000000000",
    ]);
  }
  const bytes = new DataView(new ArrayBuffer(8));
  if (random.oneIn(2)) bytes.setBigUint64(0, random.bits64());
  else bytes.setFloat64(0, random.oneIn(3) ? Math.fround(randomDecimalNumber(random)) : randomDecimalNumber(random));
  const value = bytes.getFloat64(0);
  if (Number.isNaN(value)) return "NaN";
  return Object.is(value, -0) ? "0000000000000000" : bytes.getBigUint64(0).toString(16).padStart(16, "0");
}

/** @param {Random} random */
function randomDecimalNumber(random) {
  const digits = Number(random.signed(random.pick([8, 16, 32, 53])));
  return random.oneIn(3) ? digits : digits * 10 ** random.between(-20, 20);
}

/** @param {string} bits */
export function floatOfBits(bits) {
  if (bits === "NaN") return Number.NaN;
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint32(0, Number.parseInt(bits, 16));
  return bytes.getFloat32(0);
}

/** @param {string} bits */
export function doubleOfBits(bits) {
  if (bits === "NaN") return Number.NaN;
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setBigUint64(0, BigInt(`0x${bits}`));
  return bytes.getFloat64(0);
}

/** @param {number} value */
export function bitsOfFloat(value) {
  if (Number.isNaN(value)) return "NaN";
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setFloat32(0, value);
  return bytes.getUint32(0).toString(16).padStart(8, "0");
}

/** @param {number} value */
export function bitsOfDouble(value) {
  if (Number.isNaN(value)) return "NaN";
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, value);
  return bytes.getBigUint64(0).toString(16).padStart(16, "0");
}

/** @param {Random} random */
export function randomDecimal(random) {
  let value = BigInt.asUintN(random.pick([8, 32, 64, 96]), (BigInt(random.bits()) << 64n) | random.bits64());
  if (random.oneIn(10)) value = (1n << 96n) - 1n;
  if (random.oneIn(10)) value = 0n;
  const scale = random.oneIn(2) ? 0 : random.oneIn(3) ? random.between(0, 28) : random.between(0, 4);
  const digits = value.toString().padStart(scale + 1, "0");
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return value !== 0n && random.oneIn(2) ? `-${text}` : text;
}

/**
 * @param {Random} random
 * @returns {[string, "unspecified" | "utc" | "local"]}
 */
export function randomDateTime(random) {
  let ticks = random.bits64() % (maxTicks + 1n);
  if (random.oneIn(2)) ticks -= ticks % random.pick([10n, 10_000n, 10_000_000n, 600_000_000n, 864_000_000_000n]);
  if (random.oneIn(12)) ticks = random.pick([0n, maxTicks, 621355968000000000n, 630822816000000000n]);
  return [ticks.toString(), random.pick(["unspecified", "utc", "local"])];
}

/** @param {Random} random */
export function randomDuration(random) {
  let ticks = random.signed(64);
  if (random.oneIn(2))
    ticks -= ticks % random.pick([10n, 10_000n, 10_000_000n, 600_000_000n, 36_000_000_000n, 864_000_000_000n]);
  return ticks.toString();
}

/** @param {Random} random */
export function randomGuid(random) {
  const hex = Buffer.from(random.bytes(16)).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** @param {Random} random @param {boolean} [wholeTriples] */
export function randomBytes(random, wholeTriples = false) {
  let byteLength = random.oneIn(40)
    ? random.pick([255, 256, 257, 65535, 65536])
    : random.below(random.pick([1, 4, 40, 300]) + 1);
  if (wholeTriples) byteLength -= byteLength % 3;
  return Buffer.from(random.bytes(byteLength)).toString("base64");
}
