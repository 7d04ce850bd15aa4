import { type ReliableSessionOptions, reliableSessionOptions } from "@bowline/protocol/reliable-messaging";
import type { ReceiveTimeoutMode } from "@bowline/protocol/session";
import { defaultReaderQuotas, type ReaderQuotas } from "@bowline/protocol/xml";

/** What may be said of any endpoint; names and defaults are WCF's, durations in ms, `Infinity` for no limit in time. */
export interface EndpointOptions {
  /** Present: a reliable session, with these knobs. Absent: a plain one, which ends with its connection. */
  readonly reliableSession?: Partial<ReliableSessionOptions>;
  /** Connecting and opening the session. Default 60 000. */
  readonly openTimeoutMs?: number;
  /** The close handshake. Default 60 000. */
  readonly closeTimeoutMs?: number;
  /** A call's wait for its reply. Default 60 000. */
  readonly sendTimeoutMs?: number;
  /** Server: end a session that sent no application message for this long. Default 600 000. */
  readonly receiveTimeoutMs?: number;
  /**
   * Server: what keeps a session from that end. `"idle"`: messages, and operations that run. `"wcf"`: WCF's own rule, by which a long
   * operation's session may be ended under it. Default "idle".
   */
  readonly receiveTimeoutMode?: ReceiveTimeoutMode;
  /** Bytes of one received message. Default 65 536. */
  readonly maxReceivedMessageSize?: number;
  /** Limits of one received document; see `ReaderQuotas`. */
  readonly readerQuotas?: Partial<ReaderQuotas>;
  /** Header blocks of one message. Default 64. */
  readonly maxHeaderCount?: number;
  /** Bytes of session strings per direction. Default 2048; a peer must be set to the same. */
  readonly maxSessionByteLength?: number;
  /** How messages are written; a peer must be set to the same. Default "binary". */
  readonly encoding?: MessageEncoding;
}

/** Binary XML with a session dictionary, as WCF's own bindings for sessions have it, or text in UTF-8; both SOAP 1.2 with WS-Addressing 1.0. */
export type MessageEncoding = "binary" | "text";

/** An address with everything that both sides must know to speak there. */
export interface EndpointSettings {
  /** As given: it goes into To verbatim. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
  /** Begins with `/`. */
  readonly path: string;
  readonly reliable: ReliableSessionOptions | undefined;
  readonly openTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly sendTimeoutMs: number;
  readonly receiveTimeoutMs: number;
  readonly receiveTimeoutMode: ReceiveTimeoutMode;
  readonly maxReceivedMessageSize: number;
  readonly readerQuotas: ReaderQuotas;
  readonly maxHeaderCount: number;
  readonly maxSessionByteLength: number;
  readonly encoding: MessageEncoding;
}

/** Fills in defaults. @throws RangeError naming the option, its value and what is allowed */
export function endpointSettings(
  address: string,
  { host, port, path }: Pick<EndpointSettings, "host" | "port" | "path">,
  options: EndpointOptions,
): EndpointSettings {
  if (port > 65_535) throw new RangeError(`${address} has port ${port}; ports end at 65535`);
  return {
    address,
    host,
    port,
    path,
    reliable: options.reliableSession === undefined ? undefined : reliableSessionOptions(options.reliableSession),
    openTimeoutMs: duration("openTimeoutMs", options.openTimeoutMs, 60_000),
    closeTimeoutMs: duration("closeTimeoutMs", options.closeTimeoutMs, 60_000),
    sendTimeoutMs: duration("sendTimeoutMs", options.sendTimeoutMs, 60_000),
    receiveTimeoutMs: duration("receiveTimeoutMs", options.receiveTimeoutMs, 600_000),
    receiveTimeoutMode: receiveTimeoutMode(options.receiveTimeoutMode ?? "idle"),
    maxReceivedMessageSize: count("maxReceivedMessageSize", options.maxReceivedMessageSize, 65_536),
    readerQuotas: quotas(options.readerQuotas ?? {}),
    maxHeaderCount: count("maxHeaderCount", options.maxHeaderCount, 64),
    maxSessionByteLength: count("maxSessionByteLength", options.maxSessionByteLength, 2048),
    encoding: encodingOf(options.encoding),
  };
}

/** @throws RangeError when a duration is none */
export function duration(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value === "number" && value > 0) return value;
  throw new RangeError(`${name} is ${value}; it must be above 0 ms (Infinity switches it off)`);
}

function encodingOf(value: MessageEncoding = "binary"): MessageEncoding {
  if (value === "binary" || value === "text") return value;
  throw new RangeError(`encoding is ${JSON.stringify(value)}; it must be "binary" or "text"`);
}

function receiveTimeoutMode(value: ReceiveTimeoutMode): ReceiveTimeoutMode {
  if (value === "idle" || value === "wcf") return value;
  throw new RangeError(`receiveTimeoutMode is ${JSON.stringify(value)}; it must be "idle" or "wcf"`);
}

function quotas(given: Partial<ReaderQuotas>): ReaderQuotas {
  const all = Object.entries(defaultReaderQuotas).map(([name, fallback]) => {
    return [name, count(`readerQuotas.${name}`, given[name as keyof ReaderQuotas], fallback)];
  });
  return Object.fromEntries(all) as ReaderQuotas;
}

/** @throws RangeError when it is no count */
export function count(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && value >= 1 && value < 2 ** 31) return value;
  throw new RangeError(`${name} is ${value}; it must be a whole number from 1 to ${2 ** 31 - 1}`);
}
