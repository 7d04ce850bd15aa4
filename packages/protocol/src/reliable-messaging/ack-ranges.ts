import { assert } from "../machine/index.ts";

/** Inclusive run of message numbers, `1 <= lower <= upper`. */
export interface AckRange {
  readonly lower: number;
  readonly upper: number;
}

/**
 * The message numbers that arrived, as ranges: sorted, disjoint, not adjacent.
 *
 * Numbers that come in order cost one comparison; `ranges` is rebuilt only when asked for after a change.
 */
export class ReceivedNumbers {
  /** Lower and upper bounds in turn; the numbers are in place, so that the in-order case allocates nothing. */
  readonly #bounds: number[] = [];
  #ranges: readonly AckRange[] | undefined = [];

  /** False when the number was there already. */
  add(messageNumber: number): boolean {
    assert(Number.isSafeInteger(messageNumber) && messageNumber >= 1, "a message number is a positive safe integer");
    const bounds = this.#bounds;
    const last = bounds.length - 1;
    if (last > 0 && messageNumber === bounds[last]! + 1) bounds[last] = messageNumber;
    else if (last < 0 || messageNumber > bounds[last]!) bounds.push(messageNumber, messageNumber);
    else if (!this.#insert(messageNumber)) return false;
    this.#ranges = undefined;
    return true;
  }

  has(messageNumber: number): boolean {
    const bounds = this.#bounds;
    for (let index = bounds.length - 2; index >= 0; index -= 2) {
      if (messageNumber >= bounds[index]!) return messageNumber <= bounds[index + 1]!;
    }
    return false;
  }

  /** Highest number that arrived; 0 when none did. */
  get highest(): number {
    return this.#bounds.at(-1) ?? 0;
  }

  /** How far the numbers reach from 1 without a gap. */
  get contiguous(): number {
    return this.#bounds[0] === 1 ? this.#bounds[1]! : 0;
  }

  get rangeCount(): number {
    return this.#bounds.length / 2;
  }

  get ranges(): readonly AckRange[] {
    if (this.#ranges !== undefined) return this.#ranges;
    const ranges: AckRange[] = [];
    for (let index = 0; index < this.#bounds.length; index += 2) {
      ranges.push({ lower: this.#bounds[index]!, upper: this.#bounds[index + 1]! });
    }
    this.#ranges = ranges;
    return ranges;
  }

  #insert(messageNumber: number): boolean {
    const bounds = this.#bounds;
    let index = 0;
    while (bounds[index + 1]! + 1 < messageNumber) index += 2;
    const lower = bounds[index]!;
    const upper = bounds[index + 1]!;
    if (messageNumber + 1 < lower) bounds.splice(index, 0, messageNumber, messageNumber);
    else if (messageNumber + 1 === lower) bounds[index] = messageNumber;
    else if (messageNumber <= upper) return false;
    else {
      bounds[index + 1] = messageNumber;
      if (bounds[index + 2] === messageNumber + 1) bounds.splice(index + 1, 2);
    }
    return true;
  }
}
