/** News that may be missed; each subscription returns a `Disposable`. */
export class Listeners<Event> {
  readonly #listeners = new Set<(event: Event) => void>();

  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  add(listener: (event: Event) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** A listener that throws does not disturb the others, nor the session: its error surfaces as an uncaught one. */
  emit(event: Event): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

/** WCF's CommunicationState. */
export type SessionState = "created" | "opening" | "opened" | "closing" | "closed" | "faulted";
