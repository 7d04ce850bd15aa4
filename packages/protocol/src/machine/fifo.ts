/** Taken places gather in front until they are this many, and more than those in use. */
const compactedCount = 256;

/** First in, first out. Holds nothing that was taken: what waits here may be large. */
export class Fifo<Item> {
  #items: (Item | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** The next one to be taken; undefined when there is none. */
  get first(): Item | undefined {
    return this.#items[this.#head];
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): Item | undefined {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) this.#restart([]);
    else if (this.#head > compactedCount && this.#head * 2 > this.#items.length)
      this.#restart(this.#items.slice(this.#head));
    return item;
  }

  /** Those that wait, in order. */
  [Symbol.iterator](): Iterator<Item> {
    return (this.#items.slice(this.#head) as Item[])[Symbol.iterator]();
  }

  #restart(items: (Item | undefined)[]): void {
    this.#items = items;
    this.#head = 0;
  }
}
