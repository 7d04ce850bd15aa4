import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { PassedBytes } from "./pcap.ts";

/** A TCP relay that keeps a copy of everything. */
export class RecordingRelay {
  readonly passed: PassedBytes[] = [];
  readonly #server: Server;
  #connectionCount = 0;

  constructor(targetPort: number) {
    this.#server = createServer({ allowHalfOpen: true }, (client) => {
      const connection = this.#connectionCount++;
      const target = connect({ host: "127.0.0.1", port: targetPort, allowHalfOpen: true });
      this.#copy(connection, "client", client, target);
      this.#copy(connection, "server", target, client);
    });
  }

  /** Listens on a free port and returns it. */
  async open(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  /** Takes no more connections; resolves when those that are there have ended by themselves. */
  async close(): Promise<void> {
    this.#server.close();
    await once(this.#server, "close");
  }

  #copy(connection: number, from: "client" | "server", source: Socket, target: Socket): void {
    source.on("data", (bytes: Uint8Array) => {
      this.passed.push({ connection, from, atMs: performance.now(), bytes });
      target.write(bytes);
    });
    source.on("end", () => target.end());
    source.on("error", () => target.destroy());
  }
}
