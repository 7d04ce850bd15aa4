import type { ByteWriter, Utf8Codec } from "../bytes/index.ts";
import {
  binarySessionContentType,
  DuplexFraming,
  FramingError,
  type FramingLimits,
  PreambleInitiator,
  writeEnd,
  writeFault,
  writeSizedEnvelopeHeader,
} from "../framing/index.ts";
import type { Link, LinkRecord } from "./link.ts";
import { LinkOutput } from "./link-output.ts";
import { LinkStrings } from "./link-strings.ts";

export interface FramedLinkOptions {
  readonly utf8: Utf8Codec;
  readonly limits: Partial<FramingLimits>;
  /** Bytes of session strings per direction; default 2048, as WCF. Both sides must agree on a larger one. */
  readonly maxSessionByteLength?: number | undefined;
}

/** A handshake that the peer agreed to, with the first bytes of it that came already. */
export interface LinkUpgrade {
  readonly name: string;
  readonly rest: Uint8Array;
}

/**
 * One connection's worth of net.tcp: framing and the string tables of both directions, which begin and end with it.
 *
 * What is to be written gathers in `output`; the driver takes it at the end of the turn.
 */
export class FramedLink implements Link {
  readonly strings: LinkStrings;
  readonly #limits: Partial<FramingLimits>;
  readonly #output: LinkOutput;
  #initiator: PreambleInitiator | undefined;
  #framing: DuplexFraming | undefined;
  #hasSentEnd = false;
  #upgrade: LinkUpgrade | undefined;

  private constructor(options: FramedLinkOptions) {
    this.#output = new LinkOutput(options.utf8);
    this.#limits = options.limits;
    this.strings = new LinkStrings(options.utf8, options.maxSessionByteLength);
  }

  /** The client's side; `connected` starts the preamble. */
  static initiator(
    options: FramedLinkOptions & {
      readonly via: string;
      readonly preambleTimeoutMs: number;
      /** Of the messages; default that of binary XML with a session dictionary. */
      readonly contentType?: string;
      /** Upgrades to ask for, such as `application/ssl-tls`; none unless given. */
      readonly upgrades?: readonly string[];
    },
  ): FramedLink {
    const link = new FramedLink(options);
    link.#initiator = new PreambleInitiator({
      via: options.via,
      contentType: options.contentType ?? binarySessionContentType,
      upgrades: options.upgrades ?? [],
      preambleTimeoutMs: options.preambleTimeoutMs,
      limits: options.limits,
    });
    return link;
  }

  /** The service's side of a connection whose preamble is over. */
  static receiver(options: FramedLinkOptions & { readonly streamOffset: number }): FramedLink {
    const link = new FramedLink(options);
    link.#framing = new DuplexFraming("receiver", options.limits, options.streamOffset);
    return link;
  }

  get isEstablished(): boolean {
    return this.#framing !== undefined;
  }

  get hasSentEnd(): boolean {
    return this.#hasSentEnd;
  }

  /** The peer sent its End: it may still read. */
  get hasPeerEnded(): boolean {
    return this.#framing?.state === "input-ended" || this.#framing?.state === "closed";
  }

  /** Both sides have sent their End. */
  get isOver(): boolean {
    return this.#framing?.state === "closed";
  }

  get nextDeadlineMs(): number | undefined {
    return this.#initiator?.nextDeadlineMs;
  }

  get hasOutput(): boolean {
    return !this.#output.isEmpty;
  }

  get outputByteLength(): number {
    return this.#output.byteLength;
  }

  /** Takes what is to be written now; the bytes stay as they are. */
  takeOutput(): Uint8Array | undefined {
    return this.#output.take();
  }

  /** Initiator: the socket is open. */
  connected(nowMs: number): void {
    this.#perform(this.#initiator?.handle({ type: "connected" }, nowMs) ?? []);
  }

  /** Initiator: the upgrade whose handshake is due, once. Its bytes are no records; say `upgraded` when it is over. */
  takeUpgrade(): LinkUpgrade | undefined {
    const upgrade = this.#upgrade;
    this.#upgrade = undefined;
    return upgrade;
  }

  /** Initiator: bytes come from inside the upgrade from now on. */
  upgraded(nowMs: number): void {
    this.#perform(this.#initiator?.handle({ type: "upgraded" }, nowMs) ?? []);
  }

  /** Initiator: time passed. @throws FramingError when the preamble took too long */
  timeout(nowMs: number): void {
    this.#perform(this.#initiator?.handle({ type: "timeout" }, nowMs) ?? []);
  }

  /** Bytes came; pull records with `next()`. True when they completed the preamble. @throws FramingError */
  push(bytes: Uint8Array, nowMs: number): boolean {
    if (this.#framing !== undefined) {
      this.#framing.push(bytes);
      return false;
    }
    this.#perform(this.#initiator?.handle({ type: "received", bytes }, nowMs) ?? []);
    return this.isEstablished;
  }

  /** @throws FramingError when the peer breaks the framing, passes a limit or sends a Fault */
  next(): LinkRecord | undefined {
    return this.#framing?.next();
  }

  /** The peer closed the connection. @throws FramingError when that is inside the preamble or a record */
  inputEnded(nowMs: number): void {
    if (this.#framing === undefined) this.#perform(this.#initiator?.handle({ type: "ended" }, nowMs) ?? []);
    else this.#framing.inputEnded();
  }

  beginEnvelope(byteLength: number): ByteWriter {
    const output = this.#output.writer;
    writeSizedEnvelopeHeader(output, byteLength);
    return output;
  }

  finishEnvelope(): void {
    // The record's size says where it ends.
  }

  /** Our last record on this connection. A second call changes nothing. */
  end(): void {
    if (this.#hasSentEnd || this.#framing === undefined) return;
    this.#hasSentEnd = true;
    writeEnd(this.#output.writer);
    this.#framing.endSent();
  }

  /** Tells the peer what it did wrong, where the protocol has a word for it. */
  fault(error: Error): void {
    if (error instanceof FramingError && error.faultUri !== undefined) writeFault(this.#output.writer, error.faultUri);
  }

  #perform(effects: readonly ReturnType<PreambleInitiator["handle"]>[number][]): void {
    for (const effect of effects) {
      if (effect.type === "transmit") this.#output.writer.write(effect.bytes);
      else if (effect.type === "abort") throw effect.error;
      else if (effect.type === "upgrade") this.#upgrade = { name: effect.upgrade, rest: effect.rest };
      else {
        this.#initiator = undefined;
        this.#framing = new DuplexFraming("initiator", this.#limits, effect.streamOffset);
        this.#framing.push(effect.rest);
      }
    }
  }
}
