import { openSync, writeSync } from "node:fs";

/**
 * Writes down what passes a relay, one JSON object per line: `{"connection": 1, "atMs": 17.5, "from": "client", "hex": "0001…"}` for bytes,
 * `{"connection": 1, "atMs": 901.1, "event": "cut"}` for what happened to a connection. `bowline decode` reads it.
 *
 * Each line is in the file before the next thing happens, so a demo that is stopped leaves what it has seen.
 */
export class Recording {
  readonly path: string;
  readonly #file: number;
  readonly #startedAtMs = performance.now();

  /** @throws the error of `node:fs` when the file cannot be written */
  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, "w");
  }

  /** Bytes that the relay passes on. Connections are numbered from 1. */
  bytes(connection: number, from: "client" | "server", bytes: Uint8Array): void {
    this.#line({ connection, atMs: this.#atMs(), from, hex: Buffer.from(bytes).toString("hex") });
  }

  /** Such as `open`, `cut`, `end-client` or `error-server`, the last with a message. */
  event(connection: number, event: string, message?: string): void {
    this.#line({ connection, atMs: this.#atMs(), event, ...(message === undefined ? {} : { message }) });
  }

  #atMs(): number {
    return Math.round((performance.now() - this.#startedAtMs) * 10) / 10;
  }

  #line(fields: object): void {
    writeSync(this.#file, `${JSON.stringify(fields)}\n`);
  }
}
