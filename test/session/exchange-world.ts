import { pureUtf8 } from "@bowline/protocol/bytes";
import {
  type ReliableSessionOptions,
  reliableSessionOptions,
  type SessionShape,
} from "@bowline/protocol/reliable-messaging";
import {
  DuplexSession,
  EndpointAcceptor,
  ExchangeLink,
  type Link,
  LinkError,
  overExchanges,
  StatelessBinaryMessageCodec,
  type TraceRecord,
} from "@bowline/protocol/session";
import { UniqueId } from "@bowline/protocol/xml";
import { Network, type Side } from "./network.ts";
import { readText, SessionPeer, type WorldCall } from "./session-peer.ts";

/** What becomes of one exchange. */
export type Fate =
  | "answered"
  /** The request does not arrive, and its sender hears of it. */
  | "refused"
  /** The request arrives; its answer is cut off. */
  | "cut"
  /** The request arrives; nobody hears of its answer again. */
  | "silent";

export interface ExchangeWorldOptions {
  readonly client?: Partial<ReliableSessionOptions>;
  readonly server?: Partial<ReliableSessionOptions>;
  readonly shape?: SessionShape;
  readonly isPlain?: boolean;
  readonly latencyMs?: number;
  readonly maxRequestCount?: number;
  readonly closeTimeoutMs?: number;
}

/** A message as one side saw it. */
export interface ExchangeSighting extends TraceRecord {
  readonly side: Side;
}

const address = "http://host/echo";

/** A client and a service that speak by exchanges, on one simulated clock. */
export class ExchangeWorld {
  readonly network = new Network();
  readonly servers: SessionPeer[] = [];
  readonly sightings: ExchangeSighting[] = [];
  /** Of the next exchanges, in their order; those behind are answered. */
  readonly fates: Fate[] = [];
  readonly client: SessionPeer;
  readonly acceptor: EndpointAcceptor<WorldCall> | undefined;
  readonly #options: ExchangeWorldOptions;
  readonly #codec = new StatelessBinaryMessageCodec();
  #lastId = 0;

  constructor(options: ExchangeWorldOptions = {}) {
    this.#options = options;
    this.network.latencyMs = options.latencyMs ?? 5;
    const { isPlain, client, server } = options;
    if (isPlain !== true) {
      const trace = (record: TraceRecord): unknown => this.sightings.push({ ...record, side: "server" });
      const reliable = reliableSessionOptions(server ?? {});
      this.acceptor = new EndpointAcceptor<WorldCall>({ ...this.#setup(), reliable, trace });
    }
    const session = new DuplexSession<WorldCall>(
      {
        ...this.#setup(),
        role: "client",
        reliable: isPlain === true ? undefined : reliableSessionOptions(client ?? {}),
        trace: (record) => this.sightings.push({ ...record, side: "client" }),
      },
      0,
    );
    this.client = new SessionPeer(session, "client", this.network, () => this.#nextId());
    this.client.startExchange = (link) => this.#exchange(link);
  }

  get server(): SessionPeer {
    return this.servers.at(-1)!;
  }

  /** Opens the client's session, and lets that come to rest. */
  open(): this {
    this.client.dispatch({ type: "open" });
    this.run(100);
    return this;
  }

  run(forMs: number): void {
    this.network.run(forMs);
  }

  /** Names of the messages that left one side, in their order. */
  sent(side: Side): string[] {
    return this.sightings.filter((s) => s.side === side && s.direction === "sent").map(({ name }) => name);
  }

  #setup() {
    return {
      shape: this.#options.shape ?? "duplex",
      address,
      openTimeoutMs: 60_000,
      closeTimeoutMs: this.#options.closeTimeoutMs ?? 60_000,
      receiveTimeoutMs: 600_000,
      codec: this.#codec,
      nextId: () => this.#nextId(),
      readBody: (_action: string, reader: Parameters<typeof readText>[0]) => readText(reader),
      exchanges: overExchanges(this.#options.maxRequestCount ?? 32, newLink),
    } as const;
  }

  #nextId(): UniqueId {
    this.#lastId += 1;
    return UniqueId.parse(`urn:uuid:00000000-0000-0000-0000-${`${this.#lastId}`.padStart(12, "0")}`);
  }

  #exchange(asking: ExchangeLink): void {
    const fate = this.fates.shift() ?? "answered";
    const request = asking.takeOutput()!.slice();
    const { client, network } = this;
    const { latencyMs } = network;
    const broken = new LinkError("LINK_BROKEN", "the connection was lost", { isRemote: false });
    if (fate === "refused")
      return network.after(latencyMs, () => client.dispatch({ type: "link-closed", link: asking, error: broken }));
    network.after(latencyMs, () => {
      this.#take(request, (answer) => {
        if (fate === "silent") return;
        network.after(latencyMs, () => {
          if (fate === "cut") client.dispatch({ type: "link-closed", link: asking, error: broken });
          else if (answer !== undefined) client.dispatch({ type: "received", link: asking, bytes: answer });
          else client.dispatch({ type: "link-closed", link: asking, error: undefined });
        });
      });
    });
  }

  /** The service takes a request; `answer` is called once, with nothing for an empty answer. */
  #take(request: Uint8Array, answer: (envelope: Uint8Array | undefined) => void): void {
    const { nowMs } = this.network;
    const link = newLink();
    this.#answers.set(link, answer);
    if (this.acceptor === undefined) {
      const peer = this.#serve(
        new DuplexSession<WorldCall>({ ...this.#setup(), role: "server", reliable: undefined }, nowMs),
      );
      peer.dispatch({ type: "link-bound", link });
      peer.dispatch({ type: "received", link, bytes: request });
      return;
    }
    const verdict = this.acceptor.admit(link, request, 0, request.length, nowMs);
    if (verdict.type !== "session") return this.#end(link);
    const peer = this.servers.find(({ session }) => session === verdict.session) ?? this.#serve(verdict.session);
    peer.dispatch({ type: "link-bound", link });
    peer.perform(verdict.session.receiveEnvelope(link, request, verdict.documentAt, request.length, nowMs));
  }

  readonly #answers = new Map<Link, (envelope: Uint8Array | undefined) => void>();

  #serve(session: DuplexSession<WorldCall>): SessionPeer {
    const peer = new SessionPeer(session, "server", this.network, () => this.#nextId());
    peer.endExchange = (link) => this.#end(link);
    peer.onOver = () => this.acceptor?.remove(session);
    this.servers.push(peer);
    return peer;
  }

  #end(link: Link): void {
    const answer = this.#answers.get(link);
    this.#answers.delete(link);
    answer?.((link as ExchangeLink).takeOutput()?.slice());
  }
}

function newLink(): ExchangeLink {
  return new ExchangeLink({ utf8: pureUtf8, maxMessageByteLength: 65_536 });
}
