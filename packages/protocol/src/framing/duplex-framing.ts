import { nextState, type TransitionTable } from "../machine/index.ts";
import { FramingError } from "./errors.ts";
import { errorOfFault } from "./fault-uri.ts";
import type { FramingLimits } from "./limits.ts";
import type { EndRecord, FramingRecord, FramingRecordType, SizedEnvelopeRecord } from "./record.ts";
import { FramingRecordDecoder } from "./record-decoder.ts";

/** Which directions of an established duplex stream have had their End record. */
export type DuplexFramingState = "open" | "output-ended" | "input-ended" | "closed" | "faulted";

/** What moves an established stream: a record of the peer, or the End record that we sent. */
export type DuplexFramingEvent = FramingRecordType | "end-sent";

/** Who we are: an initiator may be sent a Fault record, a receiver may not. */
export type FramingRole = "initiator" | "receiver";

/** What each state of an established stream accepts, by role; see the grammar of [MC-NMF] 3.1.1.2. */
export const duplexTransitions: {
  readonly [R in FramingRole]: TransitionTable<DuplexFramingState, DuplexFramingEvent>;
} = {
  receiver: {
    open: { "sized-envelope": "open", end: "input-ended", "end-sent": "output-ended" },
    "output-ended": { "sized-envelope": "output-ended", end: "closed" },
    "input-ended": { "end-sent": "closed" },
    closed: {},
    faulted: {},
  },
  initiator: {
    open: { "sized-envelope": "open", end: "input-ended", fault: "faulted", "end-sent": "output-ended" },
    "output-ended": { "sized-envelope": "output-ended", end: "closed", fault: "faulted" },
    "input-ended": { "end-sent": "closed" },
    closed: {},
    faulted: {},
  },
};

/**
 * Reads the established phase of a duplex stream: messages until the peer's End, then nothing more.
 *
 * Push chunks, pull records, as with `FramingRecordDecoder`, whose rules for borrowed bytes hold here too.
 * Everything that throws a `FramingError` leaves the stream `faulted`; its `faultUri` says what a receiver answers.
 */
export class DuplexFraming {
  readonly #decoder: FramingRecordDecoder;
  readonly #role: FramingRole;
  #state: DuplexFramingState = "open";

  /** `streamOffset` is where the established phase starts, as told by the preamble. @throws RangeError on an impossible limit */
  constructor(role: FramingRole, limits: Partial<FramingLimits> = {}, streamOffset = 0) {
    this.#role = role;
    this.#decoder = new FramingRecordDecoder(limits, streamOffset);
  }

  /** Where the stream is, of both directions. */
  get state(): DuplexFramingState {
    return this.#state;
  }

  /** Appends bytes of the peer. */
  push(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
  }

  /**
   * The next message or the peer's End; undefined when that takes more bytes, or when both sides have ended.
   * The bytes after the second End belong to the next preamble on this connection: `takeRest()` copies them out.
   *
   * @throws FramingError when the peer breaks the grammar or a limit, or sends a Fault record
   */
  next(): SizedEnvelopeRecord | EndRecord | undefined {
    if (this.#state === "closed" || this.#state === "faulted") return undefined;
    try {
      const type = this.#decoder.peekType();
      if (type === undefined) return undefined;
      const state = nextState(duplexTransitions[this.#role], this.#state, type);
      if (state === undefined) throw this.#unexpected(type);
      const record = this.#decoder.next();
      if (record === undefined) return undefined;
      this.#state = state;
      return this.#deliver(record);
    } catch (error) {
      this.#state = "faulted";
      throw error;
    }
  }

  /** We sent our End record. A second call changes nothing. */
  endSent(): void {
    this.#state = nextState(duplexTransitions[this.#role], this.#state, "end-sent") ?? this.#state;
  }

  /**
   * The connection has no more bytes; pull all records first.
   *
   * @returns `ended` after the peer's End, `cut` between two records before it: a lost link, which a reliable session survives
   * @throws FramingError `FRAMING_UNEXPECTED_END` inside a record
   */
  inputEnded(): "ended" | "cut" {
    if (this.#state === "input-ended" || this.#state === "closed") return "ended";
    if (this.#state === "faulted" || this.#decoder.isBetweenRecords) return "cut";
    this.#state = "faulted";
    const message = "the peer closed the connection inside a record";
    throw new FramingError("FRAMING_UNEXPECTED_END", message, { streamOffset: this.#decoder.streamOffset });
  }

  /** The unread bytes after both Ends, as a copy: the start of the next preamble. */
  takeRest(): Uint8Array {
    return this.#decoder.takeRest();
  }

  #deliver(record: FramingRecord): SizedEnvelopeRecord | EndRecord {
    if (record.type === "sized-envelope" || record.type === "end") return record;
    if (record.type === "fault") throw errorOfFault(record.faultUri, this.#decoder.streamOffset);
    throw this.#unexpected(record.type);
  }

  #unexpected(type: string): FramingError {
    const message = `the peer sent a ${type} record while the stream was ${this.#state}; a duplex stream carries sized envelopes, then one end`;
    return new FramingError("FRAMING_RECORD_UNEXPECTED", message, { streamOffset: this.#decoder.streamOffset });
  }
}
