import type { ExchangeLink, Link } from "@bowline/protocol/session";

/** Who hears of a wire. */
export interface LinkOwner {
  received(link: Link, bytes: Uint8Array): void;
  /** Several messages of a link that keeps them apart, at least one; without it they come one by one. */
  receivedAll?(link: Link, messages: readonly Uint8Array[]): void;
  /** Once. `error` is undefined when the peer closed the connection. */
  closed(link: Link, error: unknown): void;
}

/** Who the peer of a connection has proved to be. */
export interface PeerIdentity {
  /** Common name of its certificate. */
  readonly subject: string;
  /** SHA-256 of the certificate, which tells two of one name apart. */
  readonly fingerprint256: string;
}

/** One connection that carries one link: what the link has to say goes out, what comes goes to the owner. */
export interface Wire {
  readonly link: Link;
  /** Address and port of the peer; undefined once the connection is gone. */
  readonly remoteAddress: string | undefined;
  /** Undefined for a peer that showed no certificate. */
  readonly identity: PeerIdentity | undefined;
  /** Another one hears of it from now on. */
  handOver(owner: LinkOwner): void;
  /** Writes what the link has for us. */
  flush(): void;
  /** Reads no more for now, where the connection can stop its peer; the end of the connection is not noticed meanwhile. */
  pause?(): void;
  /** Reads on. */
  resume?(): void;
  /** Lets the connection go: after the last bytes and the peer's own end, or at once. */
  close(isGraceful: boolean): void;
}

/** After our last byte the peer has this long to close its side, then the connection is dropped. */
export const closeGraceMs = 2_000;

/** What sends the exchanges of one client's session. */
export interface ExchangeClient {
  /** Sends what is in the output of `link`; `owner` hears of the answer, or that there is none. */
  exchange(link: ExchangeLink, owner: LinkOwner): Wire;
  /** No more exchanges; those under way go on. */
  close(): void;
}
