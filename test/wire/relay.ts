import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A TCP relay between client and host that cuts, holds back or sends on as the test wants it. */
export class Relay {
  readonly #server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  /** Where new connections go. */
  targetPort: number;
  /** Each entry cuts one connection, after that many bytes from the client. */
  readonly cutsAfterByteLength: number[] = [];
  connectionCount = 0;
  cutCount = 0;
  #isHeld = false;

  constructor(targetPort: number) {
    this.targetPort = targetPort;
  }

  /** A relay that listens until the test is over. */
  static async to(targetPort: number): Promise<Relay> {
    const relay = new Relay(targetPort);
    relay.#server.listen(0, "127.0.0.1");
    await once(relay.#server, "listening");
    onTestFinished(() => {
      relay.#server.close();
      relay.cut();
    });
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resets every connection. */
  cut(): void {
    for (const [client, host] of this.#pairs) {
      this.cutCount += 1;
      client.resetAndDestroy();
      host.resetAndDestroy();
    }
    this.#pairs.clear();
  }

  /** Nothing passes towards the host until `release`. */
  hold(): void {
    this.#isHeld = true;
    for (const [client] of this.#pairs) client.pause();
  }

  release(): void {
    this.#isHeld = false;
    for (const [client] of this.#pairs) client.resume();
  }

  #accept(client: Socket): void {
    this.connectionCount += 1;
    const host = connect({ host: "127.0.0.1", port: this.targetPort, noDelay: true, allowHalfOpen: true });
    const pair = [client, host] as const;
    this.#pairs.add(pair);
    let remainingByteLength = this.cutsAfterByteLength.shift() ?? Number.POSITIVE_INFINITY;
    client.on("data", (chunk: Uint8Array) => {
      if (chunk.length < remainingByteLength) {
        remainingByteLength -= chunk.length;
        host.write(chunk);
        return;
      }
      // In the middle of a message, as a rule.
      client.pause();
      host.write(chunk.subarray(0, remainingByteLength), () => this.#cutPair(pair));
    });
    host.on("data", (chunk: Uint8Array) => client.write(chunk));
    for (const [from, to] of [
      [client, host],
      [host, client],
    ] as const) {
      from.on("end", () => to.end());
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.#pairs.delete(pair);
        if (!from.readableEnded) to.destroy();
      });
    }
    if (this.#isHeld) client.pause();
  }

  #cutPair(pair: readonly [Socket, Socket]): void {
    if (!this.#pairs.delete(pair)) return;
    this.cutCount += 1;
    for (const socket of pair) socket.resetAndDestroy();
  }
}
