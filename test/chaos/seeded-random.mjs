/** Numbers that follow from a seed alone (sfc32), so that a run can be drawn again. */
export class SeededRandom {
  #a;
  #b;
  #c;
  #d = 1;

  /**
   * @param {number} seed whole, below 2^32
   * @param {number} stream sets apart what is drawn from one seed for different purposes
   */
  constructor(seed, stream = 0) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = 0x9e3779b9 | 0;
    for (let round = 0; round < 12; round++) this.next();
  }

  /** From 0 up to 1, without 1. */
  next() {
    const sum = (this.#a + this.#b + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  }

  /** A whole number from `least` to `most`. */
  between(least, most) {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  isTrue(probability) {
    return this.next() < probability;
  }

  /** One of `choices`. */
  pick(choices) {
    return choices[this.between(0, choices.length - 1)];
  }
}
