import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { FramedLink } from "@bowline/protocol/session";
import type { Clock } from "./clock.ts";
import { identityOf, securityError } from "./tls.ts";
import { closeGraceMs, type LinkOwner, type PeerIdentity, type Wire } from "./wire.ts";

/** After our last byte the peer may still send this much, which nobody reads. */
const drainMaxByteLength = 65_536;

/** Does the handshake of an upgrade that the peer agreed to; `rest` came from it already. */
export type Upgrade = (socket: Socket, rest: Uint8Array) => Promise<TLSSocket>;

/** One TCP connection that carries one link, over TLS where the two sides agree on that. */
export class LinkSocket implements Wire {
  readonly link: FramedLink;
  /** The connection itself, of which alone it can be said that it is to be reset. */
  readonly #connection: Socket;
  /** What bytes pass through: the connection, or TLS on it. */
  #socket: Socket;
  readonly #clock: Clock;
  readonly #upgrade: Upgrade | undefined;
  #owner: LinkOwner | undefined;
  #error: unknown;
  #isUpgrading = false;
  #isClosing = false;
  #drainedByteLength = 0;

  /** `upgrade`: for a link that asks for one. `socket` may be `connection` with TLS on it already. */
  constructor(
    connection: Socket,
    link: FramedLink,
    owner: LinkOwner,
    clock: Clock,
    { upgrade, socket = connection }: { readonly upgrade?: Upgrade | undefined; readonly socket?: Socket } = {},
  ) {
    this.#connection = connection;
    this.#socket = socket;
    this.link = link;
    this.#owner = owner;
    this.#clock = clock;
    this.#upgrade = upgrade;
    connection.on("error", this.#onError);
    this.#listen();
  }

  get remoteAddress(): string | undefined {
    const { remoteAddress, remotePort } = this.#connection;
    return remoteAddress === undefined ? undefined : `${remoteAddress}:${remotePort}`;
  }

  get identity(): PeerIdentity | undefined {
    return identityOf(this.#socket);
  }

  handOver(owner: LinkOwner): void {
    this.#owner = owner;
  }

  /** Bytes that came before this object was there. */
  receive(bytes: Uint8Array): void {
    this.#data(bytes);
  }

  flush(): void {
    if (this.#isUpgrading) return;
    const bytes = this.link.takeOutput();
    if (bytes !== undefined && this.#socket.writable) this.#socket.write(bytes);
  }

  pause(): void {
    if (!this.#isClosing) this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(isGraceful: boolean): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#owner = undefined;
    this.flush();
    if (!isGraceful || this.#isUpgrading || this.#socket.destroyed) {
      // A WCF channel takes an end between two messages for an orderly one; only a reset tells it that it was not (R-LIVE-FAULT-2).
      this.#connection.resetAndDestroy();
      return;
    }
    this.#socket.end();
    this.#socket.resume();
    const grace = this.#clock.wakeAt(this.#clock.nowMs() + closeGraceMs, () => this.#socket.destroy());
    this.#socket.once("close", () => grace[Symbol.dispose]());
  }

  #listen(): void {
    const socket = this.#socket;
    if (socket !== this.#connection) socket.on("error", this.#onError);
    socket.on("data", this.#data);
    socket.on("end", this.#onEnd);
    socket.on("close", this.#onClose);
  }

  readonly #onError = (error: unknown): void => {
    this.#error ??= securityError(error);
  };

  readonly #onEnd = (): void => {
    // A peer that has sent its End only stops writing: what it asked for can still be answered.
    if (!this.link.hasPeerEnded || this.#isClosing) this.#gone(undefined);
  };

  readonly #onClose = (): void => this.#gone(this.#error);

  readonly #data = (chunk: Uint8Array): void => {
    if (!this.#isClosing) {
      // Not a Buffer, whose slice() shares its bytes: what an operation is given must be its own.
      this.#owner?.received(this.link, new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      // Replies of handlers that needed no promise are all there now: the peer need not wait for the turn to end.
      this.flush();
      if (this.#upgrade !== undefined) this.#beginUpgrade(this.#upgrade);
      return;
    }
    this.#drainedByteLength += chunk.length;
    if (this.#drainedByteLength > drainMaxByteLength) this.#socket.destroy();
  };

  #beginUpgrade(upgrade: Upgrade): void {
    const due = this.link.takeUpgrade();
    if (due === undefined) return;
    this.#isUpgrading = true;
    this.#connection.off("data", this.#data).off("end", this.#onEnd).off("close", this.#onClose);
    upgrade(this.#connection, due.rest).then(
      (secured) => {
        this.#isUpgrading = false;
        this.#socket = secured;
        this.#listen();
        if (this.#isClosing) return;
        this.link.upgraded(this.#clock.nowMs());
        this.flush();
      },
      (error: unknown) => this.#gone(error),
    );
  }

  #gone(error: unknown): void {
    const owner = this.#owner;
    this.#owner = undefined;
    owner?.closed(this.link, error);
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#connection.destroy();
      this.#socket.destroy();
    } else if (this.#socket.readableEnded && this.#socket.writableFinished) this.#socket.destroy();
  }
}
