import type { ReceivedDocument } from "./received-envelope.ts";
import type { DeliveredMessage } from "./session-types.ts";

/** How many delivered messages weigh on the transfer window. */
export interface Held {
  readonly type: "held";
  readonly count: number;
}

/**
 * The messages that a session passes on, unread, to an application elsewhere, and how many of them weigh on the transfer window
 * (R-HOST-THREAD-2).
 *
 * A window of those on their way does not, or every acknowledgement would tell the peer of less room than there is; all do once the
 * application has not taken one for 50 ms.
 */
export class PassedMessages {
  readonly #windowSize: number;
  readonly #pass: (document: ReceivedDocument) => unknown;
  #passedCount = 0;
  #takenCount = 0;
  /** Since when the message with this number is outstanding, at the latest: the application lags by as much, or less. */
  #markedNumber = 0;
  #markedAtMs = 0;

  /** @param pass is called with the envelope's bytes while they are there; what it makes of them is the message's body */
  constructor(windowSize: number, pass: (document: ReceivedDocument) => unknown) {
    this.#windowSize = windowSize;
    this.#pass = pass;
  }

  /** A message is delivered: all that is known of it is its envelope. */
  deliver(document: ReceivedDocument, messageNumber: number, nowMs: number): DeliveredMessage {
    this.#passedCount += 1;
    if (this.#markedNumber <= this.#takenCount) this.#mark(nowMs);
    return {
      action: "",
      messageId: undefined,
      messageNumber,
      deliveredAtMs: nowMs,
      headers: [],
      body: this.#pass(document),
      error: undefined,
    };
  }

  /** The application has taken so many, of all so far. */
  taken(count: number, nowMs: number): Held {
    this.#takenCount = count;
    if (this.#markedNumber <= count && count < this.#passedCount) this.#mark(nowMs);
    return this.held(nowMs);
  }

  held(nowMs: number): Held {
    const count = this.#passedCount - this.#takenCount;
    const isLagging = nowMs - this.#markedAtMs >= graceMs;
    return { type: "held", count: isLagging ? count : Math.max(0, count - this.#windowSize) };
  }

  #mark(nowMs: number): void {
    this.#markedNumber = this.#passedCount;
    this.#markedAtMs = nowMs;
  }
}

/** How long an application may leave a message where it is before it is taken for busy. */
const graceMs = 50;
