import { ByteWriter } from "../bytes/index.ts";
import { assert, type Machine, nextState, TimerTable, type TransitionTable, unreachable } from "../machine/index.ts";
import { FramingError, type FramingErrorCode } from "./errors.ts";
import { type FramingFaultName, faultUriOf, framingFaults } from "./fault-uri.ts";
import { contentTypeOfKnownEncoding } from "./known-encoding.ts";
import { demandPositive, type FramingLimits } from "./limits.ts";
import { type FramingMode, modeOfOctet } from "./mode.ts";
import type { FramingRecord, FramingRecordType } from "./record.ts";
import { FramingRecordDecoder } from "./record-decoder.ts";
import { writeFault, writePreambleAck, writeUpgradeResponse } from "./record-encoder.ts";

/** Where the receiver of a preamble is; `dispatching` waits for the caller to name the endpoint of the Via. */
export type PreambleReceiverState =
  | "idle"
  | "version"
  | "mode"
  | "via"
  | "encoding"
  | "dispatching"
  | "upgrade-or-end"
  | "upgrading"
  | "established"
  | "refused";

/** What moves a receiver: records of the peer and answers of the caller. */
export type PreambleReceiverEvent = FramingRecordType | "connected" | "endpoint" | "upgraded";

/** What the receiver accepts in each state, [MC-NMF] 3.1.1.2. A record that is absent here ends the connection. */
export const receiverTransitions: TransitionTable<PreambleReceiverState, PreambleReceiverEvent> = {
  idle: { connected: "version" },
  version: { version: "mode" },
  mode: { mode: "via" },
  via: { via: "encoding" },
  encoding: { "known-encoding": "dispatching", "extensible-encoding": "dispatching" },
  dispatching: { endpoint: "upgrade-or-end" },
  "upgrade-or-end": { "upgrade-request": "upgrading", "preamble-end": "established" },
  upgrading: { upgraded: "upgrade-or-end" },
  established: {},
  refused: {},
};

/** The endpoint that a Via leads to, as far as the preamble needs to know it. */
export interface PreambleEndpoint {
  /** Upgrades it offers, such as `application/ssl-tls`. When there are any, the preamble must ask for one of them. */
  readonly upgrades: readonly string[];
  /** Whether it speaks an encoding; `acceptsContentType` is WCF's rule. */
  accepts(contentType: string): boolean;
  /** Whether it takes duplex streams. An endpoint that does not refuses every mode. */
  readonly duplex: boolean;
}

/** Facts for the receiver. Bytes are borrowed until `handle` returns. */
export type PreambleReceiverInput =
  /** The connection is there: time starts to run. */
  | { readonly type: "connected" }
  | { readonly type: "received"; readonly bytes: Uint8Array }
  /** The peer sends no more. */
  | { readonly type: "ended" }
  | { readonly type: "endpoint"; readonly endpoint: PreambleEndpoint }
  /** Nothing serves the Via, for the reason that the fault names; without one `EndpointNotFound`. */
  | { readonly type: "no-endpoint"; readonly faultName?: FramingFaultName }
  /** The handshake of the upgrade is over; bytes from now on come from inside it. */
  | { readonly type: "upgraded" }
  | { readonly type: "timeout" };

/** Orders and news of the receiver. */
export type PreambleReceiverEffect =
  /** Find the endpoint and answer with `endpoint` or `no-endpoint`. */
  | { readonly type: "via"; readonly via: string; readonly mode: FramingMode; readonly contentType: string }
  | { readonly type: "transmit"; readonly bytes: Uint8Array }
  /** Do the upgrade's handshake, with `rest` as the first bytes of the peer, then say `upgraded`. */
  | { readonly type: "upgrade"; readonly upgrade: string; readonly rest: Uint8Array }
  /** The session begins; `rest` are bytes of it that came already, at `streamOffset`. */
  | {
      readonly type: "established";
      readonly via: string;
      readonly mode: FramingMode;
      readonly contentType: string;
      readonly rest: Uint8Array;
      readonly streamOffset: number;
    }
  /** Write `bytes`, a Fault record, shut down our output, drain up to `faultDrainByteLength` bytes, then close. */
  | { readonly type: "fault"; readonly faultUri: string; readonly error: FramingError; readonly bytes: Uint8Array }
  /** Drop the connection without a word. */
  | { readonly type: "abort"; readonly error: FramingError }
  /** The peer left before it sent a byte, as a pooled connection does; nothing went wrong. */
  | { readonly type: "closed" };

/** Times and limits of a preamble receiver. */
export interface PreambleReceiverOptions {
  /** From `connected` until the endpoint is named; WCF's ChannelInitializationTimeout of 30 s. */
  readonly preambleTimeoutMs?: number;
  /** From there until the stream is established; WCF's OpenTimeout of 1 min. */
  readonly upgradeTimeoutMs?: number;
  /** Bytes a peer may send ahead while the endpoint is looked up; 65536. Beyond: `FRAMING_PIPELINE_TOO_LARGE`. */
  readonly maxPipelinedByteLength?: number;
  readonly limits?: Partial<FramingLimits>;
}

/** After a Fault record, read and drop up to this many bytes before closing, or a reset may eat the fault; as WCF does. */
export const faultDrainByteLength = 65_536;

/** What a receiver uses where its options are silent. */
export const defaultPreambleReceiverOptions: Required<Omit<PreambleReceiverOptions, "limits">> = Object.freeze({
  preambleTimeoutMs: 30_000,
  upgradeTimeoutMs: 60_000,
  maxPipelinedByteLength: 65_536,
});

/** The server's side of a preamble, [MC-NMF] 3.3.4.2. One per preamble, also when a connection is used again. */
export class PreambleReceiver implements Machine<PreambleReceiverInput, PreambleReceiverEffect> {
  readonly #options: Required<Omit<PreambleReceiverOptions, "limits">>;
  readonly #timers = new TimerTable<"preamble" | "upgrade">();
  readonly #decoder: FramingRecordDecoder;
  readonly #doneUpgrades = new Set<string>();
  #state: PreambleReceiverState = "idle";
  #mode: FramingMode = "duplex";
  #via = "";
  #contentType = "";
  #endpoint: PreambleEndpoint | undefined;

  /** @throws RangeError on an impossible time or limit */
  constructor(options: PreambleReceiverOptions = {}) {
    this.#options = { ...defaultPreambleReceiverOptions, ...options };
    demandPositive("preambleTimeoutMs", this.#options.preambleTimeoutMs);
    demandPositive("upgradeTimeoutMs", this.#options.upgradeTimeoutMs);
    demandPositive("maxPipelinedByteLength", this.#options.maxPipelinedByteLength);
    this.#decoder = new FramingRecordDecoder(options.limits);
  }

  /** A key of its transition table. */
  get state(): PreambleReceiverState {
    return this.#state;
  }

  get nextDeadlineMs(): number | undefined {
    return this.#timers.nextDeadlineMs;
  }

  handle(input: PreambleReceiverInput, nowMs: number): readonly PreambleReceiverEffect[] {
    if (this.#state === "refused") return [];
    switch (input.type) {
      case "connected":
        this.#move("connected");
        this.#timers.set("preamble", nowMs + this.#options.preambleTimeoutMs);
        return [];
      case "received":
        return this.#receive(input.bytes);
      case "ended":
        return this.#end();
      case "endpoint":
        return this.#dispatch(input.endpoint, nowMs);
      case "no-endpoint":
        return [this.#noEndpoint(input.faultName ?? "EndpointNotFound")];
      case "upgraded":
        this.#move("upgraded");
        return this.#readRecords();
      case "timeout":
        return this.#expire(nowMs);
      default:
        return unreachable(input);
    }
  }

  #receive(bytes: Uint8Array): PreambleReceiverEffect[] {
    assert(this.#state !== "idle", "a preamble receiver is told of its connection before bytes");
    assert(
      this.#state !== "upgrading" && this.#state !== "established",
      "bytes go to the handshake or the session by now",
    );
    if (this.#state !== "dispatching") {
      this.#decoder.push(bytes);
      return this.#readRecords();
    }
    this.#decoder.push(bytes.slice());
    const pipelined = this.#decoder.unreadByteLength;
    const limit = this.#options.maxPipelinedByteLength;
    if (pipelined <= limit) return [];
    const message = `the peer sent ${pipelined} bytes ahead of the preamble's ack, over the limit maxPipelinedByteLength of ${limit}`;
    return [this.#refuse(this.#error("FRAMING_PIPELINE_TOO_LARGE", message))];
  }

  /** Reads what the state lets us read; the rest stays in the decoder. */
  #readRecords(): PreambleReceiverEffect[] {
    const effects: PreambleReceiverEffect[] = [];
    try {
      while (readingStates.has(this.#state)) {
        const type = this.#decoder.peekType();
        if (type === undefined) break;
        const state = nextState(receiverTransitions, this.#state, type);
        if (state === undefined) throw this.#unexpected(type);
        const record = this.#decoder.next();
        if (record === undefined) break;
        this.#accept(record, effects);
        this.#state = state;
      }
      if (this.#state === "dispatching") this.#decoder.push(this.#decoder.takeRest());
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      effects.push(this.#refuse(error));
    }
    return effects;
  }

  #accept(record: FramingRecord, effects: PreambleReceiverEffect[]): void {
    switch (record.type) {
      case "version":
        this.#acceptVersion(record.major, record.minor);
        break;
      case "mode":
        this.#mode = this.#acceptMode(record.octet);
        break;
      case "via":
        this.#via = this.#acceptVia(record.via);
        break;
      case "known-encoding":
        this.#acceptEncoding(contentTypeOfKnownEncoding(record.octet), effects);
        break;
      case "extensible-encoding":
        this.#acceptEncoding(record.contentType, effects);
        break;
      case "upgrade-request":
        this.#upgrade(record.upgrade, effects);
        break;
      default:
        this.#establish(effects);
    }
  }

  /** As in WCF, the minor version is not looked at. */
  #acceptVersion(major: number, minor: number): void {
    if (major !== 1) throw this.#fault("UnsupportedVersion", `the peer speaks version ${major}.${minor}, not 1.0`);
  }

  #acceptVia(via: string): string {
    if (/^[a-z][a-z0-9+.-]*:[^\s\p{Cc}]+$/iu.test(via)) return via;
    throw this.#error("FRAMING_VIA_INVALID", `the Via ${JSON.stringify(via)} is no absolute URI`);
  }

  /** The modes of queues, 03 and 04, have no place over a connection; there WCF sends no fault. */
  #acceptMode(octet: number): FramingMode {
    const mode = modeOfOctet(octet);
    if (mode === undefined) throw this.#fault("UnsupportedMode", `mode ${octet} is not defined`);
    if (mode === "duplex" || mode === "singleton-unsized") return mode;
    throw this.#error("FRAMING_UNSUPPORTED_MODE", `mode ${mode} is for message queues, not for connections`);
  }

  #acceptEncoding(contentType: string, effects: PreambleReceiverEffect[]): void {
    this.#contentType = contentType;
    effects.push({ type: "via", via: this.#via, mode: this.#mode, contentType });
  }

  #dispatch(endpoint: PreambleEndpoint, nowMs: number): PreambleReceiverEffect[] {
    this.#move("endpoint");
    this.#timers.stop("preamble");
    if (!endpoint.duplex || this.#mode !== "duplex") {
      const message = `the endpoint ${this.#via} does not offer mode ${this.#mode}`;
      return [this.#refuse(this.#fault("UnsupportedMode", message))];
    }
    if (!endpoint.accepts(this.#contentType)) {
      const message = `the endpoint ${this.#via} does not accept the content type ${JSON.stringify(this.#contentType)}`;
      return [this.#refuse(this.#fault("ContentTypeInvalid", message))];
    }
    this.#endpoint = endpoint;
    this.#timers.set("upgrade", nowMs + this.#options.upgradeTimeoutMs);
    return this.#readRecords();
  }

  #noEndpoint(name: FramingFaultName): PreambleReceiverEffect {
    assert(this.#state === "dispatching", "an endpoint is only refused when the receiver asked for one");
    return this.#refuse(this.#fault(name, `the Via ${JSON.stringify(this.#via)} is refused with ${name}`));
  }

  #upgrade(upgrade: string, effects: PreambleReceiverEffect[]): void {
    const offered = this.#endpoint?.upgrades ?? [];
    if (!offered.includes(upgrade) || this.#doneUpgrades.has(upgrade)) {
      const offer = offered.length === 0 ? "no upgrade" : offered.join(", ");
      const message = `the peer asks for the upgrade ${JSON.stringify(upgrade)}; the endpoint ${this.#via} offers ${offer}, each once`;
      throw this.#fault("UpgradeInvalid", message);
    }
    this.#doneUpgrades.add(upgrade);
    const rest = this.#decoder.takeRest();
    effects.push({ type: "transmit", bytes: bytesOf(writeUpgradeResponse) }, { type: "upgrade", upgrade, rest });
  }

  #establish(effects: PreambleReceiverEffect[]): void {
    const required = this.#endpoint?.upgrades ?? [];
    if (required.length > 0 && this.#doneUpgrades.size === 0) {
      const message = `the peer ended its preamble without an upgrade; the endpoint ${this.#via} requires ${required.join(" or ")}`;
      throw this.#error("FRAMING_UPGRADE_REQUIRED", message);
    }
    this.#timers.stopAll();
    const rest = this.#decoder.takeRest();
    const { streamOffset } = this.#decoder;
    effects.push(
      { type: "transmit", bytes: bytesOf(writePreambleAck) },
      { type: "established", via: this.#via, mode: this.#mode, contentType: this.#contentType, rest, streamOffset },
    );
  }

  #end(): PreambleReceiverEffect[] {
    if (this.#state === "established") return [];
    if (this.#state === "idle" || (this.#state === "version" && this.#decoder.streamOffset === 0)) {
      this.#state = "refused";
      this.#timers.stopAll();
      return [{ type: "closed" }];
    }
    const message = `the peer closed the connection inside its preamble, in state ${this.#state}`;
    return [this.#refuse(this.#error("FRAMING_UNEXPECTED_END", message))];
  }

  #expire(nowMs: number): PreambleReceiverEffect[] {
    const [timer] = this.#timers.takeExpired(nowMs);
    if (timer === undefined) return [];
    const isPreamble = timer === "preamble";
    const name = isPreamble ? "preambleTimeoutMs" : "upgradeTimeoutMs";
    const message = `the preamble was in state ${this.#state} after ${name} of ${this.#options[name]} ms`;
    return [this.#refuse(this.#error(isPreamble ? "FRAMING_PREAMBLE_TIMEOUT" : "FRAMING_UPGRADE_TIMEOUT", message))];
  }

  #refuse(error: FramingError): PreambleReceiverEffect {
    this.#state = "refused";
    this.#timers.stopAll();
    const { faultUri } = error;
    if (faultUri === undefined) return { type: "abort", error };
    return { type: "fault", faultUri, error, bytes: bytesOf((out) => writeFault(out, faultUri)) };
  }

  #move(event: PreambleReceiverEvent): void {
    const state = nextState(receiverTransitions, this.#state, event);
    assert(state !== undefined, `a preamble receiver in state ${this.#state} is not told "${event}"`);
    this.#state = state;
  }

  #unexpected(type: FramingRecordType): FramingError {
    const expected = Object.keys(receiverTransitions[this.#state]).join(" or ");
    return this.#error("FRAMING_RECORD_UNEXPECTED", `the peer sent a ${type} record where ${expected} belongs`);
  }

  #fault(name: FramingFaultName, message: string): FramingError {
    const details = { streamOffset: this.#decoder.streamOffset, faultUri: faultUriOf(name) };
    return new FramingError(framingFaults[name].code, message, details);
  }

  #error(code: FramingErrorCode, message: string): FramingError {
    return new FramingError(code, message, { streamOffset: this.#decoder.streamOffset });
  }
}

function bytesOf(write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter(128);
  write(out);
  return out.copy();
}

const readingStates: ReadonlySet<PreambleReceiverState> = new Set([
  "version",
  "mode",
  "via",
  "encoding",
  "upgrade-or-end",
]);
