/** Messages of a sequence that came before an earlier one, by number, with what they weigh. */
export class ReorderBuffer<Message> {
  readonly #messages = new Map<number, { readonly message: Message; readonly byteLength: number }>();
  #byteLength = 0;

  get count(): number {
    return this.#messages.size;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  put(messageNumber: number, message: Message, byteLength: number): void {
    this.#messages.set(messageNumber, { message, byteLength });
    this.#byteLength += byteLength;
  }

  /** Takes the message of this number out; undefined when it has not come. */
  take(messageNumber: number): Message | undefined {
    const entry = this.#messages.get(messageNumber);
    if (entry === undefined) return undefined;
    this.#messages.delete(messageNumber);
    this.#byteLength -= entry.byteLength;
    return entry.message;
  }

  clear(): void {
    this.#messages.clear();
    this.#byteLength = 0;
  }
}
