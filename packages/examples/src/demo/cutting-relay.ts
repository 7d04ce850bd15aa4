import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Direction } from "./processes.ts";
import type { Recording } from "./recording.ts";

/** One way through the relay. */
interface Passage {
  /** Of the connection, from 1. */
  readonly connection: number;
  readonly direction: Direction;
  readonly source: Socket;
  readonly target: Socket;
}

const endLimitMs = 2_000;

/** A TCP relay between client and host that breaks the connection on demand, as a bad network does: with a reset, amid a message. */
export class CuttingRelay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #onCut: (direction: Direction) => void;
  readonly #recording: Recording | undefined;
  #connectionCount = 0;
  #cut: { readonly direction: Direction; remainingByteLength: number } | undefined;

  /** @param recording gets all that passes */
  constructor(hostPort: number, onCut: (direction: Direction) => void, recording?: Recording) {
    this.#onCut = onCut;
    this.#recording = recording;
    this.#server = createServer((fromClient) => {
      const connection = ++this.#connectionCount;
      const toHost = connect({ host: "127.0.0.1", port: hostPort, noDelay: true });
      fromClient.setNoDelay(true);
      recording?.event(connection, "open");
      this.#forward({ connection, direction: "client-to-host", source: fromClient, target: toHost });
      this.#forward({ connection, direction: "host-to-client", source: toHost, target: fromClient });
    });
  }

  /** Listens on a free port and returns it. */
  async open(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts the connection once `afterByteLength` more bytes have passed in this direction. */
  cutAfter(direction: Direction, afterByteLength: number): void {
    this.#cut = { direction, remainingByteLength: afterByteLength };
  }

  /** Client and host are gone: lets their last ends pass, but does not wait for long. */
  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    const limit = setTimeout(() => this.#destroySockets(), endLimitMs);
    await closed;
    clearTimeout(limit);
    this.#destroySockets();
  }

  #destroySockets(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #forward(passage: Passage): void {
    const { connection, direction, source, target } = passage;
    const from = direction === "client-to-host" ? "client" : "server";
    this.#sockets.add(source);
    source.on("data", (chunk: Uint8Array) => {
      const cut = this.#cut;
      const isCut = cut?.direction === direction && chunk.length > cut.remainingByteLength;
      const passing = isCut ? chunk.subarray(0, cut.remainingByteLength) : chunk;
      if (passing.length > 0) this.#recording?.bytes(connection, from, passing);
      if (isCut) this.#cutAfter(passing, passage);
      else {
        if (cut?.direction === direction) cut.remainingByteLength -= chunk.length;
        target.write(chunk);
      }
    });
    source.on("end", () => {
      this.#recording?.event(connection, `end-${from}`);
      target.end();
    });
    // What breaks on one side breaks on the other.
    source.on("error", (error) => {
      this.#recording?.event(connection, `error-${from}`, error.message);
      target.destroy();
    });
    source.on("close", () => {
      this.#sockets.delete(source);
      if (!source.readableEnded) target.destroy();
    });
  }

  #cutAfter(lastBytes: Uint8Array, { connection, direction, source, target }: Passage): void {
    this.#cut = undefined;
    source.pause();
    target.write(lastBytes, () => {
      this.#recording?.event(connection, "cut");
      this.#onCut(direction);
      source.resetAndDestroy();
      target.resetAndDestroy();
    });
  }
}
