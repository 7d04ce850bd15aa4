import type { StringTable } from "../binary-xml/index.ts";
import {
  type Dialect,
  type IncomingMessage,
  type RmBody,
  RmHeaders,
  type RmMessageKind,
  type SequenceFault,
} from "../reliable-messaging/index.ts";
import { MessageHeaders, type SoapFault } from "../soap/index.ts";

/** Where an envelope lies, behind its string table, and the strings that it was read with; undefined for text. */
export interface ReceivedDocument {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly dictionary: StringTable | undefined;
}

/** One message that arrived. A session uses the same object for each; `retain()` makes one that stays. */
export class ReceivedEnvelope implements IncomingMessage {
  readonly dialect: Dialect | undefined;
  readonly maxAckRangeCount: number;
  readonly headers: MessageHeaders = new MessageHeaders();
  readonly #rm: RmHeaders | undefined;
  kind: RmMessageKind = "application";
  body: RmBody | undefined;
  /** A SOAP fault outside any sequence. */
  isFault = false;
  soapFault: SoapFault | undefined;
  sequenceFault: SequenceFault | undefined;
  #bytes: Uint8Array = nothing;
  #from = 0;
  #to = 0;
  #dictionary: StringTable | undefined;
  #isRetained = false;

  /** `dialect` is undefined where no reliable session is spoken. */
  constructor(dialect: Dialect | undefined, maxAckRangeCount = 0) {
    this.dialect = dialect;
    this.maxAckRangeCount = maxAckRangeCount;
    this.#rm = dialect === undefined ? undefined : new RmHeaders(dialect, maxAckRangeCount);
  }

  get rm(): RmHeaders {
    if (this.#rm === undefined) throw new TypeError("this message was not read as one of a reliable session");
    return this.#rm;
  }

  get rmOrUndefined(): RmHeaders | undefined {
    return this.#rm;
  }

  get byteLength(): number {
    return this.#to - this.#from;
  }

  /** True for a copy that waited: its body has to be read from its own bytes again. */
  get isRetained(): boolean {
    return this.#isRetained;
  }

  get document(): ReceivedDocument {
    return { bytes: this.#bytes, from: this.#from, to: this.#to, dictionary: this.#dictionary };
  }

  /** Starts over with another document. */
  begin(bytes: Uint8Array, from: number, to: number, dictionary: StringTable | undefined): void {
    this.#bytes = bytes;
    this.#from = from;
    this.#to = to;
    this.#dictionary = dictionary;
    this.kind = "application";
    this.body = undefined;
    this.isFault = false;
    this.soapFault = undefined;
    this.sequenceFault = undefined;
  }

  /** Lets its bytes go: they lie in what the connection received, which may be large and the session idle for long. */
  end(): void {
    this.#bytes = nothing;
    this.#from = 0;
    this.#to = 0;
  }

  /** A copy with bytes of its own, for a message that has to wait for an earlier one. */
  retain(): ReceivedEnvelope {
    const kept = new ReceivedEnvelope(this.dialect, this.maxAckRangeCount);
    kept.#bytes = this.#bytes.slice(this.#from, this.#to);
    kept.#to = kept.#bytes.length;
    kept.#dictionary = this.#dictionary;
    kept.#isRetained = true;
    return kept;
  }
}

const nothing = new Uint8Array(0);
