import { type DuplexSession, EndpointAcceptor } from "@bowline/protocol/session";
import type { Carriage } from "./carriage.ts";
import type { ConnectionEnd } from "./connection.ts";
import { Connection, type ConnectionSetup } from "./connection.ts";
import { ServerConnection } from "./server-connection.ts";
import type { SimulatedCall, StreamPeer } from "./stream-peer.ts";
import type { StreamWorld } from "./stream-world.ts";

/** The service: an endpoint, its sessions, and its end of every connection. */
export class StreamServer {
  readonly #world: StreamWorld;
  readonly #peers = new Map<DuplexSession<SimulatedCall>, StreamPeer>();
  #acceptor: EndpointAcceptor<SimulatedCall>;

  constructor(world: StreamWorld) {
    this.#world = world;
    this.#acceptor = this.#newAcceptor();
  }

  get sessionCount(): number {
    return this.#acceptor.sessionCount;
  }

  get peers(): Iterable<StreamPeer> {
    return this.#peers.values();
  }

  /** Takes a new connection in. */
  accept(client: ConnectionEnd, setup: ConnectionSetup): Connection {
    const end = new ServerConnection(this, this.#world.hosts.acceptor, this.#world.scenario.framing);
    const connection = new Connection(setup, client, end);
    end.connection = connection;
    return connection;
  }

  /** Finds or makes the session that the first envelope names. Undefined when there is none: close politely. */
  admit(
    carriage: Carriage,
    connection: Connection,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): ConnectionEnd | undefined {
    const { hosts } = this.#world;
    const { link } = carriage;
    const verdict = this.#acceptor.admit(link, bytes, from, to, hosts.acceptor.nowMs);
    if (verdict.type !== "session") return undefined;
    const { session, documentAt } = verdict;
    const peer = this.#peers.get(session) ?? this.#newPeer(session, connection);
    peer.own(carriage, connection);
    peer.dispatch({ type: "link-bound", link });
    peer.run(() => session.receiveEnvelope(link, bytes, documentAt, to, hosts.acceptor.nowMs));
    return peer.endOf(carriage);
  }

  /** The process starts anew and knows nothing; its connections break by themselves. */
  restart(): void {
    for (const peer of this.#peers.values()) this.#world.timeline.removeSleeper(peer);
    this.#peers.clear();
    this.#acceptor = this.#newAcceptor();
  }

  #newPeer(session: DuplexSession<SimulatedCall>, connection: Connection): StreamPeer {
    const peer = this.#world.newServerPeer(session, connection, () => {
      this.#acceptor.remove(session);
      this.#peers.delete(session);
    });
    this.#peers.set(session, peer);
    return peer;
  }

  #newAcceptor(): EndpointAcceptor<SimulatedCall> {
    const { setupOf, scenario, context } = this.#world;
    return new EndpointAcceptor<SimulatedCall>({
      ...setupOf("acceptor"),
      reliable: context.alterOptions(scenario.options.acceptor),
      // A client that only says that it is alive for longer than that would be ended rightly.
      receiveTimeoutMs: scenario.idleMs > 0 ? Number.POSITIVE_INFINITY : 600_000,
      trace: (record, session) => this.#peers.get(session)?.trace(record),
    });
  }
}
