/**
 * Hands out retained byte ranges from large blocks, so that keeping a message costs no allocation of its own.
 *
 * A block lives as long as a range of it is referenced. Not for ranges that outlive their session.
 */
export class Slab {
  readonly #blockByteLength: number;
  #block: Uint8Array;
  #used = 0;

  constructor(blockByteLength: number = 64 * 1024) {
    this.#blockByteLength = blockByteLength;
    this.#block = new Uint8Array(0);
  }

  /** A copy of `source[from, to)` that stays as it is. Large ranges get a block of their own. */
  keep(source: Uint8Array, from: number, to: number): Uint8Array {
    const byteLength = to - from;
    if (byteLength * 4 > this.#blockByteLength) return source.slice(from, to);
    if (this.#used + byteLength > this.#block.length) {
      this.#block = new Uint8Array(this.#blockByteLength);
      this.#used = 0;
    }
    const start = this.#used;
    const kept = this.#block.subarray(start, start + byteLength);
    kept.set(source.subarray(from, to));
    this.#used = start + byteLength;
    return kept;
  }
}
