import type { ReliableSessionOptions } from "../reliable-messaging/index.ts";
import type { OutgoingAddressing } from "../soap/index.ts";
import type { EncodedBody } from "./message-codec.ts";

export interface EarlyMessage {
  readonly addressing: OutgoingAddressing;
  readonly body: EncodedBody | undefined;
}

/** Messages that were handed over before their session was open, in their order. */
export class EarlyMessages {
  readonly #options: ReliableSessionOptions | undefined;
  #messages: EarlyMessage[] = [];
  #byteLength = 0;

  constructor(options: ReliableSessionOptions | undefined) {
    this.#options = options;
  }

  /** False when as many wait as may behind an open session. */
  get canQueue(): boolean {
    if (this.#options === undefined) return true;
    const { maxQueuedMessageCount, maxQueuedByteLength } = this.#options;
    return this.#messages.length < maxQueuedMessageCount && this.#byteLength < maxQueuedByteLength;
  }

  push(message: EarlyMessage): void {
    this.#messages.push(message);
    this.#byteLength += message.body?.bytes.length ?? 0;
  }

  takeAll(): readonly EarlyMessage[] {
    const messages = this.#messages;
    this.#messages = [];
    this.#byteLength = 0;
    return messages;
  }
}
