import { pureUtf8 } from "@bowline/protocol/bytes";
import {
  acceptsContentType,
  binarySessionContentType,
  PreambleReceiver,
  type PreambleReceiverInput,
} from "@bowline/protocol/framing";
import { FramedLink } from "@bowline/protocol/session";
import type { Pipe, PipeEnd } from "./network.ts";
import { SessionPeer } from "./session-peer.ts";
import type { World } from "./world.ts";

/** The service's end of a connection: preamble, first message, then the session that it belongs to. */
export class ServerEnd implements PipeEnd {
  pipe: Pipe | undefined;
  readonly #world: World;
  readonly #maxReceivedMessageSize: number | undefined;
  readonly #preamble = new PreambleReceiver({ preambleTimeoutMs: 30_000 });
  readonly #output: Uint8Array[] = [];
  #link: FramedLink | undefined;
  #session: PipeEnd | undefined;

  constructor(world: World, maxReceivedMessageSize: number | undefined) {
    this.#world = world;
    this.#maxReceivedMessageSize = maxReceivedMessageSize;
    this.#advance({ type: "connected" });
  }

  takeOutput(): Uint8Array | undefined {
    return this.#output.shift() ?? this.#link?.takeOutput();
  }

  received(bytes: Uint8Array): void {
    if (this.#session !== undefined) this.#session.received(bytes);
    else if (this.#link !== undefined) this.#first(this.#link, bytes);
    else this.#advance({ type: "received", bytes });
  }

  ended(error: unknown): void {
    this.#session?.ended(error);
  }

  #advance(input: PreambleReceiverInput): void {
    for (const effect of this.#preamble.handle(input, this.#world.nowMs)) {
      if (effect.type === "transmit") this.#output.push(effect.bytes);
      else if (effect.type === "via") this.#advance({ type: "endpoint", endpoint });
      else if (effect.type === "established") {
        const maxEnvelopeByteLength = this.#maxReceivedMessageSize;
        const limits = maxEnvelopeByteLength === undefined ? {} : { maxEnvelopeByteLength };
        this.#link = FramedLink.receiver({ utf8: pureUtf8, limits, streamOffset: effect.streamOffset });
        this.#session = this.#world.scriptedServer?.attach(this.#link);
        this.received(effect.rest);
      }
    }
  }

  #first(link: FramedLink, bytes: Uint8Array): void {
    const { acceptor, network, servers, nowMs } = this.#world;
    link.push(bytes, nowMs);
    const record = link.next();
    if (record?.type !== "sized-envelope") return;
    const verdict = acceptor.admit(link, record.bytes, record.from, record.to, nowMs);
    if (verdict.type !== "session") return network.close(this.pipe!, "server", verdict.type === "refused");
    const { session, documentAt } = verdict;
    if (verdict.isNew) {
      const peer = new SessionPeer(session, "server", network, () => this.#world.nextId());
      peer.onOver = () => acceptor.remove(session);
      servers.push(peer);
    }
    const peer = servers.find((candidate) => candidate.session === session)!;
    peer.own(link, this.pipe!);
    this.#session = peer.endOf(link);
    peer.dispatch({ type: "link-bound", link });
    peer.perform(session.receiveEnvelope(link, record.bytes, documentAt, record.to, nowMs));
    this.#session.received(new Uint8Array(0));
  }
}

const endpoint = {
  upgrades: [],
  duplex: true,
  accepts: (contentType: string) => acceptsContentType(contentType, binarySessionContentType),
};
