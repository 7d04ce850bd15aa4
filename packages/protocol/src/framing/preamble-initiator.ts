import { ByteWriter, utf8ByteLength } from "../bytes/index.ts";
import { assert, type Machine, nextState, TimerTable, type TransitionTable, unreachable } from "../machine/index.ts";
import { FramingError, type FramingErrorCode } from "./errors.ts";
import { errorOfFault } from "./fault-uri.ts";
import { demandPositive, type FramingLimits, resolveFramingLimits } from "./limits.ts";
import type { FramingRecord, FramingRecordType } from "./record.ts";
import { FramingRecordDecoder } from "./record-decoder.ts";
import { writePreamble, writePreambleEnd, writeUpgradeRequest } from "./record-encoder.ts";

/** Where the initiator of a preamble is. */
export type PreambleInitiatorState =
  | "idle"
  | "awaiting-upgrade"
  | "upgrading"
  | "awaiting-ack"
  | "established"
  | "refused";

/** What moves an initiator: records of the peer, and what it sent itself. */
export type PreambleInitiatorEvent = FramingRecordType | "upgrade-requested" | "preamble-ended";

/** What the initiator accepts in each state, [MC-NMF] 3.1.1.2. A record that is absent here ends the connection. */
export const initiatorTransitions: TransitionTable<PreambleInitiatorState, PreambleInitiatorEvent> = {
  idle: { "upgrade-requested": "awaiting-upgrade", "preamble-ended": "awaiting-ack" },
  "awaiting-upgrade": { "upgrade-response": "upgrading", fault: "refused" },
  upgrading: { "upgrade-requested": "awaiting-upgrade", "preamble-ended": "awaiting-ack" },
  "awaiting-ack": { "preamble-ack": "established", fault: "refused" },
  established: {},
  refused: {},
};

/** Facts for the initiator. Bytes are borrowed until `handle` returns. */
export type PreambleInitiatorInput =
  /** The connection is there: send the preamble, time starts to run. */
  | { readonly type: "connected" }
  | { readonly type: "received"; readonly bytes: Uint8Array }
  /** The peer sends no more. */
  | { readonly type: "ended" }
  /** The handshake of the upgrade is over; bytes from now on come from inside it. */
  | { readonly type: "upgraded" }
  | { readonly type: "timeout" };

/** Orders and news of the initiator. */
export type PreambleInitiatorEffect =
  | { readonly type: "transmit"; readonly bytes: Uint8Array }
  /** Do the upgrade's handshake, with `rest` as the first bytes of the peer, then say `upgraded`. */
  | { readonly type: "upgrade"; readonly upgrade: string; readonly rest: Uint8Array }
  /** The session begins; `rest` are bytes of it that came right behind the ack, at `streamOffset`. */
  | { readonly type: "established"; readonly rest: Uint8Array; readonly streamOffset: number }
  /** It failed; close the connection. CoreWCF waits for that after a fault. */
  | { readonly type: "abort"; readonly error: FramingError };

/** What a client asks for, and how long it waits. */
export interface PreambleInitiatorOptions {
  /** Absolute URI of the endpoint, escaped, as .NET's `Uri.AbsoluteUri`. */
  readonly via: string;
  readonly contentType: string;
  /** `duplex` when absent, as for every session. */
  readonly mode?: "duplex" | "singleton-unsized";
  /** Upgrades to ask for, in order, such as `application/ssl-tls`; none when absent. */
  readonly upgrades?: readonly string[];
  /** From `connected` until the stream is established; 60 000, WCF's OpenTimeout. */
  readonly preambleTimeoutMs?: number;
  readonly limits?: Partial<FramingLimits>;
}

/** How long a client waits for its preamble to be accepted, in ms: WCF's OpenTimeout. */
export const defaultInitiatorPreambleTimeoutMs = 60_000;

/** The client's side of a preamble, [MC-NMF] 3.2.4.2. One per preamble. */
export class PreambleInitiator implements Machine<PreambleInitiatorInput, PreambleInitiatorEffect> {
  readonly #options: PreambleInitiatorOptions;
  readonly #preambleTimeoutMs: number;
  readonly #timers = new TimerTable<"preamble">();
  readonly #decoder: FramingRecordDecoder;
  readonly #pendingUpgrades: string[];
  #state: PreambleInitiatorState = "idle";

  /** @throws RangeError when the via, the content type or an upgrade name is empty or over its limit, or the time is not positive */
  constructor(options: PreambleInitiatorOptions) {
    this.#options = options;
    this.#preambleTimeoutMs = options.preambleTimeoutMs ?? defaultInitiatorPreambleTimeoutMs;
    demandPositive("preambleTimeoutMs", this.#preambleTimeoutMs);
    this.#pendingUpgrades = [...(options.upgrades ?? [])];
    const limits = resolveFramingLimits(options.limits);
    demandText("via", options.via, "maxViaByteLength", limits);
    demandText("contentType", options.contentType, "maxContentTypeByteLength", limits);
    for (const upgrade of this.#pendingUpgrades) demandText("upgrade", upgrade, "maxUpgradeNameByteLength", limits);
    this.#decoder = new FramingRecordDecoder(limits);
  }

  /** A key of its transition table. */
  get state(): PreambleInitiatorState {
    return this.#state;
  }

  get nextDeadlineMs(): number | undefined {
    return this.#timers.nextDeadlineMs;
  }

  handle(input: PreambleInitiatorInput, nowMs: number): readonly PreambleInitiatorEffect[] {
    if (this.#state === "refused") return [];
    switch (input.type) {
      case "connected":
        assert(this.#state === "idle", "a preamble initiator is told of its connection once");
        this.#timers.set("preamble", nowMs + this.#preambleTimeoutMs);
        return [this.#proceed(true)];
      case "received":
        return this.#receive(input.bytes);
      case "ended":
        return this.#end();
      case "upgraded":
        assert(this.#state === "upgrading", "an upgrade ends only after it began");
        return [this.#proceed(false)];
      case "timeout":
        return this.#expire(nowMs);
      default:
        return unreachable(input);
    }
  }

  /** Sends the preamble if it is the first time, then the next upgrade request or the end. */
  #proceed(isFirst: boolean): PreambleInitiatorEffect {
    const { via, contentType, mode = "duplex" } = this.#options;
    const out = new ByteWriter(256);
    if (isFirst) writePreamble(out, { mode, via, contentType });
    const upgrade = this.#pendingUpgrades[0];
    if (upgrade === undefined) {
      writePreambleEnd(out);
      this.#move("preamble-ended");
    } else {
      writeUpgradeRequest(out, upgrade);
      this.#move("upgrade-requested");
    }
    return { type: "transmit", bytes: out.copy() };
  }

  #receive(bytes: Uint8Array): PreambleInitiatorEffect[] {
    const isWaiting = this.#state === "awaiting-ack" || this.#state === "awaiting-upgrade";
    assert(isWaiting, `bytes do not go to a preamble initiator in state ${this.#state}`);
    this.#decoder.push(bytes);
    try {
      const type = this.#decoder.peekType();
      if (type === undefined) return [];
      if (nextState(initiatorTransitions, this.#state, type) === undefined) throw this.#unexpected(type);
      const record = this.#decoder.next();
      return record === undefined ? [] : [this.#accept(record)];
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      return [this.#abort(error)];
    }
  }

  #accept(record: FramingRecord): PreambleInitiatorEffect {
    if (record.type === "fault") throw errorOfFault(record.faultUri, this.#decoder.streamOffset);
    const rest = this.#decoder.takeRest();
    if (record.type === "upgrade-response") {
      const upgrade = this.#pendingUpgrades.shift();
      assert(upgrade !== undefined, "an upgrade response answers a request");
      this.#move("upgrade-response");
      return { type: "upgrade", upgrade, rest };
    }
    this.#move("preamble-ack");
    this.#timers.stopAll();
    return { type: "established", rest, streamOffset: this.#decoder.streamOffset };
  }

  /** CoreWCF closes where .NET Framework sends ContentTypeInvalid or UpgradeInvalid, so the message names both. */
  #end(): PreambleInitiatorEffect[] {
    if (this.#state === "established") return [];
    const message =
      `the server closed the connection before it acknowledged the preamble for ${this.#options.via}; ` +
      "compare the encoding and the security of the two bindings";
    return [this.#abort(this.#error("FRAMING_UNEXPECTED_END", message))];
  }

  #expire(nowMs: number): PreambleInitiatorEffect[] {
    if (this.#timers.takeExpired(nowMs).length === 0) return [];
    const message = `the server did not acknowledge the preamble within preambleTimeoutMs of ${this.#preambleTimeoutMs} ms`;
    return [this.#abort(this.#error("FRAMING_PREAMBLE_TIMEOUT", message))];
  }

  #abort(error: FramingError): PreambleInitiatorEffect {
    this.#state = "refused";
    this.#timers.stopAll();
    return { type: "abort", error };
  }

  #move(event: PreambleInitiatorEvent): void {
    const state = nextState(initiatorTransitions, this.#state, event);
    assert(state !== undefined, `a preamble initiator in state ${this.#state} does not meet "${event}"`);
    this.#state = state;
  }

  #unexpected(type: FramingRecordType): FramingError {
    const expected = this.#state === "awaiting-ack" ? "the preamble's ack" : "the answer to an upgrade request";
    return this.#error(
      "FRAMING_RECORD_UNEXPECTED",
      `the server sent a ${type} record instead of ${expected} or a fault`,
    );
  }

  #error(code: FramingErrorCode, message: string): FramingError {
    return new FramingError(code, message, { streamOffset: this.#decoder.streamOffset });
  }
}

function demandText(option: string, text: string, limit: keyof FramingLimits, limits: FramingLimits): void {
  const byteLength = utf8ByteLength(text);
  if (byteLength >= 1 && byteLength <= limits[limit]) return;
  throw new RangeError(`${option} takes ${byteLength} bytes; it must take 1 to ${limits[limit]}, the limit ${limit}`);
}
