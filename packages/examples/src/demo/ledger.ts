/** Checks that one series of numbered messages arrives as 1, 2, 3, …: nothing twice, nothing left out, nothing early. */
export class Ledger {
  readonly mistakes: string[] = [];
  readonly #series: string;
  #due = 1;
  #deliveredCount = 0;

  constructor(series: string) {
    this.#series = series;
  }

  /** Messages that came when they were due. */
  get deliveredCount(): number {
    return this.#deliveredCount;
  }

  take(number: number): void {
    if (number === this.#due) this.#deliveredCount += 1;
    else this.mistakes.push(`${this.#series} ${number} came when ${this.#due} was due`);
    this.#due = number + 1;
  }
}
