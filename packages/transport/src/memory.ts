import { closeErrorOf, LinkError, MessageLink } from "@bowline/protocol/session";
import { inLaterTurn } from "#host/turn";
import { nativeUtf8 } from "#host/utf8";
import { type EndpointOptions, type EndpointSettings, endpointSettings } from "./endpoint-settings.ts";
import type { LinkOwner, Wire } from "./wire.ts";

/** Takes the host's end of a connection: gives its link, and hears of it from then on. */
export type MemoryAcceptor = (start: (link: MessageLink, owner: LinkOwner) => Wire) => void;

/** An address within a `MemoryNetwork`. Made by `MemoryNetwork.endpoint`. */
export interface MemoryEndpoint extends EndpointSettings {
  readonly transport: "memory";
  readonly network: MemoryNetwork;
}

/**
 * A network inside one process, for tests of services and their clients: sessions as over WebSocket, without ports, that can be cut.
 *
 * ```ts
 * const network = new MemoryNetwork();
 * host.addService(Calculator, handlers, { endpoints: [network.endpoint("/calculator", { reliableSession: {} })] });
 * const calculator = await connect(Calculator, network.endpoint("/calculator", { reliableSession: {} }));
 * ```
 */
export class MemoryNetwork {
  readonly #acceptors = new Map<string, MemoryAcceptor>();
  readonly #wires = new Set<MemoryWire>();
  #connectionCount = 0;

  /** The endpoint at `path`, which begins with `/`. @throws RangeError naming the option, its value and what is allowed */
  endpoint(path: string, options: EndpointOptions = {}): MemoryEndpoint {
    if (!/^\/[^?#\s]*$/.test(path))
      throw new RangeError(`${JSON.stringify(path)} is no path; it looks like /calculator`);
    const settings = endpointSettings(`memory://network${path}`, { host: "network", port: 0, path }, options);
    return { transport: "memory", network: this, ...settings };
  }

  /** Connections made so far. */
  get connectionCount(): number {
    return this.#connectionCount;
  }

  /** Breaks all connections, as a network does: neither side hears more than that. */
  cut(): void {
    for (const wire of this.#wires) wire.cut();
  }

  /** Used by hosts. False when the path is taken. */
  listen(path: string, acceptor: MemoryAcceptor): boolean {
    if (this.#acceptors.has(path)) return false;
    this.#acceptors.set(path, acceptor);
    return true;
  }

  /** Used by hosts. */
  unlisten(path: string): void {
    this.#acceptors.delete(path);
  }

  /** Used by clients. @throws LinkError when nobody listens there */
  dial(endpoint: MemoryEndpoint, owner: LinkOwner): Wire {
    const acceptor = this.#acceptors.get(endpoint.path);
    if (acceptor === undefined) {
      const message = `no host serves ${endpoint.path} in this network`;
      throw new LinkError("LINK_ENDPOINT_NOT_FOUND", message, { isRemote: true });
    }
    this.#connectionCount += 1;
    const name = `memory:${this.#connectionCount}`;
    const link = new MessageLink({ utf8: nativeUtf8, maxMessageByteLength: endpoint.maxReceivedMessageSize });
    const client = new MemoryWire(link, owner, name, () => this.#wires.delete(client));
    this.#wires.add(client);
    acceptor((hostLink, hostOwner) => {
      const host = new MemoryWire(hostLink, hostOwner, name, () => this.#wires.delete(host));
      this.#wires.add(host);
      client.peer = host;
      host.peer = client;
      return host;
    });
    return client;
  }
}

/** One end of a connection within a process. What is written arrives in a later turn, as over a socket. */
class MemoryWire implements Wire {
  readonly link: MessageLink;
  readonly remoteAddress: string;
  readonly identity: undefined = undefined;
  peer: MemoryWire | undefined;
  readonly #onGone: () => void;
  #owner: LinkOwner | undefined;
  #isGone = false;

  constructor(link: MessageLink, owner: LinkOwner, remoteAddress: string, onGone: () => void) {
    this.link = link;
    this.#owner = owner;
    this.remoteAddress = remoteAddress;
    this.#onGone = onGone;
  }

  handOver(owner: LinkOwner): void {
    this.#owner = owner;
  }

  flush(): void {
    const messages = this.link.takeMessages();
    const closeCode = this.link.takeClose();
    const { peer } = this;
    if (peer === undefined || (messages.length === 0 && closeCode === undefined)) return;
    inLaterTurn(() => {
      for (const message of messages) peer.#receive(message);
      if (closeCode !== undefined) peer.#ended(closeCode);
    });
  }

  close(isGraceful: boolean): void {
    this.#owner = undefined;
    if (isGraceful) {
      this.link.end();
      this.flush();
    } else if (this.peer !== undefined) {
      const { peer } = this;
      inLaterTurn(() => peer.#lost());
    }
    this.#gone();
  }

  /** The network breaks it. */
  cut(): void {
    this.#gone();
    inLaterTurn(() => this.#lost());
  }

  #receive(message: Uint8Array): void {
    if (!this.#isGone) this.#owner?.received(this.link, message);
  }

  #ended(closeCode: number): void {
    if (this.#isGone) return;
    const error = closeErrorOf(closeCode, "");
    if (error === undefined) this.link.peerEnded();
    else this.link.break(error);
    this.#owner?.received(this.link, nothing);
    this.#gone();
    this.#tell(error);
  }

  #lost(): void {
    this.#gone();
    this.#tell(new LinkError("LINK_BROKEN", "the connection was lost", { isRemote: false }));
  }

  #tell(error: unknown): void {
    const owner = this.#owner;
    this.#owner = undefined;
    owner?.closed(this.link, error);
  }

  #gone(): void {
    this.#isGone = true;
    this.peer = undefined;
    this.#onGone();
  }
}

const nothing = new Uint8Array(0);
