import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Direction } from "./processes.ts";

/** A TCP relay between client and host that breaks the connection on demand, as a bad network does: with a reset, amid a message. */
export class CuttingRelay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #onCut: (direction: Direction) => void;
  #cut: { readonly direction: Direction; remainingByteLength: number } | undefined;

  constructor(hostPort: number, onCut: (direction: Direction) => void) {
    this.#onCut = onCut;
    this.#server = createServer((fromClient) => {
      const toHost = connect({ host: "127.0.0.1", port: hostPort, noDelay: true });
      fromClient.setNoDelay(true);
      this.#forward(fromClient, toHost, "client-to-host");
      this.#forward(toHost, fromClient, "host-to-client");
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

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #forward(source: Socket, target: Socket, direction: Direction): void {
    this.#sockets.add(source);
    source.on("data", (chunk: Uint8Array) => {
      const cut = this.#cut;
      if (cut?.direction !== direction) {
        target.write(chunk);
      } else if (chunk.length <= cut.remainingByteLength) {
        cut.remainingByteLength -= chunk.length;
        target.write(chunk);
      } else {
        this.#cut = undefined;
        source.pause();
        target.write(chunk.subarray(0, cut.remainingByteLength), () => {
          this.#onCut(direction);
          source.resetAndDestroy();
          target.resetAndDestroy();
        });
      }
    });
    source.on("end", () => target.end());
    // What breaks on one side breaks on the other.
    source.on("error", () => target.destroy());
    source.on("close", () => {
      this.#sockets.delete(source);
      if (!source.readableEnded) target.destroy();
    });
  }
}
