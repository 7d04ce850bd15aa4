import { pureUtf8 } from "@bowline/protocol/bytes";
import {
  acceptsContentType,
  binarySessionContentType,
  FramingError,
  PreambleReceiver,
  type PreambleReceiverInput,
} from "@bowline/protocol/framing";
import { FramedLink, LinkError } from "@bowline/protocol/session";
import type { Host } from "../host.ts";
import { type Carriage, type Framing, framedCarriage, MessageCarriage } from "./carriage.ts";
import type { Connection, ConnectionEnd } from "./connection.ts";
import type { StreamServer } from "./stream-server.ts";

/** The service's end of a connection: preamble, first message, then the session that it belongs to. */
export class ServerConnection implements ConnectionEnd {
  connection: Connection | undefined;
  readonly #server: StreamServer;
  readonly #host: Host;
  readonly #preamble = new PreambleReceiver();
  readonly #output: Uint8Array[] = [];
  #carriage: Carriage | undefined;
  #owner: ConnectionEnd | undefined;

  constructor(server: StreamServer, host: Host, framing: Framing) {
    this.#server = server;
    this.#host = host;
    if (framing === "net.tcp") this.#advance({ type: "connected" });
    else {
      const carriage = new MessageCarriage();
      carriage.link.connected();
      this.#carriage = carriage;
    }
  }

  get expectsEnd(): boolean {
    return this.#owner?.expectsEnd ?? this.#carriage?.link.hasPeerEnded ?? false;
  }

  takeOutput(): Uint8Array | undefined {
    return this.#output.shift() ?? this.#carriage?.takeOutput();
  }

  received(bytes: Uint8Array): void {
    if (this.#owner !== undefined) return this.#owner.received(bytes);
    const carriage = this.#carriage;
    if (carriage !== undefined) carriage.received(bytes, (pushed) => this.#pushed(carriage, pushed));
    else this.#advance({ type: "received", bytes });
    this.connection?.flush("acceptor");
  }

  ended(error: Error | undefined): void {
    this.#owner?.ended(error);
  }

  #advance(input: PreambleReceiverInput): void {
    for (const effect of this.#preamble.handle(input, this.#host.nowMs)) {
      if (effect.type === "transmit") this.#output.push(effect.bytes);
      else if (effect.type === "via") this.#advance({ type: "endpoint", endpoint });
      else if (effect.type === "established") {
        const { rest, streamOffset } = effect;
        this.#carriage = framedCarriage(FramedLink.receiver({ utf8: pureUtf8, limits: {}, streamOffset }));
        if (rest.length > 0) this.#pushed(this.#carriage, rest);
      } else if (effect.type === "abort" || effect.type === "fault") this.connection?.close("acceptor", false);
    }
  }

  /** The first whole envelope says to which session the connection belongs. */
  #pushed(carriage: Carriage, bytes: Uint8Array): void {
    const { connection } = this;
    if (connection === undefined) return;
    const { link } = carriage;
    try {
      link.push(bytes, this.#host.nowMs);
      const record = link.next();
      if (record === undefined) return;
      const owner =
        record.type === "end"
          ? undefined
          : this.#server.admit(carriage, connection, record.bytes, record.from, record.to);
      if (owner === undefined) return connection.close("acceptor", true);
      this.#owner = owner;
    } catch (error) {
      // A connection that breaks off inside its first record is nobody's.
      if (!(error instanceof FramingError || error instanceof LinkError)) throw error;
      connection.close("acceptor", false);
    }
    // What came behind the first envelope is in the link already.
    this.#owner?.received(new Uint8Array(0));
  }
}

const endpoint = {
  upgrades: [],
  duplex: true,
  accepts: (contentType: string): boolean => acceptsContentType(contentType, binarySessionContentType),
};
