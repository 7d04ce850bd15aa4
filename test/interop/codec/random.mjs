/**
 * Seeded randomness of the codec comparison: the same seed, kind and index give the same case on every machine.
 */
export class Random {
  /** @type {number} */ #a;
  /** @type {number} */ #b;
  /** @type {number} */ #c;
  /** @type {number} */ #counter = 1;

  /**
   * @param {number} seed of the whole run
   * @param {string} kind of the case
   * @param {number} index of the case
   */
  constructor(seed, kind, index) {
    let hash = 0x811c9dc5 ^ seed;
    for (const character of `${kind}/${index}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
    this.#a = hash | 0;
    this.#b = Math.imul(hash, 0x9e3779b1) | 0;
    this.#c = seed | 0;
    for (let round = 0; round < 12; round++) this.bits();
  }

  /** 32 random bits as an unsigned number (sfc32). */
  bits() {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /**
   * A whole number from 0 to below `limit`.
   * @param {number} limit
   */
  below(limit) {
    return Math.floor((this.bits() / 0x1_0000_0000) * limit);
  }

  /**
   * A whole number from `low` to `high`, both included.
   * @param {number} low
   * @param {number} high
   */
  between(low, high) {
    return low + this.below(high - low + 1);
  }

  /**
   * True once in `count` times.
   * @param {number} count
   */
  oneIn(count) {
    return this.below(count) === 0;
  }

  /**
   * @template T
   * @param {readonly T[]} items
   * @returns {T}
   */
  pick(items) {
    return /** @type {T} */ (items[this.below(items.length)]);
  }

  /** 64 random bits. */
  bits64() {
    return (BigInt(this.bits()) << 32n) | BigInt(this.bits());
  }

  /**
   * @param {number} byteLength
   */
  bytes(byteLength) {
    const bytes = new Uint8Array(byteLength);
    for (let index = 0; index < byteLength; index++) bytes[index] = this.bits() & 0xff;
    return bytes;
  }

  /**
   * A signed number of `bitCount` bits, small ones and the ends of the range more often.
   * @param {number} bitCount
   */
  signed(bitCount) {
    const width = this.oneIn(4)
      ? this.between(1, bitCount)
      : this.pick([4, 8, 9, 16, 17, 32, 33, 64].filter((bits) => bits <= bitCount));
    const value = BigInt.asIntN(width, this.bits64());
    if (this.oneIn(8))
      return this.oneIn(2) ? BigInt.asIntN(bitCount, 1n << BigInt(bitCount - 1)) : (1n << BigInt(bitCount - 1)) - 1n;
    return this.oneIn(6) ? BigInt(this.below(3)) : value;
  }

  /**
   * An unsigned number of `bitCount` bits.
   * @param {number} bitCount
   */
  unsigned(bitCount) {
    if (this.oneIn(8)) return this.oneIn(2) ? 0n : (1n << BigInt(bitCount)) - 1n;
    return BigInt.asUintN(this.between(1, bitCount), this.bits64());
  }
}
