import type { Socket } from "node:net";
import {
  acceptsContentType,
  binarySessionContentType,
  FramingError,
  PreambleReceiver,
  type PreambleReceiverInput,
} from "@bowline/protocol/framing";
import type { Link } from "@bowline/protocol/session";
import { type Clock, type LinkOwner, LinkSocket } from "@bowline/transport";
import { ServerError } from "./errors.ts";
import type { ServiceEndpoint } from "./service-endpoint.ts";

export interface IncomingConnectionOptions {
  readonly clock: Clock;
  readonly preambleTimeoutMs: number;
  /** The endpoint that a Via names, or undefined. */
  endpointOf(via: string): ServiceEndpoint | undefined;
  /** A session has the connection from now on. */
  onSession(): void;
  /** The connection was refused or broke before it had a session; for the log. */
  onRefused(error: unknown): void;
}

/** A connection from its first byte until a session takes it: preamble, then the message that says whose it is. */
export class IncomingConnection implements LinkOwner {
  readonly #socket: Socket;
  readonly #options: IncomingConnectionOptions;
  readonly #receiver: PreambleReceiver;
  #endpoint: ServiceEndpoint | undefined;
  #linkSocket: LinkSocket | undefined;
  #alarm: Disposable | undefined;
  #isPreambleOver = false;

  constructor(socket: Socket, options: IncomingConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#receiver = new PreambleReceiver({ preambleTimeoutMs: options.preambleTimeoutMs });
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("close", this.#onEnd);
    socket.on("error", this.#onError);
    this.#handle({ type: "connected" });
  }

  readonly #onData = (bytes: Uint8Array): void => this.#handle({ type: "received", bytes });
  readonly #onEnd = (): void => this.#handle({ type: "ended" });
  readonly #onError = (error: unknown): void => this.#options.onRefused(error);

  received(link: Link, bytes: Uint8Array): void {
    const socket = this.#linkSocket;
    if (socket === undefined) return;
    try {
      link.push(bytes, this.#options.clock.nowMs());
      this.#readFirst(socket);
    } catch (error) {
      this.#refuseLink(socket, error);
    }
  }

  closed(_link: Link, error: unknown): void {
    this.#stopAlarm();
    if (error !== undefined) this.#options.onRefused(error);
  }

  #handle(input: PreambleReceiverInput): void {
    const { clock } = this.#options;
    for (const effect of this.#receiver.handle(input, clock.nowMs())) {
      switch (effect.type) {
        case "transmit":
          this.#socket.write(effect.bytes);
          break;
        case "via":
          this.#answerVia(effect.via);
          break;
        case "established":
          this.#established(effect.rest, effect.streamOffset);
          return;
        case "fault":
          this.#options.onRefused(effect.error);
          this.#socket.end(effect.bytes);
          this.#refuse();
          return;
        case "abort":
          this.#options.onRefused(effect.error);
          this.#release();
          this.#socket.destroy();
          return;
        case "closed":
          this.#release();
          this.#socket.destroy();
          return;
        default:
      }
    }
    // An answer from within an effect may have ended the preamble already.
    if (!this.#isPreambleOver) this.#armFor(this.#receiver.nextDeadlineMs, () => this.#handle({ type: "timeout" }));
  }

  #answerVia(via: string): void {
    this.#endpoint = this.#options.endpointOf(via);
    if (this.#endpoint === undefined) return this.#handle({ type: "no-endpoint" });
    this.#handle({
      type: "endpoint",
      endpoint: {
        upgrades: [],
        duplex: true,
        accepts: (contentType) => acceptsContentType(contentType, binarySessionContentType),
      },
    });
  }

  #established(rest: Uint8Array, streamOffset: number): void {
    const endpoint = this.#endpoint!;
    const { clock } = this.#options;
    this.#release();
    const socket = new LinkSocket(this.#socket, endpoint.newLink(streamOffset), this, clock);
    if (!endpoint.isReliable) {
      try {
        endpoint.acceptPlain(socket);
      } catch (error) {
        return this.#refuseLink(socket, error);
      }
      this.#options.onSession();
      socket.receive(rest);
      return;
    }
    this.#linkSocket = socket;
    // A connection that never says whose it is holds a socket for nothing.
    const { address, openTimeoutMs } = endpoint.endpoint;
    this.#armFor(clock.nowMs() + openTimeoutMs, () => {
      const message = `a connection to ${address} said nothing within openTimeoutMs ${openTimeoutMs} after its preamble`;
      this.#refuseLink(socket, new ServerError("SERVER_FIRST_MESSAGE_TIMEOUT", message));
    });
    socket.receive(rest);
  }

  #readFirst(socket: LinkSocket): void {
    const record = socket.link.next();
    if (record === undefined) return;
    this.#stopAlarm();
    this.#linkSocket = undefined;
    if (record.type === "end") {
      socket.link.end();
      socket.close(true);
      return;
    }
    if (this.#endpoint!.acceptFirst(socket, record.bytes, record.from, record.to)) this.#options.onSession();
    // What came behind the first envelope is the session's.
    socket.receive(nothing);
  }

  /** No session takes the connection; the peer is told why where the protocol has a word for it. */
  #refuseLink(socket: LinkSocket, error: unknown): void {
    this.#stopAlarm();
    this.#linkSocket = undefined;
    this.#options.onRefused(error);
    if (error instanceof FramingError) socket.link.fault(error);
    socket.close(socket.link.hasOutput);
  }

  /** After a fault the peer has a moment to read it and close. */
  #refuse(): void {
    this.#release();
    this.#socket.on("error", () => undefined);
    this.#socket.resume();
    const drop = this.#options.clock.wakeAt(this.#options.clock.nowMs() + 2_000, () => this.#socket.destroy());
    this.#socket.once("end", () => this.#socket.destroy());
    this.#socket.once("close", () => drop[Symbol.dispose]());
  }

  #armFor(deadlineMs: number | undefined, wake: () => void): void {
    this.#stopAlarm();
    if (deadlineMs !== undefined && Number.isFinite(deadlineMs))
      this.#alarm = this.#options.clock.wakeAt(deadlineMs, wake);
  }

  #stopAlarm(): void {
    this.#alarm?.[Symbol.dispose]();
    this.#alarm = undefined;
  }

  #release(): void {
    this.#isPreambleOver = true;
    this.#stopAlarm();
    this.#socket.off("data", this.#onData);
    this.#socket.off("end", this.#onEnd);
    this.#socket.off("close", this.#onEnd);
    this.#socket.off("error", this.#onError);
  }
}

const nothing = new Uint8Array(0);
