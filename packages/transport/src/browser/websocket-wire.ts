import {
  closeErrorOf,
  LinkError,
  type MessageLink,
  pageCloseCodeOf,
  WebSocketCloseCode,
} from "@bowline/protocol/session";
import type { Clock } from "../clock.ts";
import type { LinkOwner, Wire } from "../wire.ts";

/** What we use of a browser's `WebSocket`: its own types would be asked of everybody who compiles against ours. */
export interface BrowserWebSocket {
  binaryType: string;
  /** The subprotocol that the service has chosen. */
  readonly protocol: string;
  readonly readyState: number;
  /** Bytes given to `send` that the network has not taken yet. */
  readonly bufferedAmount: number;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  send(message: Uint8Array): void;
  close(code?: number): void;
}

export interface BrowserWebSocketWireOptions {
  readonly clock: Clock;
  readonly remoteAddress: string;
}

/** A connection that has taken more than this and not sent it is given no more messages: they wait here, within the session's own limits. */
export const maxBufferedByteLength: number = 1024 * 1024;
/** A browser does not tell when there is room again. */
const roomCheckIntervalMs = 10;
const openState = 1;

/**
 * One WebSocket of a browser that carries one link. A page can neither ping nor drop a connection: the session's keep-alives find dead
 * ones, and what ends without order ends with a close code that says so.
 */
export class BrowserWebSocketWire implements Wire {
  readonly link: MessageLink;
  /** A browser keeps to itself what certificate it saw. */
  readonly identity: undefined = undefined;
  readonly #webSocket: BrowserWebSocket;
  readonly #options: BrowserWebSocketWireOptions;
  #owner: LinkOwner | undefined;
  /** Taken from the link, not by the browser yet. */
  readonly #waiting: Uint8Array[] = [];
  #isClosing = false;
  #isGone = false;
  #roomCheck: Disposable | undefined;

  /** @param webSocket open, with `binaryType` "arraybuffer" */
  constructor(webSocket: BrowserWebSocket, link: MessageLink, owner: LinkOwner, options: BrowserWebSocketWireOptions) {
    this.#webSocket = webSocket;
    this.link = link;
    this.#owner = owner;
    this.#options = options;
    webSocket.onmessage = ({ data }) => this.#message(data);
    webSocket.onclose = ({ code, reason }) => this.#closed(code, reason);
  }

  get remoteAddress(): string | undefined {
    return this.#isGone ? undefined : this.#options.remoteAddress;
  }

  handOver(owner: LinkOwner): void {
    this.#owner = owner;
  }

  flush(): void {
    for (const message of this.link.takeMessages()) this.#waiting.push(message);
    if (this.#roomCheck === undefined) this.#write(maxBufferedByteLength);
  }

  close(isGraceful: boolean): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#owner = undefined;
    this.#gone();
    for (const message of this.link.takeMessages()) this.#waiting.push(message);
    this.#write(Number.POSITIVE_INFINITY);
    // Does nothing when a close frame with another code is out already.
    this.#webSocket.close(isGraceful ? WebSocketCloseCode.normal : pageCloseCodeOf(WebSocketCloseCode.goingAway));
  }

  /** Sends what waits, as long as no more than `maxByteLength` lie in the browser; looks again later for the rest. */
  #write(maxByteLength: number): void {
    const waiting = this.#waiting;
    let count = 0;
    if (this.#webSocket.readyState === openState) {
      while (count < waiting.length && this.#webSocket.bufferedAmount <= maxByteLength)
        this.#webSocket.send(waiting[count++]!);
    } else count = waiting.length;
    waiting.splice(0, count);
    if (waiting.length > 0) {
      const { clock } = this.#options;
      this.#roomCheck = clock.wakeAt(clock.nowMs() + roomCheckIntervalMs, () => {
        this.#roomCheck = undefined;
        this.#write(maxByteLength);
      });
      return;
    }
    const closeCode = this.link.takeClose();
    if (closeCode !== undefined) this.#webSocket.close(pageCloseCodeOf(closeCode));
  }

  #message(data: unknown): void {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : new Uint8Array(data as ArrayBuffer);
    if (bytes.length === 0)
      this.link.break(new LinkError("LINK_BROKEN", "the peer sent an empty message", { isRemote: false }));
    this.#owner?.received(this.link, bytes);
  }

  #closed(code: number, reason: string): void {
    this.#gone();
    const owner = this.#owner;
    if (owner === undefined) return;
    const error = closeErrorOf(code, reason);
    if (error === undefined) this.link.peerEnded();
    else if (error.isRemote) this.link.break(error);
    owner.received(this.link, nothing);
    this.#owner?.closed(this.link, error);
    this.#owner = undefined;
  }

  #gone(): void {
    this.#isGone = true;
    this.#roomCheck?.[Symbol.dispose]();
    this.#roomCheck = undefined;
  }
}

const nothing = new Uint8Array(0);
