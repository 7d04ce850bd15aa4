import type { MessagePort, Worker } from "node:worker_threads";
import { ByteWriter } from "@bowline/protocol/bytes";

/** What one turn of the event loop has to say to the other thread. */
export interface Batch<Item> {
  readonly items: readonly Item[];
  /** What items with `from` and `to` speak of; its memory is handed over with it. */
  readonly bytes: Uint8Array;
}

/** What is said once for all that happened in a turn. */
export interface Reporter<Item> {
  report(): Item | undefined;
}

/** One direction of the way between two threads: all that is posted in a turn goes over in one message. */
export class Outbox<Item> {
  readonly #port: Pick<MessagePort | Worker, "postMessage">;
  readonly #bytes = new ByteWriter(keptByteLength);
  readonly #reporters = new Set<Reporter<Item>>();
  #items: Item[] = [];
  #isFlushPlanned = false;
  #isClosed = false;

  constructor(port: Pick<MessagePort | Worker, "postMessage">) {
    this.#port = port;
  }

  /** Where the next bytes go, for `from` and `to` of an item that is posted in the same turn. */
  get bytes(): ByteWriter {
    return this.#bytes;
  }

  post(item: Item): void {
    this.#items.push(item);
    this.#planFlush();
  }

  /** Asks for a report, once, when the turn is over. */
  reportLater(reporter: Reporter<Item>): void {
    this.#reporters.add(reporter);
    this.#planFlush();
  }

  /** What is there goes over now. */
  flush(): void {
    this.#isFlushPlanned = false;
    for (const reporter of this.#reporters) {
      const item = reporter.report();
      if (item !== undefined) this.#items.push(item);
    }
    this.#reporters.clear();
    const items = this.#items;
    if (items.length === 0 || this.#isClosed) return;
    this.#items = [];
    const bytes = this.#bytes.copy();
    this.#bytes.resetTo(keptByteLength);
    const batch: Batch<Item> = { items, bytes };
    this.#port.postMessage(batch, [bytes.buffer as ArrayBuffer]);
  }

  /** Nobody is there to hear any more. */
  close(): void {
    this.#isClosed = true;
    this.#items = [];
    this.#reporters.clear();
  }

  #planFlush(): void {
    if (this.#isFlushPlanned || this.#isClosed) return;
    this.#isFlushPlanned = true;
    // Behind all that the poll for I/O brought, so that many connections share one message to the other thread.
    setImmediate(() => this.flush());
  }
}

/** What an outbox keeps from turn to turn. */
const keptByteLength = 256 * 1024;
