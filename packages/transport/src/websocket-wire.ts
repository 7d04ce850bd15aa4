import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { closeErrorOf, LinkError, type MessageLink, tooLarge, WebSocketCloseCode } from "@bowline/protocol/session";
import { atTurnEnd } from "#host/turn";
import type { Clock } from "./clock.ts";
import { identityOf } from "./tls.ts";
import { framesOf } from "./websocket-frames.ts";
import { closeGraceMs, type LinkOwner, type PeerIdentity, type Wire } from "./wire.ts";

/** What we use of a `WebSocket` of ws: its own types would be asked of everybody who compiles against ours. */
export interface NodeWebSocket extends EventEmitter {
  readonly readyState: number;
  readonly OPEN: number;
  ping(): void;
  pause(): void;
  resume(): void;
  close(code: number): void;
  terminate(): void;
}

export interface WebSocketWireOptions {
  readonly clock: Clock;
  /** Clients mask what they send. */
  readonly isClient: boolean;
  /** For the error that says what was too much. */
  readonly maxReceivedMessageSize: number;
  /** `Infinity` for no pings. */
  readonly keepAliveIntervalMs: number;
}

/** One WebSocket of Node.js that carries one link. The messages of a turn leave in one write. */
export class WebSocketWire implements Wire {
  readonly link: MessageLink;
  readonly #webSocket: NodeWebSocket;
  readonly #socket: Socket;
  readonly #options: WebSocketWireOptions;
  #owner: LinkOwner | undefined;
  #error: unknown;
  #isClosing = false;
  #keepAlive: Disposable | undefined;
  #isPongDue = false;
  /** Came in this turn, for the owner at its end: many messages come in one piece, and cost less together. */
  #received: Uint8Array[] = [];

  constructor(
    webSocket: NodeWebSocket,
    socket: Socket,
    link: MessageLink,
    owner: LinkOwner,
    options: WebSocketWireOptions,
  ) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.link = link;
    this.#owner = owner;
    this.#options = options;
    webSocket.on("message", (data: Uint8Array) => this.#message(data));
    webSocket.on("pong", () => {
      this.#isPongDue = false;
    });
    webSocket.on("error", (error) => this.#failed(error));
    webSocket.on("close", (code, reason) => this.#closed(code, `${reason}`));
    this.#watch();
  }

  get remoteAddress(): string | undefined {
    const { remoteAddress, remotePort } = this.#socket;
    return remoteAddress === undefined ? undefined : `${remoteAddress}:${remotePort}`;
  }

  get identity(): PeerIdentity | undefined {
    return identityOf(this.#socket);
  }

  handOver(owner: LinkOwner): void {
    this.#owner = owner;
  }

  flush(): void {
    const messages = this.link.borrowMessages();
    // Straight to the socket, behind which ws writes its own frames: a write for each message would cost more than all the rest.
    if (messages.length > 0 && this.#webSocket.readyState === this.#webSocket.OPEN)
      this.#socket.write(framesOf(messages, this.#options.isClient));
    const closeCode = this.link.takeClose();
    if (closeCode !== undefined) this.#webSocket.close(closeCode);
  }

  pause(): void {
    if (!this.#isClosing) this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  close(isGraceful: boolean): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#owner = undefined;
    this.#webSocket.resume();
    this.#keepAlive?.[Symbol.dispose]();
    this.flush();
    if (!isGraceful) {
      this.#webSocket.terminate();
      return;
    }
    this.#webSocket.close(WebSocketCloseCode.normal);
    const { clock } = this.#options;
    const grace = clock.wakeAt(clock.nowMs() + closeGraceMs, () => this.#webSocket.terminate());
    this.#webSocket.once("close", () => grace[Symbol.dispose]());
  }

  #message(data: Uint8Array): void {
    if (data.length === 0) {
      this.#handReceived();
      this.link.break(new LinkError("LINK_BROKEN", "the peer sent an empty message", { isRemote: false }));
    }
    if (this.#received.length === 0) atTurnEnd(this.#handReceived);
    // Not a Buffer, whose slice() shares its bytes: what an operation is given must be its own.
    this.#received.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  readonly #handReceived = (): void => {
    const messages = this.#received;
    if (messages.length === 0) return;
    this.#received = [];
    for (let index = 0; index < messages.length; index++) {
      const owner = this.#owner;
      if (owner?.receivedAll !== undefined) return owner.receivedAll(this.link, messages.slice(index));
      // The first message may have brought the connection to its session.
      owner?.received(this.link, messages[index]!);
    }
  };

  #failed(error: Error & { readonly code?: string }): void {
    this.#error ??= error;
    if (error.code !== "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") return;
    this.#handReceived();
    this.link.break(tooLarge(undefined, this.#options.maxReceivedMessageSize));
    this.#owner?.received(this.link, nothing);
  }

  #closed(code: number, reason: string): void {
    this.#keepAlive?.[Symbol.dispose]();
    this.#handReceived();
    const owner = this.#owner;
    if (owner === undefined) return;
    const error = this.#error ?? closeErrorOf(code, reason);
    if (error === undefined) this.link.peerEnded();
    else if (error instanceof LinkError && error.isRemote) this.link.break(error);
    owner.received(this.link, nothing);
    this.#owner?.closed(this.link, error);
    this.#owner = undefined;
  }

  /** A connection that no longer answers is no connection. */
  #watch(): void {
    const { clock, keepAliveIntervalMs } = this.#options;
    if (keepAliveIntervalMs === Number.POSITIVE_INFINITY) return;
    this.#keepAlive = clock.wakeAt(clock.nowMs() + keepAliveIntervalMs, () => {
      if (this.#isPongDue) {
        this.#error ??= new LinkError(
          "LINK_BROKEN",
          `the peer did not answer a ping within keepAliveIntervalMs ${keepAliveIntervalMs}`,
          { isRemote: false },
        );
        this.#webSocket.terminate();
        return;
      }
      this.#isPongDue = true;
      if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#webSocket.ping();
      this.#watch();
    });
  }
}

const nothing = new Uint8Array(0);
