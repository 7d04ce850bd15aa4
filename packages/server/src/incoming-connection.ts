import type { Socket } from "node:net";
import { acceptsContentType, PreambleReceiver, type PreambleReceiverInput } from "@bowline/protocol/framing";
import { codecOf, LinkSocket } from "@bowline/transport";
import { Newcomer, type NewcomerOptions } from "./newcomer.ts";
import type { ServiceEndpoint } from "./service-endpoint.ts";

export interface IncomingConnectionOptions extends NewcomerOptions {
  readonly preambleTimeoutMs: number;
  /** The endpoint that a Via names, or undefined. */
  endpointOf(via: string): ServiceEndpoint | undefined;
}

/** A net.tcp connection from its first byte until its preamble is over. */
export class IncomingConnection {
  readonly #socket: Socket;
  readonly #options: IncomingConnectionOptions;
  readonly #receiver: PreambleReceiver;
  #endpoint: ServiceEndpoint | undefined;
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
    const { contentType, charsets } = codecOf(this.#endpoint.endpoint);
    this.#handle({
      type: "endpoint",
      endpoint: {
        upgrades: [],
        duplex: true,
        accepts: (offered) => acceptsContentType(offered, contentType, charsets),
      },
    });
  }

  #established(rest: Uint8Array, streamOffset: number): void {
    const endpoint = this.#endpoint!;
    this.#release();
    const newcomer = new Newcomer(endpoint, this.#options);
    const wire = new LinkSocket(this.#socket, endpoint.newFramedLink(streamOffset), newcomer, this.#options.clock);
    newcomer.start(wire);
    wire.receive(rest);
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
