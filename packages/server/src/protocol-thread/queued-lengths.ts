/** The byte lengths of messages, numbered from 1, that have not left their queue. */
export class QueuedLengths {
  #lengths: number[] = [];
  #head = 0;
  #takenCount = 0;
  #byteLength = 0;

  /** Messages that have left. */
  get takenCount(): number {
    return this.#takenCount;
  }

  get count(): number {
    return this.#lengths.length - this.#head;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  add(byteLength: number): void {
    this.#lengths.push(byteLength);
    this.#byteLength += byteLength;
  }

  /** Messages up to number `upTo` have left. */
  takeUpTo(upTo: number): void {
    for (; this.#takenCount < upTo && this.#head < this.#lengths.length; this.#takenCount++)
      this.#byteLength -= this.#lengths[this.#head++]!;
    if (this.#head * 2 > this.#lengths.length) {
      this.#lengths = this.#lengths.slice(this.#head);
      this.#head = 0;
    }
  }
}
