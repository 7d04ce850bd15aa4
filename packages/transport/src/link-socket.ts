import type { Socket } from "node:net";
import type { FramedLink } from "@bowline/protocol/session";
import type { Clock } from "./clock.ts";
import { closeGraceMs, type LinkOwner, type Wire } from "./wire.ts";

/** After our last byte the peer may still send this much, which nobody reads. */
const drainMaxByteLength = 65_536;

/** One TCP connection that carries one link. */
export class LinkSocket implements Wire {
  readonly link: FramedLink;
  readonly #socket: Socket;
  readonly #clock: Clock;
  #owner: LinkOwner | undefined;
  #error: unknown;
  #isClosing = false;
  #drainedByteLength = 0;

  constructor(socket: Socket, link: FramedLink, owner: LinkOwner, clock: Clock) {
    this.#socket = socket;
    this.link = link;
    this.#owner = owner;
    this.#clock = clock;
    socket.on("data", (chunk: Uint8Array) => this.#data(chunk));
    socket.on("error", (error) => {
      this.#error ??= error;
    });
    socket.on("end", () => {
      // A peer that has sent its End only stops writing: what it asked for can still be answered.
      if (!this.link.hasPeerEnded || this.#isClosing) this.#gone(undefined);
    });
    socket.on("close", () => this.#gone(this.#error));
  }

  get remoteAddress(): string | undefined {
    const { remoteAddress, remotePort } = this.#socket;
    return remoteAddress === undefined ? undefined : `${remoteAddress}:${remotePort}`;
  }

  handOver(owner: LinkOwner): void {
    this.#owner = owner;
  }

  /** Bytes that came before this object was there. */
  receive(bytes: Uint8Array): void {
    this.#data(bytes);
  }

  flush(): void {
    const bytes = this.link.takeOutput();
    if (bytes !== undefined && this.#socket.writable) this.#socket.write(bytes);
  }

  close(isGraceful: boolean): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#owner = undefined;
    this.flush();
    if (!isGraceful || this.#socket.destroyed) {
      // A WCF channel takes an end between two messages for an orderly one; only a reset tells it that it was not (R-LIVE-FAULT-2).
      this.#socket.resetAndDestroy();
      return;
    }
    this.#socket.end();
    this.#socket.resume();
    const grace = this.#clock.wakeAt(this.#clock.nowMs() + closeGraceMs, () => this.#socket.destroy());
    this.#socket.once("close", () => grace[Symbol.dispose]());
  }

  #data(chunk: Uint8Array): void {
    if (!this.#isClosing) {
      // Not a Buffer, whose slice() shares its bytes: what an operation is given must be its own.
      this.#owner?.received(this.link, new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      // Replies of handlers that needed no promise are all there now: the peer need not wait for the turn to end.
      this.flush();
      return;
    }
    this.#drainedByteLength += chunk.length;
    if (this.#drainedByteLength > drainMaxByteLength) this.#socket.destroy();
  }

  #gone(error: unknown): void {
    const owner = this.#owner;
    this.#owner = undefined;
    owner?.closed(this.link, error);
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#socket.destroy();
    } else if (this.#socket.readableEnded && this.#socket.writableFinished) this.#socket.destroy();
  }
}
