import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { acceptsContentType, PreambleReceiver, type PreambleReceiverInput } from "@bowline/protocol/framing";
import { codecOf, type TlsOptions } from "@bowline/transport";
import { LinkSocket, secureAsServer, tlsUpgrade } from "@bowline/transport/node";
import { type Acceptor, newFramedLink } from "./acceptor.ts";
import { Newcomer, type NewcomerOptions } from "./newcomer.ts";

export interface IncomingConnectionOptions extends NewcomerOptions {
  readonly preambleTimeoutMs: number;
  /** The endpoint that a Via names, or undefined. */
  endpointOf(via: string): Acceptor | undefined;
}

/** A net.tcp connection from its first byte until its preamble is over. */
export class IncomingConnection {
  readonly #socket: Socket;
  readonly #options: IncomingConnectionOptions;
  readonly #receiver: PreambleReceiver;
  #endpoint: Acceptor | undefined;
  #alarm: Disposable | undefined;
  #isPreambleOver = false;
  #secured: TLSSocket | undefined;

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

  /** What bytes pass through. */
  get #stream(): Socket {
    return this.#secured ?? this.#socket;
  }

  readonly #onData = (bytes: Uint8Array): void => this.#handle({ type: "received", bytes });
  readonly #onEnd = (): void => this.#handle({ type: "ended" });
  readonly #onError = (error: unknown): void => this.#options.onRefused(error);

  #handle(input: PreambleReceiverInput): void {
    const { clock } = this.#options;
    for (const effect of this.#receiver.handle(input, clock.nowMs())) {
      switch (effect.type) {
        case "transmit":
          this.#stream.write(effect.bytes);
          break;
        case "via":
          this.#answerVia(effect.via);
          break;
        case "upgrade":
          this.#secure(effect.rest);
          break;
        case "established":
          this.#established(effect.rest, effect.streamOffset);
          return;
        case "fault":
          this.#options.onRefused(effect.error);
          this.#stream.end(effect.bytes);
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
    const { contentType, charsets } = codecOf(this.#endpoint.endpoint);
    this.#handle({
      type: "endpoint",
      endpoint: {
        upgrades: this.#tls === undefined ? [] : [tlsUpgrade],
        duplex: true,
        accepts: (offered) => acceptsContentType(offered, contentType, charsets),
      },
    });
  }

  get #tls(): TlsOptions | undefined {
    const endpoint = this.#endpoint?.endpoint;
    return endpoint?.transport === "net.tcp" ? endpoint.tls : undefined;
  }

  #secure(rest: Uint8Array): void {
    const connection = this.#socket;
    connection.off("data", this.#onData).off("end", this.#onEnd);
    secureAsServer(connection, rest, this.#tls!).then(
      (secured) => {
        if (this.#isPreambleOver) return;
        this.#secured = secured;
        secured.on("data", this.#onData).on("end", this.#onEnd).on("error", this.#onError);
        this.#handle({ type: "upgraded" });
      },
      (error: unknown) => {
        if (this.#isPreambleOver) return;
        this.#options.onRefused(error);
        this.#release();
        // What TLS said last to the peer may still be on its way.
        connection.on("error", () => undefined).end();
      },
    );
  }

  #established(rest: Uint8Array, streamOffset: number): void {
    const endpoint = this.#endpoint!;
    this.#release();
    const newcomer = new Newcomer(endpoint, this.#options);
    const link = newFramedLink(endpoint.endpoint, streamOffset);
    const wire = new LinkSocket(this.#socket, link, newcomer, this.#options.clock, { socket: this.#stream });
    newcomer.start(wire);
    wire.receive(rest);
  }

  /** After a fault the peer has a moment to read it and close. */
  #refuse(): void {
    this.#release();
    const stream = this.#stream;
    stream.on("error", () => undefined);
    stream.resume();
    const drop = this.#options.clock.wakeAt(this.#options.clock.nowMs() + 2_000, () => this.#socket.destroy());
    stream.once("end", () => this.#socket.destroy());
    stream.once("close", () => drop[Symbol.dispose]());
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
    this.#secured?.off("data", this.#onData).off("end", this.#onEnd).off("error", this.#onError);
  }
}
