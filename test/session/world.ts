import { pureUtf8 } from "@bowline/protocol/bytes";
import {
  type ReliableSessionOptions,
  reliableSessionOptions,
  type SessionShape,
} from "@bowline/protocol/reliable-messaging";
import {
  BinaryMessageCodec,
  DuplexSession,
  EndpointAcceptor,
  FramedLink,
  type TraceRecord,
} from "@bowline/protocol/session";
import { UniqueId } from "@bowline/protocol/xml";
import { Network, type Pipe, type PipeEnd, type Side } from "./network.ts";
import type { RawPeer } from "./raw-peer.ts";
import { ServerEnd } from "./server-end.ts";
import { readText, SessionPeer, type WorldCall } from "./session-peer.ts";

export const address = "net.tcp://host:808/echo";

/** What a test may set; durations in ms of simulated time. */
export interface WorldOptions {
  readonly client?: Partial<ReliableSessionOptions>;
  readonly server?: Partial<ReliableSessionOptions>;
  readonly shape?: SessionShape;
  readonly serverShape?: SessionShape;
  readonly receiveTimeoutMs?: number;
  readonly openTimeoutMs?: number;
  readonly closeTimeoutMs?: number;
  /** From one side to the other. */
  readonly latencyMs?: number;
  readonly maxSessionCount?: number;
  /** Largest message that the server takes, in bytes. */
  readonly maxReceivedMessageSize?: number;
}

/** One message as one side saw it. */
export interface Sighting extends TraceRecord {
  readonly side: Side;
}

/** A client and a service, each a `DuplexSession`, the service behind its `EndpointAcceptor`, on one simulated clock. */
export class World {
  readonly network = new Network();
  readonly codec = new BinaryMessageCodec();
  readonly acceptor: EndpointAcceptor<WorldCall>;
  readonly clients: SessionPeer[] = [];
  readonly servers: SessionPeer[] = [];
  readonly sightings: Sighting[] = [];
  /** While true nobody can connect. */
  isUnreachable = false;
  /** Takes the place of the service when it is there. */
  scriptedServer: RawPeer | undefined;
  readonly #options: WorldOptions;
  #lastId = 0;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    this.network.latencyMs = options.latencyMs ?? 0;
    this.acceptor = new EndpointAcceptor<WorldCall>({
      ...this.#common(),
      shape: options.serverShape ?? options.shape ?? "duplex",
      reliable: reliableSessionOptions(options.server ?? {}),
      receiveTimeoutMs: options.receiveTimeoutMs ?? 600_000,
      admission: () =>
        this.acceptor.sessionCount < (options.maxSessionCount ?? 100)
          ? "free"
          : { refusal: `This endpoint has ${options.maxSessionCount} sessions already; try again later.` },
      trace: (record) => this.sightings.push({ ...record, side: "server" }),
    });
    this.newClient();
  }

  get client(): SessionPeer {
    return this.clients[0]!;
  }

  get server(): SessionPeer {
    return this.servers[0]!;
  }

  get nowMs(): number {
    return this.network.nowMs;
  }

  run(forMs: number): this {
    this.network.run(forMs);
    return this;
  }

  /** Opens the session of `client`, in the time that the network needs. */
  open(client: SessionPeer = this.client): this {
    client.dispatch({ type: "open" });
    return this.run(this.network.latencyMs * 4);
  }

  newClient(): SessionPeer {
    const session = new DuplexSession<WorldCall>(
      {
        ...this.#common(),
        role: "client",
        shape: this.#options.shape ?? "duplex",
        reliable: reliableSessionOptions(this.#options.client ?? {}),
        receiveTimeoutMs: Number.POSITIVE_INFINITY,
        trace: (record) => this.sightings.push({ ...record, side: "client" }),
      },
      this.nowMs,
    );
    const peer = new SessionPeer(session, "client", this.network, () => this.nextId());
    peer.connect = (delayMs) => this.network.after(delayMs, () => this.#dial(peer));
    this.clients.push(peer);
    return peer;
  }

  nextId(): UniqueId {
    this.#lastId += 1;
    return UniqueId.parse(`urn:uuid:00000000-0000-0000-0000-${this.#lastId.toString(16).padStart(12, "0")}`);
  }

  /** A link of a client and the connection it goes through; `endOf` tells what the client does with what comes. */
  plug(endOf: (link: FramedLink) => PipeEnd): { readonly link: FramedLink; readonly pipe: Pipe } {
    const link = FramedLink.initiator({ utf8: pureUtf8, limits: {}, via: address, preambleTimeoutMs: 30_000 });
    const server = new ServerEnd(this, this.#options.maxReceivedMessageSize);
    const pipe = this.network.join(endOf(link), server);
    server.pipe = pipe;
    return { link, pipe };
  }

  /** Names of the messages that `side` sent since `fromMs`, as "name" or "name number". */
  sent(side: Side, fromMs = 0): string[] {
    return this.sightings
      .filter((seen) => seen.side === side && seen.direction === "sent" && seen.atMs >= fromMs)
      .map((seen) => (seen.messageNumber === undefined ? seen.name : `${seen.name} ${seen.messageNumber}`));
  }

  #dial(peer: SessionPeer): void {
    if (this.isUnreachable) return peer.dispatch({ type: "link-failed", error: new Error("connection refused") });
    const { link, pipe } = this.plug((plugged) => peer.endOf(plugged));
    peer.own(link, pipe);
    peer.dispatch({ type: "link-connected", link });
  }

  #common() {
    return {
      address,
      openTimeoutMs: this.#options.openTimeoutMs ?? 60_000,
      closeTimeoutMs: this.#options.closeTimeoutMs ?? 60_000,
      codec: this.codec,
      nextId: () => this.nextId(),
      readBody: (_action: string, reader: Parameters<typeof readText>[0]) => readText(reader),
    };
  }
}
