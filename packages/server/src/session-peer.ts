import type { PeerIdentity, Wire } from "@bowline/transport";
import { ServerError } from "./errors.ts";

/** Where a connection comes from, and whose it is. */
export type Peer = Pick<Wire, "remoteAddress" | "identity">;

/** Whose a session is, and where its latest connection comes from. */
export class SessionPeer implements Peer {
  #remoteAddress: string | undefined;
  #identity: PeerIdentity | undefined;
  #isBound = false;

  get remoteAddress(): string | undefined {
    return this.#remoteAddress;
  }

  get identity(): PeerIdentity | undefined {
    return this.#identity;
  }

  /** A connection of the client, new or again; `sessionId` is for the error. @throws ServerError when it is somebody else's */
  bind({ remoteAddress, identity }: Peer, sessionId: string | undefined): void {
    if (!this.#isBound) this.#identity = identity;
    else if (identity?.fingerprint256 !== this.#identity?.fingerprint256)
      throw identityChanged(sessionId, this.#identity, identity);
    this.#isBound = true;
    this.#remoteAddress = remoteAddress;
  }
}

function identityChanged(
  sessionId: string | undefined,
  opener: PeerIdentity | undefined,
  identity: PeerIdentity | undefined,
): ServerError {
  const name = (who: PeerIdentity | undefined): string =>
    who === undefined ? "nobody" : `${who.subject} (${who.fingerprint256})`;
  return new ServerError(
    "SERVER_IDENTITY_CHANGED",
    `a connection of ${name(identity)} named the session ${sessionId}, which ${name(opener)} opened; it was dropped`,
  );
}
