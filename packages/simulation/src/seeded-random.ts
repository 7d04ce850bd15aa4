/** Random numbers that a seed repeats exactly, on every machine (the sfc32 generator). */
export class SeededRandom {
  #a = 0x9e3779b9;
  #b = 0x243f6a88;
  #c: number;
  #counter = 1;

  /** @param seed any whole number; its low 32 bits count */
  constructor(seed: number) {
    this.#c = seed | 0;
    // Neighbouring seeds start alike; a few rounds drive them apart.
    for (let round = 0; round < 16; round++) this.#next();
  }

  /** From 0, inclusive, to 1, exclusive. */
  fraction(): number {
    return this.#next() / 2 ** 32;
  }

  /** A whole number, both bounds included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  /** True in `probability` of all cases. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.integer(0, choices.length - 1)]!;
  }

  /** A generator of its own, so that what one part draws does not move what another draws. */
  fork(): SeededRandom {
    return new SeededRandom(this.#next());
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}
